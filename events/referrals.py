"""What people here lack, and how one person comes to one enterprise."""

from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct

from events.base import Event, Sealed
from events.people import Consent, LawfulBasis

NeedSource = Literal[
    "the person or their family", "a conversation", "a front-line worker", "council data", "an enterprise"
]
Referrer = Literal["the person or their family", "the council", "the health service", "an enterprise", "the Catalyst"]
NeedAnswer = Literal["can help", "cannot help", "has a question"]
DeclineReason = Literal["no room now", "too far away", "not what it does", "not the right match", "another reason"]
NeedClosingReason = Literal[
    "no longer needed", "found help elsewhere", "moved away", "could not be reached", "another reason"
]
"""None of them tells how somebody is."""
WithdrawalReason = Literal[
    "no longer needed", "found help elsewhere", "asked by the person", "the enterprise could not take it on",
    "entered by mistake",
]  # fmt: skip
EndReason = Literal[
    "what was wanted was done", "needs changed", "chose other support", "moved away", "the enterprise could not go on",
    "another reason",
]  # fmt: skip


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who would like support; only ever stored sealed."""

    name: str
    contact: str = ""
    """How to reach them, or whoever speaks for them."""
    wants: str = ""
    """What they would like, in their own words."""


class NeedRecorded(Event, frozen=True, tag="need.recorded"):
    need: UUID
    """Its id, which is also its stream, and whose key seals what is written about it."""
    service: str
    """What kind of support, such as "company"."""
    source: NeedSource
    waiting_since: date
    """The day from which the person has waited, not the day on which the hub heard of it."""
    people: int = 1
    person: Sealed[Person] | None = None
    """Who it is, where it is one person and they agreed."""
    lawful_basis: LawfulBasis | None = None
    consent: Consent | None = None


class NeedShared(Event, frozen=True, tag="need.shared"):
    """Enterprises were asked whether they can help."""

    message: Sealed[str] | None = None
    enterprises: tuple[UUID, ...] = ()
    """Which ones; all that offer such a service if none is named."""


class NeedResponded(Event, frozen=True, tag="need.responded"):
    enterprise: UUID
    answer: NeedAnswer
    note: Sealed[str] | None = None


class NeedClosed(Event, frozen=True, tag="need.closed"):
    """Nobody waits any more, though no support started."""

    reason: NeedClosingReason


class ReferralMade(Event, frozen=True, tag="referral.made"):
    """One person to one enterprise."""

    referral: UUID
    """Its id, which is also its stream."""
    enterprise: UUID
    service: str
    waiting_since: date
    """As in the need. The clock runs from here until support starts."""
    referrer: Referrer
    need: UUID | None = None
    person: Sealed[Person] | None = None
    """Under the key of the need, or of the referral where there is no need."""
    lawful_basis: LawfulBasis | None = None
    consent: Consent | None = None
    instead_of: UUID | None = None
    """The referral without a need that came to nothing, which this one of the same person is made in place of."""


class ReferralAccepted(Event, frozen=True, tag="referral.accepted"):
    pass


class ReferralDeclined(Event, frozen=True, tag="referral.declined"):
    reason: DeclineReason


class ReferralWithdrawn(Event, frozen=True, tag="referral.withdrawn"):
    reason: WithdrawalReason


class ReferralExpired(Event, frozen=True, tag="referral.expired"):
    """Nobody answered it in time, and somebody closed it."""


class ContactMade(Event, frozen=True, tag="referral.contact_made"):
    pass


class SupportStarted(Event, frozen=True, tag="support.started"):
    hours_per_week: float | None = None


class SupportEnded(Event, frozen=True, tag="support.ended"):
    outcome: Literal["completed", "ended early"]
    reason: EndReason | None = None


ReferralEvent = (
    NeedRecorded
    | NeedShared
    | NeedResponded
    | NeedClosed
    | ReferralMade
    | ReferralAccepted
    | ReferralDeclined
    | ReferralWithdrawn
    | ReferralExpired
    | ContactMade
    | SupportStarted
    | SupportEnded
)
