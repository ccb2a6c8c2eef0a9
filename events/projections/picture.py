"""What a reader of the national projection gets: figures by area, and their course over time."""

from datetime import date, timedelta
from typing import cast

from msgspec import Struct
from psycopg import sql

from events.database import Connection
from events.places import place_name, places
from events.projections.national import HUNDREDTHS, MEASURES


class Indicator(Struct, frozen=True, kw_only=True):
    """One figure the network is judged by."""

    name: str
    label: str
    unit: str
    """What is counted, in the plural: "enterprises"."""
    meaning: str
    """One sentence: what it counts and what it leaves out."""
    reported: bool = False
    """True when it is the sum of enterprises' latest reports; an area without a current one has not reported."""


INDICATORS: dict[str, Indicator] = {
    each.name: each
    for each in (
        Indicator(
            name="areas",
            label="Areas taking part",
            unit="areas",
            meaning="Areas that have joined the network and not left it.",
        ),
        Indicator(
            name="enterprises",
            label="Enterprises supported",
            unit="enterprises",
            meaning="Enterprises registered so far, new and established, whether or not they still trade.",
        ),
        Indicator(
            name="enterprises_new",
            label="New enterprises",
            unit="enterprises",
            meaning="Enterprises that did not exist before an area helped them start.",
        ),
        Indicator(
            name="enterprises_established",
            label="Established enterprises",
            unit="enterprises",
            meaning="Enterprises that were already running when an area began to help them.",
        ),
        Indicator(
            name="active",
            label="Active now",
            unit="enterprises",
            meaning="Enterprises registered and neither paused nor closed.",
        ),
        Indicator(
            name="people_supported",
            label="People supported",
            unit="people",
            meaning="The sum of each enterprise's latest report. Somebody helped by two enterprises counts twice.",
            reported=True,
        ),
        Indicator(
            name="jobs",
            label="Jobs",
            unit="jobs",
            meaning="People earning an income, from each enterprise's latest report.",
            reported=True,
        ),
        Indicator(
            name="volunteers",
            label="Volunteering",
            unit="volunteering places",
            meaning="People who give their time, from each enterprise's latest report.",
            reported=True,
        ),
        Indicator(
            name="hours_per_week",
            label="Hours of support a week",
            unit="hours",
            meaning="Hours of care and support in a week, from each enterprise's latest report.",
            reported=True,
        ),
        Indicator(
            name="milestones",
            label="Milestones",
            unit="milestones",
            meaning="Milestones recorded so far.",
        ),
    )
}


class Figure(Struct, frozen=True, kw_only=True):
    """A number and how much of the network stands behind it. `value` is None where nobody has reported."""

    value: int | float | None
    areas_reporting: int


class AreaFigures(Struct, frozen=True, kw_only=True):
    area: str
    """ONS code."""
    name: str
    nation: str
    joined_on: date
    figures: dict[str, Figure]


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


class Point(Struct, frozen=True, array_like=True):
    """The state of one indicator at the end of `day`."""

    day: date
    value: int | float


# ---- queries; they run inside `engine.reading(connection, "national")`

# An area's joining is one entry: what remains is the day on which it happened.
_FIGURES = f"""
select area, max(occurred_on) filter (where areas is not null), {", ".join(f"sum({measure})" for measure in MEASURES)}
from belief
where occurred_on <= %(on)s and ends_on > %(on)s and known_on <= %(known)s and superseded_on > %(known)s
group by area
"""  # noqa: S608 - names of columns, all of them our own

_PUBLISHED = """
select distinct on (area, indicator) area, indicator, value, qualifier, source, occurred_on
from published
where occurred_on <= %(on)s and known_on <= %(known)s and superseded_on > %(known)s
order by area, indicator, occurred_on desc, said_at desc
"""


def picture(connection: Connection, *, on: date, known: date) -> Picture:
    """The network on a day, from what was known at the end of another."""
    day = {"on": on, "known": known}
    areas: list[AreaFigures] = []
    for area, joined_on, taking_part, *sums in connection.execute(_FIGURES, day):
        if taking_part:
            place = places().get(str(area))
            areas.append(
                AreaFigures(
                    area=str(area),
                    name=place.name if place else str(area),
                    nation=(place.nation if place else None) or "",
                    joined_on=cast("date", joined_on),
                    figures=_figures(dict(zip(MEASURES, (taking_part, *sums), strict=True))),
                )
            )
    areas.sort(key=lambda each: each.name)
    return Picture(
        on=on,
        known=known,
        figures={name: _total(name, areas) for name in INDICATORS},
        areas=areas,
        published=[_published(row) for row in connection.execute(_PUBLISHED, day)],
    )


def _whole(number: object) -> int:
    return int(str(number or 0))


def _figures(sums: dict[str, object]) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for name, indicator in INDICATORS.items():
        # the sum over no report at all is null
        silent = indicator.reported and sums[name] is None
        value = None if silent else _scaled(name, _whole(sums[name]))
        figures[name] = Figure(value=value, areas_reporting=0 if silent else 1)
    return figures


def _scaled(name: str, amount: int) -> int | float:
    if name != "hours_per_week":
        return amount
    hours, rest = divmod(amount, HUNDREDTHS)
    return hours + rest / HUNDREDTHS if rest else hours


def _total(name: str, areas: list[AreaFigures]) -> Figure:
    values = [each.figures[name].value for each in areas]
    reported = [value for value in values if value is not None]
    total = round(sum(reported), 2)
    return Figure(
        value=None if not reported else int(total) if total == int(total) else total, areas_reporting=len(reported)
    )


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
    """By "areas", "enterprises", "people_supported", over the areas taking part at each point. People begin at the
    first report."""
    enterprises: dict[str, list[Point]]
    """Each area's enterprises, by quarter."""


# What holds only for a time is taken away on the day it ends.
_MONTHS = """
select area, date_trunc('month', day)::date, sum(sign * areas), sum(sign * enterprises), sum(sign * people_supported),
       sum(sign) filter (where people_supported is not null)
from (
    select occurred_on as day, 1 as sign, * from belief
    union all
    select ends_on, -1, * from belief
) changes
where day <= %(on)s and known_on <= %(known)s and superseded_on > %(known)s
group by 1, 2 order by 1, 2
"""

_Sums = tuple[int, ...]


def courses(connection: Connection, *, on: date, known: date) -> Courses:
    """How the network and each area came to where they are on a day, from what was known at the end of another."""
    changes: dict[str, dict[date, _Sums]] = {}
    for area, month, *sums in connection.execute(_MONTHS, {"on": on, "known": known}):
        changes.setdefault(str(area), {})[cast("date", month)] = tuple(map(_whole, sums))
    days = _month_ends(min((month for months in changes.values() for month in months), default=on), on)
    totals = [[0, 0, 0, 0] for _ in days]
    enterprises: dict[str, list[Point]] = {}
    for area, months in changes.items():
        running = [0, 0, 0, 0]
        course: list[Point] = []
        for n, day in enumerate(days):
            running = [a + b for a, b in zip(running, months.get(day.replace(day=1), (0, 0, 0, 0)), strict=True)]
            if running[0]:
                totals[n] = [a + b for a, b in zip(totals[n], running, strict=True)]
                if day.month % 3 == 0 or day == on:
                    course.append(Point(day, running[1]))
        enterprises[area] = course
    return Courses(
        network={
            "areas": [Point(day, total[0]) for day, total in zip(days, totals, strict=True)],
            "enterprises": [Point(day, total[1]) for day, total in zip(days, totals, strict=True)],
            "people_supported": [Point(day, total[2]) for day, total in zip(days, totals, strict=True) if total[3]],
        },
        enterprises=enterprises,
    )


def _month_ends(first: date, on: date) -> list[date]:
    """The last day of each month from the month of `first`; for the month of `on`, that day itself."""
    days: list[date] = []
    month = first.replace(day=1)
    while month <= on:
        following = (month + timedelta(days=32)).replace(day=1)
        days.append(min(following - timedelta(days=1), on))
        month = following
    return days


class Behind(Struct, frozen=True, kw_only=True):
    """One entry that a figure counts."""

    area: str
    position: int
    said_at: int
    """The position of its latest correction known then, or its own."""
    occurred_on: date
    amount: int | float


_BEHIND = """
with standing as (
    select * from belief
    where occurred_on <= %(on)s and ends_on > %(on)s and known_on <= %(known)s and superseded_on > %(known)s
)
select area, position, said_at, occurred_on, {measure}
from standing
where {measure} is not null and (area, position) > (%(area)s, %(position)s)
  -- as in the picture, an area counts while it takes part
  and area in (select area from standing where areas is not null)
order by area, position
limit %(limit)s
"""


def behind(
    connection: Connection, indicator: str, *, on: date, known: date, after: tuple[str, int], limit: int
) -> list[Behind]:
    """The entries that add up to a figure, by area and position, those after the given one."""
    query = sql.SQL(_BEHIND).format(measure=sql.Identifier(indicator))
    parameters = {"on": on, "known": known, "area": after[0], "position": after[1], "limit": limit}
    return [
        Behind(
            area=str(area),
            position=int(str(position)),
            said_at=int(str(said_at)),
            occurred_on=cast("date", occurred_on),
            amount=_scaled(indicator, _whole(amount)),
        )
        for area, position, said_at, occurred_on, amount in connection.execute(query, parameters)
    ]
