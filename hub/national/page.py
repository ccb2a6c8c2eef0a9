"""What the national page says: sentences, figures and rows, worked out from pictures. Templates only lay them out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from urllib.parse import urlencode

from markupsafe import Markup
from msgspec import Struct

from events.base import NETWORK
from events.projections.indicators import INDICATORS, Indicator
from events.projections.picture import AreaFigures, Figure, Picture, Point, Published
from hub.as_of import state
from hub.disclosure import RULE, Kept, of_people, shown
from hub.look.words import change, count, in_words, month, number, year_earlier
from hub.national.hexagons import HexagonMap, hexagon_map
from hub.national.table import NOTHING_ASKED, AreaRow, AreasTable, Asked, areas_table

KEY_FIGURES: Final = ("enterprises", "people_supported", "jobs", "volunteers", "hours_per_week")
"""Shown at the top, after the number of areas."""

MAPPED: Final = ("enterprises", "active", "people_supported", "jobs", "volunteers", "hours_per_week", "milestones")
"""What the map can show."""

OF_AREAS: Final = frozenset({*MAPPED, *KEY_FIGURES}) | {name for name, each in INDICATORS.items() if of_people(each)}
"""What the page has to know of each area: what it shows, and all that counts people, as some of it is kept back."""

SAME_PACE: Final = 0.1
"""Growth within this share of the year before's counts as the same pace: that year is read off month ends."""


class KeyFigure(Struct, frozen=True, kw_only=True):
    label: str
    value: int | float | str | None
    """None where nobody has reported, which is never shown as 0; words where it is not shown."""
    change: str
    coverage: str
    href: str


class Curve(Struct, frozen=True, kw_only=True):
    name: str
    title: str
    """The finding, worked out for the day of the page."""
    caption: str
    points: Sequence[Point]


class PublishedRow(Struct, frozen=True, kw_only=True):
    area_name: str
    label: str
    published: str
    """The figure with its qualifier: "more than 1,800"."""
    counted: int | float | str | None
    """What the ledgers add up to on the day of the page."""
    source: str
    occurred_on: date


class YearEnd(Struct, frozen=True, kw_only=True):
    """One row of the table behind the curves: the last day of a year that has points, and each curve's value then."""

    day: date
    values: list[int | float | None]


class NationalPage(Struct, frozen=True, kw_only=True):
    on: date
    known: date
    today: date
    query: str
    """`on=…&known=…` of this picture, so that a link leads to the same one for good."""
    sentence: Markup
    state: str
    """Which picture this is, when it is not the one of today as known today; else empty."""
    since: str
    years: list[int]
    """Years whose end can be shown."""
    figures: list[KeyFigure]
    map: HexagonMap
    """Where one indicator stands high and low."""
    choices: list[Indicator]
    """What the map can show."""
    curves: list[Curve]
    year_ends: list[YearEnd]
    areas: list[AreaRow]
    table: AreasTable
    """Those of them that are shown, as asked."""
    trends: Mapping[str, Sequence[Point]]
    """How enterprises of those came to be as many."""
    most: int | float
    """Enterprises of the largest area, the full length of a bar."""
    published: list[PublishedRow]
    rule: str = RULE
    """Which numbers are not shown."""

    @property
    def by(self) -> str:
        """What the map was asked to show, other than what it shows by itself."""
        return "" if self.map.indicator == MAPPED[0] else self.map.indicator

    @property
    def growth(self) -> Sequence[Point]:
        """How enterprises grew."""
        return next((curve.points for curve in self.curves if curve.name == "enterprises"), ())

    @property
    def is_empty(self) -> bool:
        return not self.areas


def national_page(
    picture: Picture,
    *,
    year_before: Picture,
    curves: Mapping[str, Sequence[Point]],
    by_area: Mapping[str, Sequence[Point]],
    today: date,
    mapped: str = "enterprises",
    asked: Asked = NOTHING_ASKED,
) -> NationalPage:
    """The page for `picture`.

    `year_before` is the picture a year before `picture.on`, from the same knowledge. `curves` has the month-end
    points of "areas", "enterprises" and "people_supported" from the first event to `picture.on`; `by_area` the
    quarter-end points of each area's enterprises, by area code. `mapped` is the indicator that the map shows,
    `asked` what the address asks for.
    """
    since = "a year ago" if picture.on == today else "a year before"
    query = urlencode({"on": picture.on.isoformat(), "known": picture.known.isoformat()})
    areas = _area_rows(picture, year_before)
    table = areas_table(areas, asked)
    return NationalPage(
        on=picture.on,
        known=picture.known,
        today=today,
        query=query,
        sentence=opening(picture),
        state=state(on=picture.on, known=picture.known, today=today),
        since=since,
        years=_years(curves.get("areas", ()), today),
        figures=_key_figures(picture, year_before, since=since, query=query),
        map=hexagon_map(picture, INDICATORS[mapped]),
        choices=[INDICATORS[name] for name in MAPPED],
        curves=_curves(picture, year_before, curves, since=since),
        year_ends=_year_ends([curves.get(name, ()) for name in ("enterprises", "areas", "people_supported")]),
        areas=areas,
        table=table,
        trends={row.area: by_area.get(row.area, ()) for row in table.rows},
        most=max((row.enterprises for row in areas), default=0),
        published=[_published_row(each, picture) for each in picture.published],
    )


def opening(picture: Picture) -> Markup:
    """The network on that day in one or two sentences, numbers in bold."""
    day, areas = in_words(picture.on), _strong(picture.areas_active, "area", "areas")
    if not picture.areas:
        return Markup("On {}, no area had joined.").format(day)
    enterprises = _value(picture, "enterprises") or 0
    if not enterprises:
        return Markup("On {}, {} of the UK had joined and no enterprise had been supported yet.").format(day, areas)
    first = Markup("On {}, {} had been supported in {} of the UK.").format(
        day, _strong(enterprises, "enterprise", "enterprises"), areas
    )
    given = [
        _strong(value, one, many)
        for name, one, many in (
            ("people_supported", "person helped", "people helped"),
            ("jobs", "job", "jobs"),
            ("volunteers", "volunteering place", "volunteering places"),
        )
        if (value := _value(picture, name))
    ]
    return first + Markup(" Between them they report {}.").format(_listed(given)) if given else first


def coverage(figure: Figure | None, areas: int) -> str:
    """How much of the network stands behind a figure: "50 of 50 areas report"."""
    reporting = figure.areas_reporting if figure else 0
    verb = "reports" if reporting == 1 else "report"
    return f"{reporting} of {count(areas, 'area', 'areas')} {verb}" if reporting else "No area reports"


def finding(points: Sequence[Point], *, now: int | float, before: int | float, since: str, one: str, many: str) -> str:
    """What a curve shows, in a title: growth over the year to its last point against growth in the year before that.

    `now` and `before` are the values at the last point and a year earlier; there is at least one point.
    """
    first, last = points[0], points[-1]
    if now == before == 0:
        return f"No {many} yet"
    year_ago = year_earlier(last.day)
    if first.day > year_ago:
        return f"{count(now, one, many)} since {month(first.day)}"
    grown = now - before
    if grown == 0:
        return f"As many {many} as {since}"
    if grown < 0:
        return f"{number(-grown)} fewer {one if grown == -1 else many} than {since}"
    title = f"{number(grown)} more {one if grown == 1 else many} in a year"
    two_years_ago = year_earlier(year_ago)
    return title if first.day > two_years_ago else title + _pace(grown, before - value_on(points, two_years_ago))


def value_on(points: Sequence[Point], day: date) -> float:
    """The value on a day between points, read off the straight line between its neighbours; 0 before the first."""
    earlier: Point | None = None
    for point in points:
        if point.day >= day:
            if point.day == day or earlier is None:
                return point.value if point.day == day else 0
            share = (day - earlier.day).days / (point.day - earlier.day).days
            return earlier.value + share * (point.value - earlier.value)
        earlier = point
    return earlier.value if earlier else 0


def _pace(grown: float, year_before: float) -> str:
    if year_before <= 0:
        return "\N{NO-BREAK SPACE}– after a year without growth"
    if abs(grown / year_before - 1) <= SAME_PACE:
        return "\N{NO-BREAK SPACE}– as fast as the year before"
    return f"\N{NO-BREAK SPACE}– {'faster' if grown > year_before else 'slower'} than the year before"


def _key_figures(picture: Picture, year_before: Picture, *, since: str, query: str) -> list[KeyFigure]:
    areas = picture.areas_active
    joined = KeyFigure(
        label="Areas taking part",
        value=areas,
        change=_capital(change(areas, year_before.areas_active, since)),
        coverage=_nations(picture.areas),
        href=f"/figures/areas?{query}",
    )
    enterprises, *rest = (
        KeyFigure(
            label=INDICATORS[name].label,
            value=shown(picture.figures.get(name)),
            change=_moved(picture, year_before, name, since),
            coverage=coverage(picture.figures.get(name), areas),
            href=f"/figures/{name}?{query}",
        )
        for name in KEY_FIGURES
    )
    return [enterprises, joined, *rest]


def _curves(
    picture: Picture, year_before: Picture, curves: Mapping[str, Sequence[Point]], *, since: str
) -> list[Curve]:
    told = (
        ("enterprises", "enterprise", "enterprises", "Enterprises supported at the end of each month"),
        ("areas", "area", "areas", "Areas taking part at the end of each month"),
        (
            "people_supported",
            "person supported",
            "people supported",
            "People supported, as last reported by each month's end",
        ),
    )
    return [
        Curve(
            name=name,
            title=finding(
                points,
                now=_state_of(picture, name),
                before=_state_of(year_before, name),
                since=since,
                one=one,
                many=many,
            ),
            caption=caption,
            points=points,
        )
        for name, one, many, caption in told
        if (points := curves.get(name, ())) and (name == "areas" or _value(picture, name) is not None)
    ]


def _area_rows(picture: Picture, year_before: Picture) -> list[AreaRow]:
    before = {each.area: _number(each.figures, "enterprises") for each in year_before.areas}
    rows = [
        AreaRow(
            area=each.area,
            name=each.name,
            nation=each.nation,
            joined_on=each.joined_on,
            enterprises=(enterprises := _number(each.figures, "enterprises")),
            change=enterprises - before.get(each.area, 0),
            reported=[shown(each.figures.get(name)) for name in KEY_FIGURES[1:]],
        )
        for each in picture.areas
    ]
    return sorted(rows, key=lambda row: (-row.enterprises, row.name))


def _published_row(each: Published, picture: Picture) -> PublishedRow:
    national = each.area == NETWORK
    holder = picture if national else next((area for area in picture.areas if area.area == each.area), None)
    indicator = INDICATORS.get(each.indicator)
    qualifier = "" if each.qualifier == "exact" else f"{each.qualifier} "
    counted = shown(holder.figures.get(each.indicator)) if holder else None
    return PublishedRow(
        area_name="Whole network" if national else each.area_name,
        label=indicator.label if indicator else each.indicator.replace("_", " ").capitalize(),
        published=qualifier + number(each.value),
        counted=counted,
        source=each.source,
        occurred_on=each.occurred_on,
    )


def _year_ends(series: Sequence[Sequence[Point]]) -> list[YearEnd]:
    days: dict[int, date] = {}
    for point in (point for points in series for point in points):
        days[point.day.year] = max(point.day, days.get(point.day.year, point.day))
    by_day = [{point.day.year: point.value for point in points} for points in series]
    return [YearEnd(day=days[year], values=[each.get(year) for each in by_day]) for year in sorted(days, reverse=True)]


def _years(points: Sequence[Point], today: date) -> list[int]:
    return list(range(points[0].day.year, today.year)) if points else []


def _nations(areas: Sequence[AreaFigures]) -> str:
    nations = Counter(each.nation for each in areas).most_common()
    return (
        _listed(
            [f"{number(areas)} in {nation}" if nation else f"{number(areas)} elsewhere" for nation, areas in nations]
        )
        if nations
        else "None yet"
    )


def _listed(parts: Sequence[str]) -> str:
    """a; a and b; a, b and c. Keeps markup safe when every part is."""
    comma, last = (Markup(", "), Markup(" and ")) if parts and isinstance(parts[0], Markup) else (", ", " and ")
    return last.join([comma.join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _strong(value: int | float, one: str, many: str) -> Markup:
    return Markup("<strong>{}</strong> {}").format(number(value), one if value == 1 else many)


def _moved(picture: Picture, year_before: Picture, name: str, since: str) -> str:
    """How a key figure moved; nothing to say of one that nobody reports, or that was not shown."""
    now = _value(picture, name)
    if now is None or isinstance(year_before.figures.get(name), Kept):
        return ""
    return _capital(change(now, _before(year_before, name), since))


def _before(year_before: Picture, name: str) -> int | float | None:
    """A figure a year before: 0 where there was nothing to count, None only where areas there were had not reported."""
    value = _value(year_before, name)
    return 0 if value is None and not (year_before.areas and INDICATORS[name].reported) else value


def _value(holder: Picture | AreaFigures, name: str) -> int | float | None:
    figure = holder.figures.get(name)
    return figure.value if figure else None


def _number(figures: Mapping[str, Figure], name: str) -> int | float:
    figure = figures.get(name)
    return (figure.value if figure else None) or 0


def _state_of(picture: Picture, name: str) -> int | float:
    return picture.areas_active if name == "areas" else _number(picture.figures, name)
