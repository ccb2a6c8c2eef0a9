"""Studies of growth made lately. The national page shows what is here; it never waits for one to be made."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date
from threading import Lock
from weakref import WeakKeyDictionary

from events.database import Connection
from events.projections.picture import Point
from events.projections.standing import mark
from hub import disclosure
from hub.db import Hub
from hub.look.graphics import Expected
from hub.national.growth import score
from hub.national.growth.model import SUBJECTS, Study, Subject

KEPT = 64

_Key = tuple[str, date, date]
"""What grows, up to which day, as known on which."""


class _Kept:
    """One is made at a time: whoever else asks for the same waits for it."""

    def __init__(self) -> None:
        self._studies: OrderedDict[_Key, tuple[object, Study]] = OrderedDict()
        self._making = Lock()

    def get(self, key: _Key, stands_at: object = None) -> Study | None:
        """The one made at that state of the figures; without a state the latest, whatever was recorded since."""
        at, study = self._studies.get(key, (None, None))
        return study if stands_at in (None, at) else None

    def stands_at(self, key: _Key) -> object:
        return self._studies.get(key, (None, None))[0]

    def made(self, key: _Key, stands_at: object, make: Callable[[], Study]) -> Study:
        with self._making:
            if (found := self.get(key, stands_at)) is None:
                found = make()
                self._studies[key] = stands_at, found
                if len(self._studies) > KEPT:
                    self._studies.popitem(last=False)
        return found


_kept: WeakKeyDictionary[Hub, _Kept] = WeakKeyDictionary()


def studied(hub: Hub, of: str, *, on: date, known: date) -> Study:
    """The growth of something up to a day, from what was known on another.

    What nobody knew yet did not stand still: the course ends on the earlier of both days.
    """
    until = min(on, known)
    kept = _kept.setdefault(hub, _Kept())
    with hub.reading("national") as connection:
        stands_at = mark(connection, "national")

    def make() -> Study:
        with hub.reading("national") as connection:
            return _study(connection, SUBJECTS[of], on=until, known=known)

    # nobody waits for somebody else's while holding a connection
    key = (of, until, known)
    return kept.get(key, stands_at) or kept.made(key, stands_at, make)


def expected_mark(hub: Hub, of: str, *, on: date, known: date) -> object:
    """Another one whenever `expected` may say something else; None while it says nothing."""
    kept = _kept.get(hub)
    return kept.stands_at((of, on, known)) if kept else None


def expected(hub: Hub, of: str, points: Sequence[Point], *, on: date, known: date) -> list[Expected]:
    """The next twelve months after the last of the points, where somebody had them worked out and they can be relied
    on; else nothing. What was recorded since then moves the start, not the curve."""
    kept = _kept.get(hub)
    study = kept.get((of, on, known)) if kept else None
    growth = study.relied_on if study else None
    if study is None or growth is None or not points or study.points[-1].day != points[-1].day:
        return []
    since = points[-1].value - study.points[-1].value
    return [
        Expected(each.day, each.value + since, each.low + since, each.high + since) for each in growth.expected[:12]
    ]


def _study(connection: Connection, subject: Subject, *, on: date, known: date) -> Study:
    from hub.national.growth.fit import grow  # loads for a second

    def course(on: date, known: date) -> Sequence[Point]:
        return disclosure.courses(connection, on=on, known=known).network[subject.name]

    return score.study(course(on, known), subject, known=lambda day: course(day, day), grow=grow)
