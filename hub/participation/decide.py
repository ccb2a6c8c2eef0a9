"""What may be recorded about feedback and agenda items, given what was recorded before. Pure."""

from collections.abc import Sequence
from datetime import date

from events.base import Event, NotFound, Refused, in_words
from events.corrections import corrected
from events.ledger import Recorded
from events.participation import AgendaItemAnswered, AgendaItemRaised, FeedbackAcknowledged, FeedbackGiven
from hub.days import not_before
from hub.participation.inputs import AcknowledgeInput, AgendaItemInput, AnswerInput, FeedbackInput


def may_give(_: FeedbackInput, history: Sequence[Recorded], on: date) -> None:
    if _happened(history, FeedbackGiven):
        raise Refused("This feedback is already recorded.")
    _unused(history)


def may_acknowledge(_: AcknowledgeInput, history: Sequence[Recorded], on: date) -> None:
    given = _happened(history, FeedbackGiven)
    if given is None:
        raise NotFound("There is no such feedback in this area.", field="feedback")
    if answered := _happened(history, FeedbackAcknowledged):
        raise Refused(f"This feedback was already answered on {in_words(answered)}.")
    not_before(on, given, "This feedback was given")


def may_raise(_: AgendaItemInput, history: Sequence[Recorded], on: date) -> None:
    if _happened(history, AgendaItemRaised):
        raise Refused("This agenda item is already raised.")
    _unused(history)


def may_answer(_: AnswerInput, history: Sequence[Recorded], on: date) -> None:
    raised = _happened(history, AgendaItemRaised)
    if raised is None:
        raise NotFound("There is no such agenda item in this area.", field="item")
    if answered := _happened(history, AgendaItemAnswered):
        raise Refused(f"This agenda item was already answered on {in_words(answered)}.")
    not_before(on, raised, "This agenda item was raised")


def _happened(history: Sequence[Recorded], type: type[Event]) -> date | None:
    """The day of the entry of a type that stands; None if there is none."""
    return next((each.occurred_on for each in corrected(history) if isinstance(each.event, type)), None)


def _unused(history: Sequence[Recorded]) -> None:
    if history:
        raise Refused("This id was used for something else, or for what was taken back. Use a new one.")
