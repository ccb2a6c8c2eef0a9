"""CSV text and workbooks for a spreadsheet, in which no cell is run as a formula."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from io import BytesIO, StringIO
from typing import Final

from msgspec import Struct
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_WIDEST: Final = 50

Cell = str | int | float | date | None


class Sheet(Struct, frozen=True, kw_only=True):
    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def guarded(text: str) -> str:
    """Text that a spreadsheet shows and does not run: a leading apostrophe where it would read a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str | int | float | None]]) -> str:
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return file.getvalue()


def workbook(sheets: Iterable[Sheet]) -> bytes:
    """A workbook, the first row of each sheet frozen. Texts are written as texts, whatever they begin with."""
    file = BytesIO()
    book = Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    for each in sheets:
        _write(book.add_worksheet(each.name[:31]), each, bold=bold, day=day)
    book.close()
    return file.getvalue()


def _write(sheet: Worksheet, said: Sheet, *, bold: Format, day: Format) -> None:
    widths = [len(words) for words in said.header]
    for place, words in enumerate(said.header):
        sheet.write_string(0, place, words, bold)
    for number, row in enumerate(said.rows, start=1):
        for place, cell in enumerate(row):
            match cell:
                case None:
                    continue
                case date():
                    sheet.write_datetime(number, place, datetime.combine(cell, time.min), day)
                    widths[place] = max(widths[place], 10)
                case str():
                    sheet.write_string(number, place, cell)
                    widths[place] = min(max(widths[place], len(cell)), _WIDEST)
                case _:
                    sheet.write_number(number, place, cell)
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width + 2)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, 0, len(said.header) - 1)
