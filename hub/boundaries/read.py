"""Boundaries out of a GeoJSON or TopoJSON file. Pure; whatever is wrong with the file is one sentence.

By hand: libraries that read TopoJSON bring a whole geometry engine along, and decoding it is adding up steps.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from events.base import Refused
from events.places import places

T = TypeVar("T")

Point = tuple[float, float]
Ring = list[Point]

MOST_BYTES: Final = 50_000_000
UK: Final = (-12.0, 48.0, 4.0, 63.0)
"""West, south, east and north of anything that may be in the file, in degrees."""

_INSTEAD: Final = "Nothing was imported."


class Misread(Refused):
    """What is wrong with a file of boundaries."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"{sentence} {_INSTEAD}")


class _Geometry(Struct):
    type: str = ""
    properties: dict[str, Any] | None = None
    id: Any = None
    arcs: Any = None
    coordinates: Any = None
    geometries: "list[_Geometry] | None" = None


class _Feature(Struct):
    geometry: _Geometry | None = None
    properties: dict[str, Any] | None = None
    id: Any = None


class _Transform(Struct):
    scale: tuple[float, float]
    translate: tuple[float, float]


class _File(Struct):
    type: str
    features: list[_Feature] | None = None
    objects: dict[str, _Geometry] | None = None
    arcs: list[list[list[float]]] | None = None
    transform: _Transform | None = None


def read_boundaries(data: bytes) -> dict[str, list[Ring]]:
    """The rings of each upper-tier authority by code, as pairs of longitude and latitude. Raises `Misread`."""
    if len(data) > MOST_BYTES:
        raise Misread(
            f"This file has more than {MOST_BYTES // 1_000_000} MB. Use the most generalised boundaries there are."
        )
    try:
        file = msgspec.json.decode(data, type=_File)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Misread(f"This is no GeoJSON or TopoJSON file ({str(error).rstrip('.')}).") from None
    if file.type == "Topology":
        found = _of_topology(file)
    elif file.type == "FeatureCollection":
        found = _of_features(file.features or [])
    else:
        raise Misread(f"This file holds a “{file.type[:40]}”, and a FeatureCollection or a Topology was expected.")
    if not found:
        raise Misread(
            "No shape in this file has the ONS code of an upper-tier authority, such as E06000066, in its properties."
        )
    for area, rings in found.items():
        _check(area, rings)
    return found


def _of_features(features: Sequence[_Feature]) -> dict[str, list[Ring]]:
    found: dict[str, list[Ring]] = {}
    for feature in features:
        code = _code(feature.properties, feature.id)
        if code and feature.geometry:
            polygons = _as_polygons(feature.geometry, feature.geometry.coordinates, code, list[list[list[float]]])
            found.setdefault(code, []).extend(_points(ring, code) for polygon in polygons for ring in polygon)
    return found


def _of_topology(file: _File) -> dict[str, list[Ring]]:
    """The layer with the most authorities, each arc decoded from its steps."""
    layers = [list(_flat(each)) for each in (file.objects or {}).values()]
    layer = max(layers, key=lambda each: len({_code(g.properties, g.id) for g in each} - {None}), default=[])
    arcs = [_decoded(arc, file.transform) for arc in file.arcs or []]
    found: dict[str, list[Ring]] = {}
    for geometry in layer:
        if code := _code(geometry.properties, geometry.id):
            polygons = _as_polygons(geometry, geometry.arcs, code, list[list[int]])
            found.setdefault(code, []).extend(_joined(ring, arcs, code) for polygon in polygons for ring in polygon)
    return found


def _flat(geometry: _Geometry) -> Iterator[_Geometry]:
    yield geometry
    for each in geometry.geometries or ():
        yield from _flat(each)


def _code(properties: Mapping[str, Any] | None, id: Any) -> str | None:
    """The code of an authority, whatever the property that holds it is called: names change with every year's file."""
    return next((each for each in (id, *(properties or {}).values()) if isinstance(each, str) and _known(each)), None)


def _known(code: str) -> bool:
    place = places().get(code)
    return place is not None and place.nation is not None


def _as_polygons(geometry: _Geometry, held: Any, code: str, polygon: type[list[T]]) -> list[list[T]]:
    if geometry.type not in ("Polygon", "MultiPolygon"):
        raise Misread(f"The shape of {code} is a “{geometry.type[:40]}”, and a Polygon or MultiPolygon was expected.")
    try:
        if geometry.type == "Polygon":
            return [msgspec.convert(held, type=polygon)]
        return msgspec.convert(held, type=list[polygon])
    except msgspec.ValidationError as error:
        raise Misread(f"The shape of {code} is not made as its kind should be ({error}).") from None


def _points(pairs: Sequence[Sequence[float]], code: str) -> Ring:
    if any(len(pair) < 2 for pair in pairs):
        raise Misread(f"The shape of {code} has a point without two coordinates.")
    return [(pair[0], pair[1]) for pair in pairs]


def _decoded(arc: Sequence[Sequence[float]], transform: _Transform | None) -> Ring:
    points = _points(arc, "an arc")
    if transform is None:
        return points
    (x_scale, y_scale), (x_start, y_start) = transform.scale, transform.translate
    x = y = 0.0
    decoded: Ring = []
    for step_x, step_y in points:
        x, y = x + step_x, y + step_y
        decoded.append((x * x_scale + x_start, y * y_scale + y_start))
    return decoded


def _joined(indexes: Sequence[int], arcs: Sequence[Ring], code: str) -> Ring:
    """A ring from its arcs; a negative number is an arc from its end. Each begins where the one before ends."""
    ring: Ring = []
    for index in indexes:
        place = ~index if index < 0 else index
        if place >= len(arcs):
            raise Misread(f"The shape of {code} names arc {place}, and the file has {len(arcs)}.")
        arc = arcs[place][::-1] if index < 0 else arcs[place]
        ring.extend(arc[1:] if ring else arc)
    return ring


def _check(area: str, rings: Sequence[Ring]) -> None:
    west, south, east, north = UK
    for ring in rings:
        if len(ring) < 4 or ring[0] != ring[-1]:
            raise Misread(f"The shape of {area} has a ring that does not close.")
        for x, y in ring:
            if not (west <= x <= east and south <= y <= north):
                raise Misread(
                    f"The shape of {area} has a point at {x:.6g}, {y:.6g}, and degrees of longitude and latitude in "
                    "the UK were expected. Export the file in WGS 84 (EPSG:4326)."
                )
