"""What may be said about an enterprise."""

from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from events.base import Sealed
from events.enterprises import (
    ActivityReported,
    ClosingReason,
    EnterpriseClosed,
    EnterpriseEvent,
    EnterprisePaused,
    EnterpriseRegistered,
    EnterpriseResumed,
    LegalForm,
    MilestoneRecorded,
    Origin,
    Owner,
    PauseReason,
    Stage,
    StageReached,
)
from events.people import Consent, ConsentGiven, LawfulBasis
from hub.input import FORM_OF_WORDS, Count, Input, Line, OptionalLine, Text

Note = Annotated[Text, Meta(description="Free text, kept under the enterprise's key, which can be destroyed.")]
FormOfWords = Annotated[
    str, Meta(pattern=FORM_OF_WORDS, description="The name of what they were told and agreed to, such as A 2026-05.")
]


class ConsentInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That the person agreed, and to what."""

    given_on: date
    how: ConsentGiven
    wording: FormOfWords = ""

    def plain(self) -> Consent:
        return Consent(given_on=self.given_on, how=self.how, wording=self.wording)


class OwnerInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The person who runs it. Stored under a key of their own, which can be destroyed."""

    name: Line
    email: OptionalLine = ""
    phone: OptionalLine = ""
    # unset rather than null: what was asked before there were these fields is still the same request
    lawful_basis: LawfulBasis | UnsetType = UNSET
    """Why these details may be held, after article 6 of the UK GDPR."""
    consent: ConsentInput | UnsetType = UNSET

    def plain(self) -> Owner:
        return Owner(name=self.name, email=self.email, phone=self.phone)


class RegisterInput(Input, frozen=True, kw_only=True):
    name: Line
    origin: Origin
    legal_form: LegalForm
    services: Annotated[tuple[Line, ...], Meta(max_length=20)] = ()
    owner: OwnerInput | None = None

    def event(self, enterprise: UUID, owner: Sealed[Owner] | None) -> EnterpriseEvent:
        return EnterpriseRegistered(
            enterprise=enterprise,
            name=self.name,
            origin=self.origin,
            legal_form=self.legal_form,
            services=self.services,
            owner=owner,
            lawful_basis=(self.owner.lawful_basis or None) if self.owner else None,
            consent=self.owner.consent.plain() if self.owner and self.owner.consent else None,
        )


class StageInput(Input, frozen=True, kw_only=True):
    stage: Stage

    def event(self) -> EnterpriseEvent:
        return StageReached(stage=self.stage)


class MilestoneInput(Input, frozen=True, kw_only=True):
    kind: Annotated[Line, Meta(description="Such as first customer. Kept as plain text: what names people is a note.")]
    note: Note = ""

    def event(self, note: Sealed[str] | None) -> EnterpriseEvent:
        return MilestoneRecorded(kind=self.kind, note=note)


class ActivityInput(Input, frozen=True, kw_only=True):
    """What the enterprise does. `on` is the last day of the period; leave out what was not reported."""

    period_starts: date
    people_supported: Count | None = None
    hours_per_week: Annotated[float, Meta(ge=0, le=100_000)] | None = None
    jobs: Count | None = None
    volunteers: Count | None = None

    def event(self) -> EnterpriseEvent:
        return ActivityReported(
            period_starts=self.period_starts,
            people_supported=self.people_supported,
            hours_per_week=None if self.hours_per_week is None else round(self.hours_per_week, 2),
            jobs=self.jobs,
            volunteers=self.volunteers,
        )


class PauseInput(Input, frozen=True, kw_only=True):
    reason: PauseReason | None = None
    note: Note = ""

    def event(self, note: Sealed[str] | None) -> EnterpriseEvent:
        return EnterprisePaused(reason=self.reason, note=note)


class ResumeInput(Input, frozen=True, kw_only=True):
    def event(self) -> EnterpriseEvent:
        return EnterpriseResumed()


class CloseInput(Input, frozen=True, kw_only=True):
    reason: ClosingReason | None = None
    note: Note = ""

    def event(self, note: Sealed[str] | None) -> EnterpriseEvent:
        return EnterpriseClosed(reason=self.reason, note=note)
