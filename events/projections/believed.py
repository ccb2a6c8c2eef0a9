"""What was believed of a day's figures at one time and another, and the entries that changed it.

Figures come from the sums, so that they are those of the national picture; what moved them comes from the beliefs.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal, cast

from msgspec import Struct

from events.database import Connection
from events.projections.national.cube import Sums
from events.projections.national.measures import FACET_OF, MEASURES, REPORTED, SLOT
from events.projections.national.read import Read, read
from events.projections.picture import Figure, figure_of

Why = Literal["recorded", "corrected", "affected"]
"""Recorded later; corrected or taken back; or counted otherwise because of what was recorded about something else."""


class Moved(Struct, frozen=True, kw_only=True):
    """What an entry counts for on a day, before and after something was learned. None where it did not count."""

    area: str
    position: int
    said_at: int
    """The position of what was learned of it: the entry's own, or that of its correction."""
    facet: str
    key: str
    learned_on: date
    why: Why
    before: tuple[int | None, ...]
    after: tuple[int | None, ...]


class Step(Struct, frozen=True, kw_only=True):
    """A figure as it was believed from one day on, and how many entries made the hub think so."""

    known: date
    figure: Figure
    by_area: Mapping[str, int | float]
    """Of the areas taking part, those that have a number."""
    recorded: int = 0
    corrected: int = 0
    affected: int = 0


# Each belief that holds for the day counts from when it was learned until the hub learned better. Within a day these
# mostly cancel out: a new report ends the one before it, and that one still holds for the days before. What was learned
# and mended within one day was never believed at its end.
_MOVED = """
with learned as (
    select area, position, facet, key, day, sign, said_at, first, second, third, fourth
    from belief cross join lateral (values (known_on, 1), (superseded_on, -1)) of(day, sign)
    where facet = any (%(facets)s) and occurred_on <= %(on)s and ends_on > %(on)s
      and (known_on > %(since)s or superseded_on < '9999-12-31') and known_on < superseded_on
      and day > %(since)s and day <= %(until)s
), moved as (
    select area, position, facet, key, day,
           max(said_at) filter (where sign = 1) as says, max(said_at) filter (where sign = -1) as said,
           array[sum(first) filter (where sign = -1), sum(second) filter (where sign = -1),
                 sum(third) filter (where sign = -1), sum(fourth) filter (where sign = -1)]::bigint[] as before,
           array[sum(first) filter (where sign = 1), sum(second) filter (where sign = 1),
                 sum(third) filter (where sign = 1), sum(fourth) filter (where sign = 1)]::bigint[] as after
    from learned group by area, position, facet, key, day
)
select area, position, facet, key, day, before, after, coalesce(says, said), says is null as gone,
       says is distinct from said and coalesce(says, said) <> position or (
           says is null and not exists (
               select from belief b where b.area = m.area and b.position = m.position and b.facet = m.facet
                 and b.key = m.key and b.known_on = m.day and b.known_on < b.superseded_on and b.said_at = m.said
           )
       ) as corrected,
       said is null and not exists (
           select from belief b where b.area = m.area and b.position = m.position and b.facet = m.facet
             and b.key = m.key and b.known_on < m.day
       ) as fresh
from moved m
where before is distinct from after
order by day, area, position, facet, key
"""


def moved(connection: Connection, facets: Iterable[str], *, on: date, since: date, until: date) -> list[Moved]:
    """What changed the picture of a day between two days of knowledge, after the first and up to the second."""
    asked = {"facets": sorted(set(facets)), "on": on, "since": since, "until": until}
    return [
        Moved(
            area=str(area),
            position=cast("int", position),
            said_at=cast("int", said_at),
            facet=str(facet),
            key=str(key),
            learned_on=cast("date", day),
            why="recorded" if fresh else "corrected" if corrected else "affected",
            before=tuple(cast("list[int | None]", before)),
            after=tuple(cast("list[int | None]", after)),
        )
        for area, position, facet, key, day, before, after, said_at, _, corrected, fresh in connection.execute(
            _MOVED, asked
        )
    ]


def facets_of(indicators: Iterable[str]) -> set[str]:
    """Facets that figures are of. Whether an area takes part bears on all of them."""
    return {FACET_OF[name] for name in indicators} | {"area"}


def steps(start: Read, changes: Sequence[Moved], indicator: str, *, on: date, known: date) -> list[Step]:
    """How a figure of day `on` was believed, from what `start` read as known on a day until after the last change.

    A step for each day on which something moved it, after one for where it began. Pure.
    """
    standing = _Standing(start.areas, start.days[on], indicator)
    found = [standing.step(known)]
    by_day: dict[date, list[Moved]] = defaultdict(list)
    for each in changes:
        by_day[each.learned_on].append(each)
    for day, learned in sorted(by_day.items()):
        counted = {"recorded": 0, "corrected": 0, "affected": 0}
        for each in learned:
            standing.move(each)
            if moves(each, indicator):
                counted[each.why] += 1
        step = standing.step(day, **counted)
        if any(counted.values()) or step.figure != found[-1].figure:
            found.append(step)
    return found


def moves(each: Moved, indicator: str) -> bool:
    """Whether it moves this figure."""
    slot = SLOT[indicator]
    return each.facet == FACET_OF[indicator] and told(each.before[slot], indicator) != told(each.after[slot], indicator)


def told(amount: int | None, indicator: str) -> int | None:
    """What an entry says of a figure; nought is something only where it was reported."""
    return amount if amount or indicator in REPORTED else None


class _Standing:
    """The numbers of each area while changes come in."""

    def __init__(self, areas: Sequence[str], sums: Sums, indicator: str) -> None:
        self._indicator = indicator
        column = MEASURES.index(indicator)
        reports = len(MEASURES) + REPORTED.index(indicator) if indicator in REPORTED else None
        self._taking_part = dict(zip(areas, sums[:, MEASURES.index("areas")].tolist(), strict=True))
        self._amounts = dict(zip(areas, sums[:, column].tolist(), strict=True))
        self._reports = None if reports is None else dict(zip(areas, sums[:, reports].tolist(), strict=True))

    def move(self, each: Moved) -> None:
        if each.facet == "area":
            self._taking_part[each.area] += (each.after[0] or 0) - (each.before[0] or 0)
        if each.facet == FACET_OF[self._indicator]:
            before, after = each.before[SLOT[self._indicator]], each.after[SLOT[self._indicator]]
            self._amounts[each.area] += (after or 0) - (before or 0)
            if self._reports is not None:
                self._reports[each.area] += (after is not None) - (before is not None)

    def step(self, known: date, *, recorded: int = 0, corrected: int = 0, affected: int = 0) -> Step:
        here = [area for area, part in self._taking_part.items() if part]
        reports = self._reports
        telling = here if reports is None else [area for area in here if reports[area]]
        by_area = {area: self._amounts[area] for area in telling}
        return Step(
            known=known,
            figure=figure_of(
                self._indicator,
                sum(by_area.values()),
                len(telling),
                None if reports is None else sum(reports[area] for area in telling),
            ),
            by_area=by_area,
            recorded=recorded,
            corrected=corrected,
            affected=affected,
        )


def believed(connection: Connection, indicator: str, *, on: date, until: date) -> tuple[list[Step], list[Moved]]:
    """How the figure of a day was believed from that day until another, and the entries that moved it, last first."""
    changes = moved(connection, facets_of([indicator]), on=on, since=on, until=until)
    found = steps(read(connection, [on], known=on), changes, indicator, on=on, known=on)
    return found, [each for each in reversed(changes) if moves(each, indicator)]
