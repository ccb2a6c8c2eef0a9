"""Boundaries drawn small: projected, laid out with insets, and with no more points than can be seen. Pure.

The projection is the transverse Mercator of a sphere about 2° west, as the National Grid's but for the ellipsoid: on a
map of this size the difference is less than a line's width. Neighbours stay neighbours: a border that two areas share
is simplified once, for both.
"""

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise
from math import atan2, atanh, cos, radians, sin, tan
from typing import Final

from msgspec import Struct

from hub.boundaries.read import Ring

Place = tuple[int, int]
Line = tuple[Place, ...]

WIDTH, HEIGHT = 1000, 1400
"""Of the map, in its own units: about half a pixel each."""


class Frame(Struct, frozen=True, kw_only=True):
    """A part of the map, and where on it that is drawn."""

    name: str
    words: str
    """What stands above it; empty for the map itself."""
    areas: tuple[str, ...]
    """How the codes of its areas begin."""
    left: int
    top: int
    width: int
    height: int
    detail: float
    """The area of the smallest corner that is drawn, in square units."""


ISLANDS: Final = ("S12000023", "S12000027")
"""Orkney and Shetland, so far north that the rest would be small."""

FRAMES: Final = (
    Frame(name="main", words="", areas=("E", "N", "S", "W"), left=0, top=0, width=1000, height=1400, detail=10),
    Frame(name="islands", words="Orkney, Shetland", areas=ISLANDS, left=680, top=46, width=320, height=254, detail=12),
    Frame(name="london", words="London", areas=("E09",), left=680, top=376, width=320, height=254, detail=12),
)

_SPECK: Final = 12
"""Islands and lakes of fewer square units are left out, unless they are all there is of an area."""


class Shape(Struct, frozen=True, kw_only=True):
    area: str
    frame: str
    path: str
    """As an SVG path has it, in whole units of the map."""


def drawn(boundaries: Mapping[str, Sequence[Ring]]) -> list[Shape]:
    """Each area's shape in each frame that it is in."""
    projected = {area: [_projected(ring) for ring in rings] for area, rings in boundaries.items()}
    shapes: list[Shape] = []
    for frame in FRAMES:
        within = {
            area: rings
            for area, rings in projected.items()
            if area.startswith(frame.areas) and (frame.name != "main" or area not in ISLANDS)
        }
        if within:
            shapes += [Shape(area=area, frame=frame.name, path=path) for area, path in _fitted(within, frame)]
    return shapes


def _projected(ring: Ring) -> Ring:
    places: Ring = []
    for longitude, latitude in ring:
        east, north = radians(longitude + 2), radians(latitude)
        places.append((atanh(cos(north) * sin(east)), -atan2(tan(north), cos(east))))
    return places


def _fitted(areas: Mapping[str, Sequence[Ring]], frame: Frame) -> Iterable[tuple[str, str]]:
    xs = [x for rings in areas.values() for ring in rings for x, _ in ring]
    ys = [y for rings in areas.values() for ring in rings for _, y in ring]
    west, north = min(xs), min(ys)
    margin = 0 if frame.name == "main" else 10
    scale = min(
        (frame.width - 2 * margin) / ((max(xs) - west) or 1), (frame.height - 2 * margin) / ((max(ys) - north) or 1)
    )
    left = frame.left + (frame.width - scale * (max(xs) - west)) / 2 if margin else frame.left
    top = frame.top + (frame.height - scale * (max(ys) - north)) / 2 if margin else frame.top
    placed = {
        area: [
            _distinct((round(left + (x - west) * scale), round(top + (y - north) * scale)) for x, y in ring)
            for ring in rings
        ]
        for area, rings in areas.items()
    }
    borders = _Borders([ring for rings in placed.values() for ring in rings], frame.detail)
    for area, rings in placed.items():
        largest = max(rings, key=lambda ring: abs(_twice_area(ring)))
        kept = [borders.simplified(ring) for ring in rings if ring is largest or abs(_twice_area(ring)) > 2 * _SPECK]
        seen = [ring for ring in kept if len(ring) > 2] or [_diamond(largest[0])]
        yield area, "".join(map(_path, seen))


def _distinct(points: Iterable[Place]) -> list[Place]:
    """A ring without its last point, which is its first, and without points that fell together."""
    ring: list[Place] = []
    for point in points:
        if not ring or ring[-1] != point:
            ring.append(point)
    return ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring


def _diamond(at: Place) -> list[Place]:
    x, y = at
    return [(x, y - 3), (x + 3, y), (x, y + 3), (x - 3, y)]


def _twice_area(ring: Sequence[Place]) -> int:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, (*ring[1:], ring[0]), strict=True))


def _path(ring: Sequence[Place]) -> str:
    """A closed path in steps, with no character that it can do without."""
    (x, y), *rest = ring
    words = f"M{x} {y}l"
    for next_x, next_y in rest:
        words += _step(next_x - x, first=words.endswith("l")) + _step(next_y - y)
        x, y = next_x, next_y
    return words + "z"


def _step(by: int, *, first: bool = False) -> str:
    return str(by) if by < 0 or first else f" {by}"


class _Borders:
    """Rings cut where three borders meet, so that each piece is simplified once, whoever it belongs to."""

    def __init__(self, rings: Iterable[Sequence[Place]], detail: float) -> None:
        self._detail = detail
        self._beside: dict[Place, set[Place]] = {}
        self._done: dict[Line, Line] = {}
        for ring in rings:
            for before, at, after in zip((ring[-1], *ring[:-1]), ring, (*ring[1:], ring[0]), strict=True):
                self._beside.setdefault(at, set()).update((before, after))

    def simplified(self, ring: Sequence[Place]) -> list[Place]:
        if len(ring) < 3:
            return list(ring)
        ends = [place for place, point in enumerate(ring) if len(self._beside[point]) != 2]
        # an island has no such place: it begins where it would from whichever area it is seen
        start = ends[0] if ends else min(range(len(ring)), key=lambda place: ring[place])
        turned = [*ring[start:], *ring[:start], ring[start]]
        cuts = [place for place, point in enumerate(turned) if len(self._beside[point]) != 2 or place == 0]
        cuts = [*cuts, len(turned) - 1] if cuts[-1] != len(turned) - 1 else cuts
        points: list[Place] = []
        for begin, end in pairwise(cuts):
            points.extend(self._piece(tuple(turned[begin : end + 1]))[:-1])
        return points

    def _piece(self, line: Line) -> Line:
        turned = line[::-1]
        if turned < line:
            return self._piece(turned)[::-1]
        if line not in self._done:
            self._done[line] = simplify(line, self._detail)
        return self._done[line]


def simplify(line: Line, detail: float) -> Line:
    """A line without the points whose corners are smaller than `detail`, the smallest first; its ends stay.

    After M. Visvalingam and J. D. Whyatt, "Line generalisation by repeated elimination of points" (1993).
    """
    before, after = list(range(-1, len(line) - 1)), list(range(1, len(line) + 1))
    corners = {place: _corner(line, place - 1, place, place + 1) for place in range(1, len(line) - 1)}
    smallest = [(size, place) for place, size in corners.items()]
    heapify(smallest)
    while smallest and smallest[0][0] < detail:
        size, place = heappop(smallest)
        if corners.get(place) != size:
            continue  # it was measured again since
        del corners[place]
        left, right = before[place], after[place]
        after[left], before[right] = right, left
        for each in (left, right):
            if each in corners:
                # never smaller than what went before it, so that a bay does not close from its end
                corners[each] = max(size, _corner(line, before[each], each, after[each]))
                heappush(smallest, (corners[each], each))
    return tuple(point for place, point in enumerate(line) if place in corners or place in (0, len(line) - 1))


def _corner(line: Line, a: int, b: int, c: int) -> float:
    (ax, ay), (bx, by), (cx, cy) = line[a], line[b], line[c]
    return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2
