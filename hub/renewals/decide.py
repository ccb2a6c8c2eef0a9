"""What may be recorded about renewals, given what was recorded before. Pure: time comes in, sentences come out."""

from collections.abc import Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from events.base import NotFound, Refused, in_words
from events.corrections import corrected
from events.ledger import Recorded
from events.renewal_catalogue import Catalogue
from events.renewals import EvidenceRejected, EvidenceSubmitted, EvidenceVerified, RequirementRenewed
from events.requirements import applied, held_until
from hub.days import not_before
from hub.enterprise_state import at_work, ever_said
from hub.renewals.inputs import EvidenceInput, RejectedInput, RenewedInput, VerifiedInput, WaiverInput

Dated = TypeVar("Dated", bound=EvidenceSubmitted | RequirementRenewed)


def may_waive(said: WaiverInput, history: Sequence[Recorded], on: date) -> None:
    """A later waiver takes the place of an earlier one, so it may also end it."""
    at_work(history, on)
    applies(said.requirement, history)


def may_submit(said: EvidenceInput, history: Sequence[Recorded], on: date) -> None:
    at_work(history, on)
    applies(said.requirement, history)
    if any(isinstance(event, EvidenceSubmitted) and event.evidence == said.evidence for event in ever_said(history)):
        raise Refused("Evidence with this id was submitted already. Use a new one.", field="evidence")


def may_verify(said: VerifiedInput, history: Sequence[Recorded], on: date) -> None:
    """Whoever submitted it may: where there is one Catalyst, the same person is handed it and looks at it."""
    _may_look(said.evidence, history, on)


def may_reject(said: RejectedInput, history: Sequence[Recorded], on: date) -> None:
    _may_look(said.evidence, history, on)


def may_renew(said: RenewedInput, history: Sequence[Recorded], on: date) -> None:
    at_work(history, on)
    applies(said.requirement, history)


def dated(event: Dated, history: Sequence[Recorded], catalogue: Catalogue) -> Dated:
    """The event with its last day, from the catalogue where nobody told one.

    Raises `Refused` where the catalogue cannot know it.
    """
    rules = catalogue.by_word.get(event.requirement)
    if event.valid_to or rules is None:
        return event
    if rules.its_own_day:
        raise Refused(f"Give the last day: it is {rules.its_own_day}.", field="valid_to")
    ends = rules.ends(event.valid_from, held_until=held_until(history, catalogue, event.requirement))
    return msgspec.structs.replace(event, valid_to=ends)


def applies(requirement: str, history: Sequence[Recorded]) -> None:
    """Raises `Refused` for what an enterprise need not hold."""
    if requirement not in applied(history):
        raise Refused("This requirement does not apply to this enterprise.", field="requirement")


class _Evidence(Struct, frozen=True, kw_only=True):
    submitted: date
    verified: date | None = None
    rejected: date | None = None


def _evidence(evidence: UUID, history: Sequence[Recorded]) -> _Evidence | None:
    """What became of a piece of evidence; None if none stands under this id."""
    found: _Evidence | None = None
    for entry in corrected(history):
        match entry.event:
            case EvidenceSubmitted(evidence=id) if id == evidence:
                found = _Evidence(submitted=entry.occurred_on)
            case EvidenceVerified(evidence=id) if found and id == evidence:
                found = msgspec.structs.replace(found, verified=entry.occurred_on)
            case EvidenceRejected(evidence=id) if found and id == evidence:
                found = msgspec.structs.replace(found, rejected=entry.occurred_on)
            case _:
                pass
    return found


def _may_look(evidence: UUID, history: Sequence[Recorded], on: date) -> None:
    at_work(history, on)
    found = _evidence(evidence, history)
    if found is None:
        raise NotFound("No such evidence was submitted for this enterprise.", field="evidence")
    if found.verified:
        raise Refused(
            f"This evidence was verified on {in_words(found.verified)}. If that was wrong, correct that entry.",
            field="evidence",
        )
    if found.rejected:
        raise Refused(
            f"This evidence was rejected on {in_words(found.rejected)}. Submit it again, under a new id.",
            field="evidence",
        )
    not_before(on, found.submitted, "This evidence was submitted")
