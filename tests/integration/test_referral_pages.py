"""The pages of a need and of a referral: the whole way on one page, the next step as a tap, and one answer for two."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from house import House, Person, house
from network import CORNWALL, SOMERSET
from one_of_each import project

from events import ledger
from events.base import in_words, today
from events.referrals import ReferralAccepted
from hub.forms import routes
from hub.referrals.decide import may_come_next
from hub.referrals.page import STEPS, steps_after

__all__ = ["house"]

AREA = f"/api/areas/{SOMERSET}"
RECORD = f"/areas/{SOMERSET}/record"
LONG_AGO = today() - timedelta(396)
NEED_SAID = {"service": "company on walks", "source": "a conversation", "waiting_since": LONG_AGO.isoformat()}
ANN = {"name": "Ann Quillfeather", "contact": "01632 960000", "wants": "Walks", "lawful_basis": "public task"}
MESSAGE = "Somebody by the harbour would like to walk"


@pytest.fixture(autouse=True)
def no_projector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "SEEN_WITHIN", 0.0)


def told(house: House, path: str, said: dict[str, Any]) -> str:
    id = str(uuid4())
    house.record(f"{AREA}/{path}/{id}", said)
    return id


def need(house: House, **said: Any) -> str:
    return told(house, "needs", NEED_SAID | said)


def enterprise(house: House, name: str, *services: str) -> str:
    return told(house, "enterprises", {"name": name, "origin": "new", "legal_form": "CIC", "services": services})


def refer(house: House, need: str, to: str) -> str:
    return told(house, "referrals", {"enterprise": to, "need": need, "referrer": "the council"})


def page(house: House, path: str, who: Person | None = None) -> str:
    project(house)
    answer = (who or house.catalyst).get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def form_at(who: Person, address: str) -> str:
    """A form as a browser comes to it: by way of an address with a key of its own."""
    answer = who.get(address)
    if answer.status_code == 303:
        answer = who.get(answer.headers["location"])
    assert answer.status_code == 200, answer.text
    return answer.text


def words(text: str) -> str:
    """The text of a page, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text.partition("<main")[2]))


def test_the_way_from_need_to_support_is_on_one_page(house: House) -> None:
    walkers = enterprise(house, "Harbour Walkers", "walking")
    id = need(house, person=ANN)
    house.record(f"{AREA}/needs/{id}/shared", {"message": MESSAGE, "enterprises": [walkers, str(house.enterprise)]})
    house.record(f"{AREA}/needs/{id}/responses", {"enterprise": walkers, "answer": "can help"})
    referral = refer(house, id, walkers)
    for step in ("accepted", "contact", "support-started"):
        house.record(f"{AREA}/referrals/{referral}/{step}", {})
    house.record(f"{AREA}/referrals/{referral}/support-ended", {"outcome": "completed"})

    text = page(house, f"/needs/{id}")
    said = words(text)
    day = in_words(today())
    assert f"Waited 396 days, from {in_words(LONG_AGO)} to {day}, when support started" in said
    assert "Over a year" in said
    assert f"Harbour Walkers : can help, {day}" in said
    assert "Harbour Walkers , Bakery" in said
    for step in ("Referred", "Accepted", "First contact", "Support started", "Support ended"):
        assert f"{step}: {day}" in said
    assert f'href="/referrals/{referral}"' in text
    assert text.count(f'href="/people/{id}"') >= 2, "who waits, and what was sent"
    assert "What comes next" not in said
    assert said.index("Support ended") < said.index("What happened")


def test_what_is_sealed_stays_closed_on_every_page(house: House) -> None:
    id = need(house, person=ANN)
    house.record(f"{AREA}/needs/{id}/shared", {"message": MESSAGE})
    referral = refer(house, id, str(house.enterprise))
    commissioner = house.person("commissioner")
    for path in (f"/needs/{id}", f"/referrals/{referral}"):
        for who in (house.catalyst, commissioner):
            text = page(house, path, who)
            for secret in (*(value for name, value in ANN.items() if name != "lawful_basis"), MESSAGE):
                assert secret not in text or secret == "Walks"
        assert "/people/" not in page(house, path, commissioner)
        assert "/record/" not in page(house, path, commissioner)


def test_a_need_nobody_was_referred_for_says_how_long_somebody_waits_and_who_could_help(house: House) -> None:
    enterprise(house, "Lawn Care", "gardening")
    refuses = enterprise(house, "Sunday Strollers", "walks")
    offers = enterprise(house, "Harbour Walkers", "walking")
    roomy = enterprise(house, "Coast Path", "walks")
    helps = enterprise(house, "The Kettle", "lunches")
    house.record(f"{AREA}/enterprises/{roomy}/capacity", {"can_take": 3})
    id = need(house)
    house.record(f"{AREA}/needs/{id}/responses", {"enterprise": refuses, "answer": "cannot help"})
    house.record(f"{AREA}/needs/{id}/responses", {"enterprise": helps, "answer": "can help"})

    text = page(house, f"/needs/{id}")
    assert f"Has waited 396 days, since {in_words(LONG_AGO)}" in words(text)
    links = re.findall(rf'href="{RECORD}/referral-for-need\?([^"]*)"', text)
    assert [link.rpartition("enterprise=")[2] for link in links[:3]] == [helps, roomy, offers]
    assert len(links) == 4, "the last leads to a choice of all"
    assert "Can help. Room for 3" not in words(text)
    assert re.search(r"Offers such support\. Room for 3\.", words(text))


def test_an_enterprise_whose_insurance_lapsed_comes_after_one_in_date(house: House) -> None:
    lapsed = enterprise(house, "A Walk", "walks")
    house.record(f"{AREA}/enterprises/{lapsed}/circumstances", {"circumstances": ["drives people"]})
    fine = enterprise(house, "B Walk", "walks")
    id = need(house)
    project(house)
    house.connection.execute("delete from work_1.requirement where enterprise = %s", [fine])
    text = page(house, f"/needs/{id}")
    assert text.index(f"enterprise={fine}") < text.index(f"enterprise={lapsed}")
    assert re.search(r"A Walk .{0,80}must hold not in date", words(text))
    assert re.search(r"B Walk .{0,80}All it must hold is in date", words(text))


def test_a_need_is_recorded_shared_answered_and_referred_by_forms(house: House) -> None:
    key = str(uuid4())
    person = {f"person.{name}": value for name, value in ANN.items()}
    said = {"service": "company", "source": "a conversation", "waiting_since": "3/5/2025", "key": key, **person}
    for _ in range(2):
        answer = house.catalyst.post(f"{RECORD}/need", **said)
        assert answer.status_code == 303, answer.text
        assert "Quillfeather" not in answer.headers["location"]
    project(house)
    recorded = house.catalyst.get(answer.headers["location"])
    (id,) = set(re.findall(r'href="/needs/([^"]*)"', recorded.text))

    shared = house.catalyst.post(f"{RECORD}/need-shared?about={id}", key=str(uuid4()), message=MESSAGE)
    assert shared.status_code == 303
    answered = house.catalyst.post(
        f"{RECORD}/need-response?about={id}", key=str(uuid4()), enterprise=str(house.enterprise), answer="can help"
    )
    assert answered.status_code == 303, answered.text
    offer = page(house, f"/needs/{id}")
    linked = re.search(rf'href="({RECORD}/referral-for-need\?[^"]*enterprise={house.enterprise})"', offer)
    assert linked
    form = form_at(house.catalyst, linked[1].replace("&amp;", "&"))
    assert f'value="{id}"' in form
    assert re.search(rf'value="{house.enterprise}" (checked|selected)', form)
    sent = {"key": str(uuid4()), "need": id, "enterprise": str(house.enterprise), "referrer": "the council"}
    for _ in range(2):
        assert house.catalyst.post(f"{RECORD}/referral-for-need?about={id}", **sent).status_code == 303
    assert "Referred to Bakery: made" in words(page(house, f"/needs/{id}"))


def test_what_is_typed_about_a_person_never_comes_from_an_address(house: House) -> None:
    project(house)
    linked = "&".join(f"{name}={name}-linked" for name in ("person.name", "person.wants", "service", "waiting_since"))
    form = form_at(house.catalyst, f"{RECORD}/need?{linked}")
    assert set(re.findall(r'(\S+)-linked"', form)) == {'value="waiting_since'}, "days may come from links"


def test_only_the_steps_that_may_come_next_are_offered(house: House) -> None:
    referral = refer(house, need(house), str(house.enterprise))
    forms = {"accept", "decline", "withdraw", "expire", "contact", "support-started", "support-ended"}
    for step, expected in (
        (None, {"accept", "decline", "withdraw", "expire"}),
        ("accepted", {"withdraw", "contact", "support-started"}),
        ("contact", {"withdraw", "support-started"}),
        ("support-started", {"support-ended"}),
    ):
        if step:
            house.record(f"{AREA}/referrals/{referral}/{step}", {})
        text = page(house, f"/referrals/{referral}")
        assert {form for form in forms if f"{RECORD}/{form}?about={referral}" in text} == expected
    house.record(f"{AREA}/referrals/{referral}/support-ended", {"outcome": "completed"})
    assert "What comes next" not in page(house, f"/referrals/{referral}")


def test_every_step_that_may_come_next_has_a_form() -> None:
    for state in STEPS:
        assert {form for form, _ in steps_after(state)} == {
            STEPS[each if each != "ended early" else "completed"][0] for each in may_come_next(state)
        }


def test_of_two_people_who_answer_one_referral_the_second_is_told_who_was_first(house: House) -> None:
    referral = refer(house, need(house), str(house.enterprise))
    project(house)
    together = Barrier(2)
    people = {"Bronwen": house.catalyst, "Ann Lee": house.person("catalyst", name="Ann Lee")}

    def accept(who: Person) -> Any:
        key = re.search(r'name="key" value="([^"]*)"', form_at(who, f"{RECORD}/accept?about={referral}"))
        assert key
        together.wait()
        return who.post(f"{RECORD}/accept?about={referral}", key=key[1], on=in_words(today()))

    with ThreadPoolExecutor(2) as threads:
        answers = dict(zip(people, threads.map(accept, people.values()), strict=True))
    (first,) = [name for name, answer in answers.items() if answer.status_code == 303]
    (second,) = [name for name, answer in answers.items() if answer.status_code == 422]
    sentence = f"This referral was already accepted by {first} on {in_words(today())}."
    assert sentence in answers[second].text
    history = ledger.read_stream(house.connection, SOMERSET, UUID(referral))
    assert [type(each.event) for each in history].count(ReferralAccepted) == 1


def test_what_is_in_another_area_is_not_here(house: House) -> None:
    elsewhere = house.person("catalyst", CORNWALL)
    id = need(house)
    referral = refer(house, id, str(house.enterprise))
    project(house)
    for path in ("/needs/", "/referrals/"):
        unknown = elsewhere.get(f"{path}{uuid4()}")
        other = elsewhere.get(f"{path}{id if path == '/needs/' else referral}")
        assert (unknown.status_code, other.status_code) == (404, 404)
        assert unknown.text == other.text


def test_a_referral_that_was_declined_leads_back_to_its_need(house: House) -> None:
    id = need(house)
    referral = refer(house, id, str(house.enterprise))
    house.record(f"{AREA}/referrals/{referral}/declined", {"reason": "no room now"})
    text = page(house, f"/referrals/{referral}")
    assert f"Had waited 396 days by {in_words(today())}, when the referral was declined" in words(text)
    assert f'href="/needs/{id}"' in text
    said = words(page(house, f"/needs/{id}"))
    assert f"Declined (no room now): {in_words(today())}" in said
    assert "Has waited 396 days" in said


def test_the_wait_of_a_referral_is_that_of_its_need_also_when_its_day_is_corrected(house: House) -> None:
    sent = house.record(f"{AREA}/needs/{(id := str(uuid4()))}", NEED_SAID)
    referral = refer(house, id, str(house.enterprise))
    since = today() - timedelta(30)
    fixed = NEED_SAID | {"waiting_since": since.isoformat()}
    fix = {"position": sent.json()["position"], "reason": "mistyped", "replacement": fixed}
    house.record(f"{AREA}/corrections", fix)
    assert f"Has waited 30 days, since {in_words(since)}" in words(page(house, f"/referrals/{referral}"))
    assert re.search(r'data-label="Days waited">30<', page(house, "/referrals"))
    assert f"The longest since {in_words(since)}" in words(page(house, f"/areas/{SOMERSET}"))
    house.record(f"{AREA}/referrals/{referral}/accepted", {})
    assert f"Since {in_words(since)}" in words(page(house, "/home")).partition("Accepted, not started yet")[2]
    house.record(f"{AREA}/referrals/{referral}/support-started", {})
    assert "half waited 30 days or less" in words(page(house, f"/areas/{SOMERSET}"))


def refer_directly(house: House, **said: Any) -> str:
    known = {"enterprise": str(house.enterprise), "service": "company", "waiting_since": LONG_AGO.isoformat()}
    return told(house, "referrals", known | {"referrer": "the council"} | said)


def waiting_here(house: House) -> str:
    found = re.search(r"People who wait (\d+) ", words(page(house, f"/areas/{SOMERSET}")))
    assert found
    return found[1]


def test_who_was_referred_in_vain_without_a_need_waits_on_until_somebody_else_starts(house: House) -> None:
    walkers = enterprise(house, "Harbour Walkers", "walking")
    first = refer_directly(house, person=ANN)
    assert waiting_here(house) == "1"
    house.record(f"{AREA}/referrals/{first}/declined", {"reason": "no room now"})
    assert waiting_here(house) == "1"
    assert f'href="/referrals/{first}"' in page(house, "/home").partition("Referrals to make again")[2]

    offer = re.search(rf'href="({RECORD}/referral-again\?[^"]*)"', page(house, f"/referrals/{first}"))
    assert offer
    assert f'name="instead_of" value="{first}"' in form_at(house.catalyst, offer[1].replace("&amp;", "&"))
    sent = {"key": str(uuid4()), "instead_of": first, "enterprise": walkers, "referrer": "the council"}
    for _ in range(2):
        answer = house.catalyst.post(f"{RECORD}/referral-again?about={first}", **sent)
        assert answer.status_code == 303, answer.text
    text = page(house, f"/referrals/{first}")
    assert "referral-again" not in text
    again = re.search(r"/referrals/([^\"]*)\">To Harbour Walkers", text)
    assert again
    later = page(house, f"/referrals/{again[1]}")
    assert "Has waited 396 days" in words(later)
    assert f'href="/people/{first}"' in later, "one key for one person"
    assert waiting_here(house) == "1"
    assert "Referrals to make again" not in page(house, "/home")

    for step in ("accepted", "support-started"):
        house.record(f"{AREA}/referrals/{again[1]}/{step}", {})
    assert waiting_here(house) == "0"


@pytest.mark.parametrize(("reason", "waits"), [("no longer needed", "0"), ("the enterprise could not take it on", "1")])
def test_a_referral_that_was_withdrawn_ends_the_wait_unless_the_enterprise_failed(
    house: House, reason: str, waits: str
) -> None:
    referral = refer_directly(house)
    house.record(f"{AREA}/referrals/{referral}/withdrawn", {"reason": reason})
    assert waiting_here(house) == waits
    assert ("referral-again" in page(house, f"/referrals/{referral}")) is (waits == "1")


def test_one_made_again_by_mistake_leaves_the_first_to_be_made_again(house: House) -> None:
    first = refer_directly(house)
    house.record(f"{AREA}/referrals/{first}/expired", {})
    again = refer_again(house, first)
    house.record(f"{AREA}/referrals/{again}/withdrawn", {"reason": "entered by mistake"})
    assert waiting_here(house) == "1"
    assert "referral-again" in page(house, f"/referrals/{first}")


def refer_again(house: House, first: str, status: int = 201, **more: Any) -> str:
    id = str(uuid4())
    said = {"enterprise": str(house.enterprise), "instead_of": first, "referrer": "the council"} | more
    house.record(f"{AREA}/referrals/{id}", said, status)
    return id


def test_a_referral_under_way_or_of_another_area_is_not_made_again(house: House) -> None:
    first = refer_directly(house)
    refer_again(house, first, 422)
    refer_again(house, str(uuid4()), 404)
    house.record(f"{AREA}/referrals/{first}/expired", {})
    refer_again(house, first, 422, person=ANN)


def test_the_figure_of_who_waits_is_what_the_lists_behind_it_hold(house: House) -> None:
    need(house, people=5)
    referred, met = need(house), need(house)
    refer(house, referred, str(house.enterprise))
    started = refer(house, met, str(house.enterprise))
    for step in ("accepted", "support-started"):
        house.record(f"{AREA}/referrals/{started}/{step}", {})
    refer_directly(house)
    text = page(house, f"/areas/{SOMERSET}")
    assert "People who wait 7 6 with 2 needs recorded , 1 referred without one" in words(text)
    linked = re.findall(r'href="(/(?:needs|referrals)\?[^"]*state=(?:not|waiting)[^"]*)"', text)
    assert len(linked) == 2
    shown = [page(house, link.replace("&amp;", "&")) for link in linked]
    assert [each.count("listing__name") for each in shown] == [2, 1]
    people = re.findall(r'data-label="People">(\d+)<', shown[0])
    assert sum(int(each) for each in people) == 6


def test_a_need_that_was_closed_waits_no_longer_and_says_why(house: House) -> None:
    enterprise(house, "Harbour Walkers", "walking")
    id = need(house)
    assert f"/record/need-closed?about={id}" in page(house, f"/needs/{id}")
    assert id in page(house, "/home")
    assert id in page(house, "/needs?state=waiting")
    assert waiting_here(house) == "1"

    opened = form_at(house.catalyst, f"{RECORD}/need-closed?about={id}")
    assert "could not be reached" in opened.lower()
    house.record(f"{AREA}/needs/{id}/closed", {"reason": "moved away"})
    text = page(house, f"/needs/{id}")
    day = in_words(today())
    assert f"Closed on {day}: moved away." in words(text)
    assert f"Had waited 396 days by {day}, when the need was closed" in words(text)
    assert "need closed: moved away" in words(text).lower()
    for form in ("need-shared", "need-response", "need-closed", "referral-for-need"):
        assert f"/record/{form}" not in text
    assert id not in page(house, "/home")
    assert waiting_here(house) == "0"
    for state, there in (("waiting", False), ("not+met", False), ("not+shared", False), ("closed", True)):
        assert (id in page(house, f"/needs?state={state}")) == there, state


def test_a_referral_for_a_need_that_was_closed_leads_to_no_other(house: House) -> None:
    id = need(house)
    referral = refer(house, id, str(house.enterprise))
    house.record(f"{AREA}/referrals/{referral}/declined", {"reason": "no room now"})
    assert "Refer to another enterprise" in page(house, f"/referrals/{referral}")
    house.record(f"{AREA}/needs/{id}/closed", {"reason": "found help elsewhere"})
    assert "Refer to another enterprise" not in page(house, f"/referrals/{referral}")


def test_pages_of_somebody_erased_say_when(house: House) -> None:
    id = need(house, person=ANN)
    house.record(f"{AREA}/needs/{id}/shared", {"message": MESSAGE})
    referrals = [refer(house, id, str(house.enterprise))]
    referrals[0] = told(
        house, "referrals", {"enterprise": str(house.enterprise), "need": id, "referrer": "the council", "person": ANN}
    )
    direct = refer_directly(house, person=ANN)
    for subject in (id, direct):
        house.catalyst.post(f"/areas/{SOMERSET}/people/{subject}/erasure", basis="asked by the person")
        row = house.connection.execute("select id from erasure where subject = %s", [subject]).fetchone()
        assert row
        assert house.lead.post(f"/areas/{SOMERSET}/erasures/{row[0]}/approve").status_code == 303
    assert house.tick() == 2
    for path in (f"/needs/{id}", f"/referrals/{referrals[0]}", f"/referrals/{direct}"):
        said = words(page(house, path))
        assert f"Erased on {in_words(today())}" in said
        assert "under lock" not in said
