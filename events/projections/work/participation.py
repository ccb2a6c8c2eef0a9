"""Feedback and agenda items: what waits for an answer and whose it is, and what was answered."""

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from events.base import civil_day
from events.ledger import Recorded
from events.participation import AgendaItemAnswered, AgendaItemRaised, FeedbackAcknowledged, FeedbackGiven
from events.projections.work.rows import Row, of


class Matter(Row, frozen=True, kw_only=True):
    """Feedback or an agenda item: both wait for an answer of whoever has to give one."""

    matter: UUID
    kind: str
    title: str
    """Empty for feedback, whose words are sealed."""
    raised_by: str | None
    """Of an agenda item."""
    owner: str
    enterprise: UUID | None
    raised_on: date
    recorded_on: date
    """When the hub learned of it."""
    answered_on: date | None
    answer: str
    """To an agenda item."""


TABLES: tuple[type[Row], ...] = (Matter,)


def matter_rows(entries: Sequence[Recorded]) -> Iterator[Row]:
    raised = next(iter(of(entries, FeedbackGiven, AgendaItemRaised)), None)
    if raised is None:
        return
    entry, matter = raised
    answered = next(iter(of(entries, FeedbackAcknowledged, AgendaItemAnswered)), None)
    item = matter if isinstance(matter, AgendaItemRaised) else None
    yield Matter(
        area=entry.area,
        stream=entry.stream,
        matter=entry.stream,
        kind="agenda item" if item else "feedback",
        title=item.title if item else "",
        raised_by=item and item.by,
        owner=matter.owner,
        enterprise=matter.enterprise if isinstance(matter, FeedbackGiven) else None,
        raised_on=entry.occurred_on,
        recorded_on=civil_day(entry.recorded_at),
        answered_on=answered and answered[0].occurred_on,
        answer=answered[1].answer if answered and isinstance(answered[1], AgendaItemAnswered) else "",
    )
