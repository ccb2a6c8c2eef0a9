"""Pictures and documents by typst: PNG of a drawing, PDF of a template and its data. No network, no file is made."""

from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final

import msgspec

from events.base import TrellisError

if TYPE_CHECKING:
    from typst import Fonts

FONTS: Final = Path(__file__).parent / "fonts"
"""Public Sans in the two weights that are used, 61 kB each, with its licence; browsers get it as woff2 instead."""

_TURNS: Final = BoundedSemaphore(2)
"""It is work for a processor: more of it at once makes every page wait."""

_SECONDS: Final = 10.0

_PICTURE: Final = b"""
#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg")
"""


class Busy(TrellisError):
    """Too many drawings and documents are being made."""

    def __init__(self) -> None:
        super().__init__("Too many pictures and documents are being made right now. Try again in a few seconds.")


def as_png(svg: str) -> bytes:
    """A drawing in twice its size in pixels, for sharp print."""
    return _typeset(_PICTURE, {"svg": svg}, kind="png")


def as_pdf(template: Path, data: object) -> bytes:
    """A tagged PDF (PDF/UA-1) of a template, which finds `data` as JSON under `sys.inputs.data`.

    Data only ever comes in as data: what stands in it is never read as markup.
    """
    return _typeset(template.read_bytes(), {"data": msgspec.json.encode(data).decode()}, kind="pdf")


@cache
def _fonts() -> "Fonts":
    from typst import Fonts

    return Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


def _typeset(source: bytes, inputs: dict[str, str], *, kind: str) -> bytes:
    from typst import Compiler  # 30 MB that a hub need not hold before somebody asks

    if not _TURNS.acquire(timeout=_SECONDS):
        raise Busy
    try:
        compiler = Compiler(source, root=str(FONTS), font_paths=_fonts(), sys_inputs=inputs)
        if kind == "pdf":
            made = compiler.compile(format="pdf", pdf_standards="ua-1")
        else:
            made = compiler.compile(format="png", ppi=144)
    finally:
        _TURNS.release()
    assert isinstance(made, bytes)
    return made
