"""Sums that make any day as known on any day quick to add up, however long the ledger is.

A change adds to a facet, or takes from it, from a day on; it was learned on another day. The picture of a day as known
on another is the sum of the changes up to both. Two days make that a sum over a plane, which no single order helps:

- Every `BLOCK` events of an area a snapshot is kept: for each month, the sum of all changes up to its end that were
  learned by then. Days of knowledge only ever go up with the position, so of what was learned by a day there is one
  snapshot, and less than a block more.
- The changes themselves are kept twice: by the block that they were learned from, and by the quarter of a month that
  they are about. Those of the block that the day of knowledge is in, and those between the nearest end of a month and
  the day asked for, are read one by one.

So a picture reads of each area one row of a snapshot, one of a block, and one or two of a quarter; an event adds to one
block, and to a quarter for each day from which on something is otherwise.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from events.projections.national.beliefs import Belief, Learned
from events.projections.national.measures import FACETS, MEASURES, REPORTED
from events.projections.national.says import NOTHING, Amounts

BLOCK: Final = 128
"""Events from one snapshot of an area to the next."""

AHEAD: Final = 7
"""Months after the one it was made in that a snapshot holds: what is reported now goes stale in them."""

QUARTERS: Final = 4
DAYS_A_QUARTER: Final = 8

WIDTH: Final = len(MEASURES) + len(REPORTED)
"""Numbers of a picture: one a measure, and for those that are told by reports how many say something of it."""

COURSED: Final = ("areas", "enterprises", "people_supported", "hours_per_week", "active")
"""Measures of which a snapshot keeps the course by month apart, to be read without the rest."""

COURSED_REPORTS: Final = tuple(name for name in REPORTED if name in COURSED)

COURSE_COLUMNS: Final = [
    *(MEASURES.index(name) for name in COURSED),
    *(len(MEASURES) + REPORTED.index(name) for name in COURSED_REPORTS),
]
"""Where of a picture the numbers of a course are: the measures, then how many reports say something of these."""

CHANGE: Final = np.dtype(
    [
        ("known", "<u2"),
        ("day", "<u2"),
        ("told", "i1", 4),
        ("amount", "<i4", 4),
        ("facet", "u1"),
        ("", "V3"),
    ]
)
"""From this day on these amounts are added to a facet; negative ones are taken from it.

Both days are numbered (`numbered`), and the facet is given by its place. Of reports `told` says how many more there are
from then on that say something of each amount.
"""

Sums = NDArray[np.int64]
Changes = NDArray[np.void]

_PLACE: Final = {facet: place for place, facet in enumerate(FACETS)}
_REPORTS: Final = _PLACE["activity"]
_EPOCH: Final = date(1970, 1, 1).toordinal()
_NEVER: Final = 2**16 - 1

# of each day that can be numbered, as adding up asks this of very many
_EVERY_DAY: Final = np.arange(_NEVER + 1).astype("datetime64[D]")
_MONTH: Final = _EVERY_DAY.astype("datetime64[M]").astype(np.int64) + 1970 * 12
_OF_MONTH: Final = (_EVERY_DAY - _EVERY_DAY.astype("datetime64[M]")).astype(np.int64)


def changes_of(learned: Learned) -> tuple[NDArray[np.int64], Changes]:
    """What was learned, as changes, and the position of the event that each was learned from, in the order of these.

    What one event says of one facet from one day on is one change. That does not hang on how many events are taken in
    at once, so that the rows of a build that is filled at once are the same.
    """
    # lists by column, as this is done for every event there is: each belief adds its amounts from one day until another
    fresh = [each for each in learned.fresh if each.counts]
    moved = [(before, each) for before, each in learned.moved if each.amounts is not NOTHING]
    dropped = [each for each in learned.dropped if each[2].counts]
    added = fresh + [each for _, each in moved]
    beliefs = added + [each for _, _, each in dropped]
    known_at = [each.known_at for each in added] + [at for at, _, _ in dropped]
    starts = [each.on for each in fresh] + [before for before, _ in moved] + [each.on for _, _, each in dropped]
    from_start = np.zeros(len(beliefs), dtype=CHANGE)
    from_start["known"] = _all_numbered([each.known_on for each in added] + [on for _, on, _ in dropped])
    from_start["day"] = _all_numbered(starts)
    _tell_amounts(from_start, beliefs)
    _turn(from_start[len(added) :])
    ends = _all_numbered([each.ends_on for each in beliefs])
    begun, ended = np.flatnonzero(from_start["day"] != _NEVER), np.flatnonzero(ends != _NEVER)
    from_end = from_start.take(ended)
    from_end["day"] = ends[ended]
    _turn(from_end)
    positions = np.array(known_at, dtype=np.int64)[np.concatenate([begun, ended])]
    return _put_together(positions, np.concatenate([from_start.take(begun), from_end]))


def _turn(changes: Changes) -> None:
    """What was added is taken away, and the other way round."""
    changes["amount"] *= -1
    changes["told"] *= -1


def _put_together(positions: NDArray[np.int64], changes: Changes) -> tuple[NDArray[np.int64], Changes]:
    """One change for all that one event says of one facet from one day on, in this order; none where that is nought."""
    if not len(changes):
        return positions, changes
    # a number that sorts by position, then by day, which has two bytes, then by facet, which has one
    said = positions * 2**24 + changes["day"] * np.int64(2**8) + changes["facet"]
    order = np.argsort(said, kind="stable")
    begins = np.flatnonzero(np.diff(said[order], prepend=-1))
    changes = changes.take(order)
    together = changes.take(begins)
    together["amount"] = np.add.reduceat(changes["amount"], begins, axis=0)
    together["told"] = np.add.reduceat(changes["told"], begins, axis=0)
    left = np.flatnonzero(together["amount"].any(axis=1) | together["told"].any(axis=1))
    return positions[order][begins][left], together.take(left)


def numbered(day: date) -> int:
    """Days since 1970, in two bytes. No picture is older, and what lasts beyond 2149 lasts for good."""
    return min(max(day.toordinal() - _EPOCH, 0), _NEVER)


def _all_numbered(days: Iterable[date]) -> NDArray[np.int64]:
    return np.clip(np.array([day.toordinal() for day in days], dtype=np.int64) - _EPOCH, 0, _NEVER)


def _tell_amounts(changes: Changes, beliefs: Sequence[Belief]) -> None:
    changes["facet"] = [_PLACE[each.facet] for each in beliefs]
    is_report = changes["facet"] == _REPORTS
    # hardly two reports say the same, and of everything else only a few different things are ever said
    reports = np.flatnonzero(is_report)
    told = [amount for place in reports.tolist() for amount in beliefs[place].amounts]
    changes["amount"][reports] = np.array([amount or 0 for amount in told], dtype=np.int32).reshape(-1, 4)
    changes["told"][reports] = np.array([amount is not None for amount in told], dtype=np.int8).reshape(-1, 4)
    others = np.flatnonzero(~is_report)
    kinds: dict[Amounts, int] = {}
    kind = [kinds.setdefault(beliefs[place].amounts, len(kinds)) for place in others.tolist()]
    padded = [(*amounts, *(0,) * (4 - len(amounts))) for amounts in kinds]
    changes["amount"][others] = np.array(padded, dtype=np.int32).reshape(-1, 4)[kind]


def unpacked(data: bytes) -> Changes:
    return np.frombuffer(data, dtype=CHANGE)


def month_of(day: date) -> int:
    """Months since the year 0, so that they can be counted."""
    return day.year * 12 + day.month - 1


def months_of(days: NDArray[np.uint16]) -> NDArray[np.int64]:
    """The same, for numbered days."""
    return _MONTH[days]


def years_of(days: NDArray[np.uint16]) -> NDArray[np.int64]:
    return _MONTH[days] // 12


def quarter_of(day: date) -> int:
    """Quarters of months since the year 0: the first three have eight days."""
    return month_of(day) * QUARTERS + (day.day - 1) // DAYS_A_QUARTER


def quarters_of(days: NDArray[np.uint16]) -> NDArray[np.int64]:
    """The same, for numbered days."""
    return _MONTH[days] * QUARTERS + _OF_MONTH[days] // DAYS_A_QUARTER


def added(changes: Changes, rows: NDArray[np.intp], count: int, *, columns: Sequence[int] = range(WIDTH)) -> Sums:
    """The sums of changes, each in the row given for it: `count` rows of these numbers of a picture."""
    sums = np.zeros((count, len(columns)), dtype=np.int64)
    if not len(changes):
        return sums
    # few rows are sorted by counting, and what is in order already at once
    order = np.argsort(rows.astype(np.min_scalar_type(count)), kind="stable")
    changes, rows = changes.take(order), rows[order]
    facets = np.ascontiguousarray(changes["facet"])
    for facet in np.flatnonzero(np.bincount(facets)).tolist():
        wanted = [(nth, *_FROM[column][1:]) for nth, column in enumerate(columns) if _FROM[column][0] == facet]
        of = np.flatnonzero(facets == facet)
        told, into = changes.take(of), rows[of]
        begins = np.flatnonzero(np.diff(into, prepend=-1))
        for field in {field for _, field, _ in wanted}:
            found = np.add.reduceat(told[field], begins, axis=0, dtype=np.int64)
            for nth, of_field, slot in wanted:
                if of_field == field:
                    sums[into[begins], nth] = found[:, slot]
    return sums


_FROM: Final = [
    *((_PLACE[facet], "amount", slot) for facet, measures in FACETS.items() for slot in range(len(measures))),
    *((_REPORTS, "told", slot) for slot in range(len(REPORTED))),
]
"""Of each number of a picture: the facet, the field of a change, and which of the four there."""


_SPARE: Final = 24
"""Months more than asked for, as the next will be asked for soon."""


class Months:
    """An area's sums by month, up to some position: what the next snapshot is made from."""

    def __init__(self) -> None:
        self.first = 0
        self.sums: Sums = np.zeros((0, WIDTH), dtype=np.int64)
        """A row a month, from the first one that anything is said of."""

    def add(self, changes: Changes) -> None:
        found = self._by_month(changes)
        self.sums += found

    def take_away(self, changes: Changes) -> None:
        found = self._by_month(changes)
        self.sums -= found

    def _by_month(self, changes: Changes) -> Sums:
        months = months_of(changes["day"])
        if len(months):
            self._reach(int(months.min()), int(months.max()))
        return added(changes, months - self.first, len(self.sums))

    def _reach(self, first: int, last: int) -> None:
        if not len(self.sums):
            self.first = first
        before, after = max(self.first - first, 0), max(last + 1 - self.first - len(self.sums), 0)
        if before or after:
            self.first -= before
            grown = np.zeros((before + len(self.sums) + after + (_SPARE if after else 0), WIDTH), dtype=np.int64)
            grown[before : before + len(self.sums)] = self.sums
            self.sums = grown

    def snapshot(self, known: date) -> tuple[int, int, int, bytes, bytes]:
        """Its first month, how many they are, the bytes a number takes, then the pictures and the courses.

        The pictures go month by month; the courses go measure by measure.
        """
        self._reach(self.first if len(self.sums) else month_of(known), month_of(known) + AHEAD)
        pictures = self.sums[: max(month_of(known) + AHEAD + 1 - self.first, 1)].cumsum(axis=0)
        size = 4 if np.abs(pictures).max() < 2**31 else 8
        kept = pictures.astype(f"<i{size}")
        return self.first, len(kept), size, kept.tobytes(), kept[:, COURSE_COLUMNS].T.tobytes()

    @staticmethod
    def of(first: int, size: int, pictures: bytes) -> "Months":
        """Back from a snapshot."""
        months = Months()
        months.first = first
        months.sums = np.diff(pictures_of(pictures, size), axis=0, prepend=np.zeros((1, WIDTH), dtype=np.int64))
        return months


def pictures_of(data: bytes, size: int) -> NDArray[np.signedinteger]:
    """A row a month."""
    return np.frombuffer(data, dtype=f"<i{size}").reshape(-1, WIDTH)


def courses_of(data: bytes, size: int) -> NDArray[np.signedinteger]:
    """A row for each of `COURSED` and of `COURSED_REPORTS`."""
    return np.frombuffer(data, dtype=f"<i{size}").reshape(len(COURSE_COLUMNS), -1)
