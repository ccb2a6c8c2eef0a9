"""What may be recorded about an area, given what was recorded before. Pure: time comes in, sentences come out."""

from collections.abc import Sequence
from datetime import date

from events.areas import AreaEvent, AreaJoined, CatalystAppointed, CatalystLeft
from events.base import NETWORK, NotFound, Refused, in_words
from events.corrections import corrected
from events.ledger import Recorded
from events.places import Place, places
from hub.areas.inputs import CatalystInput, CatalystLeftInput, FigureInput, JoinInput, LeaveInput, LoadTargetInput
from hub.membership import joined_on, taking_part


def place_to_join(area: str) -> Place:
    """The authority that an ONS code stands for. Raises `NotFound` for no code, `Refused` for one no longer in use."""
    place = places().get(area)
    if place is None or place.nation is None:
        raise NotFound(f"{area} is not the ONS code of an upper-tier authority.", field="area")
    if place.to_year:
        raise Refused(f"{area} has not been used since {place.to_year}. Give the code in use now.", field="area")
    return place


def join(place: Place, said: JoinInput, history: Sequence[Recorded]) -> AreaJoined:
    since = joined_on(history)
    if since:
        raise Refused(f"{place.name} already takes part, since {in_words(since)}.")
    assert place.nation is not None
    return AreaJoined(gss_code=place.code, nation=place.nation, focus=said.focus)


def leave(area: str, said: LeaveInput, history: Sequence[Recorded], on: date) -> AreaEvent:
    taking_part(area, history)
    since = joined_on(history)
    if since and on < since:
        raise Refused(f"The area joined on {in_words(since)}. Give that day or a later one.", field="on")
    return said.event()


def appoint(area: str, said: CatalystInput, history: Sequence[Recorded]) -> AreaEvent:
    taking_part(area, history)
    if said.ends <= said.starts:
        raise Refused("The post must end after it starts.", field="ends")
    if said.post in _posts(history):
        raise Refused(f"The post “{said.post}” is filled. Record that its Catalyst left first.", field="post")
    return said.event()


def catalyst_left(said: CatalystLeftInput, history: Sequence[Recorded]) -> AreaEvent:
    if said.post not in _posts(history):
        raise Refused(f"Nobody holds a post called “{said.post}” here.", field="post")
    return said.event()


def _posts(history: Sequence[Recorded]) -> set[str]:
    filled: set[str] = set()
    for entry in corrected(history):
        if isinstance(entry.event, CatalystAppointed):
            filled.add(entry.event.post)
        elif isinstance(entry.event, CatalystLeft):
            filled.discard(entry.event.post)
    return filled


def set_target(area: str, said: LoadTargetInput, history: Sequence[Recorded]) -> AreaEvent:
    _part_of_network(area, history)
    return said.event()


def publish(area: str, said: FigureInput, history: Sequence[Recorded], indicators: Sequence[str]) -> AreaEvent:
    _part_of_network(area, history)
    if said.indicator not in indicators:
        raise Refused(f"Choose an indicator: {', '.join(indicators)}.", field="indicator")
    return said.event()


def _part_of_network(area: str, history: Sequence[Recorded]) -> None:
    """Some facts are also told of the network as a whole, which needs no joining."""
    if area != NETWORK:
        taking_part(area, history)
