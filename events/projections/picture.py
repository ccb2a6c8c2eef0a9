"""What a reader of the national projection gets: figures by area, and their course over time."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import LiteralString, cast

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from events.base import NETWORK
from events.database import Connection
from events.places import follows_on, place_name, places
from events.projections.indicators import INDICATORS
from events.projections.national.cube import COURSE_COLUMNS, COURSED, COURSED_REPORTS
from events.projections.national.measures import FACET_OF, HUNDREDTHS, MEASURES, REPORTED, SLOT
from events.projections.national.read import Read, read

# Very many of these are made for one page. They hold nothing that could lead back to them, so the collector need not
# look at each again and again.


class Figure(Struct, frozen=True, kw_only=True, gc=False):
    """A number and how much of the network stands behind it. `value` is None where nobody has reported."""

    value: int | float | None
    areas_reporting: int
    reports: int | None = None
    """How many enterprises' reports it is the sum of; none for what is not reported."""


class AreaFigures(Struct, frozen=True, kw_only=True, gc=False):
    area: str
    """The ONS code its ledger goes by."""
    name: str
    nation: str
    joined_on: date
    figures: dict[str, Figure]
    load_target: int | None = None
    """How many active enterprises one Catalyst can look after, as said for the area or else for the network."""
    code: str = ""
    """The ONS code it had on that day, where that is another one: authorities change theirs, and ledgers go on."""
    last_code: str = ""
    """The last code that is known, also where it has it only from a later day on; empty if it never had another."""

    @property
    def code_then(self) -> str:
        return self.code or self.area

    @property
    def code_today(self) -> str:
        """The code under which a map of today's authorities has it."""
        return follows_on(self.last_code or self.area)


class Published(Struct, frozen=True, kw_only=True):
    """A figure as somebody published it, kept beside what the ledger counts."""

    area: str
    area_name: str
    indicator: str
    value: int | float
    qualifier: str
    """exact, about, or more than."""
    source: str
    occurred_on: date


class Picture(Struct, frozen=True, kw_only=True):
    """The network on day `on`, from what was known at the end of day `known` (both Europe/London)."""

    on: date
    known: date
    figures: dict[str, Figure]
    areas: list[AreaFigures]
    """The areas taking part, by name."""
    published: list[Published]

    @property
    def areas_active(self) -> int:
        return len(self.areas)


class Point(Struct, frozen=True, array_like=True, gc=False):
    """The state of one indicator at the end of `day`."""

    day: date
    value: int | float


# ---- queries; they run inside `engine.reading(connection, "national")`

_OF_AREAS = """
select area, facet, key, occurred_on, first from belief
where facet in ('area', 'code', 'target') and (occurred_on <= %(on)s and ends_on > %(on)s or facet = 'code')
  and known_on <= %(known)s and superseded_on > %(known)s
order by occurred_on, position
"""

_PUBLISHED = """
select distinct on (area, indicator) area, indicator, value, qualifier, source, occurred_on
from published
where occurred_on <= %(on)s and known_on <= %(known)s and superseded_on > %(known)s
order by area, indicator, occurred_on desc, said_at desc
"""


class _Standing(Struct, kw_only=True):
    """What else is said of an area on a day."""

    joined_on: date | None = None
    code: str = ""
    last_code: str = ""
    target: int | None = None


def picture(connection: Connection, *, on: date, known: date, of_areas: Collection[str] = tuple(INDICATORS)) -> Picture:
    """The network on a day, from what was known at the end of another; as `picture_of`."""
    return picture_of(connection, read(connection, [on], known=known), on=on, known=known, of_areas=of_areas)


def picture_of(
    connection: Connection, found: Read, *, on: date, known: date, of_areas: Collection[str] = tuple(INDICATORS)
) -> Picture:
    """The picture of a day whose sums were read. The network has all figures, areas have those named in `of_areas` and
    those that somebody published of them."""
    day = {"on": on, "known": known}
    standing = _standing(connection, day)
    network = standing.get(NETWORK, _Standing())
    sums = found.days[on]
    part = [
        (place, area, of)
        for place, (area, taking_part) in enumerate(zip(found.areas, sums[:, _TAKING_PART].tolist(), strict=True))
        if taking_part and (of := standing.get(area)) and of.joined_on
    ]
    sums = sums[[place for place, _, _ in part]]
    wanted = [each for each in _PLACES if each[0] in of_areas]
    published = [_published(row) for row in connection.execute(_PUBLISHED, day)]
    beside: dict[str, set[str]] = {}
    for each in published:
        beside.setdefault(each.area, set()).add(each.indicator)
    areas: list[AreaFigures] = []
    for (_, area, of), row in zip(part, sums.tolist(), strict=True):
        code = of.code or area
        place = places().get(code)
        areas.append(
            AreaFigures(
                area=area,
                name=place.name if place else code,
                nation=(place.nation if place else None) or "",
                joined_on=cast("date", of.joined_on),
                figures=_figures(
                    row,
                    [each for each in _PLACES if each[0] in {*of_areas, *beside[area]}] if area in beside else wanted,
                ),
                load_target=network.target if of.target is None else of.target,
                code=of.code,
                last_code=of.last_code,
            )
        )
    areas.sort(key=lambda each: each.name)
    total, telling = sums.sum(axis=0).tolist(), (sums > 0).sum(axis=0).tolist()
    return Picture(
        on=on,
        known=known,
        figures={
            name: figure_of(name, total[at], telling[reports] if reports else len(areas), reports and total[reports])
            for name, at, reports in _PLACES
        },
        areas=areas,
        published=published,
    )


def _standing(connection: Connection, day: Mapping[str, date]) -> dict[str, _Standing]:
    standing: dict[str, _Standing] = {}
    for area, facet, key, since, first in connection.execute(_OF_AREAS, day):
        of = standing.setdefault(str(area), _Standing())
        if facet == "area":
            of.joined_on = cast("date", since)
        elif facet == "code":
            of.last_code = str(key)
            if cast("date", since) <= day["on"]:
                of.code = of.last_code
        else:
            of.target = _whole(first)
    return standing


_LEDGER_OF = """
select area from belief where facet = 'code' and key = %(code)s and superseded_on = '9999-12-31'
  and not exists (select from belief where area = %(code)s and facet = 'area')
order by known_on desc, position desc limit 1
"""


def ledger_of(connection: Connection, code: str) -> str:
    """The code that the ledger of an authority goes by; the same where nothing is told of it."""
    row = connection.execute(_LEDGER_OF, {"code": code}).fetchone()
    return str(row[0]) if row else code


_TAKING_PART = MEASURES.index("areas")
_PLACES = [
    (name, MEASURES.index(name), len(MEASURES) + REPORTED.index(name) if name in REPORTED else None)
    for name in INDICATORS
]
"""Where of a row of sums each indicator is, and how many report it."""


def figure_of(name: str, amount: int, areas_reporting: int, reports: int | None) -> Figure:
    value = _scaled(name, amount) if areas_reporting else None
    return Figure(value=value, areas_reporting=int(areas_reporting), reports=reports)


def _figures(row: Sequence[int], wanted: Sequence[tuple[str, int, int | None]]) -> dict[str, Figure]:
    """Of one area. Where most figures are made, so without a call for each."""
    figures: dict[str, Figure] = {}
    for name, at, reports in wanted:
        if reports is None:
            figures[name] = Figure(value=row[at], areas_reporting=1)
        else:
            figures[name] = figure_of(name, row[at], int(row[reports] > 0), row[reports])
    return figures


def _whole(number: object) -> int:
    return int(str(number or 0))


def _scaled(name: str, amount: int) -> int | float:
    if name != "hours_per_week":
        return amount
    hours, rest = divmod(amount, HUNDREDTHS)
    return hours + rest / HUNDREDTHS if rest else hours


def _published(row: tuple[object, ...]) -> Published:
    area, indicator, value, qualifier, source, occurred_on = row
    number = float(str(value))
    return Published(
        area=str(area),
        area_name=place_name(str(area)),
        indicator=str(indicator),
        value=int(number) if number.is_integer() else number,
        qualifier=str(qualifier),
        source=str(source),
        occurred_on=cast("date", occurred_on),
    )


class Courses(Struct, frozen=True, kw_only=True):
    """How the network grew: a point at the end of each month up to the day asked for, and one on it."""

    network: dict[str, list[Point]]
    """By "areas", "enterprises", "people_supported", "hours_per_week" and "active", over the areas taking part at each
    point. What is told by reports begins at the first."""
    enterprises: Mapping[str, list[Point]]
    """Each area's enterprises, by quarter."""


class _ByArea(Mapping[str, list[Point]]):
    """One measure of each area on some days, told where an area takes part; made when it is asked for."""

    def __init__(self, days: Mapping[int, date], way: Mapping[str, NDArray[np.int64]], row: int) -> None:
        self._days, self._way, self._row = days, way, row

    def __getitem__(self, area: str) -> list[Point]:
        taking_part, told = self._way[area][0].tolist(), self._way[area][self._row].tolist()
        return [Point(day, told[n]) for n, day in self._days.items() if taking_part[n] > 0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._way)

    def __len__(self) -> int:
        return len(self._way)


def courses(connection: Connection, *, on: date, known: date, areas: Sequence[str] | None = None) -> Courses:
    """How the network, or only some areas, came to where they are on a day, from what was known on another."""
    return courses_of(read(connection, [on], known=known, courses=True, areas=areas), on=on)


def courses_of(found: Read, *, on: date) -> Courses:
    """The courses up to a day whose sums were read with them."""
    assert found.courses is not None
    now = found.days[on][:, COURSE_COLUMNS][:, :, np.newaxis]
    way = np.concatenate([found.courses, now], axis=2)
    taking_part = way[:, :1, :] > 0
    total = (way * taking_part).sum(axis=0)
    days = [*map(_month_end, found.months), on]
    begun = int(np.argmax(total[0] > 0)) if total[0].any() else len(days) - 1
    network: dict[str, list[Point]] = {}
    for row, name in enumerate(COURSED):
        reports = total[len(COURSED) + COURSED_REPORTS.index(name)] if name in COURSED_REPORTS else None
        network[name] = [
            Point(days[n], _scaled(name, int(total[row, n])))
            for n in range(begun, len(days))
            if reports is None or reports[n]
        ]
    quarters = {n: day for n, day in enumerate(days) if day.month % 3 == 0 or day == on}
    of = {found.areas[place]: way[place] for place in np.flatnonzero(taking_part.any(axis=(1, 2))).tolist()}
    return Courses(network=network, enterprises=_ByArea(quarters, of, COURSED.index("enterprises")))


def _month_end(month: int) -> date:
    """The last day of a month, given as months since the year 0."""
    year, before = divmod(month + 1, 12)
    return date(year, before + 1, 1) - timedelta(days=1)


class Behind(Struct, frozen=True, kw_only=True):
    """One entry that a figure counts."""

    area: str
    position: int
    said_at: int
    """The position of its latest correction known then, or its own."""
    occurred_on: date
    key: str
    """Which of several of one kind, such as which requirement; else empty."""
    amount: int | float


# As in the picture, an area counts while it takes part. Asked for first: the database walks through the entries in
# order only if it knows of how many areas they are.
_AREAS_BEHIND = """
select area from belief
where facet = 'area' and occurred_on <= %(on)s and ends_on > %(on)s
  and known_on <= %(known)s and superseded_on > %(known)s
  and area >= %(area)s and (%(only)s::text is null or area = %(only)s)
order by area
"""

_BEHIND = """
with standing as (
    select * from belief
    where facet = %(facet)s and occurred_on <= %(on)s and ends_on > %(on)s
      and known_on <= %(known)s and superseded_on > %(known)s
), told as (
    select area, position, said_at, occurred_on, key,
           case %(slot)s when 0 then first when 1 then second when 2 then third else fourth end as amount
    from standing
)
select area, position, said_at, occurred_on, key, amount
from told
where amount is not null and (amount <> 0 or %(reported)s) and (area, position, key) > (%(area)s, %(position)s, %(key)s)
  and area = any (%(areas)s)
order by area, position, key, occurred_on
limit %(limit)s
"""


def behind(
    connection: Connection,
    indicator: str,
    *,
    on: date,
    known: date,
    after: tuple[str, int, str] = ("", 0, ""),
    limit: int,
    only: str | None = None,
) -> list[Behind]:
    """The entries that add up to a figure, by area, position and key, those after the given one; of one area if `only`
    is given."""
    query: LiteralString = _BEHIND
    parameters: dict[str, object] = {
        "facet": FACET_OF[indicator],
        "slot": SLOT[indicator],
        "reported": indicator in REPORTED,
        "on": on,
        "known": known,
        "area": after[0],
        "position": after[1],
        "key": after[2],
        "only": only,
        "limit": limit,
    }
    parameters |= {"areas": [str(area) for (area,) in connection.execute(_AREAS_BEHIND, parameters)]}
    return [
        Behind(
            area=str(area),
            position=int(str(position)),
            said_at=int(str(said_at)),
            occurred_on=cast("date", occurred_on),
            key=str(key),
            amount=_scaled(indicator, _whole(amount)),
        )
        for area, position, said_at, occurred_on, key, amount in connection.execute(query, parameters)
    ]
