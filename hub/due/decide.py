"""What an enterprise may tell by its link, given what was recorded before. Pure: time comes in, sentences come out."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from events.base import Refused, in_words
from events.corrections import corrected
from events.enterprises import ActivityReported
from events.ledger import Recorded
from events.nudges import Every, Language, NudgeActedOn, NudgeAnswered, NudgeAnswerSeen, NudgePlanned, Way
from events.nudges import NudgePreferenceSet as Chosen
from events.renewals import EvidenceKind, EvidenceSubmitted
from hub.enterprise_state import at_work
from hub.input import day

MOST_NOTE: Final = 2000
MOST_REFERENCE: Final = 120

KINDS: Final[Mapping[EvidenceKind, str]] = {
    "a certificate": "By the file that I send here",
    "an online record": "It can be looked up online",
    "seen in person": "I will show it to my Catalyst",
}
"""How somebody can see that it was renewed."""

WAYS: Final[Mapping[Way, str]] = {
    "email": "By e-mail",
    "sms": "By text message",
}
"""There is no way to have none: what runs out, and referrals, each enterprise is told of."""
LANGUAGES: Final[Mapping[Language, str]] = {"en": "English", "cy": "Welsh"}
EVERY: Final[Mapping[Every, str]] = {
    "day": "As it comes up, at most once a day",
    "week": "Once a week",
    "month": "Once a month",
}


class Told(Struct, frozen=True, kw_only=True):
    """Something that the enterprise told by a link."""

    on: date
    words: str


class Renewed(Struct, frozen=True, kw_only=True):
    """What the form of a renewal says, understood."""

    requirement: str
    kind: EvidenceKind
    valid_from: date
    valid_to: date | None
    reference: str


def told_by_link(history: Sequence[Recorded]) -> list[Told]:
    """What was told by any link and stands, the newest first."""
    told = [
        Told(on=entry.occurred_on, words=words)
        for entry in corrected(history)
        if entry.actor.startswith("link:") and (words := _words(entry))
    ]
    return told[::-1]


def _words(entry: Recorded) -> str:
    match entry.event:
        case EvidenceSubmitted(requirement=requirement):
            return f"your {requirement} is renewed"
        case NudgeAnswered(says="stopped"):
            return "you have stopped"
        case NudgeAnswered():
            return "something has changed"
        case Chosen():
            return "how you want to be reminded"
        case ActivityReported():
            return "what you do"
        case _:
            return ""


def open_stop(history: Sequence[Recorded]) -> date | None:
    """The day on which it told that it has stopped, as long as nobody saw to that."""
    seen = {each.event.answer for each in history if isinstance(each.event, NudgeAnswerSeen)}
    told = [
        each.occurred_on
        for each in history
        if isinstance(each.event, NudgeAnswered) and each.event.says == "stopped" and each.event.answer not in seen
    ]
    return max(told, default=None)


def may_answer(says: Literal["stopped", "changed"], history: Sequence[Recorded], on: date) -> None:
    at_work(history, on)
    before = open_stop(history)
    if says == "stopped" and before:
        raise Refused(f"You already told us on {in_words(before)} that you have stopped.")


def may_see_to(answer: UUID, history: Sequence[Recorded]) -> bool:
    """Whether nobody did before. Raises `Refused` for what was never told."""
    if not any(isinstance(each.event, NudgeAnswered) and each.event.answer == answer for each in history):
        raise Refused("The enterprise told no such thing.")
    return not any(isinstance(each.event, NudgeAnswerSeen) and each.event.answer == answer for each in history)


def chosen(history: Sequence[Recorded]) -> Chosen:
    """How the enterprise wants to be reminded, as it said last."""
    return next((each.event for each in reversed(history) if isinstance(each.event, Chosen)), Chosen())


def answers(history: Sequence[Recorded], *, of: tuple[UUID, str] | None) -> bool:
    """Whether a nudge is answered by what is told now: of its own thing, or of all with None. Once answered, it is."""
    planned = history[0].event if history else None
    if not isinstance(planned, NudgePlanned) or any(isinstance(each.event, NudgeActedOn) for each in history):
        return False
    return of is None or of == (planned.about, planned.what)


def understood(fields: Mapping[str, str], *, requirement: str, file: bytes) -> tuple[Renewed | None, dict[str, str]]:
    """What a form of a renewal says; or nothing, and what is wrong with which field."""
    errors: dict[str, str] = {}
    starts = day(fields.get("valid_from", "").strip())
    if starts is None:
        errors["valid_from"] = "Give the day it starts, such as 3 May 2026."
    last = fields.get("valid_to", "").strip()
    ends = day(last)
    if last and ends is None:
        errors["valid_to"] = "Give the last day, such as 2 May 2027, or leave it out."
    kinds: list[EvidenceKind] = [each for each in KINDS if each == fields.get("kind")]
    kind = kinds[0] if kinds else None
    if kind is None:
        errors["kind"] = "Choose how your Catalyst can see it."
    elif kind == "a certificate" and not file:
        errors["file"] = "Choose the file, or another way to show it."
    reference = fields.get("reference", "").strip()
    if len(reference) > MOST_REFERENCE or not reference.isprintable():
        errors["reference"] = f"Give a number of at most {MOST_REFERENCE} letters and digits."
    if errors or starts is None or kind is None:
        return None, errors
    return (
        Renewed(requirement=requirement, kind=kind, valid_from=starts, valid_to=ends, reference=reference),
        errors,
    )
