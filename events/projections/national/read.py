"""Adding up the cube: the sums of every area on some days, and their course, as known on a day."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from events.database import Connection
from events.projections.national.cube import (
    CHANGE,
    COURSE_COLUMNS,
    WIDTH,
    Changes,
    Sums,
    added,
    courses_of,
    month_of,
    months_of,
    numbered,
    pictures_of,
    quarter_of,
    unpacked,
)

# ---- queries; they run inside `engine.reading(connection, "national")`

# Of each area and each day asked for: what the last snapshot that held nothing but what was known by then says of the
# end of a month, and the changes between that and the day. That is the end of the day's own month, to go back from,
# where that is nearer and the snapshot reaches it; else the month before, or the last one it holds, to go on from.
# With the first day also what the snapshot leaves out: what was learned after it, all of which is in the block after
# it; and with courses the changes of the months that they do not reach.
_SUMS = """
select day.nth, l.area, coalesce(s.size, 4), at.month, at.back,
       substring(s.pictures from 1 + (at.month - s.first_month) * s.size * %(width)s for s.size * %(width)s),
       (select string_agg(c.changes, '') from changed c
        where c.area = l.area and c.learned_in <= %(learned_in)s
          and c.quarter between case when at.back then day.quarter else (at.month + 1) * 4 end
                            and case when at.back then at.month * 4 + 3 else day.quarter end),
       case when day.nth = 1 then (
           select n.changes from learned n where n.area = l.area and n.block = coalesce(s.block, -1) + 1
       ) end,
       s.first_month, s.first_month + s.months,
       case when day.nth = 1 and %(courses)s then s.courses end,
       case when day.nth = 1 and %(courses)s and day.month >= coalesce(s.first_month + s.months, 0) then (
           select string_agg(c.changes, '') from changed c
           where c.area = l.area and c.learned_in <= %(learned_in)s
             and c.quarter between coalesce(s.first_month + s.months, 0) * 4 and day.quarter
       ) end
from ledger l
left join lateral (
    select * from snapshot s where s.area = l.area and s.known_on <= %(known)s
    order by s.known_on desc, s.block desc limit 1
) s on true
cross join unnest(%(months)s::int[], %(quarters)s::int[]) with ordinality day(month, quarter, nth)
cross join lateral (
    select case when back then day.month else least(day.month, s.first_month + s.months) - 1 end as month, back
    from (select coalesce(day.quarter %% 4 >= 2 and s.first_month + s.months > day.month, false) as back) nearer
) at
where %(areas)s::text[] is null or l.area = any (%(areas)s)
"""


class _Found(Struct, frozen=True, array_like=True):
    """A row of `_SUMS`."""

    nth: int
    """Which of the days, from 1."""
    area: str
    size: int
    month: int
    """Since the year 0: at the end of it `picture` holds."""
    back: bool
    picture: bytes | None
    between: bytes | None
    block: bytes | None
    first_month: int | None
    beyond: int | None
    """The first month that the snapshot does not hold."""
    course: bytes | None
    later: bytes | None


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
        "width": WIDTH,
        "known": known,
        "learned_in": known.year,
        "months": [month_of(day) for day in days],
        "quarters": [quarter_of(day) for day in days],
        "courses": courses,
        "areas": None if areas is None else list(areas),
    }
    rows = [_Found(*row) for row in connection.execute(_SUMS, asked, binary=True).fetchall()]  # pyright: ignore
    # here, since the database would write rows as wide as these to a file to sort them
    rows.sort(key=lambda each: (each.nth, each.area))
    of_areas = rows[: len(rows) // len(days)]
    block = _Learned.of_areas([each.block for each in of_areas], by=known)
    sums: dict[date, Sums] = {}
    for nth, day in enumerate(days):
        sums[day] = _on(day, rows[nth * len(of_areas) : (nth + 1) * len(of_areas)], block, known=known)
    way, months = None, []
    if courses:
        way, months = _courses(of_areas, block, before=month_of(days[0]), known=known)
    return Read(areas=[each.area for each in of_areas], days=sums, months=months, courses=way)


class _Learned(Struct, frozen=True):
    """Changes of several areas that were learned by some day."""

    changes: Changes
    of: NDArray[np.intp]
    """Which area each is of, by its place."""

    @staticmethod
    def of_areas(data: Sequence[bytes | None], *, by: date) -> "_Learned":
        changes = unpacked(b"".join(each for each in data if each))
        of = np.repeat(np.arange(len(data)), [len(each or b"") // CHANGE.itemsize for each in data])
        return _Learned(changes, of).where(changes["known"] <= numbered(by))

    def where(self, wanted: NDArray[np.bool_]) -> "_Learned":
        places = np.flatnonzero(wanted)
        return _Learned(self.changes.take(places), self.of.take(places))

    @property
    def months(self) -> NDArray[np.int64]:
        return months_of(self.changes["day"])


def _on(day: date, rows: Sequence[_Found], block: _Learned, *, known: date) -> Sums:
    """The sums of a day: what the snapshots say of the end of a month, what was learned since of days up to that, and
    what changed between then and the day; where the day comes before, this is taken away again."""
    sums = np.zeros((len(rows), WIDTH), dtype=np.int64)
    for size in {each.size for each in rows if each.picture}:
        places = [place for place, each in enumerate(rows) if each.picture and each.size == size]
        sums[places] = pictures_of(b"".join(rows[place].picture or b"" for place in places), size)
    month, back = np.array([each.month for each in rows]), np.array([each.back for each in rows], dtype=bool)
    before = block.where(block.months <= month[block.of])
    sums += added(before.changes, before.of, len(rows))
    between = _Learned.of_areas([each.between for each in rows], by=known)
    after, backwards = between.changes["day"] > numbered(day), back[between.of]
    on, off = between.where(~after & ~backwards), between.where(after & backwards)
    return sums + added(on.changes, on.of, len(rows)) - added(off.changes, off.of, len(rows))


def _courses(
    rows: Sequence[_Found], block: _Learned, *, before: int, known: date
) -> tuple[NDArray[np.int64], list[int]]:
    """The sums of `COURSED` at the end of each month before one, and these months."""
    later = _Learned.of_areas([each.later for each in rows], by=known)
    beyond = np.array([each.beyond or 0 for each in rows])
    within = block.where(block.months < beyond[block.of])
    changes, of = np.concatenate([within.changes, later.changes]), np.concatenate([within.of, later.of])
    month = months_of(changes["day"])
    first = min([int(month.min(initial=before)), *(each.first_month for each in rows if each.first_month)])
    months = range(first, before)
    way = np.zeros((len(rows), len(COURSE_COLUMNS), len(months)), dtype=np.int64)
    for place, each in enumerate(rows):
        if each.course and each.first_month and each.first_month < before:
            course = courses_of(each.course, each.size)[:, : before - each.first_month]
            starts = each.first_month - first
            ends = starts + course.shape[1]
            way[place, :, starts:ends] = course
            way[place, :, ends:] = course[:, -1:]
    due = np.flatnonzero(month < before)
    at = of[due] * len(months) + (month[due] - first)
    found = added(changes.take(due), at, len(rows) * len(months), columns=COURSE_COLUMNS)
    by_month = found.reshape(len(rows), len(months), len(COURSE_COLUMNS))
    return way + by_month.cumsum(axis=1).transpose(0, 2, 1), list(months)
