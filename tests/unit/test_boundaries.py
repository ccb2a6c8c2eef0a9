"""Boundaries out of files: what is read, what is drawn, and one sentence for whatever is wrong."""

import json
import os
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from network import mutated

from events.base import Refused
from events.projections.indicators import INDICATORS
from events.projections.picture import AreaFigures, Figure, Picture
from hub.boundaries import draw
from hub.boundaries.draw import FRAMES, HEIGHT, WIDTH, drawn, simplify
from hub.boundaries.keep import Boundaries
from hub.boundaries.read import read_boundaries
from hub.national import shapes as shaping
from hub.national.hexagons import hexagon_map
from hub.national.shapes import drawn_on, not_drawn, shapes

SOMERSET, BEFORE, DEVON, CAMDEN, SHETLAND = "E06000066", "E10000027", "E10000008", "E09000007", "S12000027"


def square(west: float, south: float, size: float = 0.5) -> list[list[float]]:
    return [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]


def feature(code: str, *rings: list[list[float]], name: str = "CTYUA24CD") -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": list(rings)}
    return {"type": "Feature", "properties": {name: code, "name": "x"}, "geometry": geometry}


def collection(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def topology(**changes: Any) -> dict[str, Any]:
    """Two areas side by side, whose common border is written once; a tenth of a degree a step."""
    return {
        "type": "Topology",
        "transform": {"scale": [0.1, 0.1], "translate": [-4, 50]},
        "arcs": [[[10, 0], [0, 10]], [[10, 10], [-10, 0], [0, -10], [10, 0]], [[10, 0], [10, 0], [0, 10], [-10, 0]]],
        "objects": {
            "nations": {"type": "GeometryCollection", "geometries": []},
            "areas": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Polygon", "arcs": [[0, 1]], "properties": {"areacd": DEVON}},
                    {"type": "MultiPolygon", "arcs": [[[2, -1]]], "properties": {"areacd": SOMERSET}},
                ],
            },
        },
    } | changes


def test_arcs_of_a_topology_are_steps_and_a_border_is_walked_both_ways() -> None:
    found = read_boundaries(json.dumps(topology()).encode())
    assert found[DEVON] == [[(-3, 50), (-3, 51), (-4, 51), (-4, 50), (-3, 50)]]
    assert found[SOMERSET] == [[(-3, 50), (-2, 50), (-2, 51), (-3, 51), (-3, 50)]]


def test_features_are_known_by_their_code_whatever_the_property_is_called() -> None:
    for name in ("CTYUA24CD", "areacd", "code"):
        found = read_boundaries(collection(feature(DEVON, square(-4, 50)), feature("E99", square(0, 51), name=name)))
        assert list(found) == [DEVON]


WRONG = {
    "is no GeoJSON or TopoJSON file": b"not json",
    "holds a “Feature”": b'{"type": "Feature"}',
    "has the ONS code": collection(feature("E99", square(-4, 50))),
    "has a ring that does not close": collection(feature(DEVON, square(-4, 50)[:-1])),
    "a point at 300000, 100000": collection(feature(DEVON, square(300000, 100000))),
    "a point without two coordinates": collection(feature(DEVON, [[1.0], [2.0], [3.0], [1.0]])),
    "is a “Point”": collection(feature(DEVON) | {"geometry": {"type": "Point", "coordinates": [0, 51]}}),
    "is not made as its kind should be": collection(feature(DEVON) | {"geometry": {"type": "Polygon"}}),
    "names arc 7, and the file has 3": json.dumps(
        topology(objects={"a": {"type": "Polygon", "arcs": [[7]], "properties": {"areacd": DEVON}}})
    ).encode(),
}


@pytest.mark.parametrize("sentence", WRONG)
def test_what_is_wrong_with_a_file_is_one_sentence(sentence: str) -> None:
    with pytest.raises(Refused, match=re.escape(sentence)) as told:
        read_boundaries(WRONG[sentence])
    assert str(told.value).endswith("Nothing was imported.")


@pytest.mark.parametrize(
    "data", [b"[" * 100_000, b'{"type": "Topology"}', b'{"type":"Topology","arcs":[[[1]]]}', b"\xff"]
)
def test_no_file_is_a_bug(data: bytes) -> None:
    with pytest.raises(Refused):
        read_boundaries(data)


def corners(path: str) -> list[tuple[int, int]]:
    """The points of the first ring of a path."""
    start, steps = re.match(r"M(-?\d+ ?-?\d+)l([^z]*)z", path).groups()  # pyright: ignore[reportOptionalMemberAccess]
    x, y = map(int, start.split())
    points = [(x, y)]
    numbers = list(map(int, re.findall(r"-?\d+", steps)))
    for by_x, by_y in zip(numbers[::2], numbers[1::2], strict=True):
        points.append((points[-1][0] + by_x, points[-1][1] + by_y))
    return points


def three(border: int = 200) -> dict[str, list[list[tuple[float, float]]]]:
    """One area above two others, its border with them a long line of small corners."""
    line = [(-4 + 2 * step / border, 51 + 0.0008 * ((7 * step) % 5)) for step in range(border + 1)]
    west, east = line[: border // 2 + 1], line[border // 2 :]
    middle = west[-1]
    return {
        DEVON: [[*line, (-2.0, 52.0), (-4.0, 52.0), line[0]]],
        SOMERSET: [[*west, (middle[0], 50.0), (-4.0, 50.0), line[0]]],
        BEFORE: [[*east, (-2.0, 50.0), (middle[0], 50.0), middle]],
    }


def borders(rules: Any = draw) -> list[set[tuple[int, int]]]:
    """The points of each area but those of its far side."""
    made = {each.area: corners(each.path) for each in rules.drawn(three())}
    level = [y for _, y in made[DEVON]]
    near = range(round(max(level) - 5), round(max(level) + 5))
    return [{point for point in made[area] if point[1] in near} for area in (DEVON, SOMERSET, BEFORE)]


def test_a_border_is_simplified_once_for_all_who_share_it() -> None:
    above, *below = borders()
    assert above == below[0] | below[1]
    assert 3 <= len(above) < 60


def test_cut_anywhere_else_borders_would_part() -> None:
    """The mutant: each ring by itself."""
    above, *below = borders(mutated(draw, "if len(self._beside[point]) != 2 or place == 0]", "if place == 0]"))
    assert above != below[0] | below[1]


def test_north_is_above_and_everything_is_on_the_map() -> None:
    made = drawn({DEVON: [[(x, y) for x, y in square(-4, 50)]], "S12000005": [[(x, y) for x, y in square(-4, 56)]]})
    at = {each.area: corners(each.path) for each in made}
    assert max(y for _, y in at["S12000005"]) < min(y for _, y in at[DEVON])
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for points in at.values() for x, y in points)


def test_a_degree_of_longitude_is_as_much_shorter_in_the_north_as_on_the_globe() -> None:
    north, south = ([(x, y) for x, y in square(-2.25, latitude)] for latitude in (58, 50))
    made = {each.area: corners(each.path) for each in drawn({DEVON: [south], "S12000017": [north]})}
    widths = {area: max(x for x, _ in points) - min(x for x, _ in points) for area, points in made.items()}
    assert widths["S12000017"] / widths[DEVON] == pytest.approx(0.53 / 0.643, abs=0.03)


def test_london_is_drawn_twice_and_shetland_in_its_own_frame_alone() -> None:
    made = drawn(
        {
            CAMDEN: [[(x, y) for x, y in square(-0.2, 51.5, 0.05)]],
            SHETLAND: [[(x, y) for x, y in square(-1.5, 60)]],
            DEVON: [[(x, y) for x, y in square(-4, 50)]],
        }
    )
    assert {(each.area, each.frame) for each in made} == {
        (CAMDEN, "main"), (CAMDEN, "london"), (SHETLAND, "islands"), (DEVON, "main")
    }  # fmt: skip
    for each in made:
        frame = next(frame for frame in FRAMES if frame.name == each.frame)
        assert all(
            frame.left <= x <= frame.left + frame.width and frame.top <= y <= frame.top + frame.height
            for x, y in corners(each.path)
        )


def test_the_smallest_corners_go_first_and_ends_stay() -> None:
    line = ((0, 0), (10, 1), (20, 0), (30, 40), (40, 0))
    assert simplify(line, 50) == ((0, 0), (20, 0), (30, 40), (40, 0))
    assert simplify(line, 1_000_000) == ((0, 0), (40, 0))


def test_what_is_too_small_to_see_is_a_mark_and_not_nothing() -> None:
    tiny = [(x, y) for x, y in square(-3, 52, 0.0001)]
    far = [(x, y) for x, y in square(-4, 50)]
    assert len(corners(next(each.path for each in drawn({DEVON: [tiny], SOMERSET: [far]}) if each.area == DEVON))) == 4


# ---- on the page


def kept(*codes: str) -> Boundaries:
    made = drawn({code: [[(x, y) for x, y in square(-4 + n / 2, 50)]] for n, code in enumerate(codes)})
    return Boundaries(shapes={code: [each for each in made if each.area == code] for code in codes}, attribution="Ours")


def mapped(*codes: str) -> Any:
    areas = [
        AreaFigures(
            area=code,
            name=code,
            nation="England",
            joined_on=date(2017, 1, 1),
            figures={"enterprises": Figure(value=9, areas_reporting=1)},
        )
        for code in codes
    ]
    day = date(2026, 11, 22)
    found = Picture(on=day, known=day, figures={}, areas=areas, published=[])
    return hexagon_map(found, INDICATORS["enterprises"])


@pytest.mark.parametrize(("year", "shown"), [(2022, BEFORE), (2023, SOMERSET)])
def test_a_day_has_the_shapes_of_the_codes_in_force_on_it(year: int, shown: str) -> None:
    found = drawn_on(date(year, 6, 1), kept(BEFORE, SOMERSET, DEVON), mapped())
    assert found == [shown, DEVON]


def test_an_area_that_was_entered_under_a_later_code_is_drawn_on_top() -> None:
    boundaries = kept(SOMERSET, BEFORE, DEVON)
    assert drawn_on(date(2020, 6, 1), boundaries, mapped(SOMERSET)) == [BEFORE, DEVON, SOMERSET]
    assert drawn_on(date(2026, 6, 1), boundaries, mapped(SOMERSET)) == [SOMERSET, DEVON]


def test_a_shape_is_coloured_as_the_hexagon_and_leads_to_the_table() -> None:
    text = shapes(mapped(DEVON), kept(DEVON, SOMERSET), date(2026, 6, 1))
    assert re.search(f'<a href="#{DEVON}" tabindex="-1"><path class="hexagon-3" d="[^"]*">', text)
    assert "<title>Devon: 9 enterprises</title>" in text
    assert re.search('<path class="hexagon-none" d="[^"]*"><title>Somerset</title>', text)
    assert "href" not in shapes(mapped(DEVON), kept(DEVON), date(2026, 6, 1), alone=True)


def test_an_area_without_a_shape_is_named() -> None:
    assert list(not_drawn(mapped(DEVON, SOMERSET), kept(DEVON))) == ["Somerset"]


def test_a_code_out_of_force_would_be_drawn_without_its_years() -> None:
    """The mutant."""
    always = mutated(shaping, "<= day.year <= (place.to_year or day.year)", "<= day.year")
    assert always.drawn_on(date(2026, 6, 1), kept(BEFORE, DEVON), mapped()) == [BEFORE, DEVON]
    assert drawn_on(date(2026, 6, 1), kept(BEFORE, DEVON), mapped()) == [DEVON]


@pytest.mark.skipif("HUB_TEST_BOUNDARIES" not in os.environ, reason="needs a real file of boundaries")
def test_real_boundaries_are_light_enough_for_a_page() -> None:
    made = drawn(read_boundaries(Path(os.environ["HUB_TEST_BOUNDARIES"]).read_bytes()))
    assert len({each.area for each in made}) >= 218
    assert sum(len(each.path) for each in made) < 60_000
