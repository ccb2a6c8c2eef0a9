"""Small drawings as SVG. Pure functions; no script and no style attribute, so a strict content policy allows them.

A curve is drawn once for every width. Its plot is a nested SVG that stretches to the room there is
(`preserveAspectRatio="none"`, lines keep their thickness), while its text and dot are placed by percentages and
keep their size. So text stays readable at 320 px without a second rendering for phones, which would double the bytes.
"""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise
from math import ceil, floor, log10

from markupsafe import Markup, escape
from msgspec import Struct

from events.base import in_words
from events.projections.picture import Point
from hub.look.words import about, number

PLOT = 1000
"""Width of the plot's own coordinates; heights are in pixels."""
TOP, BOTTOM = 26, 28
"""Room above for the label of the last value and below for the years."""
LINE = 19
"""From a label to one above it."""

SPARK_WIDTH, SPARK_HEIGHT = 84, 22

HEX_WIDTH, HEX_HEIGHT, HEX_ROW = 28, 32, 24
"""A hexagon that stands on a corner, and from one row of them to the next."""


class Placed(Struct, frozen=True, kw_only=True):
    """A place on a map of hexagons."""

    area: str
    name: str
    column: int
    row: int
    """Rows count from the north; those with an odd number stand half a place further east."""
    kind: str
    """How it is coloured: `1` to `4`, `0` for what takes part without a number, empty for what does not take part."""
    says: str
    """Its number in words; empty for what does not take part."""


class Expected(Struct, frozen=True):
    """What is expected at the end of `day`, and the band around it."""

    day: date
    value: float
    low: float
    high: float


def curve(
    name: str,
    points: Sequence[Point],
    *,
    title: str,
    height: int = 240,
    steps: bool = False,
    expected: Sequence[Expected] = (),
    fitted: Sequence[Point] = (),
) -> Markup:
    """An area chart of `points` (oldest first), labelled with its last value. Nothing when there is no point.

    `name` makes its ids unique on the page, `title` states the finding; `steps` is for what changes on single days.
    What is `expected` after the last point is dotted, with its band, and so is the curve `fitted` to the points.
    """
    if not points:
        return Markup("")
    desc = describe(points) + (f" {foretold(expected)}" if expected else "")
    drawn = plot(points, height=height, steps=steps, expected=expected, fitted=fitted)
    return Markup(
        '<div class="chart"><svg width="100%" height="{height}" role="img" aria-labelledby="{name}-title {name}-desc">'
        '<title id="{name}-title">{title}</title><desc id="{name}-desc">{desc}</desc>{plot}</svg></div>'
    ).format(name=name, title=title, desc=desc, height=height, plot=drawn)


def plot(
    points: Sequence[Point],
    *,
    height: int,
    steps: bool = False,
    width: int = PLOT,
    expected: Sequence[Expected] = (),
    fitted: Sequence[Point] = (),
) -> Markup:
    """What is inside a chart, to be set into an SVG of this height and any width. There is at least one point."""
    span = [*points, *(Point(each.day, each.value) for each in expected)]
    top = _top(max([*(point.value for point in [*points, *fitted]), *(each.high for each in expected)]))
    floor_y = height - BOTTOM
    room = TOP + LINE if expected else TOP

    def y(value: float) -> int:
        return round(floor_y - (floor_y - room) * max(value, 0) / top[0])

    def place(day: date, value: float) -> tuple[int, int]:
        return round(_along(span, day) * width), y(value)

    here = [place(point.day, point.value) for point in points]
    return Markup(
        "{grid}"
        '<svg width="100%" height="{height}" viewBox="0 0 {width} {height}" preserveAspectRatio="none">{shape}</svg>'
        "{years}{last}"
    ).format(
        height=height,
        width=width,
        grid=_grid(top, y),
        shape=_shape(here, floor_y, steps=steps)
        + _dotted(
            [place(point.day, point.value) for point in fitted],
            here[-1],
            [place(each.day, each.value) for each in expected],
            [place(each.day, each.low) for each in expected],
            [place(each.day, each.high) for each in expected],
        ),
        years=_years(span, height - 6),
        last=_turn(points[-1], expected[-1], here[-1], y, width=width)
        if expected
        else _last(points, [at for _, at in here], floor_y),
    )


def foretold(expected: Sequence[Expected]) -> str:
    """What is expected at the end, in a sentence."""
    end = expected[-1]
    return (
        f"Expected on {in_words(end.day)}: about {about(end.value)}, "
        f"with 8 chances in 10 between {about(end.low)} and {about(end.high)}."
    )


def describe(points: Sequence[Point]) -> str:
    """The course of a curve in a sentence, for those who do not see it."""
    first, last = points[0], points[-1]
    if len(points) == 1:
        return f"{number(last.value)} on {in_words(last.day)}."
    peak = max(points, key=lambda point: point.value)
    over = f", with a peak of {number(peak.value)} on {in_words(peak.day)}" if peak.value > last.value else ""
    return f"From {number(first.value)} on {in_words(first.day)} to {number(last.value)} on {in_words(last.day)}{over}."


def sparkline(points: Sequence[Point]) -> Markup:
    """The shape of a course in the height of a line of text, from 0 to its own peak."""
    if not points:
        return Markup("")
    peak = max(max(point.value for point in points), 1)
    places = [
        (round(_along(points, point.day) * (SPARK_WIDTH - 4)), round(SPARK_HEIGHT - 3 - 17 * point.value / peak, 1))
        for point in points
    ]
    end_x, end_y = places[-1]
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" role="img"><title>{}</title>'
        '<path class="chart-line" d="{}"/><circle class="chart-dot" cx="{}" cy="{}" r="2.5"/></svg>'
    ).format(SPARK_WIDTH, SPARK_HEIGHT, describe(points), _path(places), end_x, end_y)


def hexagons(places: Sequence[Placed], *, alone: bool = False, rows: str = "") -> Markup:
    """A map of places of one size. Hidden from readers: a table holds the same, and each place leads to its row there.

    Above them stands what the map shows. Nobody should tab through two hundred places: links are for pointing.
    `alone` is without them, for a drawing that stands on no page; `rows` is the page where they are, if not the same.
    """
    width = max(each.column for each in places) + 2
    height = max(each.row for each in places) + 1
    return Markup(
        '<svg class="hexagons" viewBox="-{0} -{1} {2} {3}" aria-hidden="true" focusable="false">'
        '<defs><path id="hexagon" d="M0-{1} {0}-{4}V{4}L0 {1}-{0} {4}V-{4}Z"/></defs>{5}</svg>'
    ).format(
        HEX_WIDTH // 2,
        HEX_HEIGHT // 2,
        width * HEX_WIDTH - HEX_WIDTH // 2,
        (height - 1) * HEX_ROW + HEX_HEIGHT,
        HEX_HEIGHT // 4,
        Markup("").join(_hexagon(each, alone=alone, rows=rows) for each in _outlined_last(places)),
    )


def _outlined_last(places: Sequence[Placed]) -> list[Placed]:
    """What comes later lies on top: else neighbours would hide an outline."""
    return sorted(places, key=lambda each: each.kind == "0")


def _hexagon(each: Placed, *, alone: bool, rows: str) -> Markup:
    x, y = each.column * HEX_WIDTH + each.row % 2 * HEX_WIDTH // 2, each.row * HEX_ROW
    drawn = Markup('<use href="#hexagon" x="{}" y="{}" class="hexagon-{}"><title>{}{}</title></use>').format(
        x, y, each.kind or "none", each.name, f": {each.says}" if each.says else ""
    )
    if not each.says or alone:
        return drawn
    return Markup('<a href="{}#{}" tabindex="-1">{}</a>').format(rows, each.area, drawn)


def bar(value: int | float, most: int | float) -> Markup:
    """A bar for a table cell, as long as `value` is of `most`. Hidden from readers: the number stands beside it."""
    share = round(100 * value / most, 1) if most > 0 else 0
    return Markup(
        '<svg class="bar" aria-hidden="true"><rect class="bar-track" width="100%" height="12"/>'
        '<rect class="bar-value" width="{:g}%" height="12"/></svg>'
    ).format(min(max(share, 0), 100))


def _along(points: Sequence[Point], day: date) -> float:
    """Where `day` lies between the first point (0) and the last (1); a single point lies at the end."""
    first, last = points[0].day, points[-1].day
    return (day - first).days / (last - first).days if last > first else 1.0


def _top(most: float) -> tuple[float, float]:
    """The top of the scale and the step between its lines: 1, 2 or 5 times a power of ten, three to five lines."""
    rough = max(most, 1) / 4
    power = 10.0 ** floor(log10(rough))
    step = max(next(power * lead for lead in (1, 2, 5, 10) if power * lead >= rough), 1)
    return ceil(max(most, 1) / step) * step, step


def _grid(top: tuple[float, float], y: Callable[[float], int]) -> Markup:
    lines = [
        Markup('<line class="{}" x2="100%" y1="{}" y2="{}"/><text x="-8" y="{}" text-anchor="end">{}</text>').format(
            "chart-grid" if index else "chart-base", y(value), y(value), y(value) + 5, number(value)
        )
        for index, value in ((index, index * top[1]) for index in range(round(top[0] / top[1]) + 1))
    ]
    return Markup("").join(lines)


def _shape(places: Sequence[tuple[int, int]], floor_y: int, *, steps: bool) -> Markup:
    if len(places) < 2:
        return Markup("")
    line = _steps(places) if steps else _path(places)
    return Markup(
        '<path class="chart-area" d="{line}V{floor}H{start}Z"/>'
        '<path class="chart-line" vector-effect="non-scaling-stroke" d="{line}"/>'
    ).format(line=line, floor=floor_y, start=places[0][0])


def _path(places: Sequence[tuple[int, float]]) -> str:
    (x, y), *rest = places
    return f"M{x} {y:g}" + "".join(f"L{x} {y:g}" for x, y in rest)


def _steps(places: Sequence[tuple[int, int]]) -> str:
    """A count that holds until the next point, drawn only where it changes."""
    moves = [f"H{x}V{y}" for (_, before), (x, y) in pairwise(places) if y != before]
    return f"M{places[0][0]} {places[0][1]}" + "".join(moves) + f"H{places[-1][0]}"


def _years(points: Sequence[Point], y: int) -> Markup:
    """A tick for each New Year, every second of many left out where room is short; else the two ends."""
    first, last = points[0].day, points[-1].day
    years = [year for year in range(first.year, last.year + 1) if first <= date(year, 1, 1) <= last]
    if len(years) < 2:
        ends = [(0.0, first, "start"), (100.0, last, "end")] if first < last else [(100.0, last, "end")]
        ticks = [(share, f"{day:%b %Y}", anchor, "chart-tick") for share, day, anchor in ends]
    else:
        every = ceil(len(years) / 12)
        ticks = [
            (
                100 * _along(points, date(year, 1, 1)),
                str(year),
                "middle",
                _tick(index, len(years)),
            )
            for index, year in enumerate(years[::every])
        ]
    return Markup("").join(
        Markup('<text x="{:.1f}%" y="{}" text-anchor="{}" class="{}">{}</text>').format(share, y, anchor, kind, text)
        for share, text, anchor, kind in ticks
    )


def _tick(index: int, years: int) -> str:
    """Every second year gives way on a phone, on a small one two of four when there are many."""
    if index % 2:
        return "chart-tick-odd" if years > 6 else "chart-tick"
    return "chart-tick-second" if index % 4 and years > 10 else "chart-tick"


_Place = tuple[int, int]


def _dotted(
    fitted: Sequence[_Place], now: _Place, middle: Sequence[_Place], low: Sequence[_Place], high: Sequence[_Place]
) -> Markup:
    """What was not counted but worked out: the curve through the past, and what it leads to from now on."""
    drawn = Markup("")
    if middle:
        drawn += Markup('<path class="chart-band" d="{}Z"/>').format(_path([now, *high, *reversed(low)]))
    if fitted:
        drawn += Markup('<path class="chart-fitted" vector-effect="non-scaling-stroke" d="{}"/>').format(_path(fitted))
    if middle:
        drawn += Markup('<path class="chart-expected" vector-effect="non-scaling-stroke" d="{}"/>').format(
            _path([now, *middle])
        )
    return drawn


def _turn(last: Point, end: Expected, now: _Place, y: Callable[[float], int], *, width: int) -> Markup:
    """The dot and number of the last point, and above both it and the band the number expected at the end."""
    x = f"{now[0] * 100 / width:.1f}%"
    label = now[1] - 11
    return Markup(
        '<circle class="chart-dot" cx="{x}" cy="{at}" r="4.5"/>'
        '<text class="chart-last" x="{x}" y="{label}" text-anchor="end">{value}</text>'
        '<text class="chart-last" x="100%" y="{above}" text-anchor="end">{expected} expected</text>'
    ).format(
        x=x,
        at=now[1],
        label=label,
        value=number(last.value),
        above=min(y(end.high) - 8, label - LINE),
        expected=about(end.value),
    )


def _last(points: Sequence[Point], heights: Sequence[int], floor_y: int) -> Markup:
    """The dot and number of the last point; below it when the curve comes down on it from above."""
    end = heights[-1]
    falls = min(heights[-max(len(heights) // 6, 2) :]) < end - 4
    label_y = end + 24 if falls and end + 30 < floor_y else end - 11
    return Markup(
        '<circle class="chart-dot" cx="100%" cy="{}" r="4.5"/>'
        '<text class="chart-last" x="100%" y="{}" text-anchor="end">{}</text>'
    ).format(end, label_y, escape(number(points[-1].value)))
