"""Needs and referrals by API: each is recorded once, can be corrected, and two people do not answer one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from house import WRITE_KEY, House, house
from network import CORNWALL, SOMERSET
from one_of_each import project

from events import ledger
from events.access import Grant, Principal
from events.base import Refused, in_words, today
from events.corrections import corrected
from events.database import connect
from events.ledger import Recorded
from events.referrals import NeedClosed, NeedRecorded, Person, ReferralAccepted, ReferralMade
from events.settings import Settings
from events.vault import Vault, destroy_keys, unseal
from hub.db import Hub
from hub.desk import Desk
from hub.referrals import decide, routes
from hub.referrals.inputs import AcceptInput

__all__ = ["house"]

AREA = f"/api/areas/{SOMERSET}"
NEED = {"service": "company", "source": "a conversation", "waiting_since": "2026-01-15"}
ANN = {"name": "Ann Quillfeather", "contact": "01632 960000", "wants": "Walks", "lawful_basis": "public task"}


@pytest.fixture
def need(house: House) -> str:
    address = f"{AREA}/needs/{uuid4()}"
    house.record(address, NEED)
    return address


def id_of(address: str) -> str:
    return address.rpartition("/")[2]


def refer(house: House, **said: Any) -> str:
    address = f"{AREA}/referrals/{uuid4()}"
    told = {"enterprise": str(house.enterprise), "referrer": "the council"} | said
    house.record(address, told if "need" in told else {"service": "company", "waiting_since": "2026-01-15"} | told)
    return address


def entries(house: House, address: str) -> list[Recorded]:
    return ledger.read_stream(house.connection, SOMERSET, UUID(id_of(address)))


def standing(house: House, address: str) -> Any:
    return corrected(entries(house, address))[-1].event


EACH: dict[str, tuple[list[str], dict[str, Any], dict[str, Any]]] = {
    # what came before in the stream, what is said, what it should have said
    "shared": (["need"], {"message": "Walks by the harbour", "enterprises": ["BAKERY"]}, {"message": "Walks in town"}),
    "responses": (["need"], {"enterprise": "BAKERY", "answer": "can help", "note": "On Mondays"},
                  {"enterprise": "BAKERY", "answer": "cannot help"}),
    "closed": (["need"], {"reason": "no longer needed"}, {"reason": "moved away"}),
    "accepted": ([], {}, {}),
    "declined": ([], {"reason": "no room now"}, {"reason": "too far away"}),
    "withdrawn": ([], {"reason": "no longer needed"}, {"reason": "the enterprise could not take it on"}),
    "expired": ([], {}, {}),
    "contact": (["accepted"], {}, {}),
    "support-started": (["accepted", "contact"], {"hours_per_week": 3.5}, {"hours_per_week": 2}),
    "support-ended": (["accepted", "support-started"], {"outcome": "completed"},
                      {"outcome": "ended early", "reason": "moved away"}),
}  # fmt: skip


@pytest.mark.parametrize("step", EACH)
def test_each_step_is_recorded_once_and_corrected(house: House, need: str, step: str) -> None:
    before, said, replacement = EACH[step]
    filled = {
        name: str(house.enterprise) if value == "BAKERY" else [str(house.enterprise)] if value == ["BAKERY"] else value
        for name, value in said.items()
    }
    instead = {name: str(house.enterprise) if value == "BAKERY" else value for name, value in replacement.items()}
    address = need if before == ["need"] else refer(house)
    for each in before if address != need else ():
        house.record(f"{address}/{each}", {})

    headers = {"authorization": f"Bearer {WRITE_KEY}", "idempotency-key": str(uuid4())}
    first = house.client.post(f"{address}/{step}", json=filled, headers=headers)
    assert first.status_code == 201, first.text
    again = house.client.post(f"{address}/{step}", json=filled, headers=headers)
    assert again.json() == first.json() | {"again": True}

    correction = {"position": first.json()["position"], "reason": "mistyped"}
    day = {} if instead else {"on": (today() - timedelta(1)).isoformat()}
    house.record(f"{AREA}/corrections", correction | day | {"replacement": instead})
    for name, value in instead.items():
        told = getattr(standing(house, address), name)
        assert value == (str(told) if isinstance(told, UUID) else told) or name == "message"
    house.record(f"{AREA}/corrections", correction)
    assert first.json()["position"] not in [each.position for each in corrected(entries(house, address))]


def test_a_need_and_a_referral_are_recorded_once_and_corrected(house: House) -> None:
    refer_to = {"enterprise": str(house.enterprise), "referrer": "the council", "service": "company"}
    for kind, said, instead in (
        ("needs", NEED | {"person": ANN}, NEED | {"service": "walks"}),
        ("referrals", refer_to | {"waiting_since": "2026-01-15"}, refer_to | {"waiting_since": "2026-01-10"}),
    ):
        address = f"{AREA}/{kind}/{uuid4()}"
        headers = {"authorization": f"Bearer {WRITE_KEY}", "idempotency-key": str(uuid4())}
        first = house.client.post(address, json=said, headers=headers)
        again = house.client.post(address, json=said, headers=headers)
        assert (first.status_code, again.json()) == (201, first.json() | {"again": True})
        house.record(address, said, 422)
        correction = {"position": first.json()["position"], "reason": "mistyped"}
        house.record(f"{AREA}/corrections", correction | {"replacement": instead})
        found = standing(house, address)
        assert (found.service, str(found.waiting_since)) == (instead["service"], instead["waiting_since"])
        house.record(f"{AREA}/corrections", correction)
        assert corrected(entries(house, address)) == []


def test_what_begins_a_stream_is_not_taken_back_while_others_build_on_it(house: House, need: str) -> None:
    referral = refer(house)
    house.record(f"{need}/shared", {})
    house.record(f"{referral}/accepted", {})
    for address in (need, referral):
        position = entries(house, address)[0].position
        refusal_of = house.record(f"{AREA}/corrections", {"position": position, "reason": "did not happen"}, 422)
        assert "build on this one" in refusal_of.json()["detail"]


# ---- needs that end without support


def test_a_need_is_closed_once_no_referral_for_it_is_open(house: House, need: str) -> None:
    said = {"reason": "found help elsewhere"}
    referral = refer(house, need=id_of(need))
    project(house)
    refusal = house.record(f"{need}/closed", said, 422).json()["detail"]
    assert refusal == "The referral to Bakery is still open. Withdraw it first."
    house.record(f"{referral}/withdrawn", {"reason": "asked by the person"})
    house.record(f"{need}/closed", said)
    assert standing(house, need) == NeedClosed(reason="found help elsewhere")
    refer_to = {"enterprise": str(house.enterprise), "referrer": "the council", "need": id_of(need)}
    refusal = house.record(f"{AREA}/referrals/{uuid4()}", refer_to, 422).json()
    assert "This need was closed on" in refusal["detail"]


def test_a_need_is_not_closed_after_support_started(house: House, need: str) -> None:
    referral = refer(house, need=id_of(need))
    for step in ("accepted", "support-started"):
        house.record(f"{referral}/{step}", {})
    project(house)
    refusal = house.record(f"{need}/closed", {"reason": "moved away"}, 422).json()["detail"]
    assert "Support from Bakery started on" in refusal


def test_no_referral_is_opened_again_for_a_need_that_was_closed(house: House, need: str) -> None:
    referral = refer(house, need=id_of(need))
    house.record(f"{referral}/declined", {"reason": "no room now"})
    house.record(f"{need}/closed", {"reason": "could not be reached"})
    project(house)
    declined, closed = (entries(house, each)[-1].position for each in (referral, need))
    taken_back = {"position": declined, "reason": "did not happen"}
    refusal = house.record(f"{AREA}/corrections", taken_back, 422).json()["detail"]
    assert "that the need was closed" in refusal
    house.record(f"{AREA}/corrections", {"position": closed, "reason": "did not happen"})
    project(house)
    house.record(f"{AREA}/corrections", taken_back)


# ---- people


def opened(house: House, box: Any) -> Person:
    with connect(house.settings.vault_url) as vault:
        key = Vault(house.settings.vault_key).existing_keys(vault, [box.subject])[box.subject]
    return unseal(box, key=key, type=Person)


def test_a_person_is_sealed_under_their_need_wherever_they_are_told_of(house: House) -> None:
    need = f"{AREA}/needs/{uuid4()}"
    house.record(need, NEED | {"person": ANN})
    house.record(f"{need}/shared", {"message": "Ann would like walks"})
    house.record(f"{need}/responses", {"enterprise": str(house.enterprise), "answer": "can help", "note": "Glad to"})
    with_need = refer(house, need=id_of(need), person=ANN)
    alone = refer(house, person=ANN)
    of_need, shared, responded = (each.event for each in entries(house, need))
    assert isinstance(of_need, NeedRecorded)
    assert of_need.lawful_basis == "public task"
    (referred,), (by_itself,) = ([each.event for each in entries(house, it)] for it in (with_need, alone))
    assert isinstance(referred, ReferralMade)
    assert isinstance(by_itself, ReferralMade)
    boxes = [of_need.person, getattr(shared, "message", None), getattr(responded, "note", None), referred.person]
    assert {str(box.subject) for box in boxes if box} == {id_of(need)}
    assert None not in boxes
    assert by_itself.person
    assert str(by_itself.person.subject) == id_of(alone)
    assert opened(house, referred.person) == Person(name=ANN["name"], contact=ANN["contact"], wants=ANN["wants"])
    everything = house.client.get(f"{AREA}/ledger?limit=1000", headers={"authorization": f"Bearer {WRITE_KEY}"}).text
    assert "Quillfeather" not in everything.replace("Wilhelmina Quillfeather", "")


def test_once_the_person_of_a_need_is_erased_nothing_more_is_said_of_them(house: House, need: str) -> None:
    with connect(house.settings.vault_url) as vault:
        destroy_keys(vault, [UUID(id_of(need))])
    address = f"{AREA}/referrals/{uuid4()}"
    said = {"enterprise": str(house.enterprise), "referrer": "the council", "need": id_of(need)}
    house.record(address, said | {"person": ANN}, 410)
    house.record(address, said)


def test_nobody_is_held_without_a_lawful_basis(house: House) -> None:
    without = {name: text for name, text in ANN.items() if name != "lawful_basis"}
    found = house.record(f"{AREA}/needs/{uuid4()}", NEED | {"person": without}, 422).json()
    assert found["errors"][0]["field"] == "person.lawful_basis"


# ---- what must be there


def test_a_referral_takes_from_its_need_what_it_leaves_out(house: House, need: str) -> None:
    made = standing(house, refer(house, need=id_of(need)))
    assert (made.service, str(made.waiting_since)) == ("company", "2026-01-15")
    own = standing(house, refer(house, need=id_of(need), waiting_since="2025-11-01"))
    assert str(own.waiting_since) == "2025-11-01"


def test_a_repeated_referral_is_the_same_though_its_need_was_corrected_meanwhile(house: House, need: str) -> None:
    address = f"{AREA}/referrals/{uuid4()}"
    said = {"enterprise": str(house.enterprise), "referrer": "the council", "need": id_of(need)}
    headers = {"authorization": f"Bearer {WRITE_KEY}", "idempotency-key": str(uuid4())}
    first = house.client.post(address, json=said, headers=headers).json()
    position = entries(house, need)[0].position
    house.record(
        f"{AREA}/corrections",
        {"position": position, "reason": "mistyped", "replacement": NEED | {"waiting_since": "2026-01-01"}},
    )
    assert house.client.post(address, json=said, headers=headers).json() == first | {"again": True}


@pytest.fixture
def strangers(house: House) -> dict[str, str]:
    """Ids that a need or referral must not name: of nothing, of another area, of another kind."""
    cornish = uuid4()
    house.register(CORNWALL, cornish, {"name": "Jory"})
    return {"nothing": str(uuid4()), "of Cornwall": str(cornish)}


def test_what_is_not_in_this_area_is_not_found_by_its_field(house: House, need: str, strangers: dict[str, str]) -> None:
    cornish_need = str(uuid4())
    house.record(f"/api/areas/{CORNWALL}/needs/{cornish_need}", NEED)
    bakery, referral = str(house.enterprise), refer(house)
    base = {"referrer": "the council", "service": "company", "waiting_since": "2026-01-15"}
    tries: list[tuple[str, dict[str, Any], str]] = []
    for id in [*strangers.values(), id_of(need)]:
        tries += [
            (f"{AREA}/referrals/{uuid4()}", base | {"enterprise": id}, "enterprise"),
            (f"{need}/responses", {"enterprise": id, "answer": "can help"}, "enterprise"),
            (f"{need}/shared", {"enterprises": [bakery, id]}, "enterprises"),
        ]
    for id in [*strangers.values(), cornish_need, bakery]:
        complete = base | {"enterprise": bakery, "need": id}
        tries.append((f"{AREA}/referrals/{uuid4()}", complete, "need"))
        tries.append((f"{AREA}/needs/{id}/shared", {}, "need"))
    for id in (str(uuid4()), id_of(need)):
        tries.append((f"{AREA}/referrals/{id}/accepted", {}, "referral"))
    for address, said, field in tries:
        found = house.record(address, said, 404).json()
        assert [each["field"] for each in found["errors"]] == [field], address

    # nor can a correction bring it in
    position = entries(house, referral)[0].position
    correction = {"position": position, "reason": "mistyped"}
    for said, field in (
        (base | {"enterprise": strangers["of Cornwall"]}, "enterprise"),
        (base | {"enterprise": bakery, "need": cornish_need}, "need"),
    ):
        found = house.record(f"{AREA}/corrections", correction | {"replacement": said}, 404).json()
        assert [each["field"] for each in found["errors"]] == [field]
    half = {"enterprise": bakery, "referrer": "the council", "need": id_of(need)}
    found = house.record(f"{AREA}/corrections", correction | {"replacement": half}, 422).json()
    assert found["errors"][0]["field"] == "service"


def test_nothing_new_goes_to_an_enterprise_that_closed_before(house: House, need: str) -> None:
    begun, ended = (today() - timedelta(days=days) for days in (60, 30))
    bakery = uuid4()
    base = {"enterprise": str(bakery), "referrer": "the council", "service": "company", "waiting_since": "2020-01-01"}
    registered = {"name": "Old bakery", "origin": "new", "legal_form": "CIC", "on": str(begun)}
    house.record(f"{AREA}/enterprises/{bakery}", registered)
    house.record(f"{AREA}/enterprises/{bakery}/close", {"on": str(ended)})
    waiting = f"{AREA}/referrals/{uuid4()}"
    house.record(waiting, base | {"on": str(begun)})
    for address, said in (
        (f"{AREA}/referrals/{uuid4()}", base),
        (f"{waiting}/accepted", {}),
        (f"{need}/responses", {"enterprise": str(bakery), "answer": "can help"}),
        (f"{need}/shared", {"enterprises": [str(bakery)]}),
    ):
        found = house.record(address, said, 422).json()
        assert f"Old bakery closed on {in_words(ended)}" in found["detail"]
    early = str(begun - timedelta(days=1))
    assert "was registered on" in house.record(f"{AREA}/referrals/{uuid4()}", base | {"on": early}, 422).text
    house.record(f"{waiting}/declined", {"reason": "no room now"})


def test_a_need_is_recorded_where_an_area_takes_part(house: House) -> None:
    found = house.record(f"/api/areas/E10000008/needs/{uuid4()}", NEED, 404).json()
    assert found["errors"][0]["field"] == "area"
    house.record(f"{AREA}/leave", {})
    for kind, said in (
        ("needs", NEED),
        (
            "referrals",
            {
                "enterprise": str(house.enterprise),
                "referrer": "the council",
                "service": "x",
                "waiting_since": "2026-01-15",
            },
        ),
    ):
        found = house.record(f"{AREA}/{kind}/{uuid4()}", said, 422).json()
        assert "does not take part" in found["detail"]


# ---- two people at once


@pytest.fixture
def hub(settings: Settings) -> Iterator[Hub]:
    with Hub(settings) as hub:
        yield hub


def somebody(house: House, name: str) -> Principal:
    """Somebody signed in who may record in Somerset."""
    account = house.person("catalyst", name=name).account
    return Principal(id=f"account:{account}", name=name, grants=(Grant(frozenset({"record"}), SOMERSET),))


def accept(hub: Hub, who: Principal, referral: str) -> str:
    """What somebody is told who accepts it on a page."""
    desk = Desk(hub, f"{referral}/accepted", who, str(uuid4()))
    try:
        routes.accept_referral.fn(desk, SOMERSET, UUID(id_of(referral)), AcceptInput())
    except Refused as refusal:
        return str(refusal)
    return "accepted"


def test_of_two_who_accept_at_once_one_is_told_who_came_first(
    house: House, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    referral = refer(house)
    both_decided, decided = Barrier(2), decide.may_accept

    def together(*told: Any, **named: Any) -> object:
        found = decided(*told, **named)
        both_decided.wait(10)  # neither has appended yet; whoever is refused, having decided again, never comes here
        return found

    monkeypatch.setattr(decide, "may_accept", together)
    people = {name: somebody(house, name) for name in ("Ann Lee", "Bea Moss")}
    with ThreadPoolExecutor(2) as threads:
        heard = dict(zip(people, threads.map(lambda who: accept(hub, who, referral), people.values()), strict=True))
    told = [each for each in entries(house, referral) if isinstance(each.event, ReferralAccepted)]
    (first,) = (name for name, who in people.items() if who.id == told[0].actor)
    (second,) = people.keys() - {first}
    assert len(told) == 1
    assert heard == {
        first: "accepted",
        second: f"This referral was already accepted by {first} on {in_words(today())}.",
    }


def test_whoever_comes_second_hears_no_more_than_they_should(house: House, hub: Hub) -> None:
    day = in_words(today())
    ann, bea = somebody(house, "Ann Lee"), somebody(house, "Bea Moss")
    of_person, of_program = refer(house), refer(house)
    assert accept(hub, ann, of_person) == "accepted"
    house.record(f"{of_program}/accepted", {})
    stranger = Principal(id="key:1234abcd", name="x", grants=(Grant(frozenset({"record"}), SOMERSET),))
    assert accept(hub, ann, of_person).endswith(f"accepted by you on {day}.")
    assert accept(hub, bea, of_person).endswith(f"accepted by Ann Lee on {day}.")
    assert accept(hub, bea, of_program).endswith(f"accepted by a program on {day}.")
    # programs are told no names of people
    assert accept(hub, stranger, of_person).endswith(f"accepted by somebody else on {day}.")
    assert accept(hub, stranger, of_program).endswith(f"accepted by a program on {day}.")
    assert f"by you on {day}" in house.record(f"{of_program}/accepted", {}, 422).json()["detail"]
