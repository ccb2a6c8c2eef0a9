"""A file as rows of cells, once it is sure that its columns are the ones expected."""

import csv
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from io import StringIO
from pathlib import Path

from msgspec import Struct

from events.base import Refused
from hub.importing.spreadsheet import OLE, ZIP, cells_of
from hub.input import day

_read_day = lru_cache(maxsize=4096)(day)


class Misfit(ValueError):
    """A cell does not hold what its column is for."""


class Column(Struct, frozen=True, kw_only=True):
    name: str
    expected: str
    """What a cell holds, to follow on "Expected:"."""
    field: str = ""
    """Where it goes in the input of the API, a dot before a field of a group; empty for what only names the row."""
    names: str = ""
    """What it is the area's own reference of, such as "enterprise": the id of that goes into the field."""
    needed: bool = True
    read: Callable[[str], object] = str


class Row(Struct, frozen=True, gc=False):
    number: int
    """As a spreadsheet shows it: the heading is row 1."""
    cells: Sequence[str]
    """One for each column of the kind, in its order, empty where the file has no such column; none at all for a row
    that has more cells than the heading."""


def to_day(cell: str) -> object:
    found = _read_day(cell)
    if found is None:
        raise Misfit("This is not a date.")
    return found


def to_list(cell: str) -> object:
    """Cells that hold several things separate them by semicolons."""
    return [item for part in cell.split(";") if (item := part.strip())]


def read_table(path: Path, columns: Sequence[Column]) -> list[Row]:
    """The rows of a file, empty ones left out. Raises `Refused` as below, or when there is no such file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from error
    return rows_of(data, path.name, columns)


def rows_of(data: bytes, name: str, columns: Sequence[Column]) -> list[Row]:
    """The rows of a file that is called `name`, given what it holds.

    Raises `Refused` when it can be read neither as CSV in UTF-8 nor as a spreadsheet, or its heading is not the one
    expected.
    """
    if data.startswith((ZIP, OLE)):
        return _laid_out(iter(cells_of(data, name)), name, columns)
    text = _text(data, name)
    # headings hold neither sign, so whichever is there separates them
    delimiter = max(",;", key=text.partition("\n")[0].count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return _laid_out(reader, name, columns)
    except csv.Error as error:
        raise Refused(
            f"Line {reader.line_num} of {name} cannot be read ({error}). Check its quotation marks."
        ) from None


def _laid_out(lines: Iterator[list[str]], name: str, columns: Sequence[Column]) -> list[Row]:
    heading = next(lines, [])
    names = [name.strip().lower().replace(" ", "_") for name in heading]
    while names and not names[-1]:  # columns a spreadsheet only coloured
        names.pop()
    return list(_rows(lines, len(heading), _places(name, names, columns)))


def _text(data: bytes, name: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(
            f"Line {_line(data, error.start)} of {name} is not UTF-8. In a spreadsheet, save it as “CSV UTF-8”."
        ) from None
    if (at := data.find(b"\0")) >= 0:
        raise Refused(f"Line {_line(data, at)} of {name} holds a NUL character. Save the file anew as text.")
    return text


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1


def _places(file: str, names: Sequence[str], columns: Sequence[Column]) -> list[int]:
    """Where in the file each of the columns stands; -1, the empty cell put behind every row, for one left out."""
    expected = f"Expected: {', '.join(c.name if c.needed else f'{c.name} (if you like)' for c in columns)}."
    if not any(names):
        raise Refused(f"{file} has no heading. {expected}")
    known = {column.name for column in columns}
    for name in names:
        if name not in known:
            raise Refused(f"{file} has a column “{name}” that does not belong here. {expected}")
        if names.count(name) > 1:
            raise Refused(f"{file} has two columns “{name}”. {expected}")
    missing = [column.name for column in columns if column.needed and column.name not in names]
    if missing:
        raise Refused(f"{file} has no column “{'”, “'.join(missing)}”. {expected}")
    return [names.index(column.name) if column.name in names else -1 for column in columns]


def _rows(reader: Iterator[list[str]], width: int, places: Sequence[int]) -> Iterator[Row]:
    for number, cells in enumerate(reader, start=2):
        if not any(cells):
            continue
        if len(cells) > width:
            yield Row(number, ())
            continue
        # short rows are common: some programs leave out empty cells at the end
        cells += [""] * (width + 1 - len(cells))
        yield Row(number, [_plain(cells[place]) for place in places])


def _plain(cell: str) -> str:
    """What was typed: without the apostrophe that keeps a spreadsheet from reading a formula, and blanks around it."""
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell
