"""What may be recorded about an enterprise: a sentence for everything that may not."""

from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

import pytest
from deciding import DAY, ENQUIRED, LATER, LONG_AGO, REGISTERED, fix, history, refused

from events.base import Event
from events.enterprises import (
    EnterpriseClosed,
    EnterprisePaused,
    EnterpriseResumed,
    LegalFormChanged,
    MilestoneRecorded,
    Stage,
    StageReached,
    StoryShared,
    StoryWithdrawn,
    SupportGiven,
)
from events.ledger import Recorded
from events.people import Consent
from events.training import SessionScheduled
from hub.enterprise_state import enterprise
from hub.enterprises import decide as enterprises
from hub.enterprises.inputs import (
    ActivityInput,
    CapacityInput,
    CircumstancesInput,
    CloseInput,
    EnquiryInput,
    LegalFormInput,
    ListingInput,
    MilestoneInput,
    OwnerInput,
    PaidByInput,
    PauseInput,
    RegisterInput,
    ResumeInput,
    StageInput,
    StoryInput,
    StoryWithdrawnInput,
    SupportInput,
)
from hub.input import ConsentInput

NOTED = MilestoneInput(kind="first customer")
SUPPORT = SupportInput(minutes=30, kind="training", by="a peer")
REGISTER = RegisterInput(name="Bakery", origin="new", legal_form="CIC")

ENTERPRISE: dict[str, tuple[Callable[[Sequence[Recorded]], object], str]] = {
    "milestone": (lambda h: enterprises.may_note(NOTED, h, LATER), "closed on 3 May 2026"),
    "stage": (lambda h: enterprises.may_reach(StageInput(stage="trading"), h, LATER), "closed on"),
    "report": (
        lambda h: enterprises.may_report(ActivityInput(period_starts=DAY, jobs=1), h, LATER),
        "closed on",
    ),
    "pause": (lambda h: enterprises.may_pause(PauseInput(), h, LATER), "closed on"),
    "close": (lambda h: enterprises.may_close(CloseInput(), h, LATER), "already closed on 3 May 2026"),
}


@pytest.mark.parametrize("what", ENTERPRISE)
def test_after_closing_nothing_more_happens_to_an_enterprise(what: str) -> None:
    decide, part = ENTERPRISE[what]
    refused("no such enterprise", lambda: decide(history()))
    decide(history(REGISTERED))
    refused(part, lambda: decide(history(REGISTERED, EnterpriseClosed())))
    decide(history(REGISTERED, EnterpriseClosed(), fix(2)))


def test_what_happened_before_it_closed_may_still_be_told() -> None:
    closed = history(REGISTERED, (EnterpriseClosed(), date(2026, 6, 1)))
    enterprises.may_note(NOTED, closed, DAY)


def test_nothing_is_told_of_an_enterprise_from_before_it_was_registered() -> None:
    early = date(2000, 1, 1)
    refused("Give that day or a later one", lambda: enterprises.may_note(NOTED, history(REGISTERED), early))
    refused("Give that day or a later one", lambda: enterprises.may_close(CloseInput(), history(REGISTERED), early))


def test_an_enterprise_registers_once() -> None:
    said = RegisterInput(name="Bakery", origin="new", legal_form="CIC")
    enterprises.may_register(said, history(), DAY)
    refused("Bakery is already registered", lambda: enterprises.may_register(said, history(REGISTERED), DAY))
    refused("was taken back", lambda: enterprises.may_register(said, history(REGISTERED, fix(1)), DAY))


def test_pausing_and_resuming_take_turns() -> None:
    refused("is not paused", lambda: enterprises.may_resume(ResumeInput(), history(REGISTERED), DAY))
    paused = history(REGISTERED, EnterprisePaused())
    refused("already paused, since 3 May 2026", lambda: enterprises.may_pause(PauseInput(), paused, DAY))
    enterprises.may_resume(ResumeInput(), paused, DAY)


def test_a_stage_is_reached_once_at_a_time() -> None:
    there = history(REGISTERED, StageReached(stage="trading"))
    refused("already at the stage", lambda: enterprises.may_reach(StageInput(stage="trading"), there, DAY))


def test_a_report_says_something_about_a_time_that_has_an_end() -> None:
    known = history(REGISTERED)
    refused("at least one", lambda: ActivityInput(period_starts=DAY).check(today=DAY))
    late = ActivityInput(period_starts=LATER, jobs=1)
    refused("must start before it ends", lambda: enterprises.may_report(late, known, DAY))


def test_nothing_is_reported_of_an_enterprise_while_it_is_paused() -> None:
    said = ActivityInput(period_starts=DAY, jobs=1)
    paused = history(REGISTERED, (EnterprisePaused(), LATER))
    refused("is paused since 4 May 2026", lambda: enterprises.may_report(said, paused, date(2026, 5, 5)))
    enterprises.may_report(said, paused, DAY)
    resumed = history(REGISTERED, (EnterprisePaused(), DAY), (EnterpriseResumed(), DAY))
    enterprises.may_report(said, resumed, DAY)


def test_consent_and_lawful_basis_fit_together() -> None:
    given = ConsentInput(given_on=DAY, how="online")
    OwnerInput(name="Ann").may_hold(today=DAY, within="owner")
    OwnerInput(name="Ann", lawful_basis="contract").may_hold(today=DAY, within="owner")
    OwnerInput(name="Ann", lawful_basis="consent", consent=given).may_hold(today=DAY, within="owner")
    for part, owner, day in (
        ("so the lawful basis is consent", OwnerInput(name="Ann", lawful_basis="contract", consent=given), DAY),
        ("Say when and how", OwnerInput(name="Ann", lawful_basis="consent"), DAY),
        ("a day to come", OwnerInput(name="Ann", lawful_basis="consent", consent=given), date(2026, 5, 2)),
    ):
        refused(part, lambda owner=owner, day=day: owner.may_hold(today=day, within="owner"))
        enquiry = EnquiryInput(name="Bakery", enquirer=owner)
        registration = RegisterInput(name="Bakery", origin="new", legal_form="CIC", owner=owner)
        refused(part, lambda said=enquiry, day=day: said.check(today=day))
        refused(part, lambda said=registration, day=day: said.check(today=day))


def test_an_enquiry_comes_first_and_once() -> None:
    said = EnquiryInput(name="Bakery")
    enterprises.may_enquire(said, history())
    refused("The enquiry of Bakery is already recorded", lambda: enterprises.may_enquire(said, history(ENQUIRED)))
    refused("Bakery is already registered", lambda: enterprises.may_enquire(said, history(REGISTERED)))
    refused("was used before", lambda: enterprises.may_enquire(said, history(ENQUIRED, fix(1))))


def test_an_enquiry_becomes_an_enterprise_under_its_id() -> None:
    enterprises.may_register(REGISTER, history(ENQUIRED), LATER)
    enterprises.may_register(REGISTER, history(ENQUIRED, StageReached(stage="signposted")), LATER)
    enterprises.may_register(REGISTER, history(ENQUIRED, fix(1)), DAY)
    refused("is already registered", lambda: enterprises.may_register(REGISTER, history(ENQUIRED, REGISTERED), DAY))
    taken_back = history(ENQUIRED, REGISTERED, fix(2))
    refused("was taken back", lambda: enterprises.may_register(REGISTER, taken_back, DAY))
    refused(
        "The enquiry of Bakery was received on 3 May 2026",
        lambda: enterprises.may_register(REGISTER, history(ENQUIRED), LONG_AGO),
        field="on",
    )
    closed = history(ENQUIRED, EnterpriseClosed())
    refused("Bakery closed on 3 May 2026", lambda: enterprises.may_register(REGISTER, closed, LATER))


def test_an_id_of_something_else_is_no_enterprises() -> None:
    session = SessionScheduled(session=UUID(int=1), course="x", takes_place=DAY, places=1, venue="x")
    refused("used for something else", lambda: enterprises.may_register(REGISTER, history(session), DAY))
    refused("used before", lambda: enterprises.may_enquire(EnquiryInput(name="x"), history(session)))


def test_an_enquiry_gets_support_is_signposted_or_closes() -> None:
    asked = history(ENQUIRED)
    enterprises.may_support(SUPPORT, asked, DAY)
    enterprises.may_reach(StageInput(stage="signposted"), asked, DAY)
    enterprises.may_close(CloseInput(), asked, DAY)
    refused("enquiry of Bakery was received", lambda: enterprises.may_support(SUPPORT, asked, LONG_AGO), field="on")
    gone = history(ENQUIRED, EnterpriseClosed())
    refused("Bakery closed on", lambda: enterprises.may_support(SUPPORT, gone, LATER))
    refused("already closed on", lambda: enterprises.may_close(CloseInput(), gone, LATER))


@pytest.mark.parametrize("stage", ["checking", "trading", "sustaining"])
def test_an_enquiry_neither_checks_nor_trades(stage: Stage) -> None:
    refused("is an enquiry so far", lambda: enterprises.may_reach(StageInput(stage=stage), history(ENQUIRED), DAY))
    enterprises.may_reach(StageInput(stage=stage), history(ENQUIRED, REGISTERED), DAY)


STORY = StoryInput(story=UUID(int=7), title="x", text="x", consent=ConsentInput(given_on=DAY, how="online"))
SHARED = StoryShared(story=UUID(int=7), title="x", text="x", consent=Consent(given_on=DAY, how="online"))
WITHDRAW = StoryWithdrawnInput(story=UUID(int=7))

OF_THE_REGISTERED: dict[str, Callable[[Sequence[Recorded], date], object]] = {
    "legal form": lambda h, on: enterprises.may_change_form(LegalFormInput(legal_form="charity"), h, on),
    "circumstances": lambda h, on: enterprises.may_tell_circumstances(CircumstancesInput(circumstances=()), h, on),
    "milestone": lambda h, on: enterprises.may_note(NOTED, h, on),
    "report": lambda h, on: enterprises.may_report(ActivityInput(period_starts=LONG_AGO, jobs=1), h, on),
    "capacity": lambda h, on: enterprises.may_tell_capacity(CapacityInput(can_take=1), h, on),
    "listing": lambda h, on: enterprises.may_verify_listing(ListingInput(), h, on),
    "pause": lambda h, on: enterprises.may_pause(PauseInput(), h, on),
    "resume": lambda h, on: enterprises.may_resume(ResumeInput(), h, on),
    "story": lambda h, on: enterprises.may_tell_story(STORY, h, on),
}
AFTER_CLOSING = {"story"}


@pytest.mark.parametrize("what", OF_THE_REGISTERED)
def test_what_an_enterprise_does_is_told_once_it_is_registered(what: str) -> None:
    decide = OF_THE_REGISTERED[what]
    refused("no such enterprise", lambda: decide(history(), DAY), field="enterprise")
    refused("is an enquiry so far", lambda: decide(history(ENQUIRED), DAY), field="enterprise")
    late = history(ENQUIRED, (REGISTERED, LATER))
    refused("was registered on 4 May 2026", lambda: decide(late, DAY), field="on")


@pytest.mark.parametrize("what", sorted(set(OF_THE_REGISTERED) - AFTER_CLOSING))
def test_what_an_enterprise_does_ends_with_its_closing(what: str) -> None:
    closed = history(REGISTERED, EnterpriseClosed())
    refused("closed on 3 May 2026", lambda: OF_THE_REGISTERED[what](closed, LATER), field="on")


def test_the_legal_form_changes_to_another_one() -> None:
    changed = LegalFormChanged(legal_form="charity")
    said = LegalFormInput(legal_form="charity")
    refused("is “charity” already", lambda: enterprises.may_change_form(said, history(REGISTERED, changed), DAY))
    refused(
        "is “CIC” already",
        lambda: enterprises.may_change_form(LegalFormInput(legal_form="CIC"), history(REGISTERED), DAY),
        field="legal_form",
    )
    enterprises.may_change_form(said, history(REGISTERED, changed, fix(2)), DAY)


def test_what_an_enterprise_can_take_is_not_told_while_it_is_paused_but_its_listing_is_checked() -> None:
    paused = history(REGISTERED, EnterprisePaused())
    refused("is paused since", lambda: enterprises.may_tell_capacity(CapacityInput(can_take=1), paused, DAY))
    enterprises.may_verify_listing(ListingInput(), paused, DAY)
    enterprises.may_support(SUPPORT, paused, DAY)


def test_percentages_of_who_pays_add_up_to_100() -> None:
    def report(**paid: int) -> None:
        ActivityInput(period_starts=DAY, jobs=1, paid_by=PaidByInput(**paid)).check(today=DAY)

    report(own_money=20, direct_payments=20, council=20, health_service=20, free_of_charge=20)
    refused("come to 0. Together they must be 100", report, field="paid_by")
    refused("come to 101", lambda: report(own_money=100, council=1), field="paid_by")


def test_a_rate_alone_is_no_report() -> None:
    refused("at least one", lambda: ActivityInput(period_starts=DAY, hourly_rate=18.5).check(today=DAY))


def test_a_story_is_shared_once_with_consent_that_came_before() -> None:
    STORY.check(today=DAY)
    early = StoryInput(on=date(2026, 5, 2), story=STORY.story, title="x", text="x", consent=STORY.consent)
    refused("Consent must be given before", lambda: early.check(today=LATER), field="consent.given_on")
    enterprises.may_tell_story(STORY, history(REGISTERED, EnterpriseClosed()), LATER)
    for before in ((SHARED,), (SHARED, fix(2)), (MilestoneRecorded(kind="x"), fix(2, SHARED))):
        told = history(REGISTERED, *before)
        refused("was shared before", lambda told=told: enterprises.may_tell_story(STORY, told, DAY), field="story")


def test_a_story_that_was_shared_is_withdrawn_once_also_when_the_enterprise_is_no_more() -> None:
    def withdraw(*before: Event, on: date = DAY) -> None:
        enterprises.may_withdraw_story(WITHDRAW, history(*before), on)

    refused("no such enterprise", withdraw)
    refused("no such story", lambda: withdraw(REGISTERED), field="story")
    refused("no such story", lambda: withdraw(REGISTERED, SHARED, fix(2)), field="story")
    withdraw(REGISTERED, SHARED)
    withdraw(REGISTERED, SHARED, EnterpriseClosed(), on=LATER)
    gone = StoryWithdrawn(story=UUID(int=7))
    refused("withdrawn already, since 3 May 2026", lambda: withdraw(REGISTERED, SHARED, gone), field="story")
    entries = history(REGISTERED, (SHARED, LATER))
    refused("was shared on 4 May 2026", lambda: enterprises.may_withdraw_story(WITHDRAW, entries, DAY), field="on")


def test_an_enterprise_stands_where_its_entries_left_it() -> None:
    found = enterprise(
        history(
            ENQUIRED,
            SupportGiven(minutes=1, kind="training", by="a peer"),
            (REGISTERED, LATER),
            (LegalFormChanged(legal_form="charity"), LATER),
            (EnterprisePaused(), LATER),
            (EnterpriseResumed(), LATER),
        )
    )
    assert found
    assert (found.told_on, found.registered_on, found.since) == (DAY, LATER, LATER)
    assert (found.standing, found.legal_form) == ("active", "charity")
    asked = enterprise(history(ENQUIRED))
    assert asked
    assert (asked.name, asked.registered_on, asked.legal_form) == ("Bakery", None, None)
    assert enterprise(history()) is None
