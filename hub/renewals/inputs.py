"""What may be said about renewals."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from events.base import Event, Refused
from events.renewals import (
    EvidenceKind,
    EvidenceRejected,
    EvidenceSubmitted,
    EvidenceVerified,
    RejectionReason,
    RequirementRenewed,
    RequirementWaived,
    WaiverReason,
)
from hub.days import within_reach
from hub.input import Input, Line, Note, OptionalLine, Sealing

RequirementWord = Annotated[
    Line, Meta(description="Its word in the renewal catalogue.", examples=["public liability insurance"])
]
LastDay = Annotated[
    date,
    Meta(
        description="The last day; left out, the renewal catalogue says when it ends.",
        examples=["2027-05-02"],
    ),
]


class WaiverInput(Input, frozen=True, kw_only=True):
    """A person decided that the enterprise need not hold it."""

    requirement: RequirementWord
    reason: WaiverReason
    until: Annotated[date, Meta(description="The last day of the waiver.", examples=["2026-12-31"])] | None = None
    """None while the reason lasts."""
    note: Note = ""

    def check(self, *, today: date) -> None:
        if self.until:
            _in_order(self.on or today, self.until, field="until")
            within_reach(self.until, today=today, field="until")

    def event(self, sealing: Sealing) -> RequirementWaived:
        return RequirementWaived(
            requirement=self.requirement, reason=self.reason, until=self.until, note=sealing.note(self.note)
        )


class EvidenceInput(Input, frozen=True, kw_only=True):
    """Something that shows that a requirement is met, for somebody to look at."""

    evidence: UUID
    """You choose its id."""
    requirement: RequirementWord
    kind: EvidenceKind
    valid_from: date
    valid_to: LastDay | None = None
    reference: Annotated[
        OptionalLine, Meta(description="Its number, or whose it is. Kept under the enterprise's key.")
    ] = ""

    def check(self, *, today: date) -> None:
        _span(self.valid_from, self.valid_to, today=today)

    def event(self, sealing: Sealing) -> EvidenceSubmitted:
        return EvidenceSubmitted(
            evidence=self.evidence,
            requirement=self.requirement,
            kind=self.kind,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            reference=sealing.note(self.reference),
        )


class VerifiedInput(Input, frozen=True, kw_only=True):
    evidence: UUID

    def event(self, sealing: Sealing) -> EvidenceVerified:
        return EvidenceVerified(evidence=self.evidence)


class RejectedInput(Input, frozen=True, kw_only=True):
    evidence: UUID
    reason: RejectionReason

    def event(self, sealing: Sealing) -> EvidenceRejected:
        return EvidenceRejected(evidence=self.evidence, reason=self.reason)


class RenewedInput(Input, frozen=True, kw_only=True):
    """It is held, or held again, for these days."""

    requirement: RequirementWord
    valid_from: date
    valid_to: LastDay | None = None

    def check(self, *, today: date) -> None:
        _span(self.valid_from, self.valid_to, today=today)

    def event(self, sealing: Sealing) -> RequirementRenewed:
        return RequirementRenewed(requirement=self.requirement, valid_from=self.valid_from, valid_to=self.valid_to)


def _span(valid_from: date, valid_to: date | None, *, today: date) -> None:
    within_reach(valid_from, today=today, field="valid_from")
    if valid_to:
        _in_order(valid_from, valid_to, field="valid_to")


def _in_order(first: date, last: date, *, field: str) -> None:
    if last < first:
        raise Refused("The last day comes before the first.", field=field)


INPUTS: Mapping[type[Event], type[Input]] = {
    RequirementWaived: WaiverInput,
    EvidenceSubmitted: EvidenceInput,
    EvidenceVerified: VerifiedInput,
    EvidenceRejected: RejectedInput,
    RequirementRenewed: RenewedInput,
}
"""What each type of entry is asked for as, and so what may stand in its place. What applies is the hub's to say."""
