"""What may be said about lessons, barriers and practices."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from events.base import Event, Refused, named_id
from events.learning import (
    AbandonReason,
    BarrierRaised,
    BarrierResolved,
    LessonRetired,
    LessonRevised,
    LessonShared,
    PracticeAbandoned,
    PracticeAdapted,
    PracticeAdopted,
    PracticeSeen,
    PracticeTrialled,
    RetirementReason,
    Topic,
)
from events.people import Consent
from events.places import place_name, places
from hub.input import AREA_CODE, ConsentInput, Input, Line, Reference, Sealing

# Something other than white space, and no control characters but tabs and ends of lines.
_PAGE = r"^[^\S\x0b-\x1f]*[^\s\x00-\x1f\x7f][^\x00-\x08\x0b-\x1f\x7f]*\Z"

Markdown = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=8000,
        pattern=_PAGE,
        description="Markdown, for the whole network to read. It is to name nobody who did not agree.",
    ),
]
Words = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        pattern=_PAGE,
        description="Plain text, for the whole network to read. It is to name nobody.",
    ),
]
MaybeWords = Annotated[
    str,
    Meta(
        max_length=2000,
        pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*\Z",
        description="Plain text, for the whole network to read. It is to name nobody.",
    ),
]
Topics = Annotated[tuple[Topic, ...], Meta(max_length=20)]

# ---- lessons


class _Told(Input, frozen=True, kw_only=True):
    """All that a lesson says."""

    title: Annotated[Line, Meta(examples=["Asking at the school gate"])]
    tried: Markdown
    context: Markdown
    result: Markdown
    topics: Topics = ()
    resolves: Topics = ()
    """The barriers it helps with."""
    consent: ConsentInput | None = None
    """Of whoever it tells of."""

    def check(self, *, today: date) -> None:
        if self.consent and self.consent.given_on > today:
            raise Refused("Consent cannot be given on a day to come.", field="consent.given_on")

    @property
    def agreed(self) -> Consent | None:
        return self.consent.plain() if self.consent else None


class LessonInput(_Told, frozen=True, kw_only=True):
    """What an area tried, in what circumstances, and what came of it."""

    def event(self, sealing: Sealing) -> LessonShared:
        return LessonShared(
            lesson=sealing.stream,
            title=self.title,
            tried=self.tried,
            context=self.context,
            result=self.result,
            topics=_each_once(self.topics),
            resolves=_each_once(self.resolves),
            consent=self.agreed,
        )


class ReviseInput(_Told, frozen=True, kw_only=True):
    """What the lesson says from now on, all of it."""

    def event(self, sealing: Sealing) -> LessonRevised:
        return LessonRevised(
            title=self.title,
            tried=self.tried,
            context=self.context,
            result=self.result,
            topics=_each_once(self.topics),
            resolves=_each_once(self.resolves),
            consent=self.agreed,
        )


class RetireInput(Input, frozen=True, kw_only=True):
    reason: RetirementReason

    def event(self, sealing: Sealing) -> LessonRetired:
        return LessonRetired(reason=self.reason)


def _each_once(topics: tuple[Topic, ...]) -> tuple[Topic, ...]:
    return tuple(dict.fromkeys(topics))


# ---- barriers


class BarrierInput(Input, frozen=True, kw_only=True):
    """Something stands in the way of this area, or of one enterprise here."""

    topic: Topic
    title: Annotated[Line, Meta(examples=["No insurer covers a first year"])]
    detail: MaybeWords = ""
    enterprise: UUID | None = None

    def refers_to(self) -> Sequence[Reference]:
        return [Reference(kind="enterprise", id=self.enterprise, field="enterprise")] if self.enterprise else []

    def event(self, sealing: Sealing) -> BarrierRaised:
        return BarrierRaised(
            barrier=sealing.stream, topic=self.topic, title=self.title, detail=self.detail, enterprise=self.enterprise
        )


class ResolveInput(Input, frozen=True, kw_only=True):
    how: Words
    lesson: UUID | None = None
    """The lesson that helped, if one did; of any area."""

    def event(self, sealing: Sealing) -> BarrierResolved:
        return BarrierResolved(how=self.how, lesson=self.lesson)


# ---- practices


def practice_stream(area: str, lesson: UUID) -> UUID:
    """Where an area's entries about a lesson are kept, its own ledger's."""
    return named_id("practice", area, str(lesson))


class PracticeInput(Input, frozen=True, kw_only=True):
    """What became of a lesson in another area than the one it was learned from."""

    from_area: Annotated[
        str, Meta(pattern=AREA_CODE, description="The area that shared the lesson, or one that tried it since.")
    ]
    lesson: (
        Annotated[UUID, Meta(description="Leave it out: the address says which. A correction has no such address.")]
        | UnsetType
    ) = UNSET

    def check(self, *, today: date) -> None:
        if self.from_area not in places():
            raise Refused("There is no area with this code. Write it like E06000066.", field="from_area")

    def check_area(self, area: str) -> None:
        if self.from_area == area:
            raise Refused(f"Say which area {place_name(area)} learned this from, not itself.", field="from_area")

    def which(self, sealing: Sealing) -> UUID:
        """The lesson it is about. Raises `Refused` for another than what its place in the ledger is for."""
        if not self.lesson:
            raise Refused("Say which lesson this is about.", field="lesson")
        if practice_stream(sealing.area, self.lesson) != sealing.stream:
            raise Refused("This is about another lesson. Take the entry back and record it there.", field="lesson")
        return self.lesson


class SeenInput(PracticeInput, frozen=True, kw_only=True):
    def event(self, sealing: Sealing) -> PracticeSeen:
        return PracticeSeen(lesson=self.which(sealing), from_area=self.from_area)


class TrialInput(PracticeInput, frozen=True, kw_only=True):
    def event(self, sealing: Sealing) -> PracticeTrialled:
        return PracticeTrialled(lesson=self.which(sealing), from_area=self.from_area)


class AdoptInput(PracticeInput, frozen=True, kw_only=True):
    def event(self, sealing: Sealing) -> PracticeAdopted:
        return PracticeAdopted(lesson=self.which(sealing), from_area=self.from_area)


class AdaptInput(PracticeInput, frozen=True, kw_only=True):
    change: Words

    def event(self, sealing: Sealing) -> PracticeAdapted:
        return PracticeAdapted(lesson=self.which(sealing), from_area=self.from_area, change=self.change)


class AbandonInput(PracticeInput, frozen=True, kw_only=True):
    why: AbandonReason

    def event(self, sealing: Sealing) -> PracticeAbandoned:
        return PracticeAbandoned(lesson=self.which(sealing), from_area=self.from_area, why=self.why)


INPUTS: Mapping[type[Event], type[Input]] = {
    LessonShared: LessonInput,
    LessonRevised: ReviseInput,
    LessonRetired: RetireInput,
    BarrierRaised: BarrierInput,
    BarrierResolved: ResolveInput,
    PracticeSeen: SeenInput,
    PracticeTrialled: TrialInput,
    PracticeAdopted: AdoptInput,
    PracticeAdapted: AdaptInput,
    PracticeAbandoned: AbandonInput,
}
"""What each type of entry is asked for as, and so what may stand in its place."""
