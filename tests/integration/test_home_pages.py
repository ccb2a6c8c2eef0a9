"""What waits at home, what an enquiry may be told, and the page of a training session."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from house import House, house
from network import CORNWALL, SOMERSET
from one_of_each import project

from events.base import in_words, today
from hub.forms import routes
from hub.home.routes import OF_ENQUIRIES

__all__ = ["house"]

AREA = f"/api/areas/{SOMERSET}"
RECORD = f"/areas/{SOMERSET}/record"


@pytest.fixture(autouse=True)
def no_projector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "SEEN_WITHIN", 0.0)


def told(house: House, path: str, said: dict[str, Any]) -> str:
    id = str(uuid4())
    house.record(f"{AREA}/{path.format(id)}", said)
    return id


def page(house: House, path: str) -> str:
    project(house)
    answer = house.catalyst.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text.partition("<main")[2]))


def test_support_promised_and_not_begun_waits_at_home_and_is_late_after_28_days(house: House) -> None:
    taken = {"name": "Harbour Walk", "origin": "new", "legal_form": "CIC", "on": "2026-01-01"}
    walkers = told(house, "enterprises/{}", taken)
    day = today()
    for service, since, accepted in (("walks", 300, 28), ("lunches", 400, 2), ("gardening", 200, 29)):
        said = {"enterprise": walkers, "service": service, "waiting_since": (day - timedelta(since)).isoformat()}
        made = (day - timedelta(29)).isoformat()
        id = told(house, "referrals/{}", said | {"referrer": "the council", "on": made})
        house.record(f"{AREA}/referrals/{id}/accepted", {"on": (day - timedelta(accepted)).isoformat()})
    house.record(f"{AREA}/referrals/{id}/contact", {})
    text = page(house, "/home")
    shown = text.partition('aria-labelledby="promised"')[2].partition("</section>")[0]
    items = [words(f"<main>{each}") for each in shown.split("<li")[1:]]
    assert [("Lunches" in each, "Walks" in each, "Gardening" in each) for each in items] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ], "the longest wait comes first"
    assert ["Late" in each for each in items] == [False, False, True]


def test_a_referral_to_an_enterprise_whose_registration_was_taken_back_still_waits_at_home(house: House) -> None:
    id = str(uuid4())
    said = {"name": "Walkers", "origin": "new", "legal_form": "CIC"}
    position = house.record(f"{AREA}/enterprises/{id}", said).json()["position"]
    waiting = {"service": "company", "waiting_since": "2026-01-15", "referrer": "the council"}
    referral = told(house, "referrals/{}", waiting | {"enterprise": id})
    house.record(f"{AREA}/corrections", {"position": position, "reason": "did not happen"})
    assert f'href="/referrals/{referral}"' in page(house, "/home")


def test_an_enquiry_is_offered_only_what_it_may_be_told(house: House) -> None:
    idea = told(house, "enterprises/{}/enquiry", {"name": "An Idea"})
    offered = set(re.findall(rf'href="{RECORD}/([\w-]+)\?', page(house, f"/enterprises/{idea}")))
    assert offered == OF_ENQUIRIES
    known = set(re.findall(rf'href="{RECORD}/([\w-]+)\?', page(house, f"/enterprises/{house.enterprise}")))
    assert "registration" not in known
    assert {"milestone", "referral", "close"} <= known


@pytest.mark.parametrize(
    ("form", "names"), [("milestone", {"Bakery"}), ("registration", {"An Idea"}), ("support", {"Bakery", "An Idea"})]
)
def test_a_choice_of_enterprises_has_those_that_the_form_is_for(house: House, form: str, names: set[str]) -> None:
    told(house, "enterprises/{}/enquiry", {"name": "An Idea"})
    text = page(house, f"/choose/{form}")
    assert {name for name in ("Bakery", "An Idea") if name in words(text)} == names


def test_a_session_has_a_page_where_places_are_booked_and_that_says_who_completed_it(house: House) -> None:
    day = today()
    said = {"course": "first aid", "takes_place": day.isoformat(), "places": 5, "venue": "Village hall"}
    id = told(house, "sessions/{}", said)
    text = page(house, f"/sessions/{id}")
    assert f"Takes place on {in_words(day)}. 5 of 5 places are free." in words(text)
    assert "Village hall" in text
    assert f'href="{RECORD}/place?about={id}"' in text
    assert f'href="/sessions/{id}"' in page(house, "/sessions")

    sent = {"key": str(uuid4()), "enterprise": str(house.enterprise), "places": "4"}
    answer = house.catalyst.post(f"{RECORD}/place?about={id}", **sent)
    assert answer.status_code == 303, answer.text
    project(house)
    assert f'href="/sessions/{id}"' in house.catalyst.get(answer.headers["location"]).text
    text = page(house, f"/sessions/{id}")
    assert "Bakery : 4 places" in words(text)
    assert "1 of 5 places is free" in words(text)
    linked = re.search(rf'href="({RECORD}/training\?[^"]*)"', text)
    assert linked
    assert f"session={id}&amp;course=first%20aid" in linked[1]
    done = {"key": str(uuid4()), "session": id, "course": "first aid", "who": "the owner"}
    answer = house.catalyst.post(f"{RECORD}/training?about={house.enterprise}", **done)
    assert answer.status_code == 303, answer.text
    assert f"Bakery : the owner, {in_words(day)}" in words(page(house, f"/sessions/{id}"))


def test_a_session_of_another_area_is_not_here(house: House) -> None:
    said = {"course": "first aid", "takes_place": today().isoformat(), "places": 5, "venue": "Village hall"}
    id = told(house, "sessions/{}", said)
    project(house)
    elsewhere = house.person("catalyst", CORNWALL)
    unknown, other = elsewhere.get(f"/sessions/{uuid4()}"), elsewhere.get(f"/sessions/{id}")
    assert (unknown.status_code, other.status_code) == (404, 404)
    assert unknown.text == other.text


def test_an_area_says_how_many_were_new_and_what_each_does(house: House) -> None:
    assert "No active enterprise reported within half a year" in words(page(house, f"/areas/{SOMERSET}"))
    report = {
        "period_starts": today().isoformat(),
        "people_supported": 7,
        "jobs": 2,
        "volunteers": 0,
        "hours_per_week": 9.5,
    }
    house.record(f"{AREA}/enterprises/{house.enterprise}/activity", report)
    said = words(page(house, f"/areas/{SOMERSET}"))
    assert "1 of 1 enterprise, 100%, were new when they joined" in said
    assert "For each of them: 7 people supported, 2 jobs, 9.5 hours a week" in said
    assert "Counted from posts" in said
