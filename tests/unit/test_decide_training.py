"""What may be recorded about training: a sentence for everything that may not."""

from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

import pytest
from deciding import DAY, ENQUIRED, LATER, LONG_AGO, REGISTERED, fix, history, refused

from events.base import Event
from events.enterprises import EnterpriseClosed, EnterprisePaused
from events.ledger import Recorded
from events.training import PlaceBooked, SessionScheduled
from hub.training import decide
from hub.training.inputs import CompetenceInput, PlaceInput, SessionInput, TrainingInput

SESSION = SessionScheduled(session=UUID(int=1), course="first aid", takes_place=LATER, places=3, venue="x")
BOOKED = PlaceBooked(enterprise=UUID(int=2), places=2)


def schedule(takes_place: date, *, on: date | None = None) -> None:
    SessionInput(on=on, course="first aid", takes_place=takes_place, places=3, venue="x").check(today=DAY)


def book(places: int, *before: Event, on: date = DAY) -> None:
    decide.may_book(PlaceInput(enterprise=UUID(int=2), places=places), history(*before), on)


def test_a_session_has_an_id_of_its_own() -> None:
    said = SessionInput(course="first aid", takes_place=LATER, places=3, venue="x")
    decide.may_schedule(said, history())
    for before in ((SESSION,), (SESSION, fix(1)), (REGISTERED,)):
        refused("was used before", lambda before=before: decide.may_schedule(said, history(*before)), field="session")


def test_a_session_is_scheduled_before_it_takes_place_and_not_for_another_age() -> None:
    schedule(DAY)
    schedule(LATER)
    schedule(date(2026, 5, 2), on=LONG_AGO)
    refused("scheduled before it takes place", lambda: schedule(date(2026, 5, 2)), field="takes_place")
    refused("too far ahead", lambda: schedule(date(2999, 1, 1)), field="takes_place")


def test_a_session_is_not_overbooked() -> None:
    book(3, SESSION)
    refused("has 3 of 3 places left", lambda: book(4, SESSION), field="places")
    book(1, SESSION, BOOKED)
    refused("has 1 of 3 places left", lambda: book(2, SESSION, BOOKED), field="places")
    refused("has 0 of 3 places left", lambda: book(1, SESSION, BOOKED, PlaceBooked(enterprise=UUID(int=3))))
    book(3, SESSION, BOOKED, fix(2))


def test_places_are_booked_between_the_scheduling_of_a_session_and_its_day() -> None:
    refused("no such session", lambda: book(1), field="session")
    refused("no such session", lambda: book(1, SESSION, fix(1)), field="session")
    refused("was scheduled on 3 May 2026", lambda: book(1, SESSION, on=LONG_AGO), field="on")
    book(1, SESSION, on=LATER)
    refused("took place on 4 May 2026", lambda: book(1, SESSION, on=date(2026, 5, 5)), field="on")


def test_a_booking_names_an_enterprise_that_must_be_there() -> None:
    (named,) = PlaceInput(enterprise=UUID(int=2)).refers_to()
    assert (named.kind, named.id, named.field) == ("enterprise", UUID(int=2), "enterprise")


LEARNT: dict[str, Callable[[Sequence[Recorded], date], object]] = {
    "a course": lambda h, on: decide.may_complete(TrainingInput(course="first aid"), h, on),
    "a skill": lambda h, on: decide.may_observe(CompetenceInput(skill="personal care"), h, on),
}


@pytest.mark.parametrize("what", LEARNT)
def test_people_of_an_enterprise_learn_from_its_registration_to_its_closing(what: str) -> None:
    learn = LEARNT[what]
    learn(history(REGISTERED), DAY)
    learn(history(REGISTERED, EnterprisePaused()), LATER)
    refused("no such enterprise", lambda: learn(history(), DAY), field="enterprise")
    refused("is an enquiry so far", lambda: learn(history(ENQUIRED), DAY), field="enterprise")
    refused("was registered on", lambda: learn(history(REGISTERED), LONG_AGO), field="on")
    refused("closed on 3 May 2026", lambda: learn(history(REGISTERED, EnterpriseClosed()), LATER), field="on")


def test_only_somebody_who_helps_is_named() -> None:
    TrainingInput(course="first aid", who="somebody who helps", person="Ann").check(today=DAY)
    TrainingInput(course="first aid").check(today=DAY)
    for said in (TrainingInput(course="first aid", person="Ann"), CompetenceInput(skill="personal care", person="Ann")):
        refused("Leave the name out", lambda said=said: said.check(today=DAY), field="person")
