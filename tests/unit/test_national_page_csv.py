import csv
from datetime import date
from io import StringIO

import pytest

from events.projections.picture import AreaFigures, Figure, Picture, Point
from hub.national.csv import areas_csv, curves_csv
from hub.spreadsheet import guarded

DAY = date(2026, 11, 21)


def rows(text):
    return list(csv.DictReader(StringIO(text)))


@pytest.mark.parametrize("text", ["=1+1", "+44", "-2", "@sum", "\tx", "\rx"])
def test_text_that_a_spreadsheet_would_run_is_shown_instead(text):
    assert guarded(text) == f"'{text}"


def test_ordinary_text_is_left_alone():
    assert guarded("Stoke-on-Trent = fine") == "Stoke-on-Trent = fine"


def test_an_area_is_a_row_and_what_it_did_not_report_is_empty():
    figures = {
        "enterprises": Figure(value=0, areas_reporting=1),
        "hours_per_week": Figure(value=None, areas_reporting=0),
    }
    area = AreaFigures(
        area="E06000066", name="=Somerset, “the”", nation="England", joined_on=date(2017, 3, 1), figures=figures
    )
    (row,) = rows(areas_csv(Picture(on=DAY, known=DAY, figures={}, areas=[area], published=[])))
    assert (row["name"], row["enterprises"], row["hours_per_week"]) == ("'=Somerset, “the”", "0", "")
    assert (row["on"], row["joined_on"]) == ("2026-11-21", "2017-03-01")


def test_a_negative_number_stays_a_number():
    assert rows(curves_csv({"change": [Point(DAY, -3)]})) == [{"day": "2026-11-21", "change": "-3"}]


def test_curves_share_a_row_a_day_and_leave_gaps_empty():
    curves = {"areas": [Point(date(2026, 10, 31), 1), Point(DAY, 2)], "enterprises": [Point(DAY, 5)]}
    assert rows(curves_csv(curves)) == [
        {"day": "2026-10-31", "areas": "1", "enterprises": ""},
        {"day": "2026-11-21", "areas": "2", "enterprises": "5"},
    ]
