"""Drawings that stand alone: with title, source and day, and their own styles. Pure."""

from collections.abc import Sequence
from datetime import date
from textwrap import wrap
from typing import Final

from markupsafe import Markup

from events.projections.picture import Point
from hub.look.graphics import Expected, describe, foretold, plot
from hub.look.words import in_words

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
SIDE: Final = 32


def curve_drawing(
    points: Sequence[Point],
    *,
    title: str,
    caption: str,
    on: date,
    known: date,
    notice: str,
    steps: bool = False,
    height: int = 360,
    expected: Sequence[Expected] = (),
    fitted: Sequence[Point] = (),
) -> str:
    """A curve with at least one point, and what is expected of it."""
    top, above = titled(title, caption)
    drawn = plot(points, height=height, steps=steps, width=WIDTH - 132, expected=expected, fitted=fitted)
    inside = Markup('<svg x="92" y="{}" width="{}" height="{}" overflow="visible">{}</svg>').format(
        top + 8, WIDTH - 132, height, drawn
    )
    high, below = source(top + height + 48, on=on, known=known, notice=notice)
    told = " ".join([describe(points), *([foretold(expected)] if expected else [])])
    return alone(title, told, above + inside + below, height=high)


def chart(points: Sequence[Point], *, width: int, height: int, steps: bool = False) -> str:
    """A curve alone, for a page that says around it what it shows."""
    inside = Markup('<svg x="50" y="0" width="{}" height="{}" overflow="visible">{}</svg>').format(
        width - 60, height, plot(points, height=height, steps=steps, width=width - 60)
    )
    return svg(inside, width=width, height=height)


def svg(inside: Markup, *, width: int, height: int) -> str:
    drawn = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}">'
        "<style>{style}</style>{inside}</svg>"
    ).format(w=width, h=height, style=STYLE, inside=inside)
    return str(drawn)


def titled(words: str, caption: str) -> tuple[int, Markup]:
    """Where what comes below begins, and the title itself."""
    lines = wrap(words, 66)
    said = Markup("").join(
        Markup('<text class="title" x="{}" y="{}">{}</text>').format(SIDE, 48 + 32 * place, line)
        for place, line in enumerate(lines)
    )
    below = 48 + 32 * len(lines)
    return below + 16, said + Markup('<text x="{}" y="{}">{}</text>').format(SIDE, below - 4, caption)


def source(y: int, *more: str, on: date, known: date, notice: str) -> tuple[int, Markup]:
    """How high the drawing becomes, and what stands at its foot."""
    day = f"On {in_words(on)}, as known on {in_words(known)}."
    words: Sequence[str] = [f"Source: Trellis, from what areas record. {day}", *more, *([notice] if notice else [])]
    lines = [line for each in words for line in wrap(each, 125)]
    said = Markup("").join(
        Markup('<text x="{}" y="{}">{}</text>').format(SIDE, y + 20 * place, line) for place, line in enumerate(lines)
    )
    return y + 20 * len(lines) + 8, said


def alone(title: str, desc: str, inside: Markup, *, height: int) -> str:
    drawn = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" '
        'aria-labelledby="title desc" lang="en-GB"><title id="title">{title}</title><desc id="desc">{desc}</desc>'
        '<style>{style}</style><rect width="{w}" height="{h}" fill="#fff"/>{inside}</svg>'
    ).format(w=WIDTH, h=height, title=title, desc=desc, style=STYLE, inside=inside)
    return str(drawn)
