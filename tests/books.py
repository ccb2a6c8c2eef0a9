"""Spreadsheets for tests: as people make them, and as nobody should."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter import Workbook

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def book(rows: Sequence[Sequence[object]], *, far: str = "") -> bytes:
    """Texts are written as texts, formulas with their value; `far` holds one cell more."""
    file = BytesIO()
    made = Workbook(file, {"in_memory": True, "strings_to_formulas": False})
    sheet = made.add_worksheet()
    day = made.add_format({"num_format": "d mmm yyyy"})
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(number, place, cell, day)
            elif isinstance(cell, tuple):
                formula, value = cell
                sheet.write_formula(number, place, formula, None, value)
            else:
                sheet.write(number, place, cell)
    if far:
        sheet.write(far, "far")
    made.close()
    return file.getvalue()


def changed(made: bytes, **parts: bytes | None) -> bytes:
    """With other parts in place of those whose names end so: `sheet1` is xl/worksheets/sheet1.xml."""
    file = BytesIO()
    with ZipFile(BytesIO(made)) as before, ZipFile(file, "w", ZIP_DEFLATED) as after:
        for part in before.infolist():
            name = part.filename.rpartition("/")[2].partition(".")[0]
            held = parts.get(name, before.read(part))
            if held is not None:
                after.writestr(part.filename, held)
    return file.getvalue()


def sheet(rows: str, before: str = "") -> bytes:
    """A part that holds these rows, as XML."""
    text = f'<?xml version="1.0" encoding="UTF-8"?>{before}<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>'
    return text.encode()
