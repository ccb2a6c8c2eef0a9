"""What a correction keeps, and what it refuses."""

from datetime import date
from uuid import UUID

import pytest
from deciding import DAY, LATER, REGISTERED, history, refused

from events.base import Sealed
from events.catalogue import Entry, EntryCorrected
from events.enterprises import EnterpriseRegistered, MilestoneRecorded, Owner
from events.people import Consent
from events.quality import ActionAgreed
from events.referrals import NeedRecorded, Person
from events.training import TrainingCompleted
from hub.corrections import decide

NOTE = Sealed[str](subject=UUID(int=7), box=b"note")
OTHER = Sealed[str](subject=UUID(int=7), box=b"other")
OWNER = Sealed[Owner](subject=UUID(int=8), box=b"owner")
PERSON = Sealed[Person](subject=UUID(int=9), box=b"person")
CONSENT = Consent(given_on=DAY, how="online")


def correct(said: Entry, instead: Entry | None, on: date = DAY, *, before: Entry | None = None) -> EntryCorrected:
    entries = history(said, *([EntryCorrected(corrects=1, reason="mistyped", replacement=before)] if before else []))
    return decide.correct(entries[0], entries, reason="mistyped", replacement=instead, note=None, on=on)[0]


def test_what_stands_already_is_no_correction() -> None:
    first, second = MilestoneRecorded(kind="open", note=NOTE), MilestoneRecorded(kind="opened", note=NOTE)
    refused("what it says already", lambda: correct(first, first))
    assert correct(first, first, LATER).replacement == first
    assert correct(first, second).replacement == second
    refused("what it says already", lambda: correct(first, second, before=second))
    assert correct(first, first, before=second).replacement == first, "it says something else now"


def test_what_was_taken_back_can_be_put_back_as_it_was() -> None:
    entries = history(REGISTERED, EntryCorrected(corrects=1, reason="mistyped", replacement=None))
    fix, on = decide.correct(entries[0], entries, reason="mistyped", replacement=REGISTERED, note=None, on=None)
    assert (fix.replacement, on) == (REGISTERED, DAY)


@pytest.mark.parametrize("kept", [set[str](), {"note"}])
def test_what_is_sealed_stays_only_where_it_is_to(kept: set[str]) -> None:
    entries = history(MilestoneRecorded(kind="open", note=NOTE))
    found = decide.keeping(MilestoneRecorded(kind="opened"), entries[0], entries, kept)
    assert found == MilestoneRecorded(kind="opened", note=NOTE if kept else None)


def test_it_stays_as_it_was_corrected_to() -> None:
    fix = EntryCorrected(corrects=1, reason="mistyped", replacement=MilestoneRecorded(kind="open", note=OTHER))
    entries = history(MilestoneRecorded(kind="open", note=NOTE), fix)
    assert decide.keeping(MilestoneRecorded(kind="x"), entries[0], entries, {"note"}) == MilestoneRecorded(
        kind="x", note=OTHER
    )


def test_why_somebody_may_be_held_stays_with_their_details() -> None:
    stands = EnterpriseRegistered(
        enterprise=UUID(int=1),
        name="Bakery",
        origin="new",
        legal_form="CIC",
        owner=OWNER,
        lawful_basis="consent",
        consent=CONSENT,
    )
    entries = history(stands)
    found = decide.keeping(REGISTERED, entries[0], entries, decide.sealed_fields(EnterpriseRegistered))
    assert isinstance(found, EnterpriseRegistered)
    assert (found.owner, found.lawful_basis, found.consent) == (OWNER, "consent", CONSENT)


def test_a_helpers_name_does_not_stay_with_the_owner() -> None:
    entries = history(TrainingCompleted(course="first aid", who="somebody who helps", person=NOTE))
    owner = TrainingCompleted(course="first aid", who="the owner")
    assert decide.keeping(owner, entries[0], entries, {"person"}) == owner
    helper = TrainingCompleted(course="food hygiene", who="somebody who helps")
    assert getattr(decide.keeping(helper, entries[0], entries, {"person"}), "person", None) == NOTE


def test_one_persons_details_are_not_those_of_several() -> None:
    def need(people: int, person: Sealed[Person] | None) -> NeedRecorded:
        return NeedRecorded(
            need=UUID(int=1),
            service="company",
            source="a conversation",
            waiting_since=DAY,
            people=people,
            person=person,
        )

    entries = history(need(1, PERSON))
    refused("it is of one", lambda: decide.keeping(need(2, None), entries[0], entries, {"person"}), field="people")
    assert decide.keeping(need(1, None), entries[0], entries, {"person"}) == need(1, PERSON)


def test_what_the_fields_are_called_that_are_sealed() -> None:
    assert decide.sealed_fields(ActionAgreed) == {"what"}
    assert decide.sealed_fields(EnterpriseRegistered) == {"owner"}


def test_what_was_corrected_since_is_not_undone() -> None:
    def fix(kind: str) -> EntryCorrected:
        return EntryCorrected(corrects=1, reason="mistyped", replacement=MilestoneRecorded(kind=kind))

    entries = history(MilestoneRecorded(kind="open"), fix("a"), MilestoneRecorded(kind="other"), fix("b"))
    decide.unchanged(entries[0], entries, seen=4)
    decide.unchanged(entries[2], entries, seen=0)
    for seen in (0, 2):
        refused("in between", lambda seen=seen: decide.unchanged(entries[0], entries, seen=seen))
