"""Reading a CSV file: how it may be written, and the sentence for what cannot be read."""

from datetime import date
from pathlib import Path

import pytest

from events.base import Refused
from hub.importing.table import Column, read_table, to_day, to_list
from hub.input import day

COLUMNS = (
    Column(name="area", expected="a code"),
    Column(name="name", expected="a name"),
    Column(name="focus", expected="anything", needed=False),
)


@pytest.fixture
def read(tmp_path: Path):
    def read(content: str | bytes):
        file = tmp_path / "file.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return [(row.number, list(row.cells)) for row in read_table(file, COLUMNS)]

    return read


@pytest.mark.parametrize(
    "content",
    [
        "area,name,focus\nE06000066,Somerset,care\n",
        "area;name;focus\r\nE06000066;Somerset;care\r\n",
        "\ufeffarea,name,focus\nE06000066,Somerset,care",
        "focus,Name,AREA\ncare,Somerset,E06000066\n",
        ' area , name,focus\n E06000066 ," Somerset ",\tcare\n',
        "area,name,focus,,\nE06000066,Somerset,care,,\n",
    ],
)
def test_commas_semicolons_a_mark_in_front_blanks_and_any_order_of_columns_are_read_alike(read, content):
    assert read(content) == [(2, ["E06000066", "Somerset", "care"])]


def test_a_column_that_is_not_needed_may_be_left_out(read):
    assert read("area,name\nE06000066,Somerset\n") == [(2, ["E06000066", "Somerset", ""])]


def test_a_row_may_lack_empty_cells_at_its_end(read):
    assert read("area,name,focus\nE06000066,Somerset\n") == [(2, ["E06000066", "Somerset", ""])]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(read):
    content = 'area,name\n\nA,"two\nlines"\n,\nB,b\n'
    assert [number for number, _ in read(content)] == [3, 5]


def test_a_row_with_too_many_cells_is_kept_as_one_without_any(read):
    assert read("area,name\nA,Bath, and Wells\nA,Bath,\n") == [(2, []), (3, [])]


def test_the_apostrophe_that_keeps_a_spreadsheet_from_running_a_cell_is_taken_off(read):
    assert read("area,name\n'=A1,'+44\n'-1,'@x\n'Tis,'\n") == [
        (2, ["=A1", "+44", ""]),
        (3, ["-1", "@x", ""]),
        (4, ["'Tis", "'", ""]),
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"area,name\nE06000066,Ynys M\xf4n\n", r"Line 2 of file.csv is not UTF-8\. In a spreadsheet, save it as"),
        ("area,name\n".encode("utf-16"), r"Line 1 of file.csv is not UTF-8"),
        (b"area,name\nA,a\nB,b\0\n", r"Line 3 of file.csv holds a NUL character"),
        ("", r"has no heading\. Expected: area, name, focus \(if you like\)\."),
        ("area,name,colour\n", r"has a column “colour” that does not belong here\. Expected: area, name,"),
        ("area\n", r"has no column “name”\. Expected"),
        ("area,name,area\n", r"has two columns “area”"),
        ('area,name\nA,"never closed\n', r"Line 2 of file.csv cannot be read .*quotation marks"),
        ("area,name\nA," + "x" * 200_000, r"Line 2 of file.csv cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(read, content, sentence):
    with pytest.raises(Refused, match=sentence):
        read(content)


def test_a_file_that_is_not_there_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(Refused, match=r"none.csv cannot be read: No such file"):
        read_table(tmp_path / "none.csv", COLUMNS)


@pytest.mark.parametrize("text", ["2026-05-03", "3 May 2026", "03 may 2026", "3/5/2026", "03/05/2026"])
def test_a_day_may_be_written_in_the_usual_ways(text):
    assert to_day(text) == day(text) == date(2026, 5, 3)


@pytest.mark.parametrize(
    "text", ["", "5/13/2026", "2026-W18-7", "20260503", "31/4/2026", "May 2026", "2026-05-03T00:00"]
)
def test_what_is_no_day_is_none(text):
    assert day(text) is None


def test_several_things_in_a_cell_are_separated_by_semicolons():
    assert to_list("home help; gardening ;; ") == ["home help", "gardening"]
