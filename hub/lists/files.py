"""A list as a file: CSV, or a spreadsheet. No cell of either is run as a formula."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from io import BytesIO

from xlsxwriter import Workbook

from hub.spreadsheet import csv_text

Cell = str | int | float | date | None


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    plain = ([cell.isoformat() if isinstance(cell, date) else cell for cell in row] for row in rows)
    return csv_text(header, plain).encode()


def as_xlsx(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook with one sheet, its first row frozen. Texts are written as texts, whatever they begin with."""
    file = BytesIO()
    book = Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet(name[:31])
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    widths = [len(words) for words in header]
    for place, words in enumerate(header):
        sheet.write_string(0, place, words, bold)
    for number, row in enumerate(rows, start=1):
        for place, cell in enumerate(row):
            match cell:
                case None:
                    continue
                case date():
                    sheet.write_datetime(number, place, datetime.combine(cell, time.min), day)
                    widths[place] = max(widths[place], 10)
                case str():
                    sheet.write_string(number, place, cell)
                    widths[place] = min(max(widths[place], len(cell)), 50)
                case _:
                    sheet.write_number(number, place, cell)
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width + 2)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, 0, len(header) - 1)
    book.close()
    return file.getvalue()
