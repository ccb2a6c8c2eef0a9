"""What happens to an enterprise, from the first enquiry to its closing."""

from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct

from events.base import Event, Sealed
from events.people import Consent, LawfulBasis

Origin = Literal["new", "established"]
LegalForm = Literal["sole trader", "partnership", "unincorporated", "co-operative", "CIC", "charity", "limited company"]
Mode = Literal["in people's homes", "at a place", "out and about", "by telephone or online"]
"""How it helps."""
Circumstance = Literal[
    "employs people",
    "gives personal care",
    "moves people",
    "gives medication",
    "handles food",
    "drives people",
    "new to care",
    "exempt from the data protection fee",
]
"""What decides, beside its legal form and nation, which requirements an enterprise has to meet."""
SupportKind = Literal[
    "an idea talked through",
    "business planning",
    "money and prices",
    "insurance and checks",
    "training",
    "finding customers",
    "a visit",
    "something else",
]
Helper = Literal["a peer", "the Catalyst", "an adviser"]
Stage = Literal["enquiry", "exploring", "developing", "checking", "trading", "sustaining", "signposted"]
PauseReason = Literal[
    "the season",
    "time off",
    "moving",
    "insurance or checks",
    "too few customers",
    "too few helpers",
    "another reason",
]
"""Kept for good, so none tells of somebody's health or family: that is "another reason", or said in the sealed note."""
ClosingReason = Literal[
    "other work",
    "moved away",
    "retired",
    "too few customers",
    "too few helpers",
    "too little money",
    "joined another enterprise",
    "another reason",
]


class Owner(Struct, frozen=True, kw_only=True):
    """The person who runs an enterprise and how to reach them; only ever stored sealed."""

    name: str
    email: str = ""
    phone: str = ""


class PaymentMix(Struct, frozen=True, kw_only=True):
    """Who pays for what it does, each as a percentage; together 100."""

    own_money: int = 0
    direct_payments: int = 0
    council: int = 0
    health_service: int = 0
    free_of_charge: int = 0


class EnquiryReceived(Event, frozen=True, tag="enquiry.received"):
    """Somebody has an idea. If it comes to something, the enterprise is registered under the same id."""

    enterprise: UUID
    name: str
    """What the idea goes by."""
    services: tuple[str, ...] = ()
    enquirer: Sealed[Owner] | None = None
    lawful_basis: LawfulBasis | None = None
    consent: Consent | None = None


class EnterpriseRegistered(Event, frozen=True, tag="enterprise.registered"):
    enterprise: UUID
    """Its id, which is also its stream."""
    name: str
    origin: Origin
    legal_form: LegalForm
    services: tuple[str, ...] = ()
    owner: Sealed[Owner] | None = None
    lawful_basis: LawfulBasis | None = None
    """On which the owner's details are held, with the consent if it is that."""
    consent: Consent | None = None
    modes: tuple[Mode, ...] = ()


class LegalFormChanged(Event, frozen=True, tag="enterprise.legal_form_changed"):
    legal_form: LegalForm


class CircumstancesTold(Event, frozen=True, tag="enterprise.circumstances_told"):
    """All that is so of it from this day on, and nothing else on the list is."""

    circumstances: tuple[Circumstance, ...]


class StageReached(Event, frozen=True, tag="enterprise.stage_reached"):
    stage: Stage


class MilestoneRecorded(Event, frozen=True, tag="milestone.recorded"):
    kind: str
    """What was reached, for example "first customer"."""
    note: Sealed[str] | None = None
    """Free text about the enterprise, sealed under its key: it may name people."""


class ActivityReported(Event, frozen=True, tag="activity.reported"):
    """What an enterprise does now, as it tells it. A field left out is not reported, which is not 0.

    The day it happened is the last day of the period it speaks of.
    """

    period_starts: date
    people_supported: int | None = None
    hours_per_week: float | None = None
    jobs: int | None = None
    volunteers: int | None = None
    hourly_rate: float | None = None
    """Pounds asked for an hour."""
    paid_by: PaymentMix | None = None


class SupportGiven(Event, frozen=True, tag="support.given"):
    """Somebody helped the enterprise along."""

    minutes: int
    kind: SupportKind
    by: Helper


class CapacityUpdated(Event, frozen=True, tag="capacity.updated"):
    can_take: int
    """How many more people it could support now."""


class ListingVerified(Event, frozen=True, tag="listing.verified"):
    """What is said of it in public was checked with it."""


class StoryShared(Event, frozen=True, tag="story.shared"):
    """Told in public, with consent: it stands open."""

    story: UUID
    title: str
    text: str
    consent: Consent


class StoryWithdrawn(Event, frozen=True, tag="story.withdrawn"):
    """Shown no more. What was said in public stays in the ledger."""

    story: UUID


class EnterprisePaused(Event, frozen=True, tag="enterprise.paused"):
    reason: PauseReason | None = None
    note: Sealed[str] | None = None
    """As on a milestone."""


class EnterpriseResumed(Event, frozen=True, tag="enterprise.resumed"):
    pass


class EnterpriseClosed(Event, frozen=True, tag="enterprise.closed"):
    reason: ClosingReason | None = None
    note: Sealed[str] | None = None
    """As on a milestone."""


EnterpriseEvent = (
    EnquiryReceived
    | EnterpriseRegistered
    | LegalFormChanged
    | CircumstancesTold
    | StageReached
    | MilestoneRecorded
    | SupportGiven
    | ActivityReported
    | CapacityUpdated
    | ListingVerified
    | EnterprisePaused
    | EnterpriseResumed
    | EnterpriseClosed
    | StoryShared
    | StoryWithdrawn
)
