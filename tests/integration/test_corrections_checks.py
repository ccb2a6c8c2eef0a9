"""What stands in place of an entry is checked as if it were recorded anew, by API and by form, of every type."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from house import House, house
from network import CORNWALL, SOMERSET
from one_of_each import LESSON, project

from events import ledger
from events.base import in_words, today
from events.corrections import corrected
from hub.forms import routes

__all__ = ["house"]

AREA = f"/api/areas/{SOMERSET}"
TODAY, TOMORROW, LAST_YEAR = today(), today() + timedelta(1), today() - timedelta(365)
DAYS = {"tomorrow": TOMORROW, "last year": LAST_YEAR, "next month": TODAY + timedelta(30)}


def filled(house: House, said: dict[str, Any]) -> dict[str, Any]:
    """With days and the enterprise for the words that stand for them."""
    known = {name: day.isoformat() for name, day in DAYS.items()} | {"BAKERY": str(house.enterprise)}
    return {name: known.get(value, value) if isinstance(value, str) else value for name, value in said.items()}


def tell(house: House, path: str, said: dict[str, Any]) -> int:
    address = f"{AREA}/{path}".format(enterprise=house.enterprise, new=uuid4())
    return house.record(address, filled(house, said)).json()["position"]


def put_right(house: House, position: int, said: dict[str, Any] | None, status: int = 201, **more: str) -> Any:
    body = {"position": position, "reason": "mistyped", **more}
    return house.record(f"{AREA}/corrections", body | ({"replacement": filled(house, said)} if said else {}), status)


def standing(house: House, position: int) -> Any:
    entries = corrected(list(ledger.read_all(house.connection, SOMERSET)))
    return next(each.event for each in entries if each.position == position)


POST = {"post": "hills", "employer": "x", "starts": "last year", "ends": "tomorrow", "cost": 1, "locally_rooted": True}
EACH: dict[str, tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], str]] = {
    # where it is recorded, what is said, what may stand in its place, what of that may not, and the field at fault
    "a report": (
        "enterprises/{enterprise}/activity", {"period_starts": "last year", "jobs": 2},
        {"period_starts": "last year", "jobs": 3}, {"period_starts": "tomorrow"}, "period_starts",
    ),
    "a post": (
        "catalysts",
        POST, POST | {"employer": "y"},
        {"ends": "last year"}, "ends",
    ),
    "a figure": (
        "published-figures", {"indicator": "jobs", "value": 1, "qualifier": "exact", "source": "x"},
        {"indicator": "jobs", "value": 2, "qualifier": "exact", "source": "x"}, {"indicator": "joy"}, "indicator",
    ),
    "a need": (
        "needs/{new}", {"service": "company", "source": "a conversation", "waiting_since": "last year"},
        {"service": "walks", "source": "a conversation", "waiting_since": "last year"},
        {"waiting_since": "tomorrow"}, "waiting_since",
    ),
    "a session": (
        "sessions/{new}", {"course": "x", "takes_place": "tomorrow", "places": 2, "venue": "x"},
        {"course": "x", "takes_place": "next month", "places": 2, "venue": "x"},
        {"takes_place": "last year"}, "takes_place",
    ),
    "an action": (
        "enterprises/{enterprise}/actions", {"action": str(uuid4()), "due": "tomorrow", "what": "x"},
        {"action": str(uuid4()), "due": "next month", "what": "x"}, {"due": "last year"}, "due",
    ),
    "a waiver": (
        "enterprises/{enterprise}/requirements/waived",
        {"requirement": "public liability insurance", "reason": "covered by another organisation"},
        {"requirement": "public liability insurance", "reason": "covered by another organisation", "until": "tomorrow"},
        {"requirement": "a licence to fly"}, "requirement",
    ),
    "a barrier": (
        "barriers/{new}", {"topic": "insurance", "title": "x", "enterprise": "BAKERY"},
        {"topic": "insurance", "title": "y", "enterprise": "BAKERY"}, {"enterprise": str(uuid4())}, "enterprise",
    ),
}  # fmt: skip


@pytest.mark.parametrize("which", EACH)
def test_a_correction_is_refused_where_recording_would_be(house: House, which: str) -> None:
    path, said, instead, wrong, field = EACH[which]
    position = tell(house, path, said)
    before = standing(house, position)
    refusal = put_right(house, position, instead | wrong, 404 if which == "a barrier" else 422).json()
    assert refusal["errors"][0]["field"] == field, refusal
    assert standing(house, position) == before
    put_right(house, position, instead)
    assert standing(house, position) != before


def test_the_day_that_a_correction_gives_counts(house: House) -> None:
    said = {"period_starts": TODAY.isoformat(), "jobs": 2}
    position = tell(house, "enterprises/{enterprise}/activity", said)
    refusal = put_right(house, position, said | {"jobs": 3}, 422, on=LAST_YEAR.isoformat()).json()
    assert refusal["errors"][0]["field"] == "period_starts"


def test_a_session_that_took_place_can_still_be_corrected(house: House) -> None:
    said = {"course": "x", "takes_place": "last year", "places": 2, "venue": "x"}
    position = tell(house, "sessions/{new}", said | {"on": (LAST_YEAR - timedelta(7)).isoformat()})
    put_right(house, position, said | {"places": 3})
    assert standing(house, position).places == 3


def test_a_session_is_not_overbooked_by_a_correction(house: House) -> None:
    session = f"sessions/{uuid4()}"
    tell(house, session, {"course": "x", "takes_place": "tomorrow", "places": 5, "venue": "x"})
    tell(house, f"{session}/places", {"enterprise": "BAKERY", "places": 2})
    position = tell(house, f"{session}/places", {"enterprise": "BAKERY", "places": 2})
    refusal = put_right(house, position, {"enterprise": "BAKERY", "places": 4}, 422).json()
    assert "3 of 5 places left" in refusal["detail"]
    put_right(house, position, {"enterprise": "BAKERY", "places": 3})


def test_an_idea_reaches_no_stage_of_an_enterprise_by_a_correction(house: House) -> None:
    idea = f"enterprises/{uuid4()}"
    tell(house, f"{idea}/enquiry", {"name": "An idea"})
    position = tell(house, f"{idea}/stages", {"stage": "exploring"})
    refusal = put_right(house, position, {"stage": "trading"}, 422).json()
    assert "is an enquiry so far" in refusal["detail"]
    put_right(house, position, {"stage": "developing"})


def test_an_area_did_not_learn_from_itself(house: House) -> None:
    lesson = uuid4()
    house.record(f"/api/areas/{CORNWALL}/lessons/{lesson}", LESSON)
    project(house)
    position = tell(house, f"practices/{lesson}/seen", {"from_area": CORNWALL})
    said = {"lesson": str(lesson), "from_area": SOMERSET}
    assert put_right(house, position, said, 422).json()["errors"][0]["field"] == "from_area"


def test_a_barrier_is_resolved_by_no_lesson_that_there_is_not(house: House) -> None:
    barrier = f"barriers/{uuid4()}"
    tell(house, barrier, {"topic": "insurance", "title": "x"})
    position = tell(house, f"{barrier}/resolved", {"how": "x"})
    project(house)
    refusal = put_right(house, position, {"how": "x", "lesson": str(uuid4())}, 404).json()
    assert refusal["errors"][0]["field"] == "lesson"
    put_right(house, position, {"how": "y"})


def test_what_is_renewed_ends_when_the_catalogue_says_also_after_a_correction(house: House) -> None:
    said = {"requirement": "public liability insurance", "valid_from": "2026-05-03"}
    position = tell(house, "enterprises/{enterprise}/requirements/renewed", said | {"valid_to": "2026-06-03"})
    assert standing(house, position).valid_to == date(2026, 6, 3)
    put_right(house, position, said)
    assert standing(house, position).valid_to == date(2027, 5, 2)


def test_a_form_says_beside_the_field_what_does_not_fit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "SEEN_WITHIN", 0.0)
    position = tell(house, "enterprises/{enterprise}/activity", {"period_starts": "last year", "jobs": 2})
    project(house)
    own = f"/areas/{SOMERSET}/recorded/{position}/correct"
    said = {"on": in_words(TODAY), "wrong": "mistyped", "jobs": "3"}
    wrong = house.catalyst.post(own, key=str(uuid4()), **said, period_starts=in_words(TOMORROW))
    assert wrong.status_code == 422
    assert "The period must start before it ends." in wrong.text
    right = house.catalyst.post(own, key=str(uuid4()), **said, period_starts=in_words(LAST_YEAR))
    assert right.status_code == 303, right.text
    assert standing(house, position).jobs == 3
