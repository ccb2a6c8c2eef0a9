"""What an enterprise must hold and that it holds it. That something expired is no event: it follows from the dates."""

from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct

from events.base import Event, Sealed

WaiverReason = Literal[
    "covered by another organisation",
    "not done at present",
    "the insurer agreed",
    "the council agreed",
    "another reason",
]
EvidenceKind = Literal["a certificate", "a letter", "an online record", "seen in person"]
RejectionReason = Literal["unreadable", "out of date", "of somebody else", "of something else", "not genuine"]


class Applies(Struct, frozen=True, kw_only=True):
    requirement: str
    """Its word in the renewal catalogue."""
    because: str
    """The reason, in a sentence of the catalogue's: "It employs people."."""


class RequirementsApplied(Event, frozen=True, tag="requirements.applied"):
    """All that the enterprise must hold from this day on, as its facts and the catalogue then made it."""

    catalogue: str
    """The version of the catalogue."""
    applies: tuple[Applies, ...]


class RequirementWaived(Event, frozen=True, tag="requirement.waived"):
    """A person, not the hub, decided that the enterprise need not hold it."""

    requirement: str
    reason: WaiverReason
    until: date | None = None
    """The last day of the waiver; none while the reason lasts."""
    note: Sealed[str] | None = None


class EvidenceSubmitted(Event, frozen=True, tag="evidence.submitted"):
    evidence: UUID
    requirement: str
    kind: EvidenceKind
    valid_from: date
    valid_to: date | None = None
    """The last day; none for what never ends."""
    reference: Sealed[str] | None = None
    """Its number or whose it is, under the enterprise's key."""


class EvidenceVerified(Event, frozen=True, tag="evidence.verified"):
    """Somebody looked at it: the requirement is met for the days it gives."""

    evidence: UUID


class EvidenceRejected(Event, frozen=True, tag="evidence.rejected"):
    evidence: UUID
    reason: RejectionReason


class RequirementRenewed(Event, frozen=True, tag="requirement.renewed"):
    requirement: str
    valid_from: date
    valid_to: date | None = None
    """The last day; none for what never ends."""


RenewalEvent = (
    RequirementsApplied
    | RequirementWaived
    | EvidenceSubmitted
    | EvidenceVerified
    | EvidenceRejected
    | RequirementRenewed
)
