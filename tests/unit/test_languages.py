"""Messages in the language that an enterprise asked for: all of it, or none of it."""

from datetime import date

import pytest

from events.base import in_words
from events.nudges import RecipientKind
from events.nudging.rule import Reminder
from events.renewal_catalogue import read_catalogue
from workers.languages import words_in
from workers.words import By, Line, digest

TODAY = date(2026, 6, 2)
TO_ENTERPRISES = ("renewals_expiry", "referrals_unanswered", "referrals_needs", "enterprises_report")


def line(rule: str, *, due: date = date(2026, 8, 1), to: RecipientKind = "enterprise") -> Line:
    reminder = Reminder(
        to=to,
        area="W06000015",
        name="Becws",
        detail="company",
        what="public liability insurance",
        due=due,
        step=-60,
        today=TODAY,
    )
    return Line(words="In English.", reminder=reminder, rule=rule)


def said(*lines: Line, to: RecipientKind = "enterprise") -> tuple[str, str]:
    """Language and text."""
    mail = digest(
        lines,
        to=to,
        name="Gwen",
        link="https://hub.example/due/x",
        stop="https://hub.example/stop/x",
        by=By(name="Trellis", contact="help@hub.example"),
        language="cy",
    )
    assert f'lang="{mail.language}"' in mail.html
    return mail.language, "\n".join([mail.subject, mail.text, mail.html, mail.brief])


@pytest.mark.parametrize("rule", TO_ENTERPRISES)
def test_what_enterprises_are_told_has_welsh_words(rule: str) -> None:
    language, text = said(line(rule))
    assert language == "cy"
    for english in ("English", "Hello", "Questions", "You get this", "Get only", "{", "August"):
        assert english not in text, english


@pytest.mark.parametrize(
    ("due", "sentence"),
    [
        (date(2026, 8, 1), "Bydd eich yswiriant atebolrwydd cyhoeddus yn dod i ben ar 1 Awst 2026."),
        (TODAY, "Mae eich yswiriant atebolrwydd cyhoeddus yn dod i ben heddiw."),
        (date(2026, 5, 3), "Daeth eich yswiriant atebolrwydd cyhoeddus i ben ar 3 Mai 2026."),
    ],
)
def test_welsh_says_whether_it_ended(due: date, sentence: str) -> None:
    assert sentence in said(line("renewals_expiry", due=due))[1]


def test_a_message_is_in_one_language() -> None:
    language, text = said(line("renewals_expiry"), line("a rule without Welsh words"))
    assert language == "en"
    assert "Hello Gwen" in text
    assert "Bydd" not in text
    assert said(line("areas_load", to="catalyst"), to="catalyst")[0] == "en"


def test_english_days_are_written_as_everywhere_else() -> None:
    for day in (date(2026, 1, 1), date(2028, 2, 29), date(2026, 12, 31)):
        assert words_in("en").day(day) == in_words(day)


def test_each_thing_that_ends_in_wales_has_a_welsh_name() -> None:
    """Those of the other nations, and what stays a name in any language, are left as they are."""
    elsewhere = {"PVG scheme membership", "enhanced AccessNI check", "CQC position", "Care Inspectorate position"}
    assert {each.word for each in read_catalogue(None).requirements} - words_in(
        "cy"
    ).requirements.keys() == elsewhere | {"RQIA position"}


def test_that_nobody_has_read_the_welsh_yet_is_on_record() -> None:
    assert not words_in("cy").checked, "once somebody has, the pages that say otherwise are to be mended"
