"""Where an enterprise stands, as every capability asks before it records something about it."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

from events.base import Event, NotFound, Refused, in_words
from events.catalogue import EntryCorrected
from events.corrections import corrected
from events.enterprises import (
    EnquiryReceived,
    EnterpriseClosed,
    EnterprisePaused,
    EnterpriseRegistered,
    EnterpriseResumed,
    LegalForm,
    LegalFormChanged,
    Stage,
    StageReached,
    SupportGiven,
)
from events.ledger import Recorded
from hub.days import not_before

Standing = Literal["active", "paused", "closed"]

BEFORE_REGISTERING: frozenset[Stage] = frozenset({"enquiry", "exploring", "developing", "signposted"})
"""The stages that somebody with an idea can be at. Checks and trade are an enterprise's."""


class Enterprise(Struct, frozen=True, kw_only=True):
    """Where an enterprise stands."""

    name: str
    told_on: date
    """The day of the enquiry, or of the registration if there was none."""
    registered_on: date | None
    """None for what is only an enquiry so far."""
    standing: Standing
    since: date
    stage: Stage | None
    legal_form: LegalForm | None
    """As it is now; None for an enquiry."""


def enterprise(history: Sequence[Recorded]) -> Enterprise | None:
    """The state that its entries, corrections counted in, come to; None if nobody ever enquired or registered it."""
    name: str | None = None
    standing: Standing = "active"
    since = date.min
    told_on: date | None = None
    registered_on: date | None = None
    stage: Stage | None = None
    legal_form: LegalForm | None = None
    for entry in corrected(history):
        match entry.event:
            case EnquiryReceived():
                name, since = name or entry.event.name, entry.occurred_on
                told_on = told_on or entry.occurred_on
            case EnterpriseRegistered():
                name, legal_form = entry.event.name, entry.event.legal_form
                registered_on = since = entry.occurred_on
                told_on = told_on or entry.occurred_on
            case LegalFormChanged():
                legal_form = entry.event.legal_form
            case EnterprisePaused():
                standing, since = "paused", entry.occurred_on
            case EnterpriseResumed():
                standing, since = "active", entry.occurred_on
            case EnterpriseClosed():
                standing, since = "closed", entry.occurred_on
            case StageReached():
                stage = entry.event.stage
            case _:
                pass
    if name is None or told_on is None:
        return None
    return Enterprise(
        name=name,
        told_on=told_on,
        registered_on=registered_on,
        standing=standing,
        since=since,
        stage=stage,
        legal_form=legal_form,
    )


def known(history: Sequence[Recorded], on: date, *, field: str = "enterprise") -> Enterprise:
    """An enquiry or an enterprise that was there on a day. Raises `NotFound`, about a field, or `Refused`."""
    found = enterprise(history)
    if found is None:
        raise NotFound("There is no such enterprise in this area.", field=field)
    if found.told_on == found.registered_on:
        not_before(on, found.told_on, f"{found.name} was registered")
    not_before(on, found.told_on, f"The enquiry of {found.name} was received")
    return found


def registered(history: Sequence[Recorded], on: date, *, field: str = "enterprise") -> Enterprise:
    """The same, of what was registered by then."""
    found = known(history, on, field=field)
    if found.registered_on is None:
        raise Refused(f"{found.name} is an enquiry so far. Register it first.", field=field)
    not_before(on, found.registered_on, f"{found.name} was registered")
    return found


def not_closed(found: Enterprise, on: date) -> Enterprise:
    """The enterprise, which on this day was not closed yet. Raises `Refused` if it was."""
    if found.standing == "closed" and on > found.since:
        raise Refused(
            f"{found.name} closed on {in_words(found.since)}. Nothing can be recorded after that.", field="on"
        )
    return found


def at_work(history: Sequence[Recorded], on: date, *, field: str = "enterprise") -> Enterprise:
    """One that was registered and not closed yet: what most things can only happen to."""
    return not_closed(registered(history, on, field=field), on)


def fits_enquiry(event: Event) -> bool:
    """Whether it can be told of what is only an enquiry."""
    if isinstance(event, StageReached):
        return event.stage in BEFORE_REGISTERING
    return isinstance(event, EnquiryReceived | SupportGiven | EnterpriseClosed)


def ever_said(history: Sequence[Recorded]) -> Iterator[Event]:
    """All that a stream's entries said at any time, also what they were corrected to and what was taken back.

    An id that was used once stays used: what was taken back can be put back.
    """
    for entry in history:
        if not isinstance(entry.event, EntryCorrected):
            yield entry.event
        elif entry.event.replacement is not None:
            yield entry.event.replacement
