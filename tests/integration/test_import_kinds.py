"""Files of each kind about a network that was imported: what a row comes to, what is sealed, and what is refused."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from books import book
from network import SOMERSET, Network

from events import ledger
from events.base import Event, named_id, today
from events.database import connect
from events.learning import LessonShared
from events.people import Consent
from events.personal_data import sealed_in
from events.quality import QualityCheckCompleted
from events.referrals import NeedRecorded, ReferralMade
from events.renewals import RequirementRenewed, RequirementsApplied
from events.settings import Settings
from events.training import SessionScheduled, TrainingCompleted
from events.vault import Vault, destroy_keys, unseal
from hub.importing.report import Report
from hub.importing.run import KINDS, import_file

Put = Callable[..., Report]

LIABILITY = "public liability insurance"

BEFORE: dict[str, list[dict[str, str]]] = {
    "areas": [{"joined_on": "2015-01-05"}],
    "enterprises": [
        {
            "reference": reference,
            "name": reference,
            "origin": "new",
            "legal_form": "CIC",
            "registered_on": "2021-05-03",
        }
        for reference in ("R1", "R2")
    ],
}

ROWS: dict[str, dict[str, str]] = {
    "milestones": {
        "enterprise_reference": "R1",
        "milestone": "first customer",
        "reached_on": "2021-06-01",
        "note": "Ada's sister helped",
    },
    "needs": {
        "reference": "N1",
        "service": "company",
        "source": "a conversation",
        "waiting_since": "1/2/2021",
        "recorded_on": "2021-06-01",
        "person_name": "Wilhelmina",
        "person_contact": "01632 960000",
        "person_wants": "Somebody to walk with",
        "lawful_basis": "consent",
        "consent_given_on": "2021-06-01",
        "consent_given_how": "face to face",
        "consent_form_of_words": "A 2021-05",
    },
    "referrals": {
        "reference": "F1",
        "enterprise_reference": "R1",
        "need_reference": "N1",
        "referrer": "the council",
        "made_on": "2021-07-01",
        "person_name": "Wilhelmina",
        "lawful_basis": "legitimate interests",
    },
    "sessions": {
        "reference": "S1",
        "course": "Moving people",
        "takes_place": str(today()),
        "places": "8",
        "venue": "The hall",
        "scheduled_on": "2021-06-01",
    },
    "training": {
        "reference": "T1",
        "enterprise_reference": "R1",
        "course": "Moving people",
        "completed_on": "2021-06-01",
        "who": "somebody who helps",
        "person_name": "Wilhelmina",
        "session_reference": "S1",
    },
    "renewals": {
        "enterprise_reference": "R1",
        "requirement": LIABILITY,
        "valid_from": "2021-06-01",
        "renewed_on": "2021-06-02",
    },
    "quality-checks": {
        "reference": "Q1",
        "enterprise_reference": "R1",
        "checked_on": "2021-06-01",
        "result": "met",
        "checklist": "2021",
        "note": "Ada's sister helped",
    },
    "concerns": {
        "reference": "C1",
        "enterprise_reference": "R1",
        "raised_on": "2021-06-01",
        "kind": "money",
    },
    "actions": {
        "reference": "A1",
        "enterprise_reference": "R1",
        "agreed_on": "2021-06-01",
        "due": "2021-07-01",
        "what": "Ask Ada's sister for a second key",
    },
    "barriers": {
        "reference": "B1",
        "topic": "insurance",
        "title": "No insurer covers a first year",
        "detail": "Three were asked",
        "enterprise_reference": "R1",
        "raised_on": "2021-06-01",
    },
    "lessons": {
        "reference": "L1",
        "title": "Asking at the gate",
        "tried": "We asked\n\n- twice",
        "context": "A village",
        "result": "All came",
        "topics": "rural; homecare",
        "shared_on": "2021-06-01",
    },
}
"""A row of each kind, as full as it may be."""


@pytest.fixture
def put(settings: Settings, network: Network, tmp_path: Path) -> Put:
    """Import rows, given as what stands in which column; all are of Somerset, where R1 and R2 are registered."""

    def put(kind: str, *rows: dict[str, str], dry_run: bool = False) -> Report:
        columns = list(dict.fromkeys(["area", *(name for row in rows for name in row)]))
        file = tmp_path / f"{kind}.xlsx"
        file.write_bytes(book([columns, *([({"area": SOMERSET} | row).get(name) for name in columns] for row in rows)]))
        return import_file(settings, kind, file, dry_run=dry_run)

    for kind, rows in BEFORE.items():
        assert put(kind, *rows).ok
    return put


def told(network: Network, *kinds: type[Event]) -> list[ledger.Recorded]:
    return [each for each in network.events(SOMERSET) if isinstance(each.event, kinds)]


def opened(settings: Settings, sealed: Any, type: Any) -> Any:
    with connect(settings.vault_url) as vault:
        key = Vault(settings.vault_key).existing_keys(vault, [sealed.subject])[sealed.subject]
    return unseal(sealed, key=key, type=type)


def id_of(kind: str, reference: str) -> UUID:
    return named_id(kind, SOMERSET, reference)


def wrong(report: Report) -> list[tuple[int, str, str]]:
    assert (report.ok, report.new) == (False, 0)
    return [(error.row, error.column, error.wrong) for error in report.errors]


def test_every_kind_has_a_row_here() -> None:
    assert set(KINDS) - set(ROWS) == {"areas", "enterprises", "activity", "figures"}
    for kind, row in ROWS.items():
        assert set(row) <= {column.name for column in KINDS[kind].columns}


@pytest.mark.parametrize("kind", ROWS)
def test_a_row_of_each_kind_is_recorded_once_and_seals_what_is_about_people(
    put: Put, network: Network, settings: Settings, kind: str
) -> None:
    if kind == "referrals":
        assert put("needs", ROWS["needs"]).ok
    before = network.events(SOMERSET)
    assert put(kind, ROWS[kind], dry_run=True).new == 1
    assert network.events(SOMERSET) == before
    assert put(kind, ROWS[kind]).new == 1
    (entry,) = network.events(SOMERSET)[len(before) :]
    assert entry.actor == "import"
    assert put(kind, ROWS[kind]).sentence == "Nothing new: it was there."
    assert len(network.events(SOMERSET)) == len(before) + 1
    written = str(network.connection.execute("select string_agg(data, '') from event").fetchone())
    assert "Wilhelmina" not in written
    assert "sister" not in written
    secrets = [row for row in ROWS[kind] if row in ("person_name", "note", "what")]
    assert len(list(sealed_in(entry.event))) == len(secrets)


def test_a_need_and_its_referral_are_kept_under_the_key_of_the_need(
    put: Put, network: Network, settings: Settings
) -> None:
    put("needs", ROWS["needs"])
    put("referrals", ROWS["referrals"])
    (asked,), (made,) = told(network, NeedRecorded), told(network, ReferralMade)
    need, referral = asked.event, made.event
    assert isinstance(need, NeedRecorded)
    assert isinstance(referral, ReferralMade)
    assert asked.stream == need.need == id_of("need", "N1") == referral.need
    assert made.stream == id_of("referral", "F1")
    assert referral.enterprise == id_of("enterprise", "R1")
    # left out, and so as in the need
    assert (referral.service, referral.waiting_since) == ("company", date(2021, 2, 1))
    assert need.person
    assert referral.person
    assert need.person.subject == referral.person.subject == need.need
    assert need.consent == Consent(given_on=date(2021, 6, 1), how="face to face", wording="A 2021-05")
    person = opened(settings, need.person, dict)
    assert (person["name"], person["contact"], person["wants"]) == (
        "Wilhelmina",
        "01632 960000",
        "Somebody to walk with",
    )


def test_training_is_the_enterprises_and_who_helps_has_a_key_of_their_own(put: Put, network: Network) -> None:
    again = ROWS["training"] | {"reference": "T2"}
    put("sessions", ROWS["sessions"])
    assert put("training", ROWS["training"], again).new == 2
    (scheduled,) = told(network, SessionScheduled)
    first, second = told(network, TrainingCompleted)
    assert first.stream == second.stream == id_of("enterprise", "R1")
    assert isinstance(first.event, TrainingCompleted)
    assert isinstance(second.event, TrainingCompleted)
    assert first.event.session == scheduled.stream == id_of("session", "S1")
    assert first.event.person
    assert second.event.person
    assert len({first.event.person.subject, second.event.person.subject, first.stream}) == 3


def test_notes_are_kept_under_the_enterprises_key(put: Put, network: Network, settings: Settings) -> None:
    put("quality-checks", ROWS["quality-checks"])
    (entry,) = told(network, QualityCheckCompleted)
    check = entry.event
    assert isinstance(check, QualityCheckCompleted)
    assert check.check == id_of("quality check", "Q1")
    assert check.note
    assert check.note.subject == entry.stream
    assert opened(settings, check.note, str) == "Ada's sister helped"


def test_a_lesson_keeps_its_lines_and_topics(put: Put, network: Network) -> None:
    put("lessons", ROWS["lessons"])
    (entry,) = told(network, LessonShared)
    lesson = entry.event
    assert isinstance(lesson, LessonShared)
    assert (lesson.tried, lesson.topics) == ("We asked\n\n- twice", ("rural", "homecare"))


def test_renewals_without_a_last_day_end_as_the_catalogue_says_each_after_the_one_before(
    put: Put, network: Network
) -> None:
    """The second was renewed two weeks early, and runs on from the end of the first."""
    early = ROWS["renewals"] | {"valid_from": "2022-05-17", "renewed_on": "2022-05-17"}
    other = ROWS["renewals"] | {"enterprise_reference": "R2", "valid_to": "2021-12-31"}
    assert put("renewals", ROWS["renewals"], other, early).new == 3
    ends = {
        (each.stream, each.event.valid_to)
        for each in told(network, RequirementRenewed)
        if isinstance(each.event, RequirementRenewed)
    }
    assert ends == {
        (id_of("enterprise", "R1"), date(2022, 5, 31)),
        (id_of("enterprise", "R1"), date(2023, 5, 31)),
        (id_of("enterprise", "R2"), date(2021, 12, 31)),
    }
    assert len(told(network, RequirementsApplied)) == 2


NO_ENTERPRISE = "There is no such enterprise in this area."
TOMORROW = str(today() + timedelta(1))


@pytest.mark.parametrize(
    ("kind", "changes", "column", "sentence"),
    [
        (
            "milestones",
            {"enterprise_reference": "R9"},
            "enterprise_reference",
            NO_ENTERPRISE,
        ),
        ("milestones", {"reached_on": "2021-05-02"}, "reached_on", "was registered on 3 May 2021"),
        ("needs", {"lawful_basis": ""}, "lawful_basis", "Say on what lawful basis this person is held."),
        ("needs", {"people": "3"}, "people", "Leave the person out where several people need this."),
        ("needs", {"waiting_since": "2021-06-02"}, "waiting_since", "Nobody waits from a day after this one."),
        ("needs", {"person_name": ""}, "person_name", "This is missing."),
        ("needs", {"source": "a dream"}, "source", "This is not one of the choices."),
        (
            "referrals",
            {"enterprise_reference": "R9"},
            "enterprise_reference",
            NO_ENTERPRISE,
        ),
        ("referrals", {"need_reference": "N9"}, "need_reference", "There is no such need in this area."),
        ("referrals", {"need_reference": ""}, "service", "Say what kind of support this is about."),
        ("referrals", {"made_on": "2021-05-31"}, "made_on", "This need was recorded on 1 June 2021"),
        ("referrals", {"made_on": TOMORROW}, "made_on", "is in the future"),
        ("sessions", {"places": "0"}, "places", "This must be a whole number of at least 1."),
        ("sessions", {"takes_place": "2021-05-31"}, "takes_place", "It must be scheduled before it takes place."),
        ("training", {"who": ""}, "person_name", "Who the owner is, the hub knows."),
        (
            "training",
            {"enterprise_reference": "R9"},
            "enterprise_reference",
            NO_ENTERPRISE,
        ),
        (
            "renewals",
            {"requirement": "a licence"},
            "requirement",
            "This requirement does not apply to",
        ),
        ("renewals", {"valid_to": "2021-05-31"}, "valid_to", "The last day comes before the first."),
        ("quality-checks", {"result": "good"}, "result", "This is not one of the choices."),
        ("concerns", {"kind": "smell"}, "kind", "This is not one of the choices."),
        ("concerns", {"enterprise_reference": "R9"}, "enterprise_reference", NO_ENTERPRISE),
        ("actions", {"due": "2021-05-31"}, "due", "It must be due on the day it is agreed, or later."),
        ("barriers", {"enterprise_reference": "R9"}, "enterprise_reference", NO_ENTERPRISE),
        ("lessons", {"topics": "rural; roses"}, "topics", "This is not one of the choices."),
        ("lessons", {"consent_given_on": "2021-06-01"}, "consent_given_how", "This is missing."),
    ],
)
def test_a_wrong_row_is_told_by_its_column_and_keeps_all_out(
    put: Put, network: Network, kind: str, changes: dict[str, str], column: str, sentence: str
) -> None:
    put("needs", ROWS["needs"] | {"reference": "N1"})
    before = len(network.events(SOMERSET))
    row = ROWS[kind] | changes
    if kind == "needs":
        row["reference"] = "N2"
    first = {name: "X1" if name == "reference" else value for name, value in ROWS[kind].items()}
    if kind == "milestones" or kind == "renewals":
        first["enterprise_reference"] = "R2"
    ((_, found, said),) = wrong(put(kind, first, row))
    assert found == column
    assert sentence in said
    assert len(network.events(SOMERSET)) == before


def test_a_row_that_now_names_another_enterprise_says_something_else(put: Put) -> None:
    put("training", ROWS["training"])
    ((_, column, said),) = wrong(put("training", ROWS["training"] | {"enterprise_reference": "R2"}))
    assert column == "enterprise_reference"
    assert said.startswith("This was imported before and said something else.")


def test_nothing_more_is_kept_of_who_was_erased(put: Put, network: Network, settings: Settings) -> None:
    put("needs", ROWS["needs"])
    with connect(settings.vault_url) as vault:
        destroy_keys(vault, [id_of("need", "N1")])
    before = len(network.events(SOMERSET))
    for dry_run in (True, False):
        assert wrong(put("referrals", ROWS["referrals"], dry_run=dry_run)) == [
            (2, "reference", "The person this is about was erased. Nothing more can be kept about them.")
        ]
    assert len(network.events(SOMERSET)) == before
    unnamed = {name: value for name, value in ROWS["referrals"].items() if name not in ("person_name", "lawful_basis")}
    assert put("referrals", unnamed).new == 1
