"""What reminders would have come to on other days: the history of renewals, gone through once more. Nothing is sent."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from msgspec import Struct

from events import ledger
from events.areas import Nation
from events.base import Refused
from events.civil import working_day_until
from events.corrections import corrected
from events.database import Connection
from events.enterprises import EnterpriseClosed, EnterprisePaused, EnterpriseRegistered, EnterpriseResumed
from events.ledger import Recorded
from events.nudging.due import nation_of
from events.nudging.rule import KEPT_DAYS, LATE_DAYS, Rule
from events.renewal_catalogue import Catalogue
from events.requirements import Renewal, renewals

RULES: Final = ("renewals_expiry", "renewals_local")
"""Those whose days can be tried out."""

MOST_DAYS: Final = 8
LONGEST: Final = 365
BATCH: Final = 200
"""Enterprises whose histories are read at once."""

# in an order that has nothing to do with how they fare, so that the first of them stand for all
_ENTERPRISES = """
select area, enterprise, count(*) over () from enterprise where area = any (%s) order by md5(enterprise::text) limit %s
"""


class Came(Struct, kw_only=True):
    """What reminders on certain days came to."""

    reminders: int = 0
    renewed: int = 0
    """Renewals that were told of by the last day."""
    renewed_reminded: int = 0
    """Of those, how many would have had a reminder beforehand."""
    lapsed: int = 0
    """What ran out without anybody having told of a renewal."""
    lapsed_silent: int = 0
    """Of those, how many would have had no reminder by the last day."""


class Replayed(Struct, frozen=True, kw_only=True):
    days: tuple[int, ...]
    """Days before, as asked."""
    as_asked: Came
    as_today: Came
    enterprises: int
    """So many were looked at, drawn by chance where that is not all."""
    of: int
    since: date | None
    """The first day that something ran out; none where nothing has yet."""
    until: date


class Ending(NamedTuple):
    """A day on which something ran out."""

    ends: date
    known: date
    """Since when that day was known."""
    renewed: date | None
    """When it was told that it goes on; none by the day itself."""
    notice: int
    """In days."""


def replay(
    connection: Connection,
    *,
    rule: Rule[Any] | None,
    days: Sequence[int],
    catalogue: Catalogue,
    areas: Collection[str],
    today: date,
    most: int | None = None,
) -> Replayed:
    """The history of these areas with reminders so many days before, beside the days that hold now.

    Of at most `most` enterprises, drawn by chance. The connection reads the work projection. Raises `Refused` for
    another rule, and for days that make no sense.
    """
    ladder = days_of(days)
    if rule is None or rule.name not in RULES:
        raise Refused(f"The days of this rule cannot be tried out. That can be done for: {', '.join(RULES)}.")
    found = connection.execute(_ENTERPRISES, [list(areas), most]).fetchall()
    asked = [(str(area), enterprise) for area, enterprise, _ in found]
    other, now, since = Came(), Came(), None
    for start in range(0, len(asked), BATCH):
        wanted = [(area, id) for area, id in asked[start : start + BATCH] if isinstance(id, UUID)]
        for (area, _), history in ledger.read_streams(connection, wanted).items():
            for ending in endings(history, catalogue, local=rule.optional, today=today):
                nation = nation_of(area)
                count(other, ending, ladder, nation, late=not rule.optional)
                count(now, ending, days_now(rule, notice=ending.notice), nation, late=not rule.optional)
                since = min(since or ending.ends, ending.ends)
    return Replayed(
        days=ladder,
        as_asked=other,
        as_today=now,
        enterprises=len(found),
        of=int(str(found[0][2])) if found else 0,
        since=since,
        until=today,
    )


def days_now(rule: Rule[Any], *, notice: int = 0) -> tuple[int, ...]:
    """The days before that hold now, of what takes so many days' notice."""
    return tuple(-step for step in rule.steps if step <= 0 and (step not in rule.early or notice >= -step))


def read_days(typed: str) -> list[int]:
    """The numbers that somebody typed as 45, 14. Raises `Refused`."""
    parts = [part for part in typed.replace(",", " ").split() if part]
    if not all(part.isascii() and part.isdecimal() and len(part) < 5 for part in parts):
        raise Refused("Enter numbers of days, such as 45, 14.", field="days")
    return [int(part) for part in parts]


def days_of(days: Sequence[int]) -> tuple[int, ...]:
    """The ladder of these days, the longest before first. Raises `Refused`."""
    if not days or len(days) > MOST_DAYS or not all(0 <= each <= LONGEST for each in days):
        raise Refused(f"Give one to {MOST_DAYS} numbers of days from 0 to {LONGEST}, such as 45, 14.", field="days")
    return tuple(sorted(set(days), reverse=True))


def endings(history: Sequence[Recorded], catalogue: Catalogue, *, local: bool, today: date) -> Iterator[Ending]:
    """All that ran out before `today` while the enterprise was active, from all that was recorded of it.

    Of what only the network itself asks for, or of all else.
    """
    active = _Active(corrected(history))
    for word, told in renewals(history, catalogue).items():
        rules = catalogue.by_word.get(word)
        if local != (rules is not None and rules.basis == "local"):
            continue
        for ends in sorted({each.span.ends for each in told if each.span.ends and each.span.ends < today}):
            known = min(each.told for each in told if each.span.ends == ends)
            if known <= ends and active.on(ends):
                yield Ending(ends, known, _renewed(told, ends), rules.notice_days if rules else 0)


def _renewed(told: Sequence[Renewal], ends: date) -> date | None:
    """When somebody told that it goes on without a gap, if they had by the day it ended."""
    on = [
        each.told
        for each in told
        if each.span.starts <= ends + timedelta(1) and (each.span.ends is None or each.span.ends > ends)
    ]
    return min((day for day in on if day <= ends), default=None)


def count(came: Came, ending: Ending, ladder: Sequence[int], nation: Nation | None, *, late: bool) -> None:
    """Add what reminders on these days before would have come to; `late` where one that was missed goes out later."""
    sent = [day for day in _sent(ending, ladder, nation, late) if ending.renewed is None or day < ending.renewed]
    came.reminders += len(sent)
    if ending.renewed is None:
        came.lapsed += 1
        came.lapsed_silent += not sent
    else:
        came.renewed += 1
        came.renewed_reminded += bool(sent)


def _sent(ending: Ending, ladder: Sequence[int], nation: Nation | None, late: bool) -> Iterator[date]:
    """The days on which they would have gone, as they are planned: the latest step only."""
    on = [working_day_until(ending.ends - timedelta(each), nation) for each in ladder]
    for number, day in enumerate(on):
        goes = max(day, ending.known)
        following = on[number + 1] if number + 1 < len(on) else ending.ends + timedelta(1)
        if goes - day <= timedelta(LATE_DAYS if late else KEPT_DAYS) and goes < following:
            yield goes


class _Active:
    """When an enterprise was active."""

    def __init__(self, entries: Sequence[Recorded]) -> None:
        self._changes: list[tuple[date, bool]] = []
        for entry in entries:
            match entry.event:
                case EnterpriseRegistered() | EnterpriseResumed():
                    self._changes.append((entry.occurred_on, True))
                case EnterprisePaused() | EnterpriseClosed():
                    self._changes.append((entry.occurred_on, False))
                case _:
                    pass

    def on(self, day: date) -> bool:
        return next((active for since, active in reversed(self._changes) if since <= day), False)


def as_rows(found: Replayed) -> Sequence[tuple[str, int, int]]:
    """What is compared: in words, on the days that hold now, and on those asked for."""
    names: Mapping[str, str] = {
        "reminders": "Reminders that would have gone out",
        "renewed": "Renewed by the last day",
        "renewed_reminded": "of those, with a reminder before",
        "lapsed": "Ran out without a renewal told of",
        "lapsed_silent": "of those, without any reminder",
    }
    return [(words, getattr(found.as_today, name), getattr(found.as_asked, name)) for name, words in names.items()]
