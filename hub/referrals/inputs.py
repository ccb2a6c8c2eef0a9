"""What may be said about needs and referrals."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from events.base import Event, Refused
from events.referrals import (
    ContactMade,
    DeclineReason,
    EndReason,
    NeedAnswer,
    NeedClosed,
    NeedClosingReason,
    NeedRecorded,
    NeedResponded,
    NeedShared,
    NeedSource,
    Person,
    ReferralAccepted,
    ReferralDeclined,
    ReferralExpired,
    ReferralMade,
    ReferralWithdrawn,
    Referrer,
    SupportEnded,
    SupportStarted,
    WithdrawalReason,
)
from hub.input import AboutPerson, Input, Line, Note, OptionalLine, Reference, Sealing, Text, happened_on


class PersonInput(AboutPerson, frozen=True, kw_only=True):
    """Somebody who would like support, and why that may be held."""

    name: Annotated[Line, Meta(examples=["Ann Lee"])]
    contact: Annotated[
        OptionalLine, Meta(description="How to reach them, or whoever speaks for them.", examples=["01632 960000"])
    ] = ""
    wants: Annotated[
        Text, Meta(description="What they would like, in their own words.", examples=["Somebody to walk with"])
    ] = ""

    def may_hold(self, *, today: date, within: str) -> None:
        """As of others, but nobody is held here without saying why."""
        if not self.lawful_basis:
            raise Refused("Say on what lawful basis this person is held.", field=f"{within}.lawful_basis")
        super().may_hold(today=today, within=within)

    def plain(self) -> Person:
        return Person(name=self.name, contact=self.contact, wants=self.wants)


class NeedInput(Input, frozen=True, kw_only=True):
    """Something that people here lack. Of one person, or of several who are not named."""

    service: Annotated[Line, Meta(description="What kind of support, such as company. It is to name nobody.")]
    source: NeedSource
    waiting_since: date
    """The day from which the person has waited, not the day on which you heard of it."""
    people: Annotated[int, Meta(ge=1, le=100_000, examples=[1])] = 1
    person: PersonInput | None = None

    def check(self, *, today: date) -> None:
        happened_on(self.waiting_since, today=today, field="waiting_since")
        if self.person:
            self.person.may_hold(today=today, within="person")
            if self.people > 1:
                raise Refused("Leave the person out where several people need this.", field="people")

    def check_day(self, on: date) -> None:
        _waits(self.waiting_since, on)

    def event(self, sealing: Sealing) -> NeedRecorded:
        return NeedRecorded(
            need=sealing.stream,
            service=self.service,
            source=self.source,
            waiting_since=self.waiting_since,
            people=self.people,
            person=sealing.under(sealing.stream, self.person.plain() if self.person else None),
            lawful_basis=self.person.basis if self.person else None,
            consent=self.person.agreed if self.person else None,
        )


def _waits(since: date, on: date) -> None:
    if since > on:
        raise Refused("Nobody waits from a day after this one. Check both days.", field="waiting_since")


class ShareInput(Input, frozen=True, kw_only=True):
    """Enterprises were asked whether they can help: those named, or all that offer such a service."""

    message: Annotated[Text, Meta(description="What they were told, kept under the key of the need.")] = ""
    enterprises: Annotated[tuple[UUID, ...], Meta(max_length=200)] = ()

    def refers_to(self) -> Sequence[Reference]:
        return [Reference(kind="enterprise", id=each, field="enterprises") for each in self.enterprises]

    def event(self, sealing: Sealing) -> NeedShared:
        return NeedShared(
            message=sealing.under(sealing.stream, self.message), enterprises=tuple(dict.fromkeys(self.enterprises))
        )


class ResponseInput(Input, frozen=True, kw_only=True):
    """What an enterprise answered. It may answer again: its last answer counts."""

    enterprise: UUID
    answer: NeedAnswer
    note: Note = ""

    def refers_to(self) -> Sequence[Reference]:
        return [Reference(kind="enterprise", id=self.enterprise, field="enterprise")]

    def event(self, sealing: Sealing) -> NeedResponded:
        return NeedResponded(
            enterprise=self.enterprise, answer=self.answer, note=sealing.under(sealing.stream, self.note)
        )


class CloseNeedInput(Input, frozen=True, kw_only=True):
    """Nobody waits any more, though no support started."""

    reason: NeedClosingReason

    def event(self, sealing: Sealing) -> NeedClosed:
        return NeedClosed(reason=self.reason)


class ReferralInput(Input, frozen=True, kw_only=True):
    """One person to one enterprise. With a need, what is left out is as in the need.

    A referral without a need that came to nothing is made anew in its place: then what is left out is as in that one.
    """

    enterprise: UUID
    referrer: Referrer
    need: UUID | None = None
    service: Annotated[Line, Meta(description="What kind of support. It is to name nobody.")] | None = None
    waiting_since: date | None = None
    """The day from which this person has waited. The clock runs from here until support starts."""
    person: PersonInput | None = None
    instead_of: Annotated[UUID, Meta(description="The referral that was declined, expired or not taken on.")] | None = (
        None
    )

    def check(self, *, today: date) -> None:
        if self.need is None and self.instead_of is None:
            self.complete()
        if self.waiting_since:
            happened_on(self.waiting_since, today=today, field="waiting_since")
        if self.person:
            self.person.may_hold(today=today, within="person")

    def check_day(self, on: date) -> None:
        if self.waiting_since:
            _waits(self.waiting_since, on)

    def complete(self) -> tuple[str, date]:
        """Service and day. Raises `Refused` where one is still to be said."""
        if self.service is None:
            raise Refused("Say what kind of support this is about.", field="service")
        if self.waiting_since is None:
            raise Refused("Say since when the person has waited.", field="waiting_since")
        return self.service, self.waiting_since

    def refers_to(self) -> Sequence[Reference]:
        enterprise = Reference(kind="enterprise", id=self.enterprise, field="enterprise")
        return [enterprise, Reference(kind="need", id=self.need, field="need")] if self.need else [enterprise]

    def fits(self) -> None:
        """Raises `Refused` where it is about a need, or about a person, and in place of another referral."""
        if self.need and self.instead_of:
            raise Refused("Name the need or the earlier referral, not both.", field="instead_of")
        if self.instead_of and self.person:
            # else there would be a second key to one person
            raise Refused("Who it is stands in the earlier referral. Leave the person out.", field="person")

    def event(self, sealing: Sealing) -> ReferralMade:
        self.fits()
        service, waiting_since = self.complete()
        return ReferralMade(
            referral=sealing.stream,
            enterprise=self.enterprise,
            service=service,
            waiting_since=waiting_since,
            referrer=self.referrer,
            need=self.need,
            # under the key of the need, so that to erase the person of a need is to erase them here
            person=sealing.under(self.need or sealing.stream, self.person.plain() if self.person else None),
            lawful_basis=self.person.basis if self.person else None,
            consent=self.person.agreed if self.person else None,
            instead_of=self.instead_of,
        )


class AcceptInput(Input, frozen=True, kw_only=True):
    def event(self, sealing: Sealing) -> ReferralAccepted:
        return ReferralAccepted()


class DeclineInput(Input, frozen=True, kw_only=True):
    reason: DeclineReason

    def event(self, sealing: Sealing) -> ReferralDeclined:
        return ReferralDeclined(reason=self.reason)


class WithdrawInput(Input, frozen=True, kw_only=True):
    reason: WithdrawalReason

    def event(self, sealing: Sealing) -> ReferralWithdrawn:
        return ReferralWithdrawn(reason=self.reason)


class ExpireInput(Input, frozen=True, kw_only=True):
    def event(self, sealing: Sealing) -> ReferralExpired:
        return ReferralExpired()


class ContactInput(Input, frozen=True, kw_only=True):
    def event(self, sealing: Sealing) -> ContactMade:
        return ContactMade()


class StartInput(Input, frozen=True, kw_only=True):
    hours_per_week: Annotated[float, Meta(ge=0, le=168)] | None = None

    def event(self, sealing: Sealing) -> SupportStarted:
        return SupportStarted(hours_per_week=None if self.hours_per_week is None else round(self.hours_per_week, 2))


_DONE: EndReason = "what was wanted was done"


class EndInput(Input, frozen=True, kw_only=True):
    outcome: Literal["completed", "ended early"]
    reason: EndReason | None = None

    def check(self, *, today: date) -> None:
        if self.outcome == "completed" and self.reason not in (None, _DONE):
            raise Refused("This is a reason for support that ended early.", field="reason")
        if self.outcome == "ended early" and self.reason == _DONE:
            raise Refused("Where what was wanted was done, support was completed.", field="reason")

    def event(self, sealing: Sealing) -> SupportEnded:
        return SupportEnded(outcome=self.outcome, reason=self.reason)


INPUTS: Mapping[type[Event], type[Input]] = {
    NeedRecorded: NeedInput,
    NeedShared: ShareInput,
    NeedResponded: ResponseInput,
    NeedClosed: CloseNeedInput,
    ReferralMade: ReferralInput,
    ReferralAccepted: AcceptInput,
    ReferralDeclined: DeclineInput,
    ReferralWithdrawn: WithdrawInput,
    ReferralExpired: ExpireInput,
    ContactMade: ContactInput,
    SupportStarted: StartInput,
    SupportEnded: EndInput,
}
"""What each type of entry is asked for as, and so what may stand in its place."""
