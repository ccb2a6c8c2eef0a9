"""A list as a file: CSV, or a spreadsheet. No cell of either is run as a formula."""

from collections.abc import Iterable, Sequence
from datetime import date

from hub.spreadsheet import Cell, Sheet, csv_text, workbook


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    plain = ([cell.isoformat() if isinstance(cell, date) else cell for cell in row] for row in rows)
    return csv_text(header, plain).encode()


def as_xlsx(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    return workbook([Sheet(name=name, header=header, rows=rows)])
