"""The national page's numbers as CSV text, for a spreadsheet."""

from collections.abc import Mapping, Sequence

from events.projections.indicators import INDICATORS
from events.projections.picture import Picture, Point
from hub.spreadsheet import csv_text

_COLUMNS = [name for name in INDICATORS if name != "areas"]  # every row is an area taking part


def areas_csv(picture: Picture) -> str:
    """One row an area, a column an indicator. An empty cell means not reported."""
    rows = [
        [
            picture.on.isoformat(),
            picture.known.isoformat(),
            each.area,
            each.name,
            each.nation,
            each.joined_on.isoformat(),
            *(figure.value if (figure := each.figures.get(name)) else None for name in _COLUMNS),
        ]
        for each in picture.areas
    ]
    return csv_text(["on", "known", "area", "name", "nation", "joined_on", *_COLUMNS], rows)


def curves_csv(curves: Mapping[str, Sequence[Point]]) -> str:
    """One row a day that any curve has a point for, a column a curve. An empty cell means no point."""
    values = [{point.day: point.value for point in points} for points in curves.values()]
    days = sorted({day for each in values for day in each})
    return csv_text(["day", *curves], [[day.isoformat(), *(each.get(day) for each in values)] for day in days])
