"""What may be said about an enterprise."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, get_args
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from events.base import Event, Refused
from events.enterprises import (
    ActivityReported,
    CapacityUpdated,
    Circumstance,
    CircumstancesTold,
    ClosingReason,
    EnquiryReceived,
    EnterpriseClosed,
    EnterprisePaused,
    EnterpriseRegistered,
    EnterpriseResumed,
    Helper,
    LegalForm,
    LegalFormChanged,
    ListingVerified,
    MilestoneRecorded,
    Mode,
    Origin,
    Owner,
    PauseReason,
    PaymentMix,
    Stage,
    StageReached,
    StoryShared,
    StoryWithdrawn,
    SupportGiven,
    SupportKind,
)
from hub.input import AboutPerson, ConsentInput, Count, Input, Line, Note, OptionalLine, Sealing

Services = Annotated[tuple[Line, ...], Meta(max_length=20)]
Percent = Annotated[int, Meta(ge=0, le=100)]


class OwnerInput(AboutPerson, frozen=True, kw_only=True):
    """The person who runs it. Stored under a key of their own, which can be destroyed."""

    name: Annotated[Line, Meta(examples=["Ann Lee"])]
    email: OptionalLine = ""
    phone: OptionalLine = ""

    def plain(self) -> Owner:
        return Owner(name=self.name, email=self.email, phone=self.phone)


class EnquiryInput(Input, frozen=True, kw_only=True):
    """Somebody has an idea."""

    name: Annotated[Line, Meta(description="What the idea goes by. Not the name of the person, which is kept sealed.")]
    services: Services = ()
    enquirer: OwnerInput | None = None

    def check(self, *, today: date) -> None:
        if self.enquirer:
            self.enquirer.may_hold(today=today, within="enquirer")

    def event(self, sealing: Sealing) -> EnquiryReceived:
        return EnquiryReceived(
            enterprise=sealing.stream,
            name=self.name,
            services=self.services,
            enquirer=sealing.owner(self.enquirer.plain() if self.enquirer else None),
            lawful_basis=self.enquirer.basis if self.enquirer else None,
            consent=self.enquirer.agreed if self.enquirer else None,
        )


class RegisterInput(Input, frozen=True, kw_only=True):
    name: Line
    origin: Origin
    legal_form: LegalForm
    services: Services = ()
    owner: OwnerInput | None = None
    # unset rather than empty: a file that was imported before there were modes is still the same
    modes: tuple[Mode, ...] | UnsetType = UNSET
    """How it helps."""

    def check(self, *, today: date) -> None:
        if self.owner:
            self.owner.may_hold(today=today, within="owner")

    def event(self, sealing: Sealing) -> EnterpriseRegistered:
        return EnterpriseRegistered(
            enterprise=sealing.stream,
            name=self.name,
            origin=self.origin,
            legal_form=self.legal_form,
            services=self.services,
            owner=sealing.owner(self.owner.plain() if self.owner else None),
            lawful_basis=self.owner.basis if self.owner else None,
            consent=self.owner.agreed if self.owner else None,
            modes=tuple(mode for mode in get_args(Mode) if mode in (self.modes or ())),
        )


class LegalFormInput(Input, frozen=True, kw_only=True):
    legal_form: LegalForm

    def event(self, sealing: Sealing) -> LegalFormChanged:
        return LegalFormChanged(legal_form=self.legal_form)


class CircumstancesInput(Input, frozen=True, kw_only=True):
    circumstances: Annotated[
        tuple[Circumstance, ...], Meta(description="All that is so of it. What is left out is not so.")
    ]

    def event(self, sealing: Sealing) -> CircumstancesTold:
        return CircumstancesTold(circumstances=tuple(c for c in get_args(Circumstance) if c in self.circumstances))


class StageInput(Input, frozen=True, kw_only=True):
    stage: Stage

    def event(self, sealing: Sealing) -> StageReached:
        return StageReached(stage=self.stage)


class MilestoneInput(Input, frozen=True, kw_only=True):
    kind: Annotated[Line, Meta(description="Such as first customer. Kept as plain text: what names people is a note.")]
    note: Note = ""

    def event(self, sealing: Sealing) -> MilestoneRecorded:
        return MilestoneRecorded(kind=self.kind, note=sealing.note(self.note))


class SupportInput(Input, frozen=True, kw_only=True):
    """Somebody helped it along."""

    minutes: Annotated[int, Meta(ge=1, le=1440)]
    kind: SupportKind
    by: Helper

    def event(self, sealing: Sealing) -> SupportGiven:
        return SupportGiven(minutes=self.minutes, kind=self.kind, by=self.by)


class PaidByInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who pays for what it does, each as a percentage; together 100."""

    own_money: Annotated[Percent, Meta(examples=[40])] = 0
    direct_payments: Annotated[Percent, Meta(examples=[60])] = 0
    council: Annotated[Percent, Meta(examples=[0])] = 0
    health_service: Annotated[Percent, Meta(examples=[0])] = 0
    free_of_charge: Annotated[Percent, Meta(examples=[0])] = 0

    def plain(self) -> PaymentMix:
        return PaymentMix(
            own_money=self.own_money,
            direct_payments=self.direct_payments,
            council=self.council,
            health_service=self.health_service,
            free_of_charge=self.free_of_charge,
        )

    @property
    def total(self) -> int:
        return self.own_money + self.direct_payments + self.council + self.health_service + self.free_of_charge


class ActivityInput(Input, frozen=True, kw_only=True):
    """What the enterprise does. `on` is the last day of the period; leave out what was not reported."""

    period_starts: date
    people_supported: Count | None = None
    hours_per_week: Annotated[float, Meta(ge=0, le=100_000)] | None = None
    jobs: Count | None = None
    volunteers: Count | None = None
    # unset rather than null, as on registration
    hourly_rate: Annotated[float, Meta(ge=0, le=1_000, description="Pounds asked for an hour.")] | UnsetType = UNSET
    paid_by: PaidByInput | UnsetType = UNSET

    def check(self, *, today: date) -> None:
        if self.paid_by and self.paid_by.total != 100:
            raise Refused(
                f"These percentages come to {self.paid_by.total}. Together they must be 100.", field="paid_by"
            )
        # a rate alone would stand in place of the last report, and take its figures away
        if (self.people_supported, self.hours_per_week, self.jobs, self.volunteers) == (None, None, None, None):
            raise Refused("Report at least one of people, hours, jobs or volunteers.", field="people_supported")

    def check_day(self, on: date) -> None:
        if self.period_starts > on:
            raise Refused("The period must start before it ends.", field="period_starts")

    def event(self, sealing: Sealing) -> ActivityReported:
        return ActivityReported(
            period_starts=self.period_starts,
            people_supported=self.people_supported,
            hours_per_week=None if self.hours_per_week is None else round(self.hours_per_week, 2),
            jobs=self.jobs,
            volunteers=self.volunteers,
            hourly_rate=None if self.hourly_rate is UNSET else round(self.hourly_rate, 2),
            paid_by=self.paid_by.plain() if self.paid_by else None,
        )


class CapacityInput(Input, frozen=True, kw_only=True):
    can_take: Annotated[Count, Meta(description="How many more people it could support now.")]

    def event(self, sealing: Sealing) -> CapacityUpdated:
        return CapacityUpdated(can_take=self.can_take)


class ListingInput(Input, frozen=True, kw_only=True):
    """What is said of it in public was checked with it."""

    def event(self, sealing: Sealing) -> ListingVerified:
        return ListingVerified()


class PauseInput(Input, frozen=True, kw_only=True):
    reason: PauseReason | None = None
    note: Note = ""

    def event(self, sealing: Sealing) -> EnterprisePaused:
        return EnterprisePaused(reason=self.reason, note=sealing.note(self.note))


class ResumeInput(Input, frozen=True, kw_only=True):
    def event(self, sealing: Sealing) -> EnterpriseResumed:
        return EnterpriseResumed()


class CloseInput(Input, frozen=True, kw_only=True):
    reason: ClosingReason | None = None
    note: Note = ""

    def event(self, sealing: Sealing) -> EnterpriseClosed:
        return EnterpriseClosed(reason=self.reason, note=sealing.note(self.note))


class StoryInput(Input, frozen=True, kw_only=True):
    """A story to be told in public, by whoever it is about."""

    story: UUID
    """You choose its id."""
    title: Line
    text: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=10_000,
            pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*\Z",
            description="Kept as plain text, for good. Name nobody who did not agree.",
        ),
    ]
    consent: ConsentInput

    def check(self, *, today: date) -> None:
        if self.consent.given_on > (self.on or today):
            raise Refused("Consent must be given before a story is shared.", field="consent.given_on")

    def event(self, sealing: Sealing) -> StoryShared:
        return StoryShared(story=self.story, title=self.title, text=self.text, consent=self.consent.plain())


class StoryWithdrawnInput(Input, frozen=True, kw_only=True):
    story: UUID

    def event(self, sealing: Sealing) -> StoryWithdrawn:
        return StoryWithdrawn(story=self.story)


INPUTS: Mapping[type[Event], type[Input]] = {
    EnquiryReceived: EnquiryInput,
    EnterpriseRegistered: RegisterInput,
    StageReached: StageInput,
    MilestoneRecorded: MilestoneInput,
    ActivityReported: ActivityInput,
    EnterprisePaused: PauseInput,
    EnterpriseResumed: ResumeInput,
    EnterpriseClosed: CloseInput,
    LegalFormChanged: LegalFormInput,
    CircumstancesTold: CircumstancesInput,
    SupportGiven: SupportInput,
    CapacityUpdated: CapacityInput,
    ListingVerified: ListingInput,
    StoryShared: StoryInput,
    StoryWithdrawn: StoryWithdrawnInput,
}
"""What each type of entry is asked for as, and so what may stand in its place."""
