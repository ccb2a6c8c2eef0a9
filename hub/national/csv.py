"""The national page's numbers as CSV text, for a spreadsheet."""

from collections.abc import Mapping, Sequence

from events.projections.picture import INDICATORS, Picture, Point
from hub.disclosure import in_file
from hub.spreadsheet import csv_text

_COLUMNS = [name for name in INDICATORS if name != "areas"]  # every row is an area taking part


def areas_csv(picture: Picture) -> str:
    """One row an area, a column an indicator. Empty: not reported; `<5` and `c` as `hub.disclosure` says."""
    rows = [
        [
            picture.on.isoformat(),
            picture.known.isoformat(),
            each.area,
            each.name,
            each.nation,
            each.joined_on.isoformat(),
            *(in_file(each.figures.get(name)) for name in _COLUMNS),
        ]
        for each in picture.areas
    ]
    return csv_text(["on", "known", "area", "name", "nation", "joined_on", *_COLUMNS], rows)


def curves_csv(curves: Mapping[str, Sequence[Point]]) -> str:
    """One row a day that any curve has a point for, a column a curve. An empty cell means no point."""
    values = [{point.day: point.value for point in points} for points in curves.values()]
    days = sorted({day for each in values for day in each})
    return csv_text(["day", *curves], [[day.isoformat(), *(each.get(day) for each in values)] for day in days])
