"""What may be recorded about quality, given what was recorded before. Pure: time comes in, sentences come out."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from events.base import NotFound, Refused, in_words
from events.corrections import corrected
from events.ledger import Recorded
from events.quality import ActionAgreed, ActionCompleted, ConcernRaised, QualityCheckCompleted
from hub.days import not_before
from hub.enterprise_state import at_work, ever_said, registered
from hub.quality.inputs import ActionCompletedInput, ActionInput, ConcernInput, QualityCheckInput, StandardsInput


def may_sign(_: StandardsInput, history: Sequence[Recorded], on: date) -> None:
    """Signing the same standards again renews them."""
    at_work(history, on)


def may_check(said: QualityCheckInput, history: Sequence[Recorded], on: date) -> None:
    at_work(history, on)
    if any(isinstance(event, QualityCheckCompleted) and event.check == said.id for event in ever_said(history)):
        raise Refused("A quality check with this id is recorded already. Use a new one.", field="check")


def may_raise(said: ConcernInput, history: Sequence[Recorded], on: date) -> None:
    """Also after it closed: a concern may come up late."""
    registered(history, on)
    if any(isinstance(event, ConcernRaised) and event.concern == said.concern for event in ever_said(history)):
        raise Refused("A concern with this id is recorded already. Use a new one.", field="concern")


def may_agree(said: ActionInput, history: Sequence[Recorded], on: date) -> None:
    at_work(history, on)
    if any(isinstance(event, ActionAgreed) and event.action == said.action for event in ever_said(history)):
        raise Refused("An action with this id is agreed already. Use a new one.", field="action")


def may_complete(said: ActionCompletedInput, history: Sequence[Recorded], on: date) -> None:
    """Also after it closed: what was agreed may still be put right."""
    registered(history, on)
    agreed, completed = _action(said.action, history)
    if agreed is None:
        raise NotFound("No such action was agreed with this enterprise.", field="action")
    if completed:
        raise Refused(f"This action is completed already, since {in_words(completed)}.", field="action")
    not_before(on, agreed, "This action was agreed")


def _action(action: UUID, history: Sequence[Recorded]) -> tuple[date | None, date | None]:
    """When it was agreed, and when it was completed."""
    agreed: date | None = None
    completed: date | None = None
    for entry in corrected(history):
        if isinstance(entry.event, ActionAgreed) and entry.event.action == action:
            agreed = entry.occurred_on
        elif isinstance(entry.event, ActionCompleted) and entry.event.action == action:
            completed = entry.occurred_on
    return agreed, completed
