"""An id is used once in the whole network: addresses and people's keys hold ids alone."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from house import WRITE_KEY, House, house
from network import CORNWALL, SOMERSET, Network, joined, mutated, registered

from events import ledger
from events.base import area_stream, named_id, today
from events.database import connect
from events.settings import Settings
from hub import db
from hub.importing.run import import_file
from hub.learning.inputs import practice_stream

__all__ = ["house"]

USED = "This id was used before. Use a new one."
WAITS = {"service": "company", "source": "a conversation", "waiting_since": "2026-05-03"}
LESSON = {"title": "Ask", "tried": "x", "context": "y", "result": "z"}
OWNER = {"name": "Nell", "lawful_basis": "public task"}

BEGINNINGS: dict[str, dict[str, Any]] = {
    "enterprises/ID": {"name": "Bakery", "origin": "new", "legal_form": "CIC", "owner": OWNER},
    "enterprises/ID/enquiry": {"name": "Bakery"},
    "needs/ID": WAITS,
    "referrals/ID": WAITS | {"enterprise": "THEIRS", "referrer": "the council"},
    "lessons/ID": LESSON,
    "barriers/ID": {"topic": "insurance", "title": "No insurer"},
    "sessions/ID": {"course": "Moving people", "takes_place": "2027-01-01", "places": 8, "venue": "The hall"},
}
del BEGINNINGS["referrals/ID"]["source"]


@pytest.mark.parametrize("address", BEGINNINGS)
def test_nothing_begins_under_an_id_of_another_area(house: House, address: str) -> None:
    theirs = uuid4()
    house.register(CORNWALL, theirs, OWNER)
    said = {name: str(theirs) if value == "THEIRS" else value for name, value in BEGINNINGS[address].items()}
    path = f"/api/areas/{CORNWALL}/{address}"
    answer = house.record(path.replace("ID", str(house.enterprise)), said, 422)
    assert USED in answer.text
    assert ledger.read_stream(house.connection, CORNWALL, house.enterprise) == []
    house.record(path.replace("ID", str(uuid4())), said)


def test_what_is_not_there_is_not_there_also_where_another_area_has_it(house: House) -> None:
    path = f"/api/areas/{CORNWALL}/enterprises/{house.enterprise}/milestones"
    assert USED not in house.record(path, {"kind": "open"}, 404).text


def test_an_id_of_the_areas_own_is_not_taken_away_by_who_uses_it_elsewhere(house: House, network: Network) -> None:
    """The ids of an area and of its practices follow from its code: anybody can work them out."""
    lesson = uuid4()
    house.record(f"/api/areas/{SOMERSET}/lessons/{lesson}", LESSON)
    network.project()
    house.register(SOMERSET, practice_stream(CORNWALL, lesson), OWNER)
    house.record(f"/api/areas/{CORNWALL}/practices/{lesson}/seen", {"from_area": SOMERSET})
    devon = "E10000008"
    house.register(SOMERSET, area_stream(devon), OWNER)
    house.record(f"/api/areas/{devon}/join", {})


def test_only_what_is_new_is_looked_for_elsewhere(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    look = ledger.used_elsewhere

    def looked(connection: Any, streams: Any) -> Any:
        asked.append(streams)
        return look(connection, streams)

    monkeypatch.setattr(ledger, "used_elsewhere", looked)
    path = f"/api/areas/{SOMERSET}/enterprises/{house.enterprise}/milestones"
    house.record(path, {"kind": "insured"})
    assert asked == []
    new = uuid4()
    headers = {"authorization": f"Bearer {WRITE_KEY}", "idempotency-key": "twice"}
    for _ in range(2):
        assert house.client.post(f"/api/areas/{SOMERSET}/needs/{new}", json=WAITS, headers=headers).status_code == 201
    assert asked == [[(SOMERSET, new)]]


HEADING = "area,reference,name,origin,legal_form,registered_on\n"


def row(reference: str) -> str:
    return f"{SOMERSET},{reference},Bakery,new,CIC,2026-05-03\n"


@pytest.fixture
def taken(network: Network) -> UUID:
    """The id that Somerset's R1 will have, in use in Cornwall."""
    id = named_id("enterprise", SOMERSET, "R1")
    network.given(joined(SOMERSET, on=date(2026, 1, 5)), joined(CORNWALL))
    cafe = registered("Cafe")
    network.given(type(cafe)(event=cafe.event, on=None, area=CORNWALL, stream=id))
    return id


def test_a_file_begins_nothing_under_an_id_of_another_area(
    network: Network, settings: Settings, taken: UUID, tmp_path: Path
) -> None:
    file = tmp_path / "enterprises.csv"
    file.write_text(HEADING + row("R0") + row("R1"), encoding="utf-8")
    report = import_file(settings, "enterprises", file)
    assert [(error.row, error.column, error.wrong) for error in report.errors] == [(3, "reference", USED)]
    assert ledger.read_stream(network.connection, SOMERSET, taken) == []


def test_nor_does_one_that_somebody_sends_who_may_not_read_there(house: House, network: Network) -> None:
    cafe = registered("Cafe")
    id = named_id("enterprise", SOMERSET, "R1")
    network.given(type(cafe)(event=cafe.event, on=None, area=CORNWALL, stream=id))
    first = f"{SOMERSET},R0,Bakery,new,CIC,{today()}\n"
    answer = house.catalyst.send("/import", HEADING + first + first.replace("R0", "R1"), kind="enterprises")
    assert answer.status_code == 422
    assert USED in answer.text
    # what follows sees the sender's areas only, as before
    assert "1 row was imported." in house.catalyst.send("/import", HEADING + first, kind="enterprises").text


def test_without_the_look_two_areas_have_one_id(
    settings: Settings, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant = mutated(db, "if not history and stream != area_stream(area)", "if False and stream != area_stream(area)")
    monkeypatch.setattr(db.Hub, "record", mutant.Hub.record)
    house.register(CORNWALL, house.enterprise, OWNER)
    with connect(settings.database_url) as connection:
        assert ledger.used_elsewhere(connection, [(SOMERSET, house.enterprise)]) == {(SOMERSET, house.enterprise)}
