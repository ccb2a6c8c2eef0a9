"""The national page's numbers as CSV text, for a spreadsheet."""

from collections.abc import Mapping, Sequence

from events.base import NETWORK
from events.projections.indicators import INDICATORS, Indicator
from events.projections.picture import AreaFigures, Behind, Figure, Picture, Point
from hub.disclosure import in_file, in_file_as, of_people
from hub.national.rates import WAITS, Rates
from hub.spreadsheet import csv_text

_OF_AREA = ["on", "known", "area", "code", "name"]

_COLUMNS = [name for name in INDICATORS if name != "areas"]  # every row is an area taking part


def areas_csv(picture: Picture) -> str:
    """One row an area, a column an indicator. Empty: not reported; `<5` and `c` as `hub.disclosure` says."""
    rows = [
        [
            *_of_area(picture, each),
            each.nation,
            each.joined_on.isoformat(),
            *(in_file(each.figures.get(name)) for name in _COLUMNS),
        ]
        for each in picture.areas
    ]
    return csv_text([*_OF_AREA, "nation", "joined_on", *_COLUMNS], rows)


def _of_area(picture: Picture, area: AreaFigures) -> list[str]:
    return [picture.on.isoformat(), picture.known.isoformat(), area.area, area.code_then, area.name]


def figure_csv(name: str, picture: Picture) -> str:
    """One indicator, a row an area."""
    rows = [[*_of_area(picture, each), in_file(each.figures.get(name))] for each in picture.areas]
    return csv_text([*_OF_AREA, name], rows)


def figures_csv(picture: Picture, year_before: Picture, *, area: str = "") -> str:
    """One row an indicator, of the network or of one area that takes part. Empty: not reported, or not there yet."""
    now, before = _of(picture, area), _of(year_before, area)
    rows = [
        [
            picture.on.isoformat(),
            picture.known.isoformat(),
            area or NETWORK,
            name,
            indicator.label,
            in_file(found := now.get(name)),
            in_file(before.get(name)),
            found.areas_reporting if found else 0,
        ]
        for name, indicator in INDICATORS.items()
        if not (area and name == "areas")
    ]
    return csv_text(["on", "known", "area", "figure", "label", "value", "a_year_before", "areas_reporting"], rows)


def _of(picture: Picture, area: str) -> Mapping[str, Figure]:
    if not area:
        return picture.figures if picture.areas else {}
    return next((each.figures for each in picture.areas if each.area == area), {})


def published_csv(picture: Picture) -> str:
    """One row a figure that somebody published."""
    rows = [
        [
            each.area,
            each.area_name,
            each.indicator,
            each.qualifier,
            each.value,
            each.occurred_on.isoformat(),
            each.source,
        ]
        for each in picture.published
    ]
    return csv_text(["area", "name", "figure", "qualifier", "value", "published_for", "source"], rows)


def entries_csv(behind: Sequence[Behind], indicator: Indicator) -> str:
    """One row an entry behind a figure. What it counts for is left out where that is a number of people."""
    hidden = of_people(indicator)
    rows = [
        [each.area, each.position, each.occurred_on.isoformat(), *([] if hidden else [each.amount])] for each in behind
    ]
    return csv_text(["area", "place_in_ledger", "happened_on", *([] if hidden else ["counts_for"])], rows)


def curves_csv(curves: Mapping[str, Sequence[Point]]) -> str:
    """One row a day that any curve has a point for, a column a curve. An empty cell means no point."""
    values = [{point.day: point.value for point in points} for points in curves.values()]
    days = sorted({day for each in values for day in each})
    return csv_text(["day", *curves], [[day.isoformat(), *(each.get(day) for each in values)] for day in days])


def rate_csv(name: str, found: Rates, picture: Picture) -> str:
    """One rate, a row for each area that is in it. What people's waits are divided from is not told."""
    of_people = name in WAITS
    rows = [
        [
            *_of_area(picture, each),
            in_file_as(rated.shown),
            None if of_people else rated.numerator,
            rated.denominator,
        ]
        for each in picture.areas
        if (rated := found.by_area[name].get(each.area))
    ]
    return csv_text([*_OF_AREA, name, "numerator", "denominator"], rows)
