"""How what somebody typed is read: numbers, and what word processors leave in a text."""

import pytest

from hub.forms.catalogue import FORMS
from hub.forms.form import KEPT, left_empty, read

ACTIVITY = {"jobs": "1", "period_starts": "3/5/2026"}


@pytest.mark.parametrize(
    ("typed", "said"),
    [("1.5", 1.5), ("1,000", 1000), ("1,234,567.5", None), ("£12", 12), ("£ 1,000.50", 1000.5), ("12", 12)],
)
def test_a_comma_is_taken_for_one_between_thousands(typed: str, said: float | None) -> None:
    found, errors = read(
        FORMS["activity"], {"jobs": "1", "period_starts": "3/5/2026", "hours_per_week": typed}, key="x"
    )
    if said is None:
        assert list(errors) == ["hours_per_week"], "a number, but too much of it"
    else:
        assert getattr(found, "hours_per_week", errors) == said


def test_a_comma_that_may_be_a_point_is_asked_about() -> None:
    typed = ACTIVITY | {"hours_per_week": "1,5"}
    assert read(FORMS["activity"], typed, key="x") == (None, {"hours_per_week": "Write 1.5 with a point."})
    for wrong in ("1,00", "1000,000", "1,0000"):
        _, errors = read(FORMS["activity"], typed | {"hours_per_week": wrong}, key="x")
        assert errors == {"hours_per_week": f"Write {wrong.replace(',', '.')} with a point."}
    for wrong in ("1,,000", ",5", "1,00,000"):
        assert list(read(FORMS["activity"], typed | {"hours_per_week": wrong}, key="x")[1]) == ["hours_per_week"]


def test_other_ends_of_lines_become_ends_of_lines_in_a_text_and_blanks_in_a_line() -> None:
    typed = {"kind": "first\tcustomer\x0b", "note": "One\x0btwo\rthree\r\nfour\x85\tfive"}
    found, errors = read(FORMS["milestone"], typed, key="x")
    assert not errors
    assert getattr(found, "kind", None) == "first customer"
    assert getattr(found, "note", None) == "One\ntwo\nthree\nfour\n\tfive"


def test_nul_is_refused_beside_its_field() -> None:
    for name in ("kind", "note"):
        _, errors = read(FORMS["milestone"], {"kind": "first customer", name: "first\x00customer"}, key="x")
        assert errors == {name: "This is empty, or holds a character that cannot be printed."}


def test_what_is_kept_is_not_asked() -> None:
    action = {"action": "", "due": "3 May 2027", "what": " "}
    assert left_empty(FORMS["action"], action, {"what"}) == {"what"}
    assert left_empty(FORMS["action"], action | {"what": "Mend it"}, {"what"}) == frozenset()
    assert list(read(FORMS["action"], action, key="x")[1]) == ["what"]
    found, errors = read(FORMS["action"], action, key="x", kept={"what"})
    assert (getattr(found, "what", None), errors) == (KEPT, {})


def test_one_part_that_is_typed_of_somebodys_details_is_enough_to_be_asked_the_others() -> None:
    form = FORMS["enterprise"]
    assert left_empty(form, {"name": "Bakery"}, {"owner"}) == {"owner"}
    assert left_empty(form, {"owner.phone": "07700 900123"}, {"owner"}) == frozenset()
