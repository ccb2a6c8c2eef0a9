"""What may be recorded about training, given what was recorded before. Pure: time comes in, sentences come out."""

from collections.abc import Sequence
from datetime import date

from events.base import NotFound, Refused, in_words
from events.corrections import corrected
from events.ledger import Recorded
from events.training import PlaceBooked, SessionScheduled
from hub.days import not_before
from hub.enterprise_state import at_work
from hub.training.inputs import CompetenceInput, PlaceInput, SessionInput, TrainingInput


def may_schedule(_: SessionInput, history: Sequence[Recorded]) -> None:
    """Raises `Refused` if the id is taken, also by a session that was taken back."""
    if history:
        raise Refused("This id was used before. Use a new one.", field="session")


def may_book(said: PlaceInput, history: Sequence[Recorded], on: date) -> None:
    """A session is never overbooked. An enterprise may book again, for somebody more."""
    session: SessionScheduled | None = None
    scheduled_on = date.min
    taken = 0
    for entry in corrected(history):
        if isinstance(entry.event, SessionScheduled):
            session, scheduled_on = entry.event, entry.occurred_on
        elif isinstance(entry.event, PlaceBooked):
            taken += entry.event.places
    if session is None:
        raise NotFound("There is no such session in this area.", field="session")
    not_before(on, scheduled_on, "This session was scheduled")
    if on > session.takes_place:
        raise Refused(
            f"This session took place on {in_words(session.takes_place)}. Give that day or an earlier one.", field="on"
        )
    free = session.places - taken
    if said.places > free:
        left = f"{max(free, 0)} of {session.places} places"
        raise Refused(f"This session has {left} left.", field="places")


def may_complete(_: TrainingInput, history: Sequence[Recorded], on: date) -> None:
    """Also while the enterprise is paused: that is a good time to learn."""
    at_work(history, on)


def may_observe(_: CompetenceInput, history: Sequence[Recorded], on: date) -> None:
    at_work(history, on)
