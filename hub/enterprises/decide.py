"""What may be recorded about an enterprise, given what was recorded before. Pure: time comes in, sentences come out."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from events.base import NotFound, Refused, in_words
from events.catalogue import EntryCorrected
from events.corrections import corrected
from events.enterprises import EnquiryReceived, EnterpriseRegistered, StoryShared, StoryWithdrawn
from events.ledger import Recorded
from hub.days import not_before
from hub.enterprise_state import (
    BEFORE_REGISTERING,
    Enterprise,
    at_work,
    enterprise,
    ever_said,
    known,
    not_closed,
    registered,
)
from hub.enterprises.inputs import (
    ActivityInput,
    CapacityInput,
    CircumstancesInput,
    CloseInput,
    EnquiryInput,
    LegalFormInput,
    ListingInput,
    MilestoneInput,
    PauseInput,
    RegisterInput,
    ResumeInput,
    StageInput,
    StoryInput,
    StoryWithdrawnInput,
    SupportInput,
)


def may_enquire(_: EnquiryInput, history: Sequence[Recorded]) -> None:
    """Raises `Refused` if the id is taken."""
    already = enterprise(history)
    if already and already.registered_on:
        raise Refused(f"{already.name} is already registered.")
    if already:
        raise Refused(f"The enquiry of {already.name} is already recorded.")
    if history:
        raise Refused("This id was used before. Use a new one.")


def may_register(_: RegisterInput, history: Sequence[Recorded], on: date) -> None:
    """Raises `Refused` if the id is taken; one whose registration was taken back stays taken.

    An enquiry's id becomes that of the enterprise that comes of it.
    """
    found = enterprise(history)
    if found and found.registered_on:
        raise Refused(f"{found.name} is already registered.")
    if any(isinstance(entry.event, EnterpriseRegistered) for entry in history):
        raise Refused("This id was used for a registration that was taken back. Use a new one.")
    if found is None:
        if any(not isinstance(entry.event, EnquiryReceived | EntryCorrected) for entry in history):
            raise Refused("This id was used for something else. Use a new one.")
        return
    not_closed(known(history, on), on)


def may_change_form(said: LegalFormInput, history: Sequence[Recorded], on: date) -> None:
    found = at_work(history, on)
    if found.legal_form == said.legal_form:
        raise Refused(f"The legal form of {found.name} is “{said.legal_form}” already.", field="legal_form")


def may_tell_circumstances(_: CircumstancesInput, history: Sequence[Recorded], on: date) -> None:
    at_work(history, on)


def may_reach(said: StageInput, history: Sequence[Recorded], on: date) -> None:
    found = _open(history, on) if said.stage in BEFORE_REGISTERING else at_work(history, on)
    if found.stage == said.stage:
        raise Refused(f"{found.name} is already at the stage “{said.stage}”.", field="stage")


def _open(history: Sequence[Recorded], on: date) -> Enterprise:
    """An enquiry or an enterprise that was not closed yet."""
    return not_closed(known(history, on), on)


def may_note(_: MilestoneInput, history: Sequence[Recorded], on: date) -> None:
    at_work(history, on)


def may_support(_: SupportInput, history: Sequence[Recorded], on: date) -> None:
    _open(history, on)


def may_report(said: ActivityInput, history: Sequence[Recorded], on: date) -> None:
    _not_paused(at_work(history, on), on)
    said.check_day(on)


def may_tell_capacity(_: CapacityInput, history: Sequence[Recorded], on: date) -> None:
    _not_paused(at_work(history, on), on)


def _not_paused(found: Enterprise, on: date) -> None:
    if found.standing == "paused" and on >= found.since:
        since = in_words(found.since)
        raise Refused(
            f"{found.name} is paused since {since}. Give an earlier day, or record first that it resumed.", field="on"
        )


def may_verify_listing(_: ListingInput, history: Sequence[Recorded], on: date) -> None:
    """Also while it is paused: that may be just what the listing should say."""
    at_work(history, on)


def may_pause(_: PauseInput, history: Sequence[Recorded], on: date) -> None:
    found = at_work(history, on)
    if found.standing == "paused":
        raise Refused(f"{found.name} is already paused, since {in_words(found.since)}.")


def may_resume(_: ResumeInput, history: Sequence[Recorded], on: date) -> None:
    found = at_work(history, on)
    if found.standing != "paused":
        raise Refused(f"{found.name} is not paused.")


def may_close(_: CloseInput, history: Sequence[Recorded], on: date) -> None:
    """An enquiry that comes to nothing closes, too."""
    found = known(history, on)
    if found.standing == "closed":
        raise Refused(f"{found.name} already closed on {in_words(found.since)}.")


# ---- stories: told, and taken back, also when the enterprise is no more


def may_tell_story(said: StoryInput, history: Sequence[Recorded], on: date) -> None:
    registered(history, on)
    if any(isinstance(event, StoryShared) and event.story == said.story for event in ever_said(history)):
        raise Refused("A story with this id was shared before. Use a new one.", field="story")


def may_withdraw_story(said: StoryWithdrawnInput, history: Sequence[Recorded], on: date) -> None:
    known(history, on)
    if said.story not in _stories(history):
        raise NotFound("This enterprise has no such story.", field="story")
    shared, withdrawn = _stories(history)[said.story]
    if withdrawn:
        raise Refused(f"This story is withdrawn already, since {in_words(withdrawn)}.", field="story")
    not_before(on, shared, "This story was shared")


def _stories(history: Sequence[Recorded]) -> dict[UUID, tuple[date, date | None]]:
    """When each story was shared and, if it was, withdrawn."""
    found: dict[UUID, tuple[date, date | None]] = {}
    for entry in corrected(history):
        if isinstance(entry.event, StoryShared):
            found[entry.event.story] = (entry.occurred_on, None)
        elif isinstance(entry.event, StoryWithdrawn) and entry.event.story in found:
            found[entry.event.story] = (found[entry.event.story][0], entry.occurred_on)
    return found
