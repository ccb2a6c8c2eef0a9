"""What may be recorded about an area, given what was recorded before. Pure: time comes in, sentences come out."""

from collections.abc import Sequence
from datetime import date

from events.areas import (
    AreaBoundaryChanged,
    AreaJoined,
    CatalystAppointed,
    CatalystLeft,
    Condition,
    ConditionConfirmed,
    ConditionWithdrawn,
    SystemRisk,
    SystemRiskClosed,
    SystemRiskRaised,
)
from events.base import NETWORK, NotFound, Refused, in_words
from events.corrections import corrected
from events.ledger import Recorded
from events.places import place_name, places
from hub.areas.inputs import (
    BoundaryInput,
    CatalystInput,
    CatalystLeftInput,
    ConditionInput,
    ConditionWithdrawnInput,
    FigureInput,
    JoinInput,
    LeaveInput,
    LoadTargetInput,
    RiskClosedInput,
    RiskInput,
    RiskMitigatedInput,
)
from hub.days import not_before
from hub.membership import joined_on, taking_part


def may_join(area: str, _: JoinInput, history: Sequence[Recorded]) -> None:
    """Raises `NotFound` for what is no code of an authority, `Refused` for one that cannot join."""
    place = places().get(area)
    if place is None or place.nation is None:
        raise NotFound(f"{area} is not the ONS code of an upper-tier authority.", field="area")
    if place.to_year:
        raise Refused(f"{area} has not been used since {place.to_year}. Give the code in use now.", field="area")
    since = joined_on(history)
    if since:
        raise Refused(f"{place.name} already takes part, since {in_words(since)}.")


def may_leave(area: str, _: LeaveInput, history: Sequence[Recorded], on: date) -> None:
    taking_part(area, history)
    if since := joined_on(history):
        not_before(on, since, "The area joined")


def may_change_boundary(area: str, said: BoundaryInput, history: Sequence[Recorded], on: date) -> None:
    """Raises `NotFound` for a code that was never one, `Refused` for one that is not the area's or not in use."""
    taking_part(area, history)
    now = area
    for entry in corrected(history):
        if isinstance(entry.event, AreaJoined):
            now = entry.event.gss_code
        elif isinstance(entry.event, AreaBoundaryChanged):
            now = entry.event.to_code
            not_before(on, entry.occurred_on, f"{place_name(area)} took the code {now}")
    if said.from_code != now:
        raise Refused(f"{place_name(area)} goes by the code {now}. Give that one.", field="from_code")
    said.check_day(on)


def may_appoint(area: str, said: CatalystInput, history: Sequence[Recorded]) -> None:
    taking_part(area, history)
    if said.post in _posts(history):
        raise Refused(f"The post “{said.post}” is filled. Record that its Catalyst left first.", field="post")


def may_end_post(said: CatalystLeftInput, history: Sequence[Recorded], on: date) -> None:
    starts = _posts(history).get(said.post)
    if starts is None:
        raise Refused(f"Nobody holds a post called “{said.post}” here.", field="post")
    not_before(on, starts, "This post began")


def _posts(history: Sequence[Recorded]) -> dict[str, date]:
    """Those that are filled, each with its first day."""
    filled: dict[str, date] = {}
    for entry in corrected(history):
        if isinstance(entry.event, CatalystAppointed):
            filled[entry.event.post] = entry.event.starts
        elif isinstance(entry.event, CatalystLeft):
            filled.pop(entry.event.post, None)
    return filled


def may_set_target(area: str, _: LoadTargetInput, history: Sequence[Recorded]) -> None:
    _part_of_network(area, history)


def may_publish(area: str, _: FigureInput, history: Sequence[Recorded]) -> None:
    _part_of_network(area, history)


def _part_of_network(area: str, history: Sequence[Recorded]) -> None:
    """Some facts are also told of the network as a whole, which needs no joining."""
    if area != NETWORK:
        taking_part(area, history)


# ---- conditions


def may_confirm(area: str, _: ConditionInput, history: Sequence[Recorded]) -> None:
    """Confirming again is welcome: it says what shows it now."""
    taking_part(area, history)


def may_withdraw_condition(said: ConditionWithdrawnInput, history: Sequence[Recorded], on: date) -> None:
    since = _conditions(history).get(said.condition)
    if since is None:
        raise Refused(f"The condition “{said.condition}” is not confirmed here.", field="condition")
    not_before(on, since, "It was last confirmed")


def _conditions(history: Sequence[Recorded]) -> dict[Condition, date]:
    """Those that are met, each with the day on which it was last confirmed."""
    met: dict[Condition, date] = {}
    for entry in corrected(history):
        if isinstance(entry.event, ConditionConfirmed):
            met[entry.event.condition] = entry.occurred_on
        elif isinstance(entry.event, ConditionWithdrawn):
            met.pop(entry.event.condition, None)
    return met


# ---- risks


def may_raise(area: str, said: RiskInput, history: Sequence[Recorded]) -> None:
    taking_part(area, history)
    since = _open_risks(history).get(said.risk)
    if since:
        raise Refused(
            f"The risk “{said.risk}” is open already, since {in_words(since)}. Say what was done about that one.",
            field="risk",
        )


def may_mitigate(said: RiskMitigatedInput, history: Sequence[Recorded], on: date) -> None:
    _open_by(said.risk, history, on)


def may_close_risk(said: RiskClosedInput, history: Sequence[Recorded], on: date) -> None:
    _open_by(said.risk, history, on)


def _open_by(risk: SystemRisk, history: Sequence[Recorded], on: date) -> None:
    since = _open_risks(history).get(risk)
    if since is None:
        raise Refused(f"There is no open risk “{risk}” here.", field="risk")
    not_before(on, since, "This risk was raised")


def _open_risks(history: Sequence[Recorded]) -> dict[SystemRisk, date]:
    """Those that are open, each with the day on which it was raised."""
    found: dict[SystemRisk, date] = {}
    for entry in corrected(history):
        if isinstance(entry.event, SystemRiskRaised):
            found.setdefault(entry.event.risk, entry.occurred_on)
        elif isinstance(entry.event, SystemRiskClosed):
            found.pop(entry.event.risk, None)
    return found
