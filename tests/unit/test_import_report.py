"""What an import says when it is done."""

from io import StringIO

import pytest
from rich.console import Console

from hub.importing.report import Report, RowError, render_report
from hub.progress import progress_bar


def report(**changes):
    given = {"kind": "areas", "file": "areas.csv", "dry_run": False, "rows": 120, "new": 120}
    return Report(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "120 rows were imported."),
        ({"new": 10}, "10 rows were imported; 110 were already there."),
        ({"rows": 2, "new": 1}, "1 row was imported; 1 was already there."),
        ({"new": 0}, "Nothing new: all 120 rows were already there."),
        ({"dry_run": True}, "120 rows can be imported. This was a trial: nothing was recorded."),
        ({"rows": 0, "new": 0}, "areas.csv has a heading and no rows. Nothing was imported."),
        (
            {"errors_in_all": 3, "new": 0},
            "Nothing was imported: 3 things are wrong in areas.csv. Put it right and import the file again.",
        ),
        (
            {"errors_in_all": 1, "new": 0},
            "Nothing was imported: 1 thing is wrong in areas.csv. Put it right and import the file again.",
        ),
    ],
)
def test_the_sentence_says_what_happened(changes, sentence):
    assert report(**changes).sentence == sentence


def test_errors_are_shown_as_a_table_and_the_rest_counted():
    errors = [RowError(row=n, column="name", wrong="This is [bold]missing[/].", expected="a name") for n in range(2, 5)]
    out = StringIO()
    render_report(report(errors=errors, errors_in_all=60, new=0), Console(file=out, width=100))
    shown = out.getvalue()
    assert "What is wrong" in shown
    assert "[bold]missing[/]" in shown
    assert "and 57 more errors." in shown
    assert "60 things are wrong" in shown


def test_no_bar_is_drawn_where_nobody_watches():
    out = StringIO()
    with progress_bar(Console(file=out)) as tell:
        tell("Reading", 1, 2)
    assert out.getvalue().strip() == ""
