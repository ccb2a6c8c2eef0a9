"""What happens to an enterprise, from the first enquiry to its closing."""

from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct

from events.base import Event, Sealed
from events.people import Consent, LawfulBasis

Origin = Literal["new", "established"]
LegalForm = Literal["sole trader", "partnership", "unincorporated", "co-operative", "CIC", "charity", "limited company"]
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
    EnterpriseRegistered
    | StageReached
    | MilestoneRecorded
    | ActivityReported
    | EnterprisePaused
    | EnterpriseResumed
    | EnterpriseClosed
)
