"""What may be recorded about an area, given what was recorded before. Pure: time comes in, sentences come out."""

from collections.abc import Sequence
from datetime import date

from events.areas import CatalystAppointed, CatalystLeft
from events.base import NETWORK, NotFound, Refused, in_words
from events.corrections import corrected
from events.ledger import Recorded
from events.places import places
from hub.areas.inputs import CatalystInput, CatalystLeftInput, FigureInput, JoinInput, LeaveInput, LoadTargetInput
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
    since = joined_on(history)
    if since and on < since:
        raise Refused(f"The area joined on {in_words(since)}. Give that day or a later one.", field="on")


def may_appoint(area: str, said: CatalystInput, history: Sequence[Recorded]) -> None:
    taking_part(area, history)
    if said.post in _posts(history):
        raise Refused(f"The post “{said.post}” is filled. Record that its Catalyst left first.", field="post")


def may_end_post(said: CatalystLeftInput, history: Sequence[Recorded]) -> None:
    if said.post not in _posts(history):
        raise Refused(f"Nobody holds a post called “{said.post}” here.", field="post")


def _posts(history: Sequence[Recorded]) -> set[str]:
    filled: set[str] = set()
    for entry in corrected(history):
        if isinstance(entry.event, CatalystAppointed):
            filled.add(entry.event.post)
        elif isinstance(entry.event, CatalystLeft):
            filled.discard(entry.event.post)
    return filled


def may_set_target(area: str, _: LoadTargetInput, history: Sequence[Recorded]) -> None:
    _part_of_network(area, history)


def may_publish(area: str, said: FigureInput, history: Sequence[Recorded], indicators: Sequence[str]) -> None:
    _part_of_network(area, history)
    if said.indicator not in indicators:
        raise Refused(f"Choose an indicator: {', '.join(indicators)}.", field="indicator")


def _part_of_network(area: str, history: Sequence[Recorded]) -> None:
    """Some facts are also told of the network as a whole, which needs no joining."""
    if area != NETWORK:
        taking_part(area, history)
