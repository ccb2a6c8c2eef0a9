"""The first sheet of a spreadsheet (.xlsx) as cells of text, as a CSV file would have them.

What reads it makes room for all cells from the first to the farthest, and copies a shared text for every cell that
shows it: a small file could so take all memory there is. So it is handed a spreadsheet only once every part was read
and counted here, put together anew from what was counted.
"""

from datetime import date, datetime, time
from io import BytesIO
from typing import Final
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile
from zlib import error as BadDeflate

from python_calamine import CalamineError, CalamineWorkbook

from events.base import Refused

ZIP: Final = b"PK\x03\x04"
"""How archives begin, which spreadsheets are."""

OLE: Final = b"\xd0\xcf\x11\xe0"
"""How the files of older programs begin, and all that have a password."""

MOST_BYTES: Final = 30_000_000
"""Of all parts unpacked, and of the texts of all cells together."""

MOST_ROOM: Final = 1_000_000
"""Rows times columns."""

MOST_MARKS: Final = 600_000
"""Elements of all parts: a million takes a second or two to look through."""

MOST_PARTS: Final = 1000

_PIECE = 1 << 20

_NAMED = ("_rels/", "xl/", "[content_types].xml")


_UNREADABLE = (
    BadZipFile,
    BadDeflate,
    CalamineError,
    ExpatError,
    # of archives and parts that are not what they say they are
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    ValueError,
)


class _TooMuch(Exception):
    """It would take too much room."""


def cells_of(data: bytes, name: str) -> list[list[str]]:
    """The rows of the first sheet. Raises `Refused`, with what to do about it, for what is no such file."""
    if data.startswith(OLE):
        raise Refused(
            f"{name} is protected by a password, or of an older kind. Save it as .xlsx without a password, or as "
            "“CSV UTF-8”."
        )
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(_counted(data)))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except _TooMuch as error:
        raise Refused(f"{name} {error}. Copy what you want to import into a new one.") from None
    except _UNREADABLE as error:
        raise Refused(f"{name} cannot be read as a spreadsheet. Save it anew as .xlsx or as “CSV UTF-8”.") from error
    return [[_as_text(cell) for cell in row] for row in rows]


def _as_text(cell: object) -> str:
    match cell:
        case bool():
            return str(cell).upper()
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if cell.time() == time.min:
            return cell.date().isoformat()
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)


# ---- counting


def _counted(data: bytes) -> bytes:
    """The same spreadsheet, of nothing but parts that were read to their end and found to take no great room."""
    room = _Room()
    made = BytesIO()
    with ZipFile(BytesIO(data)) as archive, ZipFile(made, "w", ZIP_STORED) as anew:
        left = MOST_BYTES
        for number, part in enumerate(archive.infolist()):
            if number >= MOST_PARTS:
                raise _TooMuch("has too many parts")
            if part.flag_bits & 1 or part.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                raise BadZipFile
            # pictures and macros are left out, and whatever would make it a file of another program
            if not part.filename.lower().startswith(_NAMED) or not part.filename.lower().endswith((".xml", ".rels")):
                continue
            held = bytearray()
            with archive.open(part) as opened:
                while piece := opened.read(_PIECE):
                    held += piece
                    left -= len(piece)
                    if left < 0:
                        raise _TooMuch("holds more than 30 MB unpacked")
            room.count(bytes(held))
            anew.writestr(part.filename, bytes(held))
    room.check_texts()
    return made.getvalue()


class _Room:
    """How far the cells of all parts reach, and how long their texts are together."""

    def __init__(self) -> None:
        self._marks = 0
        self._lengths: list[list[int]] = []
        """Of shared texts, one list for each part that has any."""
        self._shown: list[int] = []
        """The number of the shared text, for each cell that shows one."""

    def count(self, part: bytes) -> None:
        """Raises `_TooMuch`, or `ExpatError` for what is no XML in UTF-8."""
        if b"\0" in part:  # another encoding
            raise ValueError
        reader = _Part()
        parser = ParserCreate(encoding="UTF-8")
        parser.buffer_text = True
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CharacterDataHandler = reader.text
        parser.StartDoctypeDeclHandler = reader.refuse
        parser.Parse(part, True)
        self._marks += reader.marks
        if self._marks > MOST_MARKS:
            raise _TooMuch("holds too many cells")
        self._lengths.append(reader.lengths)
        self._shown += reader.shown

    def check_texts(self) -> None:
        total = 0
        for number in self._shown:
            total += max((lengths[number] for lengths in self._lengths if number < len(lengths)), default=0)
            if total > MOST_BYTES:
                raise _TooMuch("holds more than 30 MB of text")


class _Part:
    """What expat tells of a part, whatever part it is: which of them is a sheet, the file itself says."""

    def __init__(self) -> None:
        self.marks = 0
        self.lengths: list[int] = []
        self.shown: list[int] = []
        self._row = self._column = 0
        self._rows = self._columns = 0
        """So many of which some cell holds something."""
        self._in_cell = self._shared = self._in_text = False
        self._digits = ""

    def start(self, tag: str, given: dict[str, str]) -> None:
        self.marks += 1
        if self.marks > MOST_MARKS:
            raise _TooMuch("holds too many cells")
        kind = tag.rpartition(":")[2]
        if kind == "row":
            self._row, self._column = _whole(given["r"]) if "r" in given else self._row + 1, 0
        elif kind == "c":
            self._column += 1
            if "r" in given:
                self._place(given["r"])
            self._in_cell, self._shared = True, given.get("t") == "s"
        elif self._in_cell:
            self._reach()
            self._digits = ""
        elif kind == "si":
            self.lengths.append(0)
            self._in_text = True

    def end(self, tag: str) -> None:
        kind = tag.rpartition(":")[2]
        if kind == "c":
            self._in_cell = False
        elif kind == "si":
            self._in_text = False
        elif kind == "v" and self._in_cell and self._shared:
            self.shown.append(_whole(self._digits.strip()))

    def text(self, words: str) -> None:
        if self._in_text:
            self.lengths[-1] += len(words.encode())
        elif self._in_cell and self._shared and len(self._digits) < 20:
            self._digits += words[:20]

    def refuse(self, *_: object) -> None:
        """No spreadsheet declares what its marks stand for."""
        raise ValueError

    def _place(self, reference: str) -> None:
        """Where a cell is, if it says so, like B12; else it is right of the one before."""
        letters = reference.rstrip("0123456789")
        if not (letters.isascii() and letters.isalpha() and len(letters) < 4):
            raise ValueError
        self._row, self._column = _whole(reference[len(letters) :]), 0
        for letter in letters.upper():
            self._column = self._column * 26 + ord(letter) - ord("A") + 1

    def _reach(self) -> None:
        self._rows = max(self._rows, self._row)
        self._columns = max(self._columns, self._column)
        if self._rows * self._columns > MOST_ROOM:
            raise _TooMuch("has cells far from the others")


def _whole(digits: str) -> int:
    """A number written with nothing but digits: another reader may take a sign to be part of it."""
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        raise ValueError
    return int(digits)
