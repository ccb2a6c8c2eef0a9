"""What an enterprise has to hold follows from its facts; how it stands with each follows from what it showed."""

from datetime import date, timedelta
from random import Random
from types import ModuleType
from typing import Any
from uuid import UUID

import msgspec
import pytest
from deciding import AREA, DAY, REGISTERED, fix, history
from hypothesis import given
from hypothesis import strategies as st
from network import mutated

from events import requirements
from events.base import Event
from events.enterprises import (
    CircumstancesTold,
    EnterpriseClosed,
    LegalFormChanged,
    ListingVerified,
    MilestoneRecorded,
)
from events.ledger import Recorded
from events.quality import StandardsSigned
from events.renewal_catalogue import Catalogue, read_catalogue
from events.renewals import (
    EvidenceRejected,
    EvidenceSubmitted,
    EvidenceVerified,
    RequirementRenewed,
    RequirementsApplied,
    RequirementWaived,
)
from events.requirements import (
    Requirement,
    Span,
    applied,
    applies,
    facts_of,
    rederived,
    standing,
    state,
    with_requirements,
)
from events.training import CompetenceObserved, TrainingCompleted

OWN = read_catalogue(None)
NORTH_YORKSHIRE, CARDIFF, FIFE, NEWRY = "E06000065", "W06000015", "S12000047", "N09000010"
SOLE = msgspec.structs.replace(REGISTERED, legal_form="sole trader")
CARE = CircumstancesTold(circumstances=("gives personal care",))
EMPLOYS = CircumstancesTold(circumstances=("gives personal care", "employs people"))
EVIDENCE = UUID(int=7)
INSURANCE = "public liability insurance"


def after(days: int) -> date:
    return DAY + timedelta(days)


def words(entries: list[Recorded], area: str = AREA) -> set[str]:
    facts = facts_of(entries, area)
    return {each.requirement for each in applies(facts, OWN)} if facts else set()


def told(*events: Event | tuple[Event, date], area: str = AREA) -> list[Recorded]:
    """The entries of an enterprise as the hub records them: with what then has to be held."""
    found: list[Event | tuple[Event, date]] = []
    for each in events:
        event, on = each if isinstance(each, tuple) else (each, DAY)
        recorded = with_requirements(event, on, area=area, stream=UUID(int=1), history=history(*found), catalogue=OWN)
        found += [(happened.event, happened.on) for happened in recorded]
    return history(*found)


def one(entries: list[Recorded], word: str = INSURANCE, catalogue: Catalogue = OWN) -> Requirement:
    return next(each for each in standing(entries, catalogue) if each.word == word)


# ---- which apply


def test_each_requirement_says_when_it_applies() -> None:
    plain = words(history(SOLE))
    assert {INSURANCE, "safeguarding adults", "data protection fee", "self assessment"} <= plain
    assert "employers' liability insurance" not in plain
    assert "CIC34 report and accounts" not in plain
    assert words(history(REGISTERED)) - plain == {"CIC34 report and accounts", "confirmation statement"}
    assert "enhanced DBS check" not in plain
    assert {"enhanced DBS check", "CQC position"} <= words(history(SOLE, CARE))
    exempt = CircumstancesTold(circumstances=("exempt from the data protection fee",))
    assert "data protection fee" not in words(history(SOLE, exempt))


@pytest.mark.parametrize(
    ("area", "position"),
    [
        (AREA, "CQC position"),
        (CARDIFF, "CIW position"),
        (FIFE, "Care Inspectorate position"),
        (NEWRY, "RQIA position"),
    ],
)
def test_each_nation_has_a_regulator_of_its_own(area: str, position: str) -> None:
    found = words(history(SOLE, CARE), area)
    assert {word for word in found if word.endswith(" position")} == {position}


def test_in_an_area_of_no_nation_only_what_all_nations_ask_for_applies() -> None:
    found = words(history(SOLE, CARE), "UK")
    assert INSURANCE in found
    assert not {"CQC position", "enhanced DBS check"} & found


def test_one_that_closed_or_was_never_registered_has_to_hold_nothing() -> None:
    assert words(history(SOLE, EnterpriseClosed())) == set()
    assert facts_of(history(CARE), AREA) is None
    assert facts_of(history(SOLE, LegalFormChanged(legal_form="CIC"), fix(1)), AREA) is None


def test_what_applies_is_recorded_with_what_makes_it_apply_and_only_where_it_changed() -> None:
    entries = told(SOLE, MilestoneRecorded(kind="x"), CARE, CARE, EMPLOYS, LegalFormChanged(legal_form="partnership"))
    kinds = [type(entry.event).__name__ for entry in entries]
    assert kinds == [
        *("EnterpriseRegistered", "RequirementsApplied", "MilestoneRecorded"),
        *("CircumstancesTold", "RequirementsApplied", "CircumstancesTold"),
        *("CircumstancesTold", "RequirementsApplied", "LegalFormChanged"),
    ]
    assert set(applied(entries)) == words(entries)
    assert applied(entries)["employers' liability insurance"] == "It employs people."


def test_a_correction_makes_others_apply_and_taking_it_all_back_none() -> None:
    entries = told(SOLE, CARE, fix(3, CircumstancesTold(circumstances=("handles food",))))
    assert "food hygiene" in applied(entries)
    assert "CQC position" not in applied(entries)
    assert applied(told(SOLE, fix(1))) == {}
    assert applied(told(SOLE, EnterpriseClosed(), fix(3))).keys() == applied(told(SOLE)).keys()


def test_what_is_told_late_does_not_put_what_applies_now_in_the_past() -> None:
    """The last entry of what applies is also the last that happened."""
    entries = told(SOLE, (CARE, after(30)), (LegalFormChanged(legal_form="CIC"), after(10)))
    days = [entry.occurred_on for entry in entries if isinstance(entry.event, RequirementsApplied)]
    assert days == [DAY, after(30), after(30)]


def test_a_new_version_that_changes_nothing_for_it_is_no_event() -> None:
    entries = told(SOLE)
    assert rederived(entries, msgspec.structs.replace(OWN, version="next"), AREA) is None
    fewer = Catalogue(version="next", requirements=OWN.requirements[1:])
    changed = rederived(entries, fewer, AREA)
    assert changed
    assert changed.catalogue == "next"
    assert INSURANCE not in {each.requirement for each in changed.applies}


FACTS = st.sampled_from(
    [
        *(LegalFormChanged(legal_form=form) for form in ("CIC", "charity", "partnership")),
        *(CARE, EMPLOYS, CircumstancesTold(circumstances=("handles food", "drives people"))),
        *(StandardsSigned(version="2026"), ListingVerified(), TrainingCompleted(course="first aid")),
        RequirementRenewed(requirement=INSURANCE, valid_from=DAY, valid_to=None),
        RequirementRenewed(requirement=INSURANCE, valid_from=after(300), valid_to=after(500)),
        RequirementRenewed(requirement="CQC position", valid_from=DAY, valid_to=after(365)),
        RequirementWaived(requirement=INSURANCE, reason="the council agreed", until=after(90)),
        RequirementWaived(requirement=INSURANCE, reason="the council agreed"),
        EvidenceSubmitted(evidence=EVIDENCE, requirement=INSURANCE, kind="a letter", valid_from=after(5)),
        EvidenceVerified(evidence=EVIDENCE),
        EvidenceRejected(evidence=EVIDENCE, reason="unreadable"),
    ]
)
LIFE = st.lists(FACTS, max_size=12)


def stands(entries: list[Recorded]) -> Any:
    """How it stands with each, whatever the hub said of what applies."""
    plain = [entry for entry in entries if not isinstance(entry.event, RequirementsApplied)]
    return standing(plain, OWN), facts_of(plain, AREA)


@given(life=LIFE, chance=st.integers(0, 10_000))
def test_it_stands_the_same_however_late_and_however_wrongly_first_it_was_told(life: list[Event], chance: int) -> None:
    random = Random(chance)
    days: list[tuple[Event, date]] = [(SOLE, DAY), *((event, after(n)) for n, event in enumerate(life, start=1))]
    shuffled = random.sample(days, len(days))
    wrong = [random.random() < 0.3 for _ in shuffled]
    first: list[tuple[Event, date]] = [
        (random.choice(days)[0], after(random.randrange(30))) if bad else each
        for bad, each in zip(wrong, shuffled, strict=True)
    ]
    fixes = [(fix(n, each[0]), each[1]) for n, (bad, each) in enumerate(zip(wrong, shuffled, strict=True), 1) if bad]
    assert stands(history(*first, *fixes)) == stands(history(*days))


@given(life=LIFE, chance=st.integers(0, 10_000))
def test_whatever_was_told_in_whatever_order_what_applies_is_what_its_facts_make_apply(
    life: list[Event], chance: int
) -> None:
    days: list[tuple[Event, date]] = [(event, after(n)) for n, event in enumerate(life, start=1)]
    entries = told((SOLE, DAY), *Random(chance).sample(days, len(days)))
    assert set(applied(entries)) == words(entries)
    latest = [entry.occurred_on for entry in entries if isinstance(entry.event, RequirementsApplied)]
    assert latest == sorted(latest)


# ---- how it stands


def renewed(starts: date, ends: date | None = None, word: str = INSURANCE) -> RequirementRenewed:
    return RequirementRenewed(requirement=word, valid_from=starts, valid_to=ends)


def test_it_is_missing_then_valid_then_to_be_renewed_then_expired() -> None:
    assert state(one(told(SOLE)), DAY) == "missing"
    found = one(told(SOLE, renewed(DAY, after(364))))
    assert (found.valid_from, found.valid_to, found.notice_from) == (DAY, after(364), after(304))
    assert state(found, DAY - timedelta(1)) == "not needed"
    assert [state(found, after(n)) for n in (0, 303, 304, 364, 365)] == [
        *("valid", "valid", "in renewal window", "in renewal window", "expired")
    ]


def test_what_never_ends_stays_valid() -> None:
    care = CircumstancesTold(circumstances=("new to care",))
    found = one(told(SOLE, care, TrainingCompleted(course="Care Certificate")), "Care Certificate")
    assert (found.valid_to, found.notice_from) == (None, None)
    assert state(found, after(9999)) == "valid"


def test_what_follows_without_a_gap_is_held_since_the_first() -> None:
    assert one(told(SOLE, renewed(DAY, after(99)), renewed(after(100), after(200)))).held == (Span(DAY, after(200)),)
    gap = one(told(SOLE, renewed(DAY, after(99)), renewed(after(101), after(400))))
    assert gap.held == (Span(DAY, after(99)), Span(after(101), after(400)))
    assert [state(gap, after(n)) for n in (99, 100, 101)] == ["in renewal window", "expired", "valid"]


def test_evidence_counts_once_somebody_verified_it() -> None:
    given = EvidenceSubmitted(
        evidence=EVIDENCE, requirement=INSURANCE, kind="a letter", valid_from=DAY, valid_to=after(300)
    )
    waiting = one(told(SOLE, given))
    assert [each.evidence for each in waiting.awaiting] == [EVIDENCE]
    assert [state(waiting, after(n)) for n in (0, 300, 301)] == ["submitted", "submitted", "missing"]
    verified = one(told(SOLE, given, EvidenceVerified(evidence=EVIDENCE)))
    assert (verified.awaiting, verified.valid_to, state(verified, DAY)) == ((), after(300), "valid")
    rejected = one(told(SOLE, given, EvidenceRejected(evidence=EVIDENCE, reason="unreadable")))
    assert (rejected.awaiting, rejected.held, state(rejected, DAY)) == ((), (), "missing")


def test_a_waiver_holds_until_its_last_day_or_until_another_takes_its_place() -> None:
    waived = RequirementWaived(requirement=INSURANCE, reason="the council agreed", until=after(10))
    found = one(told(SOLE, waived))
    assert [state(found, after(n)) for n in (0, 10, 11)] == ["waived", "waived", "missing"]
    ended = one(told(SOLE, RequirementWaived(requirement=INSURANCE, reason="the council agreed"), (waived, after(5))))
    assert [state(ended, after(n)) for n in (4, 10, 11)] == ["waived", "waived", "missing"]
    assert state(one(told(SOLE, waived, renewed(DAY, after(300)))), DAY) == "valid"


def test_what_does_not_apply_is_not_needed_whatever_is_held() -> None:
    found = one(told(SOLE, renewed(DAY, after(300), "food hygiene")), "food hygiene")
    assert (found.needed_since, found.because, state(found, DAY)) == (None, "", "not needed")


def test_what_applies_again_is_needed_since_then() -> None:
    food = CircumstancesTold(circumstances=("handles food",))
    entries = told(SOLE, food, (CircumstancesTold(circumstances=()), after(10)), (food, after(20)))
    assert one(entries, "food hygiene").needed_since == after(20)
    assert one(entries).needed_since == DAY


def test_what_applies_is_needed_since_the_day_of_the_fact_as_corrected() -> None:
    """Though the correction makes nothing else apply, so that nothing more is recorded of what does."""
    entries = [
        # as one command records them
        msgspec.structs.replace(entry, command=UUID(int=1)) if entry.position <= 2 else entry
        for entry in told((SOLE, after(10)), (fix(1, SOLE), DAY), (fix(1, SOLE), after(5)))
    ]
    assert [type(entry.event).__name__ for entry in entries[:2]] == ["EnterpriseRegistered", "RequirementsApplied"]
    assert one(entries[:2]).needed_since == after(10)
    assert one(entries[:3]).needed_since == DAY
    assert one(entries).needed_since == after(5)


def test_what_follows_from_a_correction_is_needed_since_the_day_it_was_corrected_to() -> None:
    food = CircumstancesTold(circumstances=("handles food",))
    first = told(SOLE, (CircumstancesTold(circumstances=()), after(20)), (fix(3, food), after(20)))
    entries = history(*((each.event, each.occurred_on) for each in first), (fix(3, food), after(15)))
    entries[4] = msgspec.structs.replace(entries[4], command=entries[3].command)
    assert one(entries[:5], "food hygiene").needed_since == after(20)
    assert one(entries, "food hygiene").needed_since == after(15)


@pytest.mark.parametrize(
    ("event", "word", "until"),
    [
        (StandardsSigned(version="2026"), "standards signed", date(2027, 5, 2)),
        (ListingVerified(), "listing verified", date(2026, 11, 2)),
        (TrainingCompleted(course="Safeguarding adults "), "safeguarding adults", date(2027, 5, 2)),
        (CompetenceObserved(skill="giving medication"), "medication competence", date(2027, 5, 2)),
    ],
)
def test_some_things_meet_a_requirement_by_themselves(event: Event, word: str, until: date) -> None:
    found = one(told(SOLE, CircumstancesTold(circumstances=("gives medication",)), event), word)
    assert found.held == (Span(DAY, until),)


def test_what_a_helper_learns_does_not_stand_in_for_the_owner() -> None:
    found = one(
        told(SOLE, TrainingCompleted(course="safeguarding adults", who="somebody who helps")), "safeguarding adults"
    )
    assert found.held == ()


def test_a_regulators_position_is_asked_again_when_form_or_staff_change() -> None:
    position = renewed(DAY, after(364), "CQC position")
    form = one(told(SOLE, CARE, position, (LegalFormChanged(legal_form="CIC"), after(100))), "CQC position")
    assert form.held == (Span(DAY, after(99)),)
    staff = one(told(SOLE, CARE, position, (CARE, after(40)), (EMPLOYS, after(50))), "CQC position")
    assert staff.held == (Span(DAY, after(49)),)
    assert [state(staff, after(n)) for n in (49, 50)] == ["in renewal window", "expired"]


MUTANTS = [
    ("key=lambda entry: entry.version, default=None)", "key=lambda entry: -entry.version, default=None)"),
    ("if facts.closed:", "if False:"),
    ("return max(on, last.occurred_on) if last else on", "return on"),
    ('who="the owner"):\n            return by.course', "):\n            return by.course"),
    ("day > span.starts and span.covers(day)", "False"),
    ("elif id not in looked_at:", "else:"),
    ("on = standing.get(fact, on)", "pass"),
]


@pytest.mark.parametrize(("old", "new"), MUTANTS)
def test_a_guard_taken_out_shows(old: str, new: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant: ModuleType = mutated(requirements, old, new)
    names = ("applied", "applies", "facts_of", "rederived", "standing", "state", "with_requirements")
    for name in names:
        monkeypatch.setitem(globals(), name, mutant.__dict__[name])
    checks = (
        test_what_applies_is_recorded_with_what_makes_it_apply_and_only_where_it_changed,
        test_one_that_closed_or_was_never_registered_has_to_hold_nothing,
        test_what_is_told_late_does_not_put_what_applies_now_in_the_past,
        test_what_a_helper_learns_does_not_stand_in_for_the_owner,
        test_a_regulators_position_is_asked_again_when_form_or_staff_change,
        test_evidence_counts_once_somebody_verified_it,
        test_what_applies_is_needed_since_the_day_of_the_fact_as_corrected,
    )
    seen = 0
    for check in checks:
        try:
            check()
        except AssertionError:
            seen += 1
    assert seen
