"""What people learn: sessions with places, courses completed, skills seen at work."""

from datetime import date
from typing import Literal
from uuid import UUID

from events.base import Event, Sealed

Skill = Literal["giving medication", "moving people", "preparing food", "personal care"]
Learner = Literal["the owner", "somebody who helps"]


class SessionScheduled(Event, frozen=True, tag="session.scheduled"):
    session: UUID
    """Its id, which is also its stream."""
    course: str
    takes_place: date
    places: int
    venue: str


class PlaceBooked(Event, frozen=True, tag="place.booked"):
    """In the stream of the session."""

    enterprise: UUID
    places: int = 1


class TrainingCompleted(Event, frozen=True, tag="training.completed"):
    """In the stream of the enterprise, like all that its people learn."""

    course: str
    """As the renewal catalogue names it, where it is one that an enterprise must hold."""
    who: Learner = "the owner"
    person: Sealed[str] | None = None
    """The name of somebody who helps, under a key of their own."""
    session: UUID | None = None


class CompetenceObserved(Event, frozen=True, tag="competence.observed"):
    """Somebody was seen to do it well."""

    skill: Skill
    who: Learner = "the owner"
    person: Sealed[str] | None = None


TrainingEvent = SessionScheduled | PlaceBooked | TrainingCompleted | CompetenceObserved
