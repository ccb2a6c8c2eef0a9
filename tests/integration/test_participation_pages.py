"""Feedback and agenda items on pages: what waits, for whom, and what stays under lock."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from house import House, house
from network import SOMERSET
from one_of_each import project

from events import ledger
from events.access import Role
from events.base import in_words, today
from hub.forms import routes

__all__ = ["house"]

AREA = f"/api/areas/{SOMERSET}"
SAID, ANSWERED = "My mother laughs on Tuesdays.", "We told the cook."


@pytest.fixture(autouse=True)
def no_projector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "SEEN_WITHIN", 0.0)


def ago(days: int) -> str:
    return (today() - timedelta(days)).isoformat()


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text.partition("<main")[2]))


def page(house: House, path: str, role: Role = "catalyst") -> str:
    project(house)
    answer = house.person(role).get(path)
    assert answer.status_code == 200, answer.text
    return words(answer.text)


def told(house: House) -> tuple[str, str, str]:
    """A bakery, feedback about it that waits for 10 days, and an agenda item that waits for 9."""
    bakery, feedback, item = (str(uuid4()) for _ in range(3))
    house.record(
        f"{AREA}/enterprises/{bakery}", {"name": "Bakery", "origin": "new", "legal_form": "CIC", "on": ago(20)}
    )
    given = {"verbatim": SAID, "owner": "the area lead", "enterprise": bakery, "on": ago(10)}
    house.record(f"{AREA}/feedback/{feedback}", given)
    raised = {"title": "A bus after five", "by": "the community", "owner": "the Catalyst", "on": ago(9)}
    house.record(f"{AREA}/agenda-items/{item}", raised)
    return bakery, feedback, item


def test_what_nobody_answered_waits_at_home_and_is_late_after_10_days(house: House) -> None:
    _, feedback, item = told(house)
    home = page(house, "/home")
    assert f"Feedback about Bakery For the area lead to answer Late Since {in_words(today() - timedelta(10))}" in home
    assert "A bus after five For the Catalyst to answer Since" in home
    house.record(f"{AREA}/feedback/{feedback}/acknowledged", {"answer": ANSWERED})
    house.record(f"{AREA}/agenda-items/{item}/answered", {"answer": "From April."})
    assert "Feedback and agenda items to answer" not in page(house, "/home")


def test_the_page_says_whose_it_is_and_shows_nothing_that_is_sealed(house: House) -> None:
    _, feedback, item = told(house)
    shown = page(house, f"/feedback/{feedback}")
    assert "It waits for an answer from the area lead." in shown
    assert "Record the answer" in shown
    house.record(f"{AREA}/feedback/{feedback}/acknowledged", {"answer": ANSWERED})
    roles: tuple[Role, ...] = ("catalyst", "commissioner", "national")
    for role in roles:
        shown = page(house, f"/feedback/{feedback}", role)
        assert f"Answered on {in_words(today())}." in shown
        assert ("What was said and answered" in shown) == (role == "catalyst")
        assert SAID not in shown
        assert ANSWERED not in shown
    assert "What somebody said" in page(house, f"/people/{feedback}")
    opened = house.catalyst.post(f"/people/{feedback}", why="To answer the family").text
    assert SAID in opened
    assert ANSWERED in opened
    shown = page(house, f"/feedback/{item}", "commissioner")
    assert "Raised by the community" in shown
    assert "Tell the Catalyst what to answer" in shown
    house.record(f"{AREA}/agenda-items/{item}/answered", {"answer": "From April."})
    assert "The answer From April." in page(house, f"/feedback/{item}", "commissioner")


def test_feedback_of_somebody_who_was_erased_is_closed_without_words(house: House) -> None:
    _, feedback, _ = told(house)
    assert house.catalyst.post(f"/areas/{SOMERSET}/people/{feedback}/erasure", basis="asked by the person").is_redirect
    order = house.connection.execute("select id from erasure where subject = %s", [feedback]).fetchone()
    assert order
    assert house.lead.post(f"/areas/{SOMERSET}/erasures/{order[0]}/approve").is_redirect
    house.tick()
    assert f"Erased on {in_words(today())}." in page(house, f"/feedback/{feedback}")
    house.record(f"{AREA}/feedback/{feedback}/acknowledged", {"answer": ANSWERED}, status=410)
    house.record(f"{AREA}/feedback/{feedback}/acknowledged", {})
    assert f"Answered on {in_words(today())}." in page(house, f"/feedback/{feedback}")


def test_an_enterprise_that_feedback_is_about_is_not_taken_back(house: House) -> None:
    bakery, feedback, _ = told(house)
    project(house)
    registered, given = (
        {"position": ledger.read_stream(house.connection, SOMERSET, UUID(id))[0].position, "reason": "did not happen"}
        for id in (bakery, feedback)
    )
    answer = house.record(f"{AREA}/corrections", registered, status=422)
    assert "feedback" in answer.json()["detail"]
    house.record(f"{AREA}/corrections", given)
    project(house)
    house.record(f"{AREA}/corrections", registered)
