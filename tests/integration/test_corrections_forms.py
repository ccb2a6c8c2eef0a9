"""Correcting and undoing on pages: what is taken back, what stays sealed, and what somebody else did in between."""

import re
from typing import Any
from uuid import uuid4

import pytest
from house import OWNER, House, Person, house
from network import CORNWALL, SOMERSET, mutated
from one_of_each import LESSON, WAITING, learned, project

from events import ledger
from events.base import in_words, today
from events.catalogue import EntryCorrected
from events.database import connect
from events.ledger import Recorded
from events.personal_data import sealed_in
from events.vault import destroy_keys
from hub.corrections import decide
from hub.corrections import routes as corrections
from hub.forms import routes

__all__ = ["house"]

AREA = f"/api/areas/{SOMERSET}"
ENTERED = {"on": in_words(today()), "wrong": "mistyped"}


@pytest.fixture(autouse=True)
def _no_projector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "SEEN_WITHIN", 0.0)


def recorded(house: House, path: str, said: dict[str, Any]) -> int:
    position = house.record(f"{AREA}/{path.format(enterprise=house.enterprise)}", said).json()["position"]
    project(house)
    return position


def milestone(house: House, kind: str = "first customer") -> int:
    return recorded(house, "enterprises/{enterprise}/milestones", {"kind": kind, "note": "Her daughter drives"})


def entries(house: House, position: int) -> list[Recorded]:
    """The entry and all corrections of it."""
    everything = list(ledger.read_all(house.connection, SOMERSET))
    return [
        each
        for each in everything
        if each.position == position or (isinstance(each.event, EntryCorrected) and each.event.corrects == position)
    ]


def last_fix(house: House, position: int) -> EntryCorrected:
    fix = entries(house, position)[-1].event
    assert isinstance(fix, EntryCorrected), "it was corrected"
    return fix


def own(position: int) -> str:
    return f"/areas/{SOMERSET}/recorded/{position}"


def to_correct(who: Person, position: int) -> str:
    answer = who.get(f"{own(position)}/correct")
    return who.get(answer.headers["location"]).text


def send(who: Person, position: int, **said: str) -> Any:
    return who.post(f"{own(position)}/correct", **({"key": str(uuid4())} | said))


# ---- taken back


@pytest.mark.parametrize("reason", ["entered twice", "did not happen"])
def test_what_was_entered_twice_or_did_not_happen_is_taken_back_with_nothing_else_filled_in(
    house: House, reason: str
) -> None:
    position = milestone(house)
    assert send(house.catalyst, position, wrong=reason).status_code == 303
    fix = last_fix(house, position)
    assert (fix.reason, fix.replacement) == (reason, None)
    project(house)
    assert "Taken back" in house.catalyst.get(own(position)).text


def test_it_never_happened_is_a_button_of_its_own(house: House) -> None:
    position = milestone(house)
    page = to_correct(house.catalyst, position)
    button = re.findall(r'<form method="post" action="[^"]*">\s*(.*?)</form>', page, re.DOTALL)[-1]
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', button))
    assert sent["wrong"] == "did not happen"
    assert "It never happened</button>" in button
    assert "undone at once" not in page.lower()
    assert send(house.catalyst, position, **sent).status_code == 303
    assert last_fix(house, position).replacement is None
    project(house)
    assert "It never happened" not in to_correct(house.catalyst, position), "it is taken back already"


def test_undone_at_once_is_not_for_the_form(house: House) -> None:
    position = milestone(house)
    answer = send(house.catalyst, position, **ENTERED | {"wrong": "undone at once", "kind": "fifth customer"})
    assert answer.status_code == 422
    assert "Choose what was wrong." in answer.text
    assert len(entries(house, position)) == 1


def test_what_it_says_already_is_refused_by_form_and_program(house: House) -> None:
    position = recorded(house, "enterprises/{enterprise}/listing", {})
    answer = send(house.catalyst, position, **ENTERED)
    assert answer.status_code == 422
    assert "This is what it says already." in answer.text
    said = {"position": position, "reason": "mistyped", "replacement": {}}
    assert "what it says already" in house.record(f"{AREA}/corrections", said, 422).text
    assert len(entries(house, position)) == 1


# ---- sealed


def test_what_is_sealed_stays_where_nothing_new_is_typed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    position = milestone(house)
    assert "It stays as it is unless you type something new." in to_correct(house.catalyst, position)
    assert send(house.catalyst, position, **ENTERED, kind="fifth customer", note="").status_code == 303
    (before,), (after,) = (list(sealed_in(each.event)) for each in entries(house, position))
    assert after.sealed == before.sealed
    assert send(house.catalyst, position, **ENTERED, kind="fifth customer", note="Something else").status_code == 303
    (anew,) = sealed_in(last_fix(house, position))
    assert anew.sealed != before.sealed
    assert anew.sealed.subject == before.sealed.subject

    without = mutated(decide, "msgspec.structs.replace(replacement, **stay)", "replacement")
    monkeypatch.setattr(corrections.decide, "keeping", without.keeping)
    assert send(house.catalyst, position, **ENTERED, kind="sixth customer", note="").status_code == 303
    assert not list(sealed_in(last_fix(house, position))), "the mutant drops it"


def test_an_owner_stays_with_why_they_may_be_held(house: House) -> None:
    enterprise = uuid4()
    said = {"name": "Oven", "origin": "new", "legal_form": "CIC", "owner": OWNER}
    position = recorded(house, f"enterprises/{enterprise}", said)
    typed = ENTERED | {"name": "Ovens", "origin": "new", "legal_form": "CIC", "owner.name": "", "owner.email": " "}
    assert send(house.catalyst, position, **typed).status_code == 303
    before, after = entries(house, position)[0].event, last_fix(house, position).replacement
    assert getattr(after, "name", None) == "Ovens"
    for name in ("owner", "lawful_basis", "consent"):
        assert getattr(after, name) == getattr(before, name) is not None
    answer = send(house.catalyst, position, **typed | {"owner.phone": "07700 900123"})
    assert answer.status_code == 422, "a name belongs to it"
    assert 'href="#owner.name"' in answer.text


def test_what_an_enterprise_will_do_stays_though_it_has_to_be_said_of_a_new_action(house: House) -> None:
    action = {"action": str(uuid4()), "due": "2030-01-01", "what": "Mend the oven"}
    early = recorded(house, "enterprises/{enterprise}/actions", action | {"due": str(today())})
    assert "What will it do? (if you like)" in to_correct(house.catalyst, early)
    typed = {"due": in_words(today().replace(year=today().year + 1)), "what": ""}
    assert send(house.catalyst, early, **ENTERED, **typed).status_code == 303
    (before,), (after,) = (list(sealed_in(each.event)) for each in entries(house, early))
    assert after.sealed == before.sealed


def test_a_program_says_all_that_it_should_have_said(house: House) -> None:
    position = milestone(house)
    said = {"position": position, "reason": "mistyped", "replacement": {"kind": "fifth customer"}}
    house.record(f"{AREA}/corrections", said)
    assert not list(sealed_in(last_fix(house, position)))


def test_somebody_erased_is_told_beside_the_field_and_what_was_typed_is_kept(house: House) -> None:
    position = milestone(house)
    with connect(house.settings.vault_url) as vault:
        destroy_keys(vault, [house.enterprise])
    typed = ENTERED | {"kind": "fifth customer", "note": "Something new"}
    sent = send(house.catalyst, position, **typed)
    new = f"/areas/{SOMERSET}/record/milestone?about={house.enterprise}"
    posted = house.catalyst.post(new, key=str(uuid4()), kind="fifth customer", note="Something new")
    for answer in (sent, posted):
        assert answer.status_code == 422
        assert re.search('<a href="#note">This person’?.*s data was erased on request', answer.text)
        assert "Something new" in answer.text
    assert send(house.catalyst, position, **typed | {"note": ""}).status_code == 303, "what is sealed is let alone"


# ---- what builds on it


def test_what_other_things_build_on_is_not_taken_back(house: House) -> None:
    need, lesson, enterprise = str(uuid4()), str(uuid4()), str(uuid4())
    registered = recorded(house, f"enterprises/{enterprise}", {"name": "Pies", "origin": "new", "legal_form": "CIC"})
    needed = recorded(house, f"needs/{need}", WAITING | {"source": "a conversation"})
    shared = recorded(house, f"lessons/{lesson}", LESSON)

    def refusals(position: int) -> set[str]:
        said = {"position": position, "reason": "did not happen"}
        words = house.record(f"{AREA}/corrections", said, 422).json()["detail"]
        page = send(house.catalyst, position, wrong="did not happen")
        assert page.status_code == 422
        assert f'<a href="#wrong">{words}</a>' in page.text
        return {words}

    referral = recorded(
        house, f"referrals/{uuid4()}", {"enterprise": enterprise, "need": need, "referrer": "the council"}
    )
    learned(house, CORNWALL, lesson, "seen")
    project(house)
    builds = "Other entries build on this one: a referral. Take those back first, or say what it should have been."
    assert refusals(needed) == {builds}
    assert refusals(registered) == {builds}
    assert refusals(shared) == {"Cornwall took this lesson up. Retire it instead, or say what it should have been."}
    for position in (referral, needed, registered):
        house.record(f"{AREA}/corrections", {"position": position, "reason": "did not happen"})
        project(house)


def test_a_practice_of_a_lesson_that_is_gone_is_shown_as_the_areas(house: House) -> None:
    lesson = str(uuid4())
    shared = recorded(house, f"lessons/{lesson}", LESSON)
    said = {"from_area": SOMERSET}
    path = f"/api/areas/{CORNWALL}/practices/{lesson}/seen"
    position = house.record(path, said).json()["position"]
    house.record(f"{AREA}/corrections", {"position": shared, "reason": "did not happen"})
    project(house)
    page = house.person("catalyst", CORNWALL).get(f"/areas/{CORNWALL}/recorded/{position}")
    assert page.status_code == 200
    assert f'href="/areas/{CORNWALL}"' in page.text


# ---- in between


def seen(page: str) -> str:
    return re.findall('name="seen" value="([0-9]+)"', page)[0]


def test_what_somebody_else_corrected_in_between_is_not_undone(house: House) -> None:
    position = milestone(house)
    shown = seen(house.catalyst.get(own(position)).text)
    assert send(house.person("catalyst"), position, **ENTERED, kind="fifth customer").status_code == 303
    undone = house.catalyst.post(f"{own(position)}/undo", seen=shown)
    assert undone.status_code == 422
    assert "Somebody corrected this in between, so nothing was undone." in undone.text
    assert "fifth customer" in undone.text
    for wrong in ("", "x", "-1", "9" * 30):
        assert house.catalyst.post(f"{own(position)}/undo", seen=wrong).status_code == 422
    assert len(entries(house, position)) == 2

    for _ in range(2):
        assert house.catalyst.post(f"{own(position)}/undo", seen=seen(undone.text)).status_code == 303
    assert last_fix(house, position).replacement is None
    assert len(entries(house, position)) == 3


# ---- where it is offered


def test_what_the_hub_concluded_is_not_offered_for_correction(house: House) -> None:
    project(house)
    page = house.catalyst.get(f"/enterprises/{house.enterprise}").text
    items = re.findall(r'<li class="timeline__item.*?</li>', page, re.DOTALL)
    concluded = [each for each in items if "must now hold" in each.lower()]
    assert concluded
    assert not any("/correct" in each for each in concluded)
    assert all("/correct" in each for each in items if each not in concluded)


def test_a_choice_with_nothing_to_choose_says_so_and_leads_back(house: House) -> None:
    address = f"/areas/{SOMERSET}/record/action-completed?about={house.enterprise}"
    project(house)
    page = house.catalyst.get(house.catalyst.get(address).headers["location"]).text
    assert "No action is open." in page
    assert f'<a class="govuk-link" href="/enterprises/{house.enterprise}">Back to Bakery</a>' in page
    missing = house.catalyst.post(address, key=str(uuid4()))
    assert 'id="action"' in missing.text
    assert 'href="#action"' in missing.text


def test_what_a_word_processor_leaves_in_a_text_is_recorded(house: House) -> None:
    project(house)
    address = f"/areas/{SOMERSET}/record/milestone?about={house.enterprise}"
    answer = house.catalyst.post(address, key=str(uuid4()), kind="first customer", note="One\x0btwo")
    assert answer.status_code == 303
    refused = house.catalyst.post(address, key=str(uuid4()), kind="fifth customer", note="One\x00two")
    assert refused.status_code == 422
    assert 'href="#note"' in refused.text
    assert "fifth customer" in refused.text
    position = int(answer.headers["location"].partition("?")[0].rpartition("/")[2])
    for letter, status in (("\x0b", 303), ("\x00", 422)):
        fixed = send(house.catalyst, position, **ENTERED, kind="fifth customer", note=f"Three{letter}four")
        assert fixed.status_code == status


# ---- how it is shown


def test_days_and_numbers_stand_there_as_people_write_them(house: House) -> None:
    said = {"period_starts": "2026-07-07", "hours_per_week": 10, "hourly_rate": 22.5}
    position = recorded(house, "enterprises/{enterprise}/activity", said)

    page = to_correct(house.catalyst, position)

    for value in ("7 July 2026", in_words(today()), "10", "22.5"):
        assert f'value="{value}"' in page


def test_what_few_fill_in_is_opened_where_something_stands_there_or_is_wrong(house: House) -> None:
    path = f"/areas/{SOMERSET}/record/need"
    empty = house.catalyst.get(house.catalyst.get(path).headers["location"]).text
    said = {"key": str(uuid4()), "service": "home help", "person.contact": "01632 960000"}

    wrong = house.catalyst.post(path, **said).text

    assert '<details class="govuk-details">' in empty
    assert '<details class="govuk-details" open>' in wrong
