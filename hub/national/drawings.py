"""The map as a drawing that stands alone, or with a page around it that says what it shows. Pure."""

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from hub.boundaries.keep import Boundaries
from hub.look.drawing import SIDE, WIDTH, alone, source, svg, titled
from hub.look.graphics import hexagons
from hub.national.hexagons import HexagonMap, Key
from hub.national.shapes import shapes


def map_drawing(
    found: HexagonMap, boundaries: Boundaries | None, *, on: date, known: date, notice: str, rule: str = ""
) -> str:
    """The map of boundaries, or of hexagons without any."""
    each = "shape is one upper-tier authority of the UK as it was then" if boundaries else "hexagon is one authority"
    top, title = titled(found.title, f"{found.label}. Each {each}.")
    keys = _keys(found.keys, left=SIDE, top=top + 16)
    drawing = shapes(found, boundaries, on, alone=True) if boundaries else hexagons(found.placed, alone=True)
    high = 900
    placed = Markup('<svg x="290" y="{}" width="{}" height="{}">{}</svg>').format(top, WIDTH - 322, high, drawing)
    more = [rule] if rule else []
    if boundaries:
        more.append(f"Boundaries: {boundaries.attribution}")
    height, below = source(top + high + 36, *more, on=on, known=known, notice=notice)
    desc = "; ".join(f"{key.words}: {key.areas}" for key in found.keys)
    return alone(found.title, desc, title + keys + placed + below, height=height)


def plain_map(found: HexagonMap, boundaries: Boundaries | None, *, on: date) -> str:
    """The map with its key, for a page that says around it what it shows."""
    drawing = shapes(found, boundaries, on, alone=True) if boundaries else hexagons(found.placed, alone=True)
    top = 24 * len(found.keys) + 12
    placed = Markup('<svg y="{}" width="460" height="600">{}</svg>').format(top, drawing)
    return svg(_keys(found.keys, left=0, top=2, line=24) + placed, width=460, height=top + 600)


def _keys(keys: Sequence[Key], *, left: int, top: int, line: int = 28) -> Markup:
    return Markup("").join(
        Markup(
            '<rect class="hexagon-{}{}" x="{}" y="{}" width="16" height="16"/><text x="{}" y="{}">{} ({})</text>'
        ).format(
            key.kind or "none", " key" if key.kind == "0" else "", left, y, left + 26, y + 13, key.words, key.areas
        )
        for y, key in ((top + line * place, key) for place, key in enumerate(keys))
    )
