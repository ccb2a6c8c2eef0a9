"""Lessons, barriers and practices by API: each is recorded once, and can be corrected."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from house import WRITE_KEY, House, house
from network import CORNWALL, SOMERSET
from one_of_each import project

from events import ledger
from events.corrections import corrected
from events.learning import LessonRevised, LessonShared, PracticeAdapted
from events.ledger import Recorded
from hub.desk import Desk
from hub.learning.inputs import practice_stream

__all__ = ["house"]

AREA = f"/api/areas/{SOMERSET}"
SAYS = {"title": "Ask at school", "tried": "# Asked\n\nat the gate", "context": "Coast", "result": "Six came"}
CONSENT = {"given_on": "2026-05-03", "how": "in writing", "wording": "A 2026-05"}
LEARNED = {"from_area": CORNWALL}


def elsewhere(house: House) -> str:
    """A lesson that another area shared, as the whole network knows by now."""
    lesson = str(uuid4())
    house.record(f"/api/areas/{CORNWALL}/lessons/{lesson}", SAYS)
    project(house)
    return lesson


def entries(house: House, address: str) -> list[Recorded]:
    """What is kept of a lesson, a barrier or a practice, by its address."""
    kind, id = address.removeprefix(f"{AREA}/").split("/")[:2]
    stream = practice_stream(SOMERSET, UUID(id)) if kind == "practices" else UUID(id)
    return ledger.read_stream(house.connection, SOMERSET, stream)


# the steps before it, where it is told, what is said, what it should have said
EACH: dict[str, tuple[list[tuple[str, dict[str, Any]]], dict[str, Any], dict[str, Any]]] = {
    "lessons/ID": ([], SAYS | {"topics": ["rural"], "consent": CONSENT}, SAYS | {"result": "Seven came"}),
    "lessons/ID/revisions": ([("", SAYS)], SAYS | {"consent": CONSENT}, SAYS | {"result": "Seven came"}),
    "lessons/ID/retired": ([("", SAYS)], {"reason": "out of date"}, {"reason": "did not hold up"}),
    "barriers/ID": ([], {"topic": "insurance", "title": "No insurer"}, {"topic": "money", "title": "No insurer"}),
    "barriers/ID/resolved": (
        [("", {"topic": "insurance", "title": "No insurer"})], {"how": "One was found"}, {"how": "Two were found"},
    ),
    "practices/ID/seen": ([], LEARNED, {"from_area": "E10000008"}),
    "practices/ID/trialled": ([("/seen", LEARNED)], LEARNED, {"from_area": "E10000008"}),
    "practices/ID/adopted": ([("/trialled", LEARNED)], LEARNED, {"from_area": "E10000008"}),
    "practices/ID/adapted": ([], LEARNED | {"change": "By bus"}, LEARNED | {"change": "By boat"}),
    "practices/ID/abandoned": (
        [("/trialled", LEARNED)], LEARNED | {"why": "no buy-in"}, LEARNED | {"why": "too little time"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", EACH)
def test_each_entry_is_recorded_once_and_corrected(house: House, what: str) -> None:
    before, said, instead = EACH[what]
    id = elsewhere(house) if what.startswith("practices") else str(uuid4())
    kind, _, rest = what.partition("/ID")
    begins = f"{AREA}/{kind}/{id}"
    for step, told in before:
        house.record(begins + step, told)
    headers = {"authorization": f"Bearer {WRITE_KEY}", "idempotency-key": str(uuid4())}
    first = house.client.post(begins + rest, json=said, headers=headers)
    assert first.status_code == 201, first.text
    again = house.client.post(begins + rest, json=said, headers=headers)
    assert again.json() == first.json() | {"again": True}
    assert len(entries(house, begins)) == len(before) + 1

    position = first.json()["position"]
    correction = {"position": position, "reason": "mistyped"}
    replacement = instead | ({"lesson": id} if kind == "practices" else {})
    house.record(f"{AREA}/corrections", correction | {"replacement": replacement})
    (now,) = (each.event for each in corrected(entries(house, begins)) if each.position == position)
    assert {name: getattr(now, name) for name in instead} == instead
    house.record(f"{AREA}/corrections", correction)
    assert position not in [each.position for each in corrected(entries(house, begins))]


def test_a_lesson_stands_open_word_for_word_with_the_consent_to_it(house: House) -> None:
    address = f"{AREA}/lessons/{uuid4()}"
    house.record(address, SAYS | {"topics": ["rural", "money"], "resolves": ["insurance"], "consent": CONSENT})
    house.record(f"{address}/revisions", SAYS | {"result": "Seven came"})
    shared, revised = (each.event for each in entries(house, address))
    assert isinstance(shared, LessonShared)
    assert (shared.title, shared.tried, shared.topics) == (SAYS["title"], SAYS["tried"], ("rural", "money"))
    assert shared.consent
    assert isinstance(revised, LessonRevised)
    assert (revised.result, revised.consent) == ("Seven came", None)


def test_what_begins_is_not_taken_back_while_others_build_on_it(house: House) -> None:
    lesson, barrier = f"{AREA}/lessons/{uuid4()}", f"{AREA}/barriers/{uuid4()}"
    house.record(lesson, SAYS)
    house.record(f"{lesson}/retired", {"reason": "out of date"})
    house.record(barrier, {"topic": "insurance", "title": "No insurer"})
    house.record(f"{barrier}/resolved", {"how": "One was found"})
    for address in (lesson, barrier):
        position = entries(house, address)[0].position
        found = house.record(f"{AREA}/corrections", {"position": position, "reason": "did not happen"}, 422)
        assert "build on this one" in found.json()["detail"]


def test_only_the_area_that_shared_a_lesson_changes_it(house: House) -> None:
    id = uuid4()
    house.record(f"/api/areas/{CORNWALL}/lessons/{id}", SAYS)
    for step, said in (("revisions", SAYS), ("retired", {"reason": "out of date"})):
        found = house.record(f"{AREA}/lessons/{id}/{step}", said, 404).json()
        assert found["errors"][0]["field"] == "lesson"
        house.record(f"/api/areas/{CORNWALL}/lessons/{id}/{step}", said)


def test_the_network_shares_lessons_too_but_takes_up_none(house: House) -> None:
    house.record(f"/api/areas/UK/lessons/{uuid4()}", SAYS)
    for what, said in (
        (f"barriers/{uuid4()}", {"topic": "money", "title": "x"}),
        (f"practices/{uuid4()}/seen", LEARNED),
    ):
        assert "does not take part" in house.record(f"/api/areas/UK/{what}", said, 422).json()["detail"]


def test_nothing_is_learned_where_an_area_does_not_take_part(house: House) -> None:
    house.record(f"{AREA}/leave", {})
    for what, said in (
        (f"lessons/{uuid4()}", SAYS),
        (f"barriers/{uuid4()}", {"topic": "money", "title": "x"}),
        (f"practices/{uuid4()}/seen", LEARNED),
    ):
        assert "does not take part" in house.record(f"{AREA}/{what}", said, 422).json()["detail"]


def test_a_barrier_is_one_of_an_enterprise_here(house: House) -> None:
    said = {"topic": "insurance", "title": "No insurer", "enterprise": str(house.enterprise)}
    house.record(f"{AREA}/barriers/{uuid4()}", said)
    for stranger in (str(uuid4()), str(house.owner)):
        found = house.record(f"{AREA}/barriers/{uuid4()}", said | {"enterprise": stranger}, 404).json()
        assert found["errors"][0]["field"] == "enterprise"


def test_a_practice_is_of_the_lesson_that_its_address_names(house: House) -> None:
    lesson, another = UUID(elsewhere(house)), str(uuid4())
    address = f"{AREA}/practices/{lesson}"
    found = house.record(f"{address}/adapted", LEARNED | {"change": "By bus", "lesson": another}, 422).json()
    assert found["errors"][0]["field"] == "lesson"
    position = house.record(f"{address}/adapted", LEARNED | {"change": "By bus"}).json()["position"]
    (entry,) = entries(house, address)
    assert entry.event == PracticeAdapted(lesson=lesson, from_area=CORNWALL, change="By bus")
    correction = {"position": position, "reason": "mistyped"}
    for wrong in ({}, {"lesson": another}):
        replacement = LEARNED | {"change": "By boat"} | wrong
        found = house.record(f"{AREA}/corrections", correction | {"replacement": replacement}, 422).json()
        assert found["errors"][0]["field"] == "lesson"


def test_a_practice_comes_from_another_area_that_exists(house: House) -> None:
    for source, status in ((SOMERSET, 422), ("E99999999", 422), ("nowhere", 400)):
        found = house.record(f"{AREA}/practices/{uuid4()}/seen", {"from_area": source}, status).json()
        assert found["errors"][0]["field"] == "from_area"


def test_a_lesson_is_looked_for_before_it_is_taken_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[UUID] = []
    monkeypatch.setattr(Desk, "lesson_known", lambda _, lesson: asked.append(lesson))
    lesson, barrier = uuid4(), f"{AREA}/barriers/{uuid4()}"
    address = f"{AREA}/practices/{lesson}"
    for step, said in (("seen", LEARNED), ("trialled", LEARNED), ("adopted", LEARNED)):
        house.record(f"{address}/{step}", said)
    house.record(f"{address}/adapted", LEARNED | {"change": "By bus"})
    assert asked == [lesson] * 4
    # what was retired since can still be given up
    house.record(f"{address}/abandoned", LEARNED | {"why": "no buy-in"})
    assert asked == [lesson] * 4
    house.record(barrier, {"topic": "insurance", "title": "No insurer"})
    house.record(f"{barrier}/resolved", {"how": "One was found", "lesson": str(lesson)})
    assert asked == [lesson] * 5


def test_a_lesson_that_nobody_shared_is_not_taken_up_nor_one_that_was_retired(house: House) -> None:
    address = f"{AREA}/practices/{uuid4()}"
    assert house.record(f"{address}/seen", LEARNED, 404).json()["errors"][0]["field"] == "lesson"
    lesson = elsewhere(house)
    house.record(f"{AREA}/practices/{lesson}/trialled", LEARNED)
    house.record(f"/api/areas/{CORNWALL}/lessons/{lesson}/retired", {"reason": "out of date"})
    project(house)
    refused = house.record(f"{AREA}/practices/{lesson}/adopted", LEARNED, 422).json()
    assert "was retired on" in refused["detail"]
    house.record(f"{AREA}/practices/{lesson}/abandoned", LEARNED | {"why": "no buy-in"})
