"""What may be recorded about lessons, barriers and practices, given what was recorded before. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

from events.base import Event, NotFound, Refused, in_words
from events.corrections import corrected
from events.learning import (
    BarrierRaised,
    BarrierResolved,
    LessonRetired,
    LessonShared,
    PracticeAbandoned,
    PracticeAdapted,
    PracticeAdopted,
    PracticeSeen,
    PracticeTrialled,
)
from events.ledger import Recorded
from events.places import place_name
from hub.days import not_before
from hub.learning.inputs import (
    AbandonInput,
    AdaptInput,
    AdoptInput,
    BarrierInput,
    LessonInput,
    ResolveInput,
    RetireInput,
    ReviseInput,
    SeenInput,
    TrialInput,
)


def _happened(history: Sequence[Recorded], type: type[Event]) -> date | None:
    """The day of the last entry of a type that stands; None if there is none."""
    return next((each.occurred_on for each in reversed(corrected(history)) if isinstance(each.event, type)), None)


def _unused(history: Sequence[Recorded]) -> None:
    if history:
        raise Refused("This id was used for something else, or for what was taken back. Use a new one.")


# ---- lessons


def may_teach(_: LessonInput, history: Sequence[Recorded], on: date) -> None:
    if _happened(history, LessonShared):
        raise Refused("This lesson is already shared. Record a revision to change what it says.")
    _unused(history)


def may_revise(_: ReviseInput, history: Sequence[Recorded], on: date) -> None:
    _standing(history, on)


def may_retire(_: RetireInput, history: Sequence[Recorded], on: date) -> None:
    _standing(history, on)


def _standing(history: Sequence[Recorded], on: date) -> None:
    shared = _happened(history, LessonShared)
    if shared is None:
        raise NotFound("There is no such lesson in this area.", field="lesson")
    if retired := _happened(history, LessonRetired):
        raise Refused(f"This lesson was retired on {in_words(retired)}. Share a new one to say more.")
    not_before(on, shared, "This lesson was shared")


# ---- barriers


def may_raise(_: BarrierInput, history: Sequence[Recorded], on: date) -> None:
    if _happened(history, BarrierRaised):
        raise Refused("This barrier is already raised.")
    _unused(history)


def may_resolve(_: ResolveInput, history: Sequence[Recorded], on: date) -> None:
    raised = _happened(history, BarrierRaised)
    if raised is None:
        raise NotFound("There is no such barrier in this area.", field="barrier")
    if resolved := _happened(history, BarrierResolved):
        raise Refused(f"This barrier was already resolved on {in_words(resolved)}.")
    not_before(on, raised, "This barrier was raised")


# ---- practices

State = Literal["seen", "trialled", "adopted", "adapted", "abandoned"]

_LEADS_TO: Mapping[type[Event], State] = {
    PracticeSeen: "seen",
    PracticeTrialled: "trialled",
    PracticeAdopted: "adopted",
    PracticeAdapted: "adapted",
    PracticeAbandoned: "abandoned",
}


class Practice(Struct, frozen=True, kw_only=True):
    """How far an area came with a lesson."""

    state: State
    since: date
    change: str
    """What it last changed about it, if anything."""


def practice(history: Sequence[Recorded]) -> Practice | None:
    """The state that its entries, corrections counted in, come to; None if nobody here told of the lesson.

    Each step was decided on those recorded before it, so their order is that of the ledger.
    """
    found: Practice | None = None
    for entry in sorted(corrected(history), key=lambda each: each.position):
        state = _LEADS_TO.get(type(entry.event))
        if state:
            change = entry.event.change if isinstance(entry.event, PracticeAdapted) else ""
            found = Practice(state=state, since=entry.occurred_on, change=change or (found.change if found else ""))
    return found


def may_learn(area: str, of_lesson: Sequence[Recorded]) -> None:
    """Given the history of the lesson in the area itself: raises `Refused` if it was shared there."""
    if any(isinstance(each.event, LessonShared) for each in of_lesson):
        raise Refused(f"{place_name(area)} shared this lesson itself. What others make of it is recorded there.")


def may_see(area: str, said: SeenInput, history: Sequence[Recorded], on: date) -> None:
    said.check_area(area)
    if found := practice(history):
        raise _already(found)


def may_try(area: str, said: TrialInput, history: Sequence[Recorded], on: date) -> None:
    said.check_area(area)
    _may_follow(history, on, None, "seen", "abandoned")


def may_adopt(area: str, said: AdoptInput, history: Sequence[Recorded], on: date) -> None:
    said.check_area(area)
    _may_follow(history, on, None, "seen", "trialled", "abandoned")


def may_adapt(area: str, said: AdaptInput, history: Sequence[Recorded], on: date) -> None:
    """Also what was adopted before, and what was adapted, in another way."""
    said.check_area(area)
    found = practice(history)
    if found and found.state == "adapted" and found.change == said.change:
        raise _already(found)
    _may_follow(history, on, None, "seen", "trialled", "adopted", "adapted", "abandoned")


def may_abandon(area: str, said: AbandonInput, history: Sequence[Recorded], on: date) -> None:
    said.check_area(area)
    found = practice(history)
    if found is None or found.state == "seen":
        raise Refused(f"Nobody in {place_name(area)} recorded that they tried this, so it cannot be abandoned.")
    _may_follow(history, on, "trialled", "adopted", "adapted")


def _may_follow(history: Sequence[Recorded], on: date, *states: State | None) -> None:
    found = practice(history)
    if (found.state if found else None) not in states:
        assert found
        raise _already(found)
    if found:
        not_before(on, found.since, f"This practice was {found.state} here")


def _already(found: Practice) -> Refused:
    return Refused(f"This practice was already {found.state} here on {in_words(found.since)}.")
