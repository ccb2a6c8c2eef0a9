"""The curve and the map as drawings that stand alone: with title, key, source and day, and their own styles. Pure."""

from collections.abc import Sequence
from datetime import date
from textwrap import wrap
from typing import Final

from markupsafe import Markup

from events.projections.picture import Point
from hub.boundaries.keep import Boundaries
from hub.look.graphics import describe, foretold, hexagons, plot
from hub.look.words import in_words
from hub.national.growth.page import GrowthPage
from hub.national.hexagons import HexagonMap, Key
from hub.national.page import Curve
from hub.national.shapes import shapes

STYLE: Final = Markup("""
.hexagons text{font-size:26px}
text{font-family:"Public Sans",system-ui,"Segoe UI",Helvetica,Arial,sans-serif;fill:#4a5a59;font-size:14px}
.title{font-size:24px;font-weight:700;fill:#14201f}
.chart-last{font-size:17px;font-weight:700;fill:#14201f;paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}
.chart-grid{stroke:#cbd6d6}.chart-base{stroke:#4a5a59}.chart-area{fill:#d3e7e7}.chart-dot{fill:#0c3b40}
.chart-line{fill:none;stroke:#0f6169;stroke-width:2.5px;stroke-linejoin:round}
.chart-band{fill:#b3d3d5}
.chart-fitted,.chart-expected{fill:none;stroke:#14201f;stroke-width:2px;stroke-dasharray:.1 5;stroke-linecap:round}
.chart-expected{stroke-width:3px}
.hexagons use{stroke:#fff;stroke-width:1.5px}.hexagon-none{fill:#e4e9e9}.hexagons .hexagon-0,.key{stroke:#0f6169}
.hexagon-0{fill:#fff}.hexagon-1{fill:#a9d8d3}.hexagon-2{fill:#57aeac}.hexagon-3{fill:#1f7e86}.hexagon-4{fill:#0c3b40}
""")
"""As in hub/look/scss/_graphics.scss; a unit test holds the colours."""

WIDTH: Final = 960
_SIDE: Final = 32


def curve_drawing(curve: Curve, *, on: date, known: date, notice: str) -> str:
    """A curve with at least one point."""
    height = 360
    top, title = _title(curve.title, curve.caption)
    inside = Markup('<svg x="92" y="{}" width="{}" height="{}" overflow="visible">{}</svg>').format(
        top + 8, WIDTH - 132, height, plot(curve.points, height=height, steps=curve.name == "areas", width=WIDTH - 132)
    )
    source = _source(top + height + 48, on=on, known=known, notice=notice)
    return _alone(curve.title, describe(curve.points), title + inside + source[1], height=source[0])


def growth_drawing(page: GrowthPage, *, notice: str) -> str:
    """The curve of something that grew, of at least one point, with what is expected of it."""
    height = 420
    caption = f"{page.subject.label} at the end of each month."
    if page.expected:
        caption += " Solid: counted. Dotted: the fitted curve and where it leads. Pale: 8 chances in 10."
    top, title = _title(page.chart, caption)
    steps = page.subject.name == "areas"
    drawn = plot(page.points, height=height, steps=steps, width=WIDTH - 132, expected=page.expected, fitted=page.fitted)
    inside = Markup('<svg x="92" y="{}" width="{}" height="{}" overflow="visible">{}</svg>').format(
        top + 8, WIDTH - 132, height, drawn
    )
    source = _source(top + height + 48, on=page.on, known=page.known, notice=notice)
    told = " ".join([describe(page.points), *([foretold(page.expected)] if page.expected else [])])
    return _alone(page.chart, told, title + inside + source[1], height=source[0])


def map_drawing(
    found: HexagonMap, boundaries: Boundaries | None, *, on: date, known: date, notice: str, rule: str = ""
) -> str:
    """The map of boundaries, or of hexagons without any."""
    each = "shape is one upper-tier authority of the UK as it was then" if boundaries else "hexagon is one authority"
    top, title = _title(found.title, f"{found.label}. Each {each}.")
    keys = _keys(found.keys, left=_SIDE, top=top + 16)
    drawing = shapes(found, boundaries, on, alone=True) if boundaries else hexagons(found.placed, alone=True)
    high = 900
    placed = Markup('<svg x="290" y="{}" width="{}" height="{}">{}</svg>').format(top, WIDTH - 322, high, drawing)
    more = [rule] if rule else []
    if boundaries:
        more.append(f"Boundaries: {boundaries.attribution}")
    source = _source(top + high + 36, *more, on=on, known=known, notice=notice)
    desc = "; ".join(f"{key.words}: {key.areas}" for key in found.keys)
    return _alone(found.title, desc, title + keys + placed + source[1], height=source[0])


def chart(points: Sequence[Point], *, width: int, height: int, steps: bool = False) -> str:
    """A curve alone, for a page that says around it what it shows."""
    inside = Markup('<svg x="50" y="0" width="{}" height="{}" overflow="visible">{}</svg>').format(
        width - 60, height, plot(points, height=height, steps=steps, width=width - 60)
    )
    return _svg(inside, width=width, height=height)


def plain_map(found: HexagonMap, boundaries: Boundaries | None, *, on: date) -> str:
    """The map with its key, for a page that says around it what it shows."""
    drawing = shapes(found, boundaries, on, alone=True) if boundaries else hexagons(found.placed, alone=True)
    top = 24 * len(found.keys) + 12
    placed = Markup('<svg y="{}" width="460" height="600">{}</svg>').format(top, drawing)
    return _svg(_keys(found.keys, left=0, top=2, line=24) + placed, width=460, height=top + 600)


def _keys(keys: Sequence[Key], *, left: int, top: int, line: int = 28) -> Markup:
    return Markup("").join(
        Markup(
            '<rect class="hexagon-{}{}" x="{}" y="{}" width="16" height="16"/><text x="{}" y="{}">{} ({})</text>'
        ).format(
            key.kind or "none", " key" if key.kind == "0" else "", left, y, left + 26, y + 13, key.words, key.areas
        )
        for y, key in ((top + line * place, key) for place, key in enumerate(keys))
    )


def _svg(inside: Markup, *, width: int, height: int) -> str:
    drawn = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}">'
        "<style>{style}</style>{inside}</svg>"
    ).format(w=width, h=height, style=STYLE, inside=inside)
    return str(drawn)


def _title(words: str, caption: str) -> tuple[int, Markup]:
    """Where what comes below begins, and the title itself."""
    lines = wrap(words, 66)
    said = Markup("").join(
        Markup('<text class="title" x="{}" y="{}">{}</text>').format(_SIDE, 48 + 32 * place, line)
        for place, line in enumerate(lines)
    )
    below = 48 + 32 * len(lines)
    return below + 16, said + Markup('<text x="{}" y="{}">{}</text>').format(_SIDE, below - 4, caption)


def _source(y: int, *more: str, on: date, known: date, notice: str) -> tuple[int, Markup]:
    """How high the drawing becomes, and what stands at its foot."""
    day = f"On {in_words(on)}, as known on {in_words(known)}."
    words: Sequence[str] = [f"Source: Trellis, from what areas record. {day}", *more, *([notice] if notice else [])]
    lines = [line for each in words for line in wrap(each, 125)]
    said = Markup("").join(
        Markup('<text x="{}" y="{}">{}</text>').format(_SIDE, y + 20 * place, line) for place, line in enumerate(lines)
    )
    return y + 20 * len(lines) + 8, said


def _alone(title: str, desc: str, inside: Markup, *, height: int) -> str:
    drawn = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" '
        'aria-labelledby="title desc" lang="en-GB"><title id="title">{title}</title><desc id="desc">{desc}</desc>'
        '<style>{style}</style><rect width="{w}" height="{h}" fill="#fff"/>{inside}</svg>'
    ).format(w=WIDTH, h=height, title=title, desc=desc, style=STYLE, inside=inside)
    return str(drawn)
