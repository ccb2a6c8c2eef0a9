"""The renewal catalogue is data: the hub's own fits, and one that does not is refused with its row and field."""

from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from events.base import CannotStart
from events.renewal_catalogue import Rules, parse_catalogue, read_catalogue
from events.settings import read_settings
from events.training import Skill

OWN = read_catalogue(None)

ROW = """
[[requirements]]
word = "first aid"
title = "First aid"
because = "Somebody may fall."
validity = 36
notice_days = 60
basis = "guidance"
source = "Practice."
checked = false
"""
HEAD = 'version = "mine-1"\n'


def rules(**fields: object) -> Rules:
    plain: dict[str, object] = {"word": "x", "title": "X", "because": "It is.", "notice_days": 60, "basis": "law"}
    return Rules(**{"source": "x", "checked": False, "validity": 12} | plain | fields)  # pyright: ignore


def test_the_hubs_own_catalogue_holds_what_the_network_asks_for() -> None:
    assert len(OWN.requirements) > 25
    held = {word: (each.validity, each.basis) for word, each in OWN.by_word.items()}
    assert held["public liability insurance"] == (12, "insurer")
    assert held["employers' liability insurance"] == (12, "law")
    assert held["enhanced DBS check"] == (36, "guidance")
    assert held["Care Certificate"] == ("once", "guidance")
    assert held["self assessment"] == ("31 January each year", "law")
    assert held["listing verified"] == (6, "local")
    assert OWN.by_word["enhanced DBS check"].notice_days == 90


def test_what_nobody_checked_says_so() -> None:
    from_memory = {"business motor insurance", "MOT", "self assessment", "RQIA position", "PVG scheme membership"}
    assert not any(OWN.by_word[word].checked for word in from_memory)


def test_every_requirement_reads_as_sentences() -> None:
    for each in OWN.requirements:
        assert each.because.endswith("."), each.word
        assert each.source.endswith("."), each.word
        assert each.met_by is None or each.met_by.skill is None or each.met_by.skill in get_args(Skill)


@pytest.mark.parametrize(
    ("validity", "starts", "ends"),
    [
        (12, date(2026, 6, 1), date(2027, 5, 31)),
        (12, date(2024, 2, 29), date(2025, 2, 28)),
        (1, date(2026, 1, 31), date(2026, 2, 28)),
        (36, date(2026, 1, 1), date(2028, 12, 31)),
        (6, date(2026, 8, 31), date(2027, 2, 28)),
        ("once", date(2026, 6, 1), None),
        ("31 January each year", date(2026, 2, 1), date(2027, 1, 31)),
        ("31 January each year", date(2026, 1, 30), date(2026, 1, 31)),
        ("31 January each year", date(2026, 1, 31), date(2027, 1, 31)),
        ("29 February each year", date(2026, 1, 1), date(2026, 2, 28)),
    ],
)
def test_a_requirement_holds_until_its_last_day(validity: int | str, starts: date, ends: date | None) -> None:
    assert rules(validity=validity).ends(starts) == ends


def test_renewed_early_it_runs_on_from_the_old_end_and_very_early_from_its_own_day() -> None:
    each, old = rules(runs_on_days=60), date(2026, 12, 31)
    assert each.ends(date(2026, 12, 1), held_until=old) == date(2027, 12, 31)
    assert each.ends(date(2026, 11, 1), held_until=old) == date(2027, 12, 31)
    assert each.ends(date(2026, 10, 31), held_until=old) == date(2027, 10, 30)
    assert each.ends(date(2027, 1, 5), held_until=old) == date(2028, 1, 4)
    assert rules().ends(date(2026, 12, 1), held_until=old) == date(2027, 11, 30)


def test_a_tax_return_sent_from_april_on_counts_for_the_january_after() -> None:
    tax = OWN.by_word["self assessment"]
    assert tax.ends(date(2026, 4, 6)) == date(2028, 1, 31)
    assert tax.ends(date(2027, 1, 31)) == date(2028, 1, 31)
    assert tax.ends(date(2026, 2, 20)) == date(2027, 1, 31)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("version = ", "is not TOML"),
        (ROW, "missing required field `version`"),
        (HEAD + ROW + "size = 1", "requirement 1 (“first aid”): Object contains unknown field `size`."),
        (HEAD + ROW.replace("36", '"36"'), "requirement 1 (“first aid”): field validity:"),
        (HEAD + ROW.replace("36", "0"), "field validity: Expected `int` >= 1"),
        (HEAD + ROW.replace("36", '"31 Febtober each year"'), "field validity: there is no such day."),
        (HEAD + ROW.replace("36", '"30 February each year"'), "field validity: there is no such day."),
        (HEAD + ROW.replace('"guidance"', '"habit"'), "field basis: Invalid enum value 'habit'."),
        (HEAD + ROW + 'applies_when = { all = ["flies"] }', "field applies_when.all[0]: Invalid enum value 'flies'."),
        (HEAD + ROW + 'applies_when = { none = ["moves people"], any = ["moves people"] }', "field applies_when: what"),
        (HEAD + ROW + "met_by = {}", "field met_by: give one of course, skill and entry."),
        (HEAD + ROW + 'met_by = { course = "x", entry = "listing verified" }', "field met_by: give one"),
        (HEAD + ROW.replace("36", '"once"'), "field notice_days: what never ends"),
        (HEAD + ROW.replace("36", "1"), "field notice_days: it is longer"),
        (HEAD + ROW.replace("36", '"31 March each year"') + 'its_own_day = "x"', "field its_own_day: give validity"),
        (HEAD + ROW + ROW, "requirement 2 (“first aid”): field word: another requirement has it too."),
        (HEAD + ROW.replace("First aid", " "), "field title:"),
        (HEAD + 'requirements = ["x"]', "requirement 1: Expected `object`, got `str`."),
    ],
)
def test_one_that_does_not_fit_is_refused_with_its_row_and_field(text: str, sentence: str) -> None:
    with pytest.raises(CannotStart) as refusal:
        parse_catalogue(text, name="The catalogue")
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_an_operators_own_catalogue_takes_the_place_of_the_hubs(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(HEAD + ROW, encoding="utf-8")
    found = read_catalogue(read_settings({"HUB_RENEWALS": str(file)}).renewals)
    assert (found.version, list(found.by_word)) == ("mine-1", ["first aid"])
    assert read_catalogue(read_settings({}).renewals) == OWN


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"HUB_RENEWALS names /nowhere/x.toml, which cannot be read"):
        read_catalogue(Path("/nowhere/x.toml"))
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CannotStart, match="does not hold plain text"):
        read_catalogue(tmp_path / "x.toml")
