"""The map of real boundaries, each authority as it was on the day of the map. Pure."""

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from events.places import place_name, places
from hub.boundaries.draw import FRAMES, HEIGHT, WIDTH
from hub.boundaries.keep import Boundaries
from hub.national.hexagons import HexagonMap, Said


def drawn_on(day: date, boundaries: Boundaries, found: HexagonMap) -> list[str]:
    """The codes to draw on a day: those in force then.

    Last, and so on top, come areas that take part under a code of another time: an authority may have been entered
    under the code that it got later.
    """
    in_force = [code for code in boundaries.shapes if _in_force(code, day)]
    return in_force + [code for code in found.then if code in boundaries.shapes and not _in_force(code, day)]


def _in_force(code: str, day: date) -> bool:
    place = places().get(code)
    return bool(place) and (place.from_year or day.year) <= day.year <= (place.to_year or day.year)


def shapes(found: HexagonMap, boundaries: Boundaries, on: date, *, alone: bool = False, rows: str = "") -> Markup:
    """The map as SVG, as `hub.look.graphics.hexagons` makes one of hexagons. `alone` is without links."""
    boxes = Markup("").join(
        Markup(
            '<rect x="{}" y="{}" width="{}" height="{}" fill="none" stroke="#cbd6d6" stroke-width="2"/>'
            '<text x="{}" y="{}" fill="#4a5a59" stroke="none" font-family="Public Sans, system-ui, sans-serif" '
            'font-size="28">{}</text>'
        ).format(frame.left, frame.top, frame.width, frame.height, frame.left, frame.top - 12, frame.words)
        for frame in FRAMES
        if frame.words
    )
    # what comes later lies on top: else neighbours would hide an outline
    codes = sorted(drawn_on(on, boundaries, found), key=lambda code: _said(code, found).kind == "0")
    areas = Markup("").join(_area(code, found, boundaries, alone=alone, rows=rows) for code in codes)
    return Markup(
        '<svg class="hexagons" viewBox="-4 0 {} {}" stroke="#fff" stroke-width="2" stroke-linejoin="round" '
        'fill-rule="evenodd" aria-hidden="true" focusable="false">{}{}</svg>'
    ).format(WIDTH + 8, HEIGHT, boxes, areas)


def _area(code: str, found: HexagonMap, boundaries: Boundaries, *, alone: bool, rows: str) -> Markup:
    said, area = _said(code, found), found.then.get(code, code)
    drawn = Markup("").join(
        Markup('<path class="hexagon-{}" d="{}"><title>{}{}</title></path>').format(
            said.kind or "none",
            shape.path,
            place_name(code),
            f": {said.words}" if said.words else "",
        )
        for shape in boundaries.shapes[code]
    )
    if not said.words or alone:
        return drawn
    return Markup('<a href="{}#{}" tabindex="-1">{}</a>').format(rows, area, drawn)


def _said(code: str, found: HexagonMap) -> Said:
    """What is said of the area that had this code on the day of the map."""
    return found.said.get(found.then.get(code, ""), Said())


def not_drawn(found: HexagonMap, boundaries: Boundaries) -> Sequence[str]:
    """Areas that take part and have no shape."""
    return [place_name(code) for code in found.then if code not in boundaries.shapes]
