"""What a briefing on two printed pages holds, whatever it is about; `briefing.typ` lays it out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from hub.look.printing import as_pdf

LONGEST: Final = 180
"""Characters of one thing that somebody wrote: more would push the rest off the page."""


class Told(Struct, frozen=True, kw_only=True):
    """One figure with what moved it."""

    label: str
    value: str
    change: str = ""
    coverage: str = ""


class Drawing(Struct, frozen=True, kw_only=True):
    title: str
    caption: str
    svg: str
    alt: str


class Part(Struct, frozen=True, kw_only=True):
    """Something under a heading: sentences, points, and a table whose first column is on the left."""

    title: str
    sentences: Sequence[str] = ()
    points: Sequence[str] = ()
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


class Briefing(Struct, frozen=True, kw_only=True):
    title: str
    kind: str
    name: str
    day: str
    notice: str
    sentence: str
    figures: Sequence[Told]
    """Six fill two lines."""
    map: Drawing
    curves: Sequence[Drawing]
    left: Sequence[Part]
    right: Sequence[Part]
    rule: str
    source: str


def printed(briefing: Briefing) -> bytes:
    """The briefing as PDF: two pages of A4, tagged for readers. Takes a processor a quarter of a second."""
    return as_pdf(Path(__file__).parent / "briefing.typ", briefing)


def short(words: str) -> str:
    """Something that somebody wrote, cut at a word where it is too long for a page that holds much else."""
    words = " ".join(words.split())
    return words if len(words) <= LONGEST else words[:LONGEST].rsplit(" ", 1)[0][: LONGEST - 1] + "…"
