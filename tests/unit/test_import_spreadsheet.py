"""Reading a spreadsheet: what its cells come to as text, and what is refused before it takes room or time."""

from contextlib import suppress
from datetime import UTC, date, datetime
from io import BytesIO
from random import Random
from time import monotonic
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import pytest
from books import MAIN, book, changed, sheet

from events.base import Refused
from hub.importing import spreadsheet
from hub.importing.spreadsheet import cells_of
from hub.importing.table import Column, rows_of, to_day

COLUMNS = (Column(name="area", expected="a code"), Column(name="on", expected="a day", needed=False))
ONE = book([["area"], ["E06000066"]])


def test_cells_are_as_csv_would_have_them() -> None:
    moment = datetime(2026, 5, 3, 14, 5, tzinfo=UTC).replace(tzinfo=None)
    rows = [["text", 12, 12.5, 1e15, date(2026, 5, 3), moment, True, None, "=1+1", ("=1+1", 2), ("=1/0", "#DIV/0!")]]
    assert cells_of(book(rows), "x") == [
        ["text", "12", "12.5", "1000000000000000", "2026-05-03", "2026-05-03T14:05:00", "TRUE", "", "=1+1", "2", ""]
    ]


def test_rows_are_numbered_as_the_spreadsheet_shows_them_and_read_like_those_of_csv() -> None:
    made = book([["Area", "on"], [], ["E06000066", date(2026, 5, 3)], [" E1 "], ["'=E2"]])
    rows = rows_of(made, "x.xlsx", COLUMNS)
    assert [(row.number, list(row.cells)) for row in rows] == [
        (3, ["E06000066", "2026-05-03"]),
        (4, ["E1", ""]),
        (5, ["=E2", ""]),
    ]
    assert to_day(rows[0].cells[1]) == date(2026, 5, 3)
    with pytest.raises(Refused, match=r"x\.xlsx has a column “colour” that does not belong here"):
        rows_of(book([["area", "colour"]]), "x.xlsx", COLUMNS)


def test_empty_cells_that_were_only_coloured_far_away_do_no_harm() -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="1"/></row>'
    assert cells_of(changed(ONE, sheet1=sheet(rows)), "x") == [["1"]]


def packed(**parts: bytes) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        for name, held in parts.items():
            archive.writestr(f"xl/{name}.xml", held)
    return made.getvalue()


def encrypted(made: bytes) -> bytes:
    """With the mark of a password on each part."""
    held = bytearray(made)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = held.find(mark)
        while at >= 0:
            held[at + flags] |= 1
            at = held.find(mark, at + 4)
    return bytes(held)


def squeezed() -> bytes:
    made = BytesIO()
    with ZipFile(BytesIO(ONE)) as before, ZipFile(made, "w", ZIP_BZIP2) as after:
        for part in before.infolist():
            after.writestr(part.filename, before.read(part))
    return made.getvalue()


SHARED = f"<sst {MAIN}><si><t>{'x' * 100_000}</t></si></sst>".encode()
MANY = "".join(f'<row><c t="s"><v>{"0" * (n % 2)}0</v></c></row>' for n in range(400))
ENTITIES = '<!DOCTYPE x [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (packed(a=b" " * 31_000_000), "x holds more than 30 MB unpacked. Copy what you want to import into a new one."),
        (packed(a=b" " * 16_000_000, b=b" " * 16_000_000), "x cannot be read as a spreadsheet"),
        (packed(a=b"<a>" + b" " * 16_000_000 + b"</a>", b=b"<a>" + b" " * 16_000_000 + b"</a>"), "than 30 MB unpacked"),
        (packed(**{f"p{n}": b"<a/>" for n in range(1001)}), "has too many parts"),
        (book([["area"]], far="XFD1048576"), "x has cells far from the others"),
        (changed(ONE, sheet1=sheet('<row r="1048576"><c r="A1048576"><v>1</v></c></row>')), "cells far from"),
        (
            changed(ONE, sheet1=sheet("<row r = '99999'><x:c xmlns:x='y' r = 'ZZ99999'><v>1</v></x:c></row>")),
            "far from",
        ),
        (changed(ONE, sheet1=sheet('<row r="+9"><c><v>1</v></c></row>')), "cannot be read"),
        (changed(ONE, sheet1=sheet('<row><c r="+A9"><v>1</v></c></row>')), "cannot be read"),
        (changed(ONE, sheet1=sheet("<a/>" * 600_001)), "holds too many cells"),
        (changed(ONE, sheet1=sheet(MANY), sharedStrings=SHARED), "x holds more than 30 MB of text"),
        (changed(ONE, sheet1=sheet('<row><c t="s"><v>+0</v></c></row>'), sharedStrings=SHARED), "cannot be read"),
        (changed(ONE, sheet1=sheet('<row><c t="s"><v>99</v></c></row>')), "cannot be read"),
        (changed(ONE, sheet1=sheet("<row><c t='inlineStr'><is><t>&b;</t></is></c></row>", ENTITIES)), "cannot be read"),
        (changed(ONE, sheet1=sheet("<row>").decode().encode("utf-16")), "cannot be read"),
        (changed(ONE, sheet1=sheet("<row><c>")), "cannot be read"),
        (changed(ONE, sheet1=None), "cannot be read"),
        (changed(ONE, workbook=None), "cannot be read"),
        (encrypted(ONE), "cannot be read"),
        (squeezed(), "cannot be read"),
        (ONE[:-30], "cannot be read"),
        (ONE[:300], "cannot be read"),
        (b"PK\x03\x04", "cannot be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "x is protected by a password, or of an older kind"),
    ],
)
def test_what_is_no_spreadsheet_or_takes_too_much_is_refused_in_a_sentence(made: bytes, sentence: str) -> None:
    began = monotonic()
    with pytest.raises(Refused, match=sentence):
        cells_of(made, "x")
    assert monotonic() - began < 5


def test_parts_of_other_programs_are_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    made = BytesIO(ONE)
    with ZipFile(made, "a", ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", b" " * 40_000_000)
        archive.writestr("xl/media/image1.png", b" " * 40_000_000)
    assert cells_of(made.getvalue(), "x") == [["area"], ["E06000066"]]
    reached: list[bytes] = []
    real = spreadsheet.CalamineWorkbook

    class Seen:
        @staticmethod
        def from_filelike(file: BytesIO) -> object:
            reached.append(file.getvalue())
            return real.from_filelike(file)

    monkeypatch.setattr(spreadsheet, "CalamineWorkbook", Seen)
    cells_of(made.getvalue(), "x")
    with ZipFile(BytesIO(reached[0])) as archive:
        assert {"content.xml", "xl/media/image1.png"}.isdisjoint(archive.namelist())


def broken(chance: Random) -> bytes:
    """A spreadsheet with some bytes changed: of the archive, or of one part."""
    with ZipFile(BytesIO(ONE)) as archive:
        name = chance.choice([part for part in archive.namelist() if part.endswith("xml")])
        part = bytearray(archive.read(name))
    held = part if chance.random() < 0.5 else bytearray(ONE)
    for _ in range(chance.randint(1, 5)):
        held[chance.randrange(4, len(held))] = chance.randrange(256)
    if held is part:
        return changed(ONE, **{name.rpartition("/")[2].partition(".")[0]: bytes(held)})
    return bytes(held[: chance.choice([len(held), chance.randint(10, len(held))])])


@pytest.mark.parametrize("seed", range(300))
def test_a_broken_spreadsheet_is_read_or_refused(seed: int) -> None:
    with suppress(Refused):
        assert isinstance(cells_of(broken(Random(seed)), "x"), list)
