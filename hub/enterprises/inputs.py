"""What may be said about an enterprise."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from msgspec import Meta

from events.base import Event, Refused
from events.enterprises import (
    ActivityReported,
    ClosingReason,
    EnterpriseClosed,
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
from hub.input import AboutPerson, Count, Input, Line, Note, OptionalLine, Sealing


class OwnerInput(AboutPerson, frozen=True, kw_only=True):
    """The person who runs it. Stored under a key of their own, which can be destroyed."""

    name: Line
    email: OptionalLine = ""
    phone: OptionalLine = ""

    def plain(self) -> Owner:
        return Owner(name=self.name, email=self.email, phone=self.phone)


class RegisterInput(Input, frozen=True, kw_only=True):
    name: Line
    origin: Origin
    legal_form: LegalForm
    services: Annotated[tuple[Line, ...], Meta(max_length=20)] = ()
    owner: OwnerInput | None = None

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
        )


class StageInput(Input, frozen=True, kw_only=True):
    stage: Stage

    def event(self, sealing: Sealing) -> StageReached:
        return StageReached(stage=self.stage)


class MilestoneInput(Input, frozen=True, kw_only=True):
    kind: Annotated[Line, Meta(description="Such as first customer. Kept as plain text: what names people is a note.")]
    note: Note = ""

    def event(self, sealing: Sealing) -> MilestoneRecorded:
        return MilestoneRecorded(kind=self.kind, note=sealing.note(self.note))


class ActivityInput(Input, frozen=True, kw_only=True):
    """What the enterprise does. `on` is the last day of the period; leave out what was not reported."""

    period_starts: date
    people_supported: Count | None = None
    hours_per_week: Annotated[float, Meta(ge=0, le=100_000)] | None = None
    jobs: Count | None = None
    volunteers: Count | None = None

    def check(self, *, today: date) -> None:
        if (self.people_supported, self.hours_per_week, self.jobs, self.volunteers) == (None, None, None, None):
            raise Refused("Report at least one of people, hours, jobs or volunteers.", field="people_supported")

    def event(self, sealing: Sealing) -> ActivityReported:
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


INPUTS: Mapping[type[Event], type[Input]] = {
    EnterpriseRegistered: RegisterInput,
    StageReached: StageInput,
    MilestoneRecorded: MilestoneInput,
    ActivityReported: ActivityInput,
    EnterprisePaused: PauseInput,
    EnterpriseResumed: ResumeInput,
    EnterpriseClosed: CloseInput,
}
"""What each type of entry is asked for as, and so what may stand in its place."""
