"""Adding up the cube: the sums of every area on some days, and their course, as known on a day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from events.database import Connection
from events.projections.national.cube import (
    CHANGE,
    COURSE_COLUMNS,
    QUARTERS,
    WIDTH,
    Changes,
    Sums,
    added,
    courses_of,
    month_of,
    months_of,
    numbered,
    quarter_of,
    unpacked,
)

# ---- queries; they run inside `engine.reading(connection, "national")`

# The last snapshot of each area that held nothing but what was known by then, and what it leaves out: what was learned
# after it, all of which is in the block after it, and what it knew of months that it does not reach.
_LAST = """
select l.area, s.known_on, s.block, s.first_month, s.months, s.size,
       (select string_agg(c.changes, '') from changed c where c.area = l.area and c.block = coalesce(s.block, -1) + 1),
       case when %(courses)s then s.courses end,
       case when %(courses)s then (
           select string_agg(c.changes, '') from changed c
           where c.area = l.area and c.quarter >= (s.first_month + s.months) * 4 and c.quarter <= %(quarter)s
             and c.block <= s.block
       ) end
from ledger l
left join lateral (
    select * from snapshot s where s.area = l.area and s.known_on <= %(known)s
    order by s.known_on desc, s.block desc limit 1
) s on true
where %(areas)s::text[] is null or l.area = any (%(areas)s)
order by l.area
"""

# What a snapshot says of the end of a month, and the changes between then and the day asked for, before or after it.
_MONTH = """
select substring(s.pictures from 1 + a.nth * s.size * %(width)s for s.size * %(width)s), s.size,
       (select string_agg(c.changes, '') from changed c
        where c.area = a.area and c.quarter >= a.first_quarter and c.quarter <= %(last_quarter)s and c.block <= s.block)
from unnest(%(areas)s::text[], %(known)s::date[], %(blocks)s::bigint[], %(nths)s::int[], %(first_quarters)s::int[])
     with ordinality a(area, known_on, block, nth, first_quarter, place)
join snapshot s using (area, known_on, block)
order by a.place
"""


class Snapshot(Struct, frozen=True):
    """Which snapshot of an area to read; none where it has no full block yet."""

    area: str
    known_on: date | None
    block: int
    first_month: int
    months: int
    size: int


class Read(Struct, frozen=True, kw_only=True):
    """Sums of each area, in the order of `areas`."""

    areas: list[str]
    days: Mapping[date, Sums]
    """A row an area, a column a measure; after those, how many reports say something of each that is reported."""
    months: list[int]
    """Months since the year 0 at whose ends `courses` has a point, the last one before the month of the first day."""
    courses: NDArray[np.int64] | None
    """By area, then by measure of `COURSED` and the reports of those that are reported, then by month."""


def read(
    connection: Connection,
    days: Sequence[date],
    *,
    known: date,
    courses: bool = False,
    areas: Sequence[str] | None = None,
) -> Read:
    """The sums on each of `days` as known at the end of a day; with `courses` also the way to the first of them."""
    asked = {
        "known": known,
        "quarter": quarter_of(days[0]),
        "courses": courses,
        "areas": None if areas is None else list(areas),
    }
    rows = connection.execute(_LAST, asked, binary=True).fetchall()
    snapshots = [
        Snapshot(
            str(area),
            cast("date | None", known_on),
            -1 if block is None else int(str(block)),
            int(str(first or 0)),
            int(str(months or 0)),
            int(str(size or 0)),
        )
        for area, known_on, block, first, months, size, *_ in rows
    ]
    tails, of = _joined([cast("bytes | None", row[6]) for row in rows])
    learned = tails["known"] <= numbered(known)
    tails, of = tails[learned], of[learned]
    sums: dict[date, Sums] = {}
    for day in days:
        by_then = tails["day"] <= numbered(day)
        sums[day] = _month(connection, snapshots, day) + added(tails[by_then], of[by_then], len(rows))
    way, months = None, []
    if courses:
        later, later_of = _joined([cast("bytes | None", row[8]) for row in rows])
        way, months = _courses(
            snapshots,
            [cast("bytes | None", row[7]) for row in rows],
            np.concatenate([tails, later]),
            np.concatenate([of, later_of]),
            before=month_of(days[0]),
        )
    return Read(areas=[each.area for each in snapshots], days=sums, months=months, courses=way)


def _joined(data: Sequence[bytes | None]) -> tuple[Changes, NDArray[np.intp]]:
    """All changes in one array, and of which area each is, by its place."""
    lengths = [len(each or b"") // CHANGE.itemsize for each in data]
    return unpacked(b"".join(each for each in data if each)), np.repeat(np.arange(len(data)), lengths)


def _month(connection: Connection, snapshots: Sequence[Snapshot], day: date) -> Sums:
    """What the snapshots, and the changes between the end of a month and the day, say of a day."""
    month, quarter = month_of(day), quarter_of(day)
    sums = np.zeros((len(snapshots), WIDTH), dtype=np.int64)
    reached = [(place, each) for place, each in enumerate(snapshots) if each.months and each.first_month <= month]
    back = quarter % QUARTERS >= QUARTERS // 2
    # back from the end of the month where that is nearer, and the snapshot reaches it; else on from the one before
    for from_end in (True, False):
        asked = [(p, each) for p, each in reached if (back and each.first_month + each.months > month) == from_end]
        # -1, which cuts nothing out, where the day is in the first month
        nths = [min(month - (0 if from_end else 1) - each.first_month, each.months - 1) for _, each in asked]
        firsts = [
            quarter if from_end else (each.first_month + nth + 1) * QUARTERS
            for (_, each), nth in zip(asked, nths, strict=True)
        ]
        if asked:
            sums += _from_month_end(
                connection,
                [place for place, _ in asked],
                {
                    "width": WIDTH,
                    "areas": [each.area for _, each in asked],
                    "known": [each.known_on for _, each in asked],
                    "blocks": [each.block for _, each in asked],
                    "nths": nths,
                    "first_quarters": firsts,
                    "last_quarter": (month + 1) * QUARTERS - 1 if from_end else quarter,
                },
                len(snapshots),
                day=day,
                back=from_end,
            )
    return sums


def _from_month_end(
    connection: Connection, places: Sequence[int], asked: Mapping[str, object], count: int, *, day: date, back: bool
) -> Sums:
    """The sums at the ends of months and what changed from then until a day; going `back`, what changed after it is
    taken away again."""
    rows = connection.execute(_MONTH, asked, binary=True).fetchall()
    sums = np.zeros((count, WIDTH), dtype=np.int64)
    for place, (picture, size, _) in zip(places, rows, strict=True):
        if picture:
            sums[place] = np.frombuffer(cast("bytes", picture), dtype=f"<i{size}")
    changes, of = _joined([cast("bytes | None", changes) for *_, changes in rows])
    wanted = changes["day"] > numbered(day) if back else changes["day"] <= numbered(day)
    moved = added(changes[wanted], np.array(places, dtype=np.intp)[of[wanted]], count)
    return sums - moved if back else sums + moved


def _courses(
    snapshots: Sequence[Snapshot],
    stored: Sequence[bytes | None],
    changes: Changes,
    of: NDArray[np.intp],
    *,
    before: int,
) -> tuple[NDArray[np.int64], list[int]]:
    """The sums of `COURSED` at the end of each month before one, and these months."""
    month = months_of(changes["day"])
    first = min([int(month.min(initial=before)), *(each.first_month for each in snapshots if each.months)])
    months = range(first, before)
    way = np.zeros((len(snapshots), len(COURSE_COLUMNS), len(months)), dtype=np.int64)
    for place, (each, data) in enumerate(zip(snapshots, stored, strict=True)):
        if data and each.first_month < before:
            course = courses_of(data, each.size)[:, : before - each.first_month]
            starts = each.first_month - first
            ends = starts + course.shape[1]
            way[place, :, starts:ends] = course
            way[place, :, ends:] = course[:, -1:]
    due = month < before
    rows = of[due] * len(months) + (month[due] - first)
    found = added(changes[due], rows, len(snapshots) * len(months), columns=COURSE_COLUMNS)
    by_month = found.reshape(len(snapshots), len(months), len(COURSE_COLUMNS))
    return way + by_month.cumsum(axis=1).transpose(0, 2, 1), list(months)
