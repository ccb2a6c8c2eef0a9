"""Whatever can be told of areas, enterprises, training, quality and participation is recorded once, and corrected."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar.testing import TestClient
from msgspec import Struct

from events.catalogue import TAG_OF
from events.places import places
from events.settings import Settings
from hub.app import create_app
from hub.areas import inputs as areas
from hub.enterprises import inputs as enterprises
from hub.participation import inputs as participation
from hub.quality import inputs as quality
from hub.training import inputs as training

CODES = [code for code, place in places().items() if place.nation == "England" and not place.to_year]

Said = dict[str, Any]
ID = "6a0f3c1e-5a1b-4b7e-9d5e-0c6f7a8b9c0d"
MARKER = "Zebedee Quillfeather"


class Kind(Struct, frozen=True, kw_only=True):
    """A type of entry: where it is posted, what it says, what it should have said, and what comes before it."""

    at: str
    said: Said
    instead: Said
    before: Sequence[tuple[str, Said]] = ()


JOIN = ("/join", {})
ENTERPRISE = "/enterprises/{enterprise}"
SESSION = "/sessions/{session}"
REGISTER = (ENTERPRISE, {"name": "Bakery", "origin": "new", "legal_form": "CIC"})
CONSENT = {"given_on": "2026-05-03", "how": "online"}
OWNER = {"name": MARKER, "email": "z@example.org", "lawful_basis": "consent", "consent": CONSENT}
STORY = {"story": ID, "title": "A bakery", "text": "It began with one oven.", "consent": CONSENT}
POST = {"post": "coast", "employer": "x", "starts": "2026-01-01", "ends": "2028-01-01", "cost": 1}
APPOINT = ("/catalysts", POST | {"locally_rooted": True})
FUNDING = {"condition": "funding", "evidence": "The council agreed."}
RISK = {"risk": "partial buy-in", "owner": "director of adult social care"}
SCHEDULE = {"course": "first aid", "takes_place": "2027-01-01", "places": 3, "venue": "Town hall"}
EARLIER = {"on": "2026-06-01"}
REPORT = {"period_starts": "2026-01-01", "jobs": 1}
FEEDBACK = "/feedback/{feedback}"
GIVEN = {"verbatim": f"{MARKER} makes us laugh.", "owner": "the Catalyst"}
ITEM = "/agenda-items/{item}"
RAISED = {"title": "A bus after five", "by": "the community", "owner": "the area lead"}
ACTION = {"action": ID, "due": "2027-01-01", "what": f"{MARKER} fills the first aid box."}


def of_area(at: str, said: Said, instead: Said, *before: tuple[str, Said]) -> Kind:
    return Kind(at=at, said=said, instead=instead, before=(JOIN, *before))


def of_enterprise(at: str, said: Said, instead: Said, *before: tuple[str, Said]) -> Kind:
    return Kind(
        at=ENTERPRISE + at,
        said=said,
        instead=instead,
        before=(JOIN, REGISTER, *[(ENTERPRISE + path, body) for path, body in before]),
    )


KINDS: dict[str, Kind] = {
    "area.joined": Kind(at="/join", said={}, instead={"focus": "homes"}),
    "area.boundary_changed": of_area(
        "/boundary",
        {"from_code": "{area}", "to_code": "E09000001"},
        {"from_code": "{area}", "to_code": "E09000002"},
    ),
    "area.left": of_area("/leave", {}, {"reason": "the funding ended"}),
    "catalyst.appointed": of_area(*APPOINT, APPOINT[1] | {"cost": 2}),
    "catalyst.left": of_area("/catalysts/left", {"post": "coast"}, {"post": "coast", "reason": "another job"}, APPOINT),
    "load.target_set": of_area(
        "/load-targets", {"enterprises": 200, "source": "x"}, {"enterprises": 100, "source": "x"}
    ),
    "figure.published": of_area(
        "/published-figures",
        {"indicator": "jobs", "value": 1, "qualifier": "about", "source": "x"},
        {"indicator": "jobs", "value": 2, "qualifier": "exact", "source": "x"},
    ),
    "condition.confirmed": of_area("/conditions", FUNDING, FUNDING | {"evidence": "The board agreed."}),
    "condition.withdrawn": of_area(
        "/conditions/withdrawn", FUNDING, FUNDING | {"evidence": "It ended."}, ("/conditions", FUNDING)
    ),
    "risk.raised": of_area("/risks", RISK, RISK | {"owner": "chief executive"}),
    "risk.mitigated": of_area(
        "/risks/mitigated",
        {"risk": "partial buy-in", "action": "They met."},
        {"risk": "partial buy-in", "action": "They agreed."},
        ("/risks", RISK),
    ),
    "risk.closed": of_area(
        "/risks/closed", {"risk": "partial buy-in"}, {"risk": "partial buy-in"} | EARLIER, ("/risks", RISK)
    ),
    "enquiry.received": of_area(
        ENTERPRISE + "/enquiry", {"name": "Bakery", "enquirer": OWNER}, {"name": "Pies", "services": ["baking"]}
    ),
    "enterprise.registered": of_area(
        *REGISTER, REGISTER[1] | {"owner": OWNER, "modes": ["at a place", "in people's homes"]}
    ),
    "enterprise.legal_form_changed": of_enterprise(
        "/legal-form", {"legal_form": "charity"}, {"legal_form": "partnership"}
    ),
    "enterprise.circumstances_told": of_enterprise(
        "/circumstances", {"circumstances": ["employs people"]}, {"circumstances": ["handles food", "moves people"]}
    ),
    "enterprise.stage_reached": of_enterprise("/stages", {"stage": "trading"}, {"stage": "checking"}),
    "milestone.recorded": of_enterprise(
        "/milestones", {"kind": "insured", "note": MARKER}, {"kind": "checked", "note": MARKER}
    ),
    "support.given": of_enterprise(
        "/support",
        {"minutes": 45, "kind": "training", "by": "a peer"},
        {"minutes": 54, "kind": "a visit", "by": "an adviser"},
    ),
    "activity.reported": of_enterprise(
        "/activity", REPORT, REPORT | {"hourly_rate": 18.504, "paid_by": {"own_money": 40, "council": 60}}
    ),
    "capacity.updated": of_enterprise("/capacity", {"can_take": 2}, {"can_take": 0}),
    "listing.verified": of_enterprise("/listing", {}, {"on": "2026-11-01"}),
    "enterprise.paused": of_enterprise("/pause", {"note": MARKER}, {"reason": "moving"}),
    "enterprise.resumed": of_enterprise("/resume", {}, EARLIER, ("/pause", {})),
    "enterprise.closed": of_enterprise("/close", {"note": MARKER}, {"reason": "retired"}),
    "story.shared": of_enterprise("/stories", STORY, STORY | {"title": "Bread"}),
    "story.withdrawn": of_enterprise("/stories/withdrawn", {"story": ID}, {"story": ID} | EARLIER, ("/stories", STORY)),
    "session.scheduled": of_area(SESSION, SCHEDULE, SCHEDULE | {"places": 4}),
    "place.booked": of_area(
        SESSION + "/places",
        {"enterprise": "{enterprise}"},
        {"enterprise": "{enterprise}", "places": 2},
        REGISTER,
        (SESSION, SCHEDULE),
    ),
    "training.completed": of_enterprise(
        "/training",
        {"course": "first aid", "who": "somebody who helps", "person": MARKER},
        {"course": "food hygiene", "session": ID},
    ),
    "competence.observed": of_enterprise(
        "/competence",
        {"skill": "moving people"},
        {"skill": "giving medication", "who": "somebody who helps", "person": MARKER},
    ),
    "standards.signed": of_enterprise("/standards", {"version": "2026"}, {"version": "2027"}),
    "quality_check.completed": of_enterprise(
        "/quality-checks",
        {"check": ID, "result": "met", "checklist": "2026", "note": MARKER},
        {"check": ID, "result": "not met", "checklist": "2026"},
    ),
    "concern.raised": of_enterprise("/concerns", {"concern": ID, "kind": "money"}, {"concern": ID, "kind": "safety"}),
    "action.agreed": of_enterprise("/actions", ACTION, ACTION | {"due": "2027-02-01"}),
    "action.completed": of_enterprise(
        "/actions/completed", {"action": ID}, {"action": ID} | EARLIER, ("/actions", ACTION)
    ),
    "feedback.given": of_area(FEEDBACK, GIVEN, GIVEN | {"enterprise": "{enterprise}"}, REGISTER),
    "feedback.acknowledged": of_area(
        FEEDBACK + "/acknowledged", {"answer": f"We told {MARKER}."}, {"answer": f"{MARKER} knows."}, (FEEDBACK, GIVEN)
    ),
    "agenda_item.raised": of_area(ITEM, RAISED, RAISED | {"title": "A bus", "by": "the council"}),
    "agenda_item.answered": of_area(
        ITEM + "/answered", {"answer": "From April."}, {"answer": "From May."}, (ITEM, RAISED)
    ),
}
"""By the tag of the event."""


def test_every_type_of_entry_is_tried_here() -> None:
    ours = {**areas.INPUTS, **enterprises.INPUTS, **training.INPUTS, **quality.INPUTS, **participation.INPUTS}
    assert set(KINDS) == {TAG_OF[type] for type in ours}


class Area:
    """An area of a test's own, with an enterprise and a session that are nobody else's."""

    def __init__(self, client: TestClient, code: str) -> None:
        self.client = client
        things = ("{enterprise}", "{session}", "{feedback}", "{item}")
        self.names = {"{area}": code, **{thing: str(uuid4()) for thing in things}}
        self.path = f"/api/areas/{code}"

    def post(self, at: str, said: Said, *, key: str | None = None) -> httpx.Response:
        headers = {"Content-Type": "application/json", "Idempotency-Key": key or str(uuid4())}
        return self.client.post(self.path + self._named(at), content=self._named(json.dumps(said)), headers=headers)

    def _named(self, text: str) -> str:
        for name, what in self.names.items():
            text = text.replace(name, what)
        return text

    def given(self, *told: tuple[str, Said]) -> None:
        for at, said in told:
            answer = self.post(at, said)
            assert answer.status_code == 201, (at, answer.text)

    def correct(self, position: int, replacement: Said | None) -> httpx.Response:
        instead = None if replacement is None else json.loads(self._named(json.dumps(replacement)))
        return self.post("/corrections", {"position": position, "reason": "mistyped", "replacement": instead})

    def ledger(self) -> list[Any]:
        """Each event: what it says, by its position less one."""
        return [each[4] for each in self.client.get(f"{self.path}/ledger?limit=1000").json()]


@pytest.fixture(scope="module")
def client(module_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(module_settings), raise_server_exceptions=False) as client:
        yield client


_codes = iter(CODES)


@pytest.fixture
def area(client: TestClient) -> Area:
    return Area(client, next(_codes))


@pytest.mark.parametrize("tag", KINDS)
def test_each_is_recorded_once_however_often_it_is_posted(area: Area, tag: str) -> None:
    kind, key = KINDS[tag], str(uuid4())
    area.given(*kind.before)
    first = area.post(kind.at, kind.said, key=key)
    assert first.status_code == 201, first.text
    told = area.ledger()
    assert told[first.json()["position"] - 1]["type"] == tag
    again = area.post(kind.at, kind.said, key=key)
    assert (again.status_code, again.json()) == (201, first.json() | {"again": True})
    assert area.ledger() == told
    assert MARKER not in json.dumps(told)


@pytest.mark.parametrize("tag", KINDS)
def test_each_is_corrected_and_taken_back(area: Area, tag: str) -> None:
    kind = KINDS[tag]
    area.given(*kind.before)
    position = area.post(kind.at, kind.said).json()["position"]
    replaced = area.correct(position, kind.instead)
    assert replaced.status_code == 201, replaced.text
    withdrawn = area.correct(position, None)
    assert withdrawn.status_code == 201, withdrawn.text
    told = area.ledger()
    correction = told[replaced.json()["position"] - 1]
    assert correction["replacement"]["type"] == tag
    assert told[withdrawn.json()["position"] - 1]["replacement"] is None
    if changed := {name for name in kind.instead if kind.instead[name] != kind.said.get(name)} - {"on"}:
        before = told[position - 1]
        assert any(correction["replacement"].get(name) != before.get(name) for name in changed)
    assert MARKER not in json.dumps(told)


def test_what_was_told_is_what_stands(area: Area) -> None:
    area.given(JOIN, REGISTER, (ENTERPRISE + "/activity", KINDS["activity.reported"].instead))
    report = next(each for each in area.ledger() if each["type"] == "activity.reported")
    assert report["hourly_rate"] == 18.5
    paid_by = {"own_money": 40, "direct_payments": 0, "council": 60, "health_service": 0, "free_of_charge": 0}
    assert report["paid_by"] == paid_by
    circumstances = ["moves people", "employs people", "moves people"]
    area.given((ENTERPRISE + "/circumstances", {"circumstances": circumstances}))
    told = next(each for each in area.ledger() if each["type"] == "enterprise.circumstances_told")
    assert told["circumstances"] == ["employs people", "moves people"]


def test_somebody_who_enquired_and_then_registers_keeps_one_key(area: Area) -> None:
    area.given(
        JOIN,
        (ENTERPRISE + "/enquiry", {"name": "Bakery", "enquirer": OWNER}),
        (ENTERPRISE, REGISTER[1] | {"owner": OWNER}),
    )
    told = {each["type"]: each for each in area.ledger()}
    enquiry, registration = told["enquiry.received"], told["enterprise.registered"]
    assert enquiry["enquirer"]["subject"] == registration["owner"]["subject"]
    assert enquiry["consent"] == registration["consent"]
    assert enquiry["lawful_basis"] == "consent"


def test_an_area_that_does_not_take_part_hears_nothing_and_holds_no_session(area: Area) -> None:
    area.given(JOIN, ("/leave", {}))
    for at, said in (
        (ENTERPRISE + "/enquiry", {"name": "Bakery"}),
        (SESSION, SCHEDULE),
        (FEEDBACK, GIVEN),
        (ITEM, RAISED),
    ):
        answer = area.post(at, said)
        assert answer.status_code == 422, at
        assert "does not take part" in answer.json()["detail"]


def test_places_are_for_enterprises_of_the_area(area: Area, client: TestClient) -> None:
    area.given(JOIN, (SESSION, SCHEDULE))
    elsewhere = Area(client, next(_codes))
    elsewhere.given(JOIN, REGISTER)
    for enterprise in (str(uuid4()), elsewhere.names["{enterprise}"]):
        answer = area.post(SESSION + "/places", {"enterprise": enterprise})
        assert answer.status_code == 404
        assert [each["field"] for each in answer.json()["errors"]] == ["enterprise"]


def test_the_last_places_are_not_booked_twice_at_once(area: Area) -> None:
    area.given(JOIN, REGISTER, (SESSION, SCHEDULE))
    booking = {"enterprise": "{enterprise}", "places": 2}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: area.post(SESSION + "/places", booking), range(4)))
    assert sorted(each.status_code for each in answers) == [201, 422, 422, 422]
    refused = [each.json()["detail"] for each in answers if each.status_code == 422]
    assert set(refused) == {"This session has 1 of 3 places left."}
