"""A row of any kind of file becomes an entry or an error of a column, whatever its cells hold."""

from contextlib import suppress
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from events.base import Refused
from hub.cli import cli
from hub.importing.kind import Entry
from hub.importing.report import RowError
from hub.importing.run import KINDS
from hub.importing.table import Row, read_table

TODAY = date(2026, 11, 21)
CELLS = st.one_of(
    st.sampled_from(
        ["", "E06000066", "UK", "R1", "new", "CIC", "2021-05-03", "3/5/2021", "12", "-1", "nan", "1e9", ";;"]
    ),
    st.text(max_size=20),
    st.text(alphabet="0123456789eE+-._/ ", max_size=400),
)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@given(st.data())
def test_a_row_is_an_entry_or_an_error_that_names_a_column(kind, data):
    cells = data.draw(st.lists(CELLS, min_size=len(kind.columns), max_size=len(kind.columns)))
    said = kind.entry(Row(7, cells), today=TODAY)
    if isinstance(said, Entry):
        assert said.row == 7
        assert said.on <= TODAY
        assert said.area == cells[0]
    else:
        assert isinstance(said, RowError)
        assert said.row == 7
        assert said.column in {column.name for column in kind.columns}
        assert said.wrong.endswith((".", "?"))
        assert said.expected


@given(st.one_of(st.binary(max_size=300), st.text(alphabet="area,joined_on;\"'\r\n\0=x", max_size=200).map(str.encode)))
def test_a_file_is_read_or_refused_whatever_it_holds(content):
    with TemporaryDirectory() as folder:
        file = Path(folder) / "any.csv"
        file.write_bytes(b"area,joined_on\n" + content)
        rows: list[Row] = []
        with suppress(Refused):
            rows = read_table(file, KINDS["areas"].columns)
        assert all(row.number >= 2 and len(row.cells) in (0, 3) for row in rows)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_column_says_what_it_expects_and_the_key_and_the_refusals_are_columns(kind):
    names = [column.name for column in kind.columns]
    assert len(set(names)) == len(names)
    assert {*kind.key, kind.about} <= set(names)
    assert kind.key[0] == "area"
    needed = {column.name for column in kind.columns if column.needed}
    assert set(kind.key) <= needed
    assert not [column.name for column in kind.columns if column.expected.endswith(".")]


def test_the_help_of_import_lists_every_column_of_every_kind() -> None:
    said = " ".join(CliRunner().invoke(cli, ["import", "areas", "--help"], terminal_width=200).output.split())
    for kind in KINDS.values():
        assert f"Columns of {kind.name}:" in said
        for column in kind.columns:
            assert f"{column.name} {column.expected}{'' if column.needed else ' (if you like)'}" in said
