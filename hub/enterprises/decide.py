"""What may be recorded about an enterprise, given what was recorded before. Pure: time comes in, sentences come out."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

from events.base import NotFound, Refused, in_words
from events.corrections import corrected
from events.enterprises import (
    EnterpriseClosed,
    EnterprisePaused,
    EnterpriseRegistered,
    EnterpriseResumed,
    Stage,
    StageReached,
)
from events.ledger import Recorded
from hub.enterprises.inputs import (
    ActivityInput,
    CloseInput,
    MilestoneInput,
    PauseInput,
    RegisterInput,
    ResumeInput,
    StageInput,
)

Standing = Literal["active", "paused", "closed"]


class Enterprise(Struct, frozen=True, kw_only=True):
    """Where an enterprise stands."""

    name: str
    registered_on: date
    standing: Standing
    since: date
    stage: Stage | None


def enterprise(history: Sequence[Recorded]) -> Enterprise | None:
    """The state that its entries, corrections counted in, come to; None if it was never registered."""
    name: str | None = None
    standing: Standing = "active"
    since = registered_on = date.min
    stage: Stage | None = None
    for entry in corrected(history):
        match entry.event:
            case EnterpriseRegistered():
                name, since = entry.event.name, entry.occurred_on
                registered_on = since
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
    if name is None:
        return None
    return Enterprise(name=name, registered_on=registered_on, standing=standing, since=since, stage=stage)


def may_register(_: RegisterInput, history: Sequence[Recorded], on: date) -> None:
    """Raises `Refused` if the id is taken; one whose registration was taken back stays taken."""
    already = enterprise(history)
    if already:
        raise Refused(f"{already.name} is already registered.")
    if history:
        raise Refused("This id was used for a registration that was taken back. Use a new one.")


def _known(history: Sequence[Recorded]) -> Enterprise:
    found = enterprise(history)
    if found is None:
        raise NotFound("There is no such enterprise in this area.", field="enterprise")
    return found


def _registered_by(history: Sequence[Recorded], on: date) -> Enterprise:
    found = _known(history)
    if on < found.registered_on:
        registered = in_words(found.registered_on)
        raise Refused(f"{found.name} was registered on {registered}. Give that day or a later one.", field="on")
    return found


def _not_closed(history: Sequence[Recorded], on: date) -> Enterprise:
    found = _registered_by(history, on)
    if found.standing == "closed" and on > found.since:
        raise Refused(
            f"{found.name} closed on {in_words(found.since)}. Nothing can be recorded after that.", field="on"
        )
    return found


def may_reach(said: StageInput, history: Sequence[Recorded], on: date) -> None:
    found = _not_closed(history, on)
    if found.stage == said.stage:
        raise Refused(f"{found.name} is already at the stage “{said.stage}”.", field="stage")


def may_note(_: MilestoneInput, history: Sequence[Recorded], on: date) -> None:
    _not_closed(history, on)


def may_report(said: ActivityInput, history: Sequence[Recorded], on: date) -> None:
    found = _not_closed(history, on)
    if found.standing == "paused" and on >= found.since:
        since = in_words(found.since)
        raise Refused(
            f"{found.name} is paused since {since}. Give an earlier day, or record first that it resumed.", field="on"
        )
    if said.period_starts > on:
        raise Refused("The period must start before it ends.", field="period_starts")


def may_pause(_: PauseInput, history: Sequence[Recorded], on: date) -> None:
    found = _not_closed(history, on)
    if found.standing == "paused":
        raise Refused(f"{found.name} is already paused, since {in_words(found.since)}.")


def may_resume(_: ResumeInput, history: Sequence[Recorded], on: date) -> None:
    found = _not_closed(history, on)
    if found.standing != "paused":
        raise Refused(f"{found.name} is not paused.")


def may_close(_: CloseInput, history: Sequence[Recorded], on: date) -> None:
    found = _registered_by(history, on)
    if found.standing == "closed":
        raise Refused(f"{found.name} already closed on {in_words(found.since)}.")
