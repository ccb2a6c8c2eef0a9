"""Renewals by API: requirements that apply by themselves, waived, shown and renewed; and the catalogue as a page."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from house import House, house
from litestar.testing import TestClient
from network import SOMERSET

from events import ledger
from events.base import CannotStart
from events.corrections import corrected
from events.ledger import Recorded
from events.renewals import EvidenceSubmitted, RequirementsApplied, RequirementWaived
from events.requirements import applied
from events.settings import Settings
from hub.app import create_app

__all__ = ["house"]

AREA = f"/api/areas/{SOMERSET}"
INSURANCE = "public liability insurance"
ID = "6a0f3c1e-5a1b-4b7e-9d5e-0c6f7a8b9c0d"
SUBMITTED = {"evidence": ID, "requirement": INSURANCE, "kind": "a certificate", "valid_from": "2026-05-03"}
RENEWED = {"requirement": INSURANCE, "valid_from": "2026-05-03"}
WAIVED = {"requirement": INSURANCE, "reason": "the council agreed"}


def at(house: House, path: str) -> str:
    return f"{AREA}/enterprises/{house.enterprise}{path}"


def entries(house: House) -> list[Recorded]:
    return ledger.read_stream(house.connection, SOMERSET, house.enterprise)


def last(house: House) -> Any:
    return entries(house)[-1].event


def correct(house: House, position: int, replacement: object = None, status: int = 201) -> httpx.Response:
    said = {"position": position, "reason": "mistyped", "replacement": replacement}
    return house.record(f"{AREA}/corrections", said, status)


def test_registering_records_what_the_enterprise_has_to_hold_with_it(house: House) -> None:
    registered, requirements, *_ = entries(house)
    assert isinstance(requirements.event, RequirementsApplied)
    assert {INSURANCE, "CIC34 report and accounts"} <= applied(entries(house)).keys()
    assert requirements.command == registered.command
    assert requirements.occurred_on == registered.occurred_on


def test_what_changes_its_facts_changes_what_applies_in_the_same_command(house: House) -> None:
    told = house.record(at(house, "/circumstances"), {"circumstances": ["handles food"]}).json()
    changed = entries(house)[-1]
    assert isinstance(changed.event, RequirementsApplied)
    assert changed.position == told["position"] + 1
    assert "food hygiene" in applied(entries(house))
    before = len(entries(house))
    house.record(at(house, "/circumstances"), {"circumstances": ["handles food", "gives medication"]})
    assert len(entries(house)) == before + 2
    house.record(at(house, "/milestones"), {"kind": "x"})
    assert len(entries(house)) == before + 3
    correct(house, told["position"])
    house.record(at(house, "/close"), {})
    assert applied(entries(house)) == {}


def test_a_correction_of_a_fact_changes_what_applies(house: House) -> None:
    registered = entries(house)[0].position
    correct(house, registered, {"name": "Bakery", "origin": "new", "legal_form": "sole trader"})
    assert "self assessment" in applied(entries(house))
    assert "CIC34 report and accounts" not in applied(entries(house))


def test_what_applies_is_the_hubs_to_say(house: House) -> None:
    position = next(each.position for each in entries(house) if isinstance(each.event, RequirementsApplied))
    answer = correct(house, position, {"catalogue": "mine", "applies": []}, 422)
    assert "follows from what is recorded about it" in answer.text
    assert correct(house, position, None, 422).status_code == 422


def test_a_registration_that_nothing_but_what_applies_follows_can_be_taken_back(house: House) -> None:
    other = uuid4()
    answer = house.register(SOMERSET, other, None)
    correct(house, answer.json()["position"])
    found = ledger.read_stream(house.connection, SOMERSET, other)
    assert applied(found) == {}


@pytest.mark.parametrize(
    ("path", "said", "instead"),
    [
        ("/requirements/waived", WAIVED | {"note": "x"}, WAIVED | {"until": "2030-01-01"}),
        ("/evidence", SUBMITTED | {"reference": "x"}, SUBMITTED | {"kind": "a letter"}),
        ("/evidence/verified", {"evidence": ID}, {"evidence": ID, "on": "2026-05-03"}),
        ("/evidence/rejected", {"evidence": ID, "reason": "unreadable"}, {"evidence": ID, "reason": "out of date"}),
        ("/requirements/renewed", RENEWED, RENEWED | {"valid_to": "2027-01-01"}),
    ],
)
def test_each_is_recorded_once_and_can_be_corrected(house: House, path: str, said: dict, instead: dict) -> None:
    if path.startswith("/evidence/"):
        house.record(at(house, "/evidence"), SUBMITTED)
    headers = {"authorization": "Bearer s3cret", "idempotency-key": str(uuid4())}
    first, again = (house.client.post(at(house, path), json=said, headers=headers) for _ in range(2))
    assert first.status_code == again.status_code == 201, first.text
    assert (first.json()["again"], again.json()["again"]) == (False, True)
    assert first.json()["position"] == again.json()["position"]
    position = first.json()["position"]
    correct(house, position, instead)
    (now,) = (each.event for each in corrected(entries(house)) if each.position == position)
    builtins = msgspec.to_builtins(now)
    assert all(builtins[name] == each for name, each in instead.items() if name != "on")
    correct(house, position)
    assert position not in [each.position for each in corrected(entries(house))]


def test_the_catalogue_says_when_it_ends_and_an_early_renewal_runs_on(house: House) -> None:
    house.record(at(house, "/requirements/renewed"), RENEWED)
    assert str(last(house).valid_to) == "2027-05-02"
    house.record(at(house, "/requirements/renewed"), RENEWED | {"valid_from": "2027-04-10"})
    assert str(last(house).valid_to) == "2028-05-02"
    house.record(at(house, "/evidence"), SUBMITTED | {"valid_from": "2028-04-10"})
    assert str(last(house).valid_to) == "2029-05-02"


def test_a_note_and_a_reference_are_sealed_under_the_enterprises_key(house: House) -> None:
    house.record(at(house, "/requirements/waived"), WAIVED | {"note": "Her brother pays it"})
    waived = last(house)
    assert isinstance(waived, RequirementWaived)
    house.record(at(house, "/evidence"), SUBMITTED | {"reference": "Her brother's"})
    submitted = last(house)
    assert isinstance(submitted, EvidenceSubmitted)
    for sealed in (waived.note, submitted.reference):
        assert sealed
        assert sealed.subject == house.enterprise
    stored = house.connection.execute("select count(*) from event where data like '%%brother%%'").fetchone()
    assert stored == (0,)


def test_what_cannot_be_is_refused_at_its_field(house: House) -> None:
    def field(path: str, said: object, status: int = 422) -> list[str]:
        return [each["field"] for each in house.record(at(house, path), said, status).json()["errors"]]

    motor = {"requirement": "business motor insurance"}
    assert field("/requirements/renewed", RENEWED | motor) == ["requirement"]
    assert field("/requirements/waived", WAIVED | motor) == ["requirement"]
    assert field("/requirements/renewed", RENEWED | {"requirement": "CIC34 report and accounts"}) == ["valid_to"]
    assert field("/evidence/verified", {"evidence": ID}, 404) == ["evidence"]
    house.record(at(house, "/evidence"), SUBMITTED)
    house.record(at(house, "/evidence/verified"), {"evidence": ID})
    assert field("/evidence/verified", {"evidence": ID}) == ["evidence"]


def test_of_two_who_look_at_evidence_at_once_one_is_heard(house: House) -> None:
    house.record(at(house, "/evidence"), SUBMITTED)

    def look(path: str, said: object) -> int:
        headers = {"authorization": "Bearer s3cret", "idempotency-key": str(uuid4())}
        return house.client.post(at(house, path), json=said, headers=headers).status_code

    with ThreadPoolExecutor(2) as threads:
        verified = threads.submit(look, "/evidence/verified", {"evidence": ID})
        rejected = threads.submit(look, "/evidence/rejected", {"evidence": ID, "reason": "unreadable"})
    assert sorted([verified.result(), rejected.result()]) == [201, 422]


# ---- the page


def test_the_catalogue_is_open_to_everybody(house: House) -> None:
    page = house.client.get("/renewals/catalogue")
    assert page.status_code == 200
    for words in ("version 2026-11", "Employers&#39; liability", "In England, if it gives personal care", "Not yet"):
        assert words in page.text
    assert "made by whoever runs this hub" not in page.text


MINE = """
version = "mine-1"
[[requirements]]
word = "bicycle check"
title = "Bicycle <b>check</b>"
because = "It rides."
validity = 12
notice_days = 30
basis = "local"
source = "Ours."
checked = false
"""


@pytest.fixture
def own(settings: Settings, house: House, tmp_path: Path) -> Iterator[TestClient]:
    (tmp_path / "mine.toml").write_text(MINE, encoding="utf-8")
    mine = msgspec.structs.replace(settings, renewals=tmp_path / "mine.toml")
    with TestClient(create_app(mine), raise_server_exceptions=False) as client:
        yield client


def test_an_operators_own_catalogue_decides_and_is_shown(own: TestClient, house: House) -> None:
    page = own.get("/renewals/catalogue").text
    assert "mine-1, made by whoever runs this hub" in page
    assert "Bicycle &lt;b&gt;check&lt;/b&gt;" in page
    other = uuid4()
    said = {"name": "Bakery", "origin": "new", "legal_form": "CIC"}
    answer = own.post(f"{AREA}/enterprises/{other}", json=said, headers={"idempotency-key": "x"})
    assert answer.status_code == 201, answer.text
    assert applied(ledger.read_stream(house.connection, SOMERSET, other)) == {"bicycle check": "It rides."}


def test_a_hub_does_not_start_on_a_catalogue_that_does_not_fit(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINE.replace("12", '"twelve"'), encoding="utf-8")
    with pytest.raises(CannotStart, match=r"requirement 1 \(“bicycle check”\): field validity"):
        create_app(msgspec.structs.replace(settings, renewals=tmp_path / "mine.toml"))
