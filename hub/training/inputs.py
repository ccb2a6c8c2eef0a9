"""What may be said about training."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from events.base import Event, Refused
from events.training import CompetenceObserved, Learner, PlaceBooked, SessionScheduled, Skill, TrainingCompleted
from hub.days import within_reach
from hub.input import Input, Line, OptionalLine, Reference, Sealing

Places = Annotated[int, Meta(ge=1, le=1_000)]
Course = Annotated[Line, Meta(description="As the renewal catalogue names it, where it is one that must be held.")]


class SessionInput(Input, frozen=True, kw_only=True):
    """A course will be given. `on` is the day on which that was settled."""

    course: Course
    takes_place: date
    places: Places
    venue: Line

    def check(self, *, today: date) -> None:
        if self.takes_place < (self.on or today):
            raise Refused("It must be scheduled before it takes place. Say in “on” when it was.", field="takes_place")
        within_reach(self.takes_place, today=today, field="takes_place")

    def event(self, sealing: Sealing) -> SessionScheduled:
        return SessionScheduled(
            session=sealing.stream,
            course=self.course,
            takes_place=self.takes_place,
            places=self.places,
            venue=self.venue,
        )


class PlaceInput(Input, frozen=True, kw_only=True):
    """An enterprise takes places in a session."""

    enterprise: UUID
    places: Places = 1

    def refers_to(self) -> Sequence[Reference]:
        return (Reference(kind="enterprise", id=self.enterprise, field="enterprise"),)

    def event(self, sealing: Sealing) -> PlaceBooked:
        return PlaceBooked(enterprise=self.enterprise, places=self.places)


class LearningInput(Input, frozen=True, kw_only=True):
    """Somebody of an enterprise can do something now."""

    who: Annotated[Learner, Meta(examples=["somebody who helps"])] = "the owner"
    person: Annotated[
        OptionalLine, Meta(description="The name of somebody who helps, kept under a key of its own.")
    ] = ""

    def check(self, *, today: date) -> None:
        if self.person and self.who == "the owner":
            raise Refused(
                "Who the owner is, the hub knows. Leave the name out, or say that it is a helper.", field="person"
            )


class TrainingInput(LearningInput, frozen=True, kw_only=True):
    course: Course
    session: UUID | None = None
    """The session it was, if it was one of the hub's."""

    def event(self, sealing: Sealing) -> TrainingCompleted:
        return TrainingCompleted(
            course=self.course, who=self.who, person=sealing.person(self.person), session=self.session
        )


class CompetenceInput(LearningInput, frozen=True, kw_only=True):
    skill: Skill

    def event(self, sealing: Sealing) -> CompetenceObserved:
        return CompetenceObserved(skill=self.skill, who=self.who, person=sealing.person(self.person))


INPUTS: Mapping[type[Event], type[Input]] = {
    SessionScheduled: SessionInput,
    PlaceBooked: PlaceInput,
    TrainingCompleted: TrainingInput,
    CompetenceObserved: CompetenceInput,
}
"""What each type of entry is asked for as, and so what may stand in its place."""
