"""One of each thing that something can be recorded of, in an area, as a program would record them."""

from datetime import timedelta
from uuid import uuid4

from house import House
from network import CORNWALL, SOMERSET

from events.base import today
from events.projections import ALL, engine

WAITING = {"service": "company", "waiting_since": "2026-01-15"}
LESSON = {"title": "Asking at the gate", "tried": "We asked.", "context": "A town.", "result": "Six people came."}


def one_of_each(house: House, area: str, *, name: str = "Bakery") -> dict[str, str]:
    """Their ids by kind. All that is not for the whole network is called `name`."""
    ids = {
        kind: str(uuid4())
        for kind in ("enterprise", "idea", "story", "session", "check", "concern", "action", "evidence", "need",
                     "referral", "lesson", "barrier", "feedback", "agenda item")
    }  # fmt: skip
    ids["item"] = ids["agenda item"]  # as addresses have it
    soon = (today() + timedelta(30)).isoformat()
    told: list[tuple[str, dict[str, object]]] = [
        ("enterprises/{enterprise}", {"name": name, "origin": "new", "legal_form": "CIC", "services": ["company"]}),
        ("enterprises/{idea}/enquiry", {"name": name}),
        (
            "enterprises/{enterprise}/stories",
            {
                "story": ids["story"],
                "title": name,
                "text": name,
                "consent": {"given_on": "2026-05-03", "how": "face to face"},
            },
        ),
        ("sessions/{session}", {"course": "first aid", "takes_place": soon, "places": 100, "venue": name}),
        (
            "enterprises/{enterprise}/quality-checks",
            {"check": ids["check"], "result": "met", "checklist": "2026", "note": "x"},
        ),
        ("enterprises/{enterprise}/concerns", {"concern": ids["concern"], "kind": "money"}),
        ("enterprises/{enterprise}/actions", {"action": ids["action"], "due": soon, "what": "Mend the oven"}),
        (
            "enterprises/{enterprise}/evidence",
            {
                "evidence": ids["evidence"],
                "requirement": "public liability insurance",
                "kind": "a letter",
                "valid_from": "2026-05-03",
            },
        ),
        ("needs/{need}", WAITING | {"service": name, "source": "a conversation"}),
        (
            "referrals/{referral}",
            WAITING | {"service": name, "enterprise": ids["enterprise"], "referrer": "the council"},
        ),
        ("lessons/{lesson}", LESSON),
        (
            "barriers/{barrier}",
            {"topic": "insurance", "title": "No insurer", "enterprise": ids["enterprise"]},
        ),
        (
            "feedback/{feedback}",
            {"verbatim": "They listen.", "owner": "the Catalyst", "enterprise": ids["enterprise"]},
        ),
        ("agenda-items/{item}", {"title": name, "by": "the community", "owner": "the area lead"}),
        ("conditions", {"condition": "funding", "evidence": name}),
        ("risks", {"risk": "partial buy-in", "owner": name}),
        (
            "catalysts",
            {
                "post": name,
                "employer": name,
                "starts": "2026-05-03",
                "ends": "2028-05-02",
                "cost": 135_000,
                "locally_rooted": True,
            },
        ),
    ]
    for path, said in told:
        house.record(f"/api/areas/{area}/{path.format_map(ids)}", said)
    return ids


def learned(house: House, area: str, lesson: str, *steps: str) -> None:
    """The area learned of a lesson, and took these steps with it."""
    elsewhere = SOMERSET if area != SOMERSET else CORNWALL
    for step in steps:
        house.record(f"/api/areas/{area}/practices/{lesson}/{step}", {"from_area": elsewhere})


def project(house: House) -> None:
    """Bring what stands now up to date."""
    engine.catch_up_all(house.connection, ALL, folds=engine.Folds())
