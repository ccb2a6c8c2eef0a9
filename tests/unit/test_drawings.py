"""Drawings that stand alone, and documents: with title, source and day, and with nothing in them that was not meant."""

import re
import threading
import xml.etree.ElementTree as ET
from datetime import date
from io import BytesIO
from pathlib import Path
from time import monotonic

import pytest
from pypdf import PdfReader

from events.projections.indicators import INDICATORS
from events.projections.picture import AreaFigures, Figure, Picture, Point
from hub.look import printing
from hub.look.briefing import LONGEST, Briefing, Drawing, Part, Told, printed, short
from hub.look.drawing import STYLE, chart, curve_drawing
from hub.look.page import STATIC
from hub.look.printing import Busy, as_png
from hub.national.drawings import map_drawing
from hub.national.hexagons import hexagon_map

DAY, KNOWN = date(2026, 11, 22), date(2026, 11, 20)
POINTS = [Point(date(2024 + n // 12, 1 + n % 12, 28), n * n) for n in range(30)]
HOSTILE = '#eval("1+1") $x^2$ *bold* _it_ \\u{1F600} `raw` <a> @ref [b] // c "q" = head'


def curve_of(notice: str = "") -> str:
    return curve_drawing(
        POINTS, title="56 more <enterprises> & a year", caption="By month", on=DAY, known=KNOWN, notice=notice
    )


def map_with(*, rule: str = "") -> str:
    area = AreaFigures(
        area="E06000066", name="Somerset", nation="England", joined_on=DAY,
        figures={"jobs": Figure(value=171, areas_reporting=1)},
    )  # fmt: skip
    found = hexagon_map(Picture(on=DAY, known=DAY, figures={}, areas=[area], published=[]), INDICATORS["jobs"])
    return map_drawing(found, None, on=DAY, known=KNOWN, notice="", rule=rule)


def said(svg: str) -> str:
    """Its words; raises if it is no XML."""
    return " ".join("".join(each.itertext()) for each in ET.fromstring(svg).iter() if each.tag.endswith("}text"))


@pytest.mark.parametrize("svg", [curve_of(), map_with()])
def test_a_drawing_alone_has_its_title_source_and_day_and_needs_nothing_else(svg: str) -> None:
    assert "Source: Trellis" in said(svg)
    assert "On 22 November 2026, as known on 20 November 2026" in said(svg)
    assert ET.fromstring(svg).find("{http://www.w3.org/2000/svg}title") is not None
    assert not re.search(r"href=.[^#]|url\(|@import|<script|http://(?!www\.w3\.org/2000/svg)", svg)
    assert '"Public Sans",system-ui' in svg


def test_what_the_network_is_and_what_is_kept_back_stand_below() -> None:
    assert "This network is invented." in said(curve_of("This network is invented."))
    assert "Some are withheld." in said(map_with(rule="Some are withheld."))


def test_words_are_words_in_a_drawing() -> None:
    assert "56 more <enterprises> & a year" in said(curve_of())


def test_a_drawing_has_the_colours_of_the_pages() -> None:
    """What the stylesheet says of each mark, the drawing says too."""
    sheet = (STATIC / "trellis.css").read_text()
    for mark in (
        "chart-area",
        "chart-dot",
        "chart-line",
        "chart-grid",
        "chart-base",
        "chart-band",
        "chart-expected",
        *(f"hexagon-{n}" for n in "1234"),
    ):
        for colour in ("fill", "stroke"):
            alone = re.search(rf"\.{mark}\{{[^}}]*\b{colour}:(#\w+)", STYLE)
            page = re.search(rf"\.{mark}\{{[^}}]*\b{colour}:(#\w+)", sheet)
            assert (alone and alone[1]) == (page and page[1]), mark


def test_pixels_are_twice_the_size_and_the_same_each_time() -> None:
    png = as_png(curve_of())
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width = int.from_bytes(png[16:20])
    assert width == 1440
    assert as_png(curve_of()) == png


# ---- on paper


def briefing(words: str = "Somerset", *, much: int = 1) -> Briefing:
    svg = chart(POINTS, width=460, height=190)
    drawn = Drawing(title=words, caption=words, svg=svg, alt=words)
    part = Part(title=words, sentences=[words] * much, points=[words] * much, header=["A", "B"],
                rows=[[words, "1,800"]] * 4 * much)  # fmt: skip
    return Briefing(
        title=f"A briefing of {words}",
        kind="Area briefing",
        name=words,
        day="The picture on 22 November 2026",
        notice=words,
        sentence=words,
        figures=[Told(label="Jobs", value="2,500", change=words, coverage=words)] * 6,
        map=drawn,
        curves=[drawn] * 3,
        left=[part] * 3,
        right=[part] * 3,
        rule=words,
        source=words,
    )


def text_of(pdf: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


def test_a_briefing_is_two_pages_of_a4_with_a_title_and_a_language_tagged_for_readers() -> None:
    pdf = PdfReader(BytesIO(printed(briefing())))
    assert [tuple(round(float(side)) for side in page.mediabox[2:]) for page in pdf.pages] == [(595, 842)] * 2
    assert pdf.metadata is not None
    assert pdf.metadata.title == "A briefing of Somerset"
    root = pdf.root_object
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]  # pyright: ignore[reportIndexIssue]
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()  # pyright: ignore[reportAttributeAccessIssue]
    assert {font for page in pdf.pages for font in fonts(page)} == {"PublicSans"}


def fonts(page: object) -> set[str]:
    found = page["/Resources"]["/Font"].values()  # pyright: ignore[reportIndexIssue]
    return {re.sub(r"^/\w+\+|-\w+$", "", font.get_object()["/BaseFont"]) for font in found}


@pytest.mark.parametrize("much", [0, 1, 4, 12])
def test_it_stays_two_pages_however_much_there_is_to_say(much: int) -> None:
    long = short("A long name of a place with much to say about itself, and more of it " * 9)
    assert len(PdfReader(BytesIO(printed(briefing(long if much else "A", much=much)))).pages) == 2


def test_no_name_is_read_as_markup() -> None:
    """With the mutant: the same words set into a template are."""
    assert HOSTILE in text_of(printed(briefing(HOSTILE))).replace("”", '"').replace("“", '"')
    evaluated = printing._typeset(b'#set document(title: "x")\n#eval("1+1") *bold*', {}, kind="pdf")
    assert "2 bold" in text_of(evaluated)


def test_it_is_the_same_without_any_font_or_network_of_the_machine_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("TMPDIR", "HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert len(printed(briefing())) > 10_000
    assert list(tmp_path.iterdir()) == []


def test_it_takes_less_than_a_second() -> None:
    printed(briefing())
    begun = monotonic()
    printed(briefing("Another"))
    assert monotonic() - begun < 1


def test_what_comes_while_two_are_being_made_waits_and_then_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_SECONDS", 0.05)
    monkeypatch.setattr(printing, "_TURNS", threading.BoundedSemaphore(1))
    with printing._TURNS, pytest.raises(Busy, match="Try again in a few seconds"):
        as_png(curve_of())
    assert as_png(curve_of())


def test_a_turn_is_given_back_when_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_TURNS", threading.BoundedSemaphore(1))
    for _ in range(2):
        with pytest.raises(Exception, match=r"svg|SVG|image"):
            as_png("no drawing")


def test_long_words_are_cut_at_a_word() -> None:
    assert short("a  b\nc") == "a b c"
    cut = short("word " * 100)
    assert cut.endswith("word…")
    assert len(cut) <= LONGEST
    assert len(short("x" * 1000)) <= LONGEST
