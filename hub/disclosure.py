"""Small numbers of people, kept back from whatever anybody may see. Pure; README of hub/national says why like this.

A number of people of one area from 1 to 4 is shown as "fewer than 5". Where the sum over all areas would give it
back, numbers of other areas are withheld too, those of the areas that joined last: which ones must not follow from
the numbers themselves, or it would tell about them. Where all areas together are too few to hide one, so is the sum.
Nought stays nought, and what nobody reported stays not reported.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import msgspec

from events.database import Connection
from events.projections import picture as pictures
from events.projections.indicators import INDICATORS, Indicator
from events.projections.picture import AreaFigures, Courses, Figure, Picture, Point

FEWEST: Final = 5
"""The smallest number of people that is shown."""

FEWER: Final = f"fewer than {FEWEST}"
WITHHELD: Final = "withheld"

RULE: Final = (
    f"Numbers of people from 1 to {FEWEST - 1} in an area are shown as “{FEWER}”. Some others are withheld where a "
    "sum would give such a number back. Sums count everybody."
)
"""Said wherever such a number may be shown."""

_PEOPLE: Final = frozenset({"people", "jobs", "volunteering places", "volunteers"})
"""Units that are people."""


class Kept(Figure, frozen=True, kw_only=True, gc=False):
    """A figure that is known and not shown: its `value` is None, and still somebody reported it."""

    withheld: str


def of_people(indicator: Indicator) -> bool:
    """Whether an indicator counts people."""
    return indicator.unit in _PEOPLE


def few(value: float | None) -> bool:
    """Whether this many people are too few to be shown."""
    return value is not None and 0 < value < FEWEST


def shown(figure: Figure | None) -> int | float | str | None:
    """A figure as anybody may see it: a number, why there is none in two or three words, or None if not reported."""
    return figure.withheld if isinstance(figure, Kept) else figure.value if figure else None


def in_file(figure: Figure | None) -> int | float | str | None:
    """The same for files that programs read: `<5` for fewer than five, `c`, as statisticians write, for withheld."""
    return in_file_as(shown(figure))


def in_file_as(words: int | float | str | None) -> int | float | str | None:
    """What `shown` says, as files say it."""
    return {FEWER: f"<{FEWEST}", WITHHELD: "c"}[words] if isinstance(words, str) else words


def picture(connection: Connection, *, on: date, known: date) -> Picture:
    """The network as anybody may see it. Runs inside `reading("national")`."""
    return disclosed(pictures.picture(connection, on=on, known=known))


def courses(connection: Connection, *, on: date, known: date, areas: Sequence[str] | None = None) -> Courses:
    """How it came there, as anybody may see it."""
    return disclosed_courses(pictures.courses(connection, on=on, known=known, areas=areas))


def disclosed(found: Picture) -> Picture:
    """A picture without small numbers of people, and without what would give them back."""
    kept = {name: _kept(found.areas, name) for name, indicator in INDICATORS.items() if of_people(indicator)}
    kept = {name: words for name, words in kept.items() if words}
    if not kept:
        return found
    sums = {
        name: Kept(value=None, areas_reporting=found.figures[name].areas_reporting, withheld=words[""])
        for name, words in kept.items()
        if "" in words
    }
    return msgspec.structs.replace(
        found,
        figures=found.figures | sums,
        areas=[
            _without(each, {name: words[each.area] for name, words in kept.items() if each.area in words})
            for each in found.areas
        ],
    )


def hides_sum(by_area: Mapping[str, float], joined_on: Mapping[str, date]) -> str:
    """What is said instead of the sum of these numbers of people; empty where it may be shown."""
    areas = [
        AreaFigures(
            area=area,
            name="",
            nation="",
            joined_on=joined_on.get(area, date.max),
            figures={"": Figure(value=value, areas_reporting=1)},
        )
        for area, value in by_area.items()
    ]
    return _kept(areas, "").get("", "")


def _without(area: AreaFigures, kept: Mapping[str, str]) -> AreaFigures:
    hidden = {name: Kept(value=None, areas_reporting=1, withheld=words) for name, words in kept.items()}
    return msgspec.structs.replace(area, figures=area.figures | hidden) if hidden else area


def _kept(areas: Sequence[AreaFigures], name: str) -> dict[str, str]:
    """Which areas' numbers are not shown and what is said instead; under "" the same of their sum."""
    numbers = {each.area: value for each in areas if (figure := each.figures.get(name)) and (value := figure.value)}
    kept = {area: FEWER for area, value in numbers.items() if few(value)}
    if not kept:
        return {}
    total = sum(numbers[area] for area in kept)
    others = sorted(
        (each for each in areas if each.area in numbers and each.area not in kept),
        key=lambda each: (-each.joined_on.toordinal(), each.area),
    )
    small = len(kept)
    while not _hides(total, small=small, others=len(kept) - small):
        if not others:
            return kept | {"": FEWER if few(sum(numbers.values())) else WITHHELD}
        other = others.pop(0).area
        kept[other] = WITHHELD
        total += numbers[other]
    return kept


def _hides(total: float, *, small: int, others: int) -> bool:
    """Whether each of the `small` numbers may be anything from 1 to 4, for somebody who knows what all withheld ones
    come to: `others` of them are known to be 5 or more."""
    least_of_rest = (small - 1) + FEWEST * others
    most_of_rest = (FEWEST - 1) * (small - 1)
    return total >= FEWEST - 1 + least_of_rest and (others > 0 or total <= 1 + most_of_rest)


def disclosed_courses(found: Courses) -> Courses:
    """Curves without the points at which so few people stand behind so many areas that the sum would tell of one."""
    areas = {point.day: point.value for point in found.network.get("areas", ())}
    network: dict[str, list[Point]] = {}
    for name, points in found.network.items():
        indicator = INDICATORS.get(name)
        network[name] = (
            [point for point in points if not point.value or point.value >= FEWEST - 1 + areas.get(point.day, 1)]
            if indicator and of_people(indicator)
            else points
        )
    return msgspec.structs.replace(found, network=network)
