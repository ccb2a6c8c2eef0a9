"""What may be recorded about an enterprise, given what was recorded before. Pure: time comes in, sentences come out."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

from events.base import NotFound, Refused, in_words
from events.corrections import corrected
from events.enterprises import (
    EnterpriseClosed,
    EnterpriseEvent,
    EnterprisePaused,
    EnterpriseRegistered,
    EnterpriseResumed,
    Stage,
    StageReached,
)
from events.ledger import Recorded
from hub.enterprises.inputs import ActivityInput, CloseInput, PauseInput, ResumeInput, StageInput

Standing = Literal["active", "paused", "closed"]


class Enterprise(Struct, frozen=True, kw_only=True):
    """Where an enterprise stands."""

    name: str
    standing: Standing
    since: date
    stage: Stage | None


def enterprise(history: Sequence[Recorded]) -> Enterprise | None:
    """The state that its entries, corrections counted in, come to; None if it was never registered."""
    name: str | None = None
    standing: Standing = "active"
    since = date.min
    stage: Stage | None = None
    for entry in corrected(history):
        match entry.event:
            case EnterpriseRegistered():
                name, since = entry.event.name, entry.occurred_on
            case EnterprisePaused():
                standing, since = "paused", entry.occurred_on
            case EnterpriseResumed():
                standing, since = "active", entry.occurred_on
            case EnterpriseClosed():
                standing, since = "closed", entry.occurred_on
            case StageReached():
                stage = entry.event.stage
            case _:
                pass
    return None if name is None else Enterprise(name=name, standing=standing, since=since, stage=stage)


def register(event: EnterpriseEvent, history: Sequence[Recorded]) -> EnterpriseEvent:
    already = enterprise(history)
    if already or history:
        raise Refused(f"{already.name if already else 'This enterprise'} is already registered.")
    return event


def _known(history: Sequence[Recorded]) -> Enterprise:
    found = enterprise(history)
    if found is None:
        raise NotFound("There is no such enterprise in this area.", field="enterprise")
    return found


def _not_closed(history: Sequence[Recorded], on: date) -> Enterprise:
    found = _known(history)
    if found.standing == "closed" and on > found.since:
        raise Refused(
            f"{found.name} closed on {in_words(found.since)}. Nothing can be recorded after that.", field="on"
        )
    return found


def reach(said: StageInput, history: Sequence[Recorded], on: date) -> EnterpriseEvent:
    found = _not_closed(history, on)
    if found.stage == said.stage:
        raise Refused(f"{found.name} is already at the stage “{said.stage}”.", field="stage")
    return said.event()


def note(event: EnterpriseEvent, history: Sequence[Recorded], on: date) -> EnterpriseEvent:
    """Anything that can happen to an enterprise that has not closed."""
    _not_closed(history, on)
    return event


def report(said: ActivityInput, history: Sequence[Recorded], on: date) -> EnterpriseEvent:
    _not_closed(history, on)
    if said.period_starts > on:
        raise Refused("The period must start before it ends.", field="period_starts")
    if (said.people_supported, said.hours_per_week, said.jobs, said.volunteers) == (None, None, None, None):
        raise Refused("Report at least one of people, hours, jobs or volunteers.", field="people_supported")
    return said.event()


def pause(said: PauseInput, history: Sequence[Recorded], on: date) -> EnterpriseEvent:
    found = _not_closed(history, on)
    if found.standing == "paused":
        raise Refused(f"{found.name} is already paused, since {in_words(found.since)}.")
    return said.event()


def resume(said: ResumeInput, history: Sequence[Recorded], on: date) -> EnterpriseEvent:
    found = _not_closed(history, on)
    if found.standing != "paused":
        raise Refused(f"{found.name} is not paused.")
    return said.event()


def close(said: CloseInput, history: Sequence[Recorded]) -> EnterpriseEvent:
    found = _known(history)
    if found.standing == "closed":
        raise Refused(f"{found.name} already closed on {in_words(found.since)}.")
    return said.event()
