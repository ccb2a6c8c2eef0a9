"""What people say about support here and what they want talked about, and what they were answered."""

from typing import Literal
from uuid import UUID

from events.base import Event, Sealed

AnsweredBy = Literal["the Catalyst", "the area lead", "the commissioner", "the national team"]
"""Whose it is to answer: a role rather than a name, so that whoever holds it then is reminded."""
Raiser = Literal["the council", "the community"]


class FeedbackGiven(Event, frozen=True, tag="feedback.given"):
    """Somebody said what they think, of the area's work or of one enterprise."""

    feedback: UUID
    """Its id, which is also its stream, and whose key seals what was said and what was answered."""
    owner: AnsweredBy
    verbatim: Sealed[str] | None = None
    """In their own words, by which others may know them."""
    enterprise: UUID | None = None


class FeedbackAcknowledged(Event, frozen=True, tag="feedback.acknowledged"):
    """Whoever gave it was answered."""

    answer: Sealed[str] | None = None
    """Under the same key: an answer tells what was said."""


class AgendaItemRaised(Event, frozen=True, tag="agenda_item.raised"):
    """Something to be talked about by all who are part of it here."""

    item: UUID
    """Its id, which is also its stream."""
    title: str
    by: Raiser
    owner: AnsweredBy


class AgendaItemAnswered(Event, frozen=True, tag="agenda_item.answered"):
    answer: str
    """For everybody to read; it names nobody."""


ParticipationEvent = FeedbackGiven | FeedbackAcknowledged | AgendaItemRaised | AgendaItemAnswered
