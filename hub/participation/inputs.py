"""What may be said about feedback and agenda items."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from events.base import Event
from events.participation import (
    AgendaItemAnswered,
    AgendaItemRaised,
    AnsweredBy,
    FeedbackAcknowledged,
    FeedbackGiven,
    Raiser,
)
from hub.input import Input, Line, Reference, Sealing, Text


class FeedbackInput(Input, frozen=True, kw_only=True):
    """What somebody thinks of the area's work or of one enterprise, in their own words."""

    verbatim: Annotated[
        Text,
        Meta(
            min_length=1,
            description="As they said it, kept under a key of its own: people are known by their words.",
            examples=["My mother laughs again on Tuesdays."],
        ),
    ]
    owner: AnsweredBy
    """Whose it is to answer. They are reminded after 10 days."""
    enterprise: UUID | None = None

    def refers_to(self) -> Sequence[Reference]:
        return [Reference(kind="enterprise", id=self.enterprise, field="enterprise")] if self.enterprise else []

    def event(self, sealing: Sealing) -> FeedbackGiven:
        return FeedbackGiven(
            feedback=sealing.stream,
            owner=self.owner,
            verbatim=sealing.under(sealing.stream, self.verbatim),
            enterprise=self.enterprise,
        )


class AcknowledgeInput(Input, frozen=True, kw_only=True):
    """Whoever gave it was answered."""

    answer: Annotated[
        Text,
        Meta(
            description="What they were told, kept under the key of the feedback. Leave it out where they were erased.",
            examples=["The lunch club will open half an hour earlier."],
        ),
    ] = ""

    def event(self, sealing: Sealing) -> FeedbackAcknowledged:
        return FeedbackAcknowledged(answer=sealing.under(sealing.stream, self.answer))


class AgendaItemInput(Input, frozen=True, kw_only=True):
    """Something that council or community want talked about."""

    title: Annotated[
        Line,
        Meta(description="It stands open and is to name nobody.", examples=["A bus that runs after five"]),
    ]
    by: Raiser
    owner: AnsweredBy
    """Whose it is to answer. They are reminded after 10 days."""

    def event(self, sealing: Sealing) -> AgendaItemRaised:
        return AgendaItemRaised(item=sealing.stream, title=self.title, by=self.by, owner=self.owner)


class AnswerInput(Input, frozen=True, kw_only=True):
    answer: Annotated[
        Text,
        Meta(
            min_length=1,
            description="What was answered. It stands open and is to name nobody.",
            examples=["The county tries a later bus from April."],
        ),
    ]

    def event(self, sealing: Sealing) -> AgendaItemAnswered:
        return AgendaItemAnswered(answer=self.answer)


INPUTS: Mapping[type[Event], type[Input]] = {
    FeedbackGiven: FeedbackInput,
    FeedbackAcknowledged: AcknowledgeInput,
    AgendaItemRaised: AgendaItemInput,
    AgendaItemAnswered: AnswerInput,
}
"""What each type of entry is asked for as, and so what may stand in its place."""
