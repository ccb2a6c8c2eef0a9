"""The map of hexagons: every upper-tier authority of the UK as a place of one size, so that small ones are seen too."""

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

from msgspec import Struct

from events.places import place_name
from events.projections.indicators import Indicator
from events.projections.picture import AreaFigures, Picture
from hub.disclosure import WITHHELD, shown
from hub.look.graphics import Placed
from hub.look.words import count, number

Shown = int | float | str | None
"""A number, words why it is not shown, or None where nobody reported it."""

MOST_CLASSES: Final = 4
_ROUND: Final = (1, 2, 3, 5)
"""What a class begins at, times a power of ten."""


class Hexagon(Struct, frozen=True, kw_only=True):
    area: str
    column: int
    row: int


class Key(Struct, frozen=True, kw_only=True):
    """One line of the key."""

    kind: str
    words: str
    areas: int


class Said(Struct, frozen=True):
    """How an area is coloured, as in `Placed`, and its number in words."""

    kind: str = ""
    words: str = ""


class HexagonMap(Struct, frozen=True, kw_only=True):
    indicator: str
    label: str
    title: str
    """The finding."""
    keys: Sequence[Key]
    said: Mapping[str, Said]
    """Of each area that takes part, wherever it is drawn."""
    then: Mapping[str, str]
    """Which area, of those that take part, had a code on that day."""
    placed: Sequence[Placed]
    elsewhere: Sequence[str]
    """Areas that take part and have no hexagon: their code is not one of today's upper-tier authorities."""


@cache
def hexagons() -> tuple[Hexagon, ...]:
    """Where each authority stands, from north to south.

    Laid out once: the authorities' own places, pushed apart where they are dense and drawn together where they are
    sparse, each then put on a grid so that the squares of all distances come to the least.
    """
    text = files("hub").joinpath("national", "hexagons.csv").read_text(encoding="utf-8")
    found = (
        Hexagon(area=row["area"], column=int(row["column"]), row=int(row["row"]))
        for row in csv.DictReader(text.splitlines())
    )
    return tuple(sorted(found, key=lambda each: (each.row, each.column)))


def hexagon_map(picture: Picture, indicator: Indicator) -> HexagonMap:
    """Where an indicator stands high and low on the day of a picture."""
    values = {each.area: shown(each.figures.get(indicator.name)) for each in picture.areas}
    starts = class_starts(max((value for value in values.values() if value and not isinstance(value, str)), default=0))
    said = {area: _said(value, starts, indicator) for area, value in values.items()}
    at = _at_hexagons(picture.areas)
    placed = [
        _placed(each, area, said[area.area]) if (area := at.get(each.area)) else _placed(each) for each in hexagons()
    ]
    on_map = {each.area for each in at.values()}
    return HexagonMap(
        indicator=indicator.name,
        label=indicator.label,
        title=_finding(picture, values, indicator),
        keys=_keys(placed, starts, _none(values, indicator)),
        said=said,
        then={each.code_then: each.area for each in picture.areas},
        placed=placed,
        elsewhere=[each.name for each in picture.areas if each.area not in on_map],
    )


def class_starts(most: float) -> list[int]:
    """What each class begins at, for values up to `most`: from 1, and upwards an eighth, a quarter and a half of it.

    Halves, because a few areas have many times what most have: classes of one width would put those all into one.
    """
    starts = [1]
    for part in (8, 4, 2):
        start = _rounded(most / part)
        if start > starts[-1]:
            starts.append(start)
    return starts


def _rounded(value: float) -> int:
    """The nearest of 1, 2, 3, 5, 10, 20 ... by proportion."""
    if value <= 1:
        return 1
    power = 10 ** (len(str(int(value))) - 1)
    near = [factor * power for factor in (*_ROUND, 10)]
    return min(near, key=lambda each: max(each / value, value / each))


def _said(value: Shown, starts: Sequence[int], indicator: Indicator) -> Said:
    if isinstance(value, str):
        return Said("0", value if value == WITHHELD else f"{value} {indicator.unit}")
    kind = str(max(1, sum(value >= start for start in starts))) if value else "0"
    return Said(kind, "not reported" if value is None else f"{number(value)} {indicator.unit}")


def _at_hexagons(areas: Sequence[AreaFigures]) -> dict[str, AreaFigures]:
    """Which area stands at which hexagon: by its last code, so that it stays where it is when its code changes.

    Where two do, the one whose ledger goes by the hexagon's code stands there.
    """
    known = {each.area for each in hexagons()}
    at: dict[str, AreaFigures] = {}
    for each in areas:
        code = next((code for code in (each.code_today, each.code_then, each.area) if code in known), None)
        if code and (code not in at or each.area == code):
            at[code] = each
    return at


def _placed(each: Hexagon, area: AreaFigures | None = None, said: Said | None = None) -> Placed:
    return Placed(
        area=area.area if area else each.area,
        name=place_name(area.code_then if area else each.area),
        column=each.column,
        row=each.row,
        kind=said.kind if said else "",
        says=said.words if said else "",
    )


def _keys(placed: Sequence[Placed], starts: Sequence[int], none: str) -> list[Key]:
    areas: dict[str, int] = {}
    for each in placed:
        areas[each.kind] = areas.get(each.kind, 0) + 1
    words = [
        f"{number(start)} to {number(end - 1)}" if end - 1 > start else number(start) for start, end in pairwise(starts)
    ]
    classes = [*words, f"{number(starts[-1])} or more"]
    keys = [Key(kind=str(place), words=said, areas=areas.get(str(place), 0)) for place, said in enumerate(classes, 1)]
    if "0" in areas:
        keys.append(Key(kind="0", words=f"Takes part, {none}", areas=areas["0"]))
    return [*keys, Key(kind="", words="Not taking part", areas=areas.get("", 0))]


def _none(values: Mapping[str, Shown], indicator: Indicator) -> str:
    """What it is to take part without a number that is shown."""
    none = "none reported" if indicator.reported else "none yet"
    return f"{none} or too few to show" if any(isinstance(value, str) for value in values.values()) else none


def _finding(picture: Picture, values: Mapping[str, Shown], indicator: Indicator) -> str:
    part = f"{number(len(values))} of {count(len(hexagons()), 'authority takes', 'authorities take')} part"
    ranked = sorted(
        ((value, area) for area, value in values.items() if value and not isinstance(value, str)), reverse=True
    )
    if WITHHELD in values.values() or not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
        return part
    code = next(each.code_then for each in picture.areas if each.area == ranked[0][1])
    return f"{part}, {place_name(code)} with the most {indicator.unit}"
