"""Whether what should have been said could be said at all: asked as when something is recorded anew."""

from collections.abc import Sequence
from datetime import date

import msgspec

from events.base import Event, today
from events.catalogue import Entry
from events.ledger import Recorded
from events.renewals import EvidenceSubmitted, RequirementRenewed
from hub.corrections import decide
from hub.desk import Desk
from hub.enterprise_state import BEFORE_REGISTERING, registered
from hub.enterprises.inputs import StageInput
from hub.input import Input
from hub.learning.inputs import ResolveInput
from hub.renewals import decide as renewals
from hub.renewals.inputs import EvidenceInput, RenewedInput, WaiverInput
from hub.training import decide as training
from hub.training.inputs import PlaceInput


def may_replace(desk: Desk, said: Input, entry: Recorded, history: Sequence[Recorded], on: date) -> None:
    """Raises `Refused` or `NotFound`, about its field, for what could not be recorded by itself.

    That is: its parts fit each other, its day and its area, and what it names is there. Of what else the stream says,
    only that is asked which no later entry can put right.
    """
    msgspec.structs.replace(said, on=on).check(today=today())
    said.check_day(on)
    said.check_area(entry.area)
    desk.check_there(entry.area, said.refers_to(), on)
    stands = decide.stands(entry, history)
    match said:
        case StageInput() if said.stage not in BEFORE_REGISTERING:
            registered(decide.others(entry, history), date.max)  # at any time: days are for people to see
        case PlaceInput():
            training.may_book(said, decide.others(entry, history), on)
        case EvidenceInput() | RenewedInput() | WaiverInput() if said.requirement != _said(stands, "requirement"):
            renewals.applies(said.requirement, history)
        case ResolveInput() if said.lesson and said.lesson != _said(stands, "lesson"):
            desk.lesson_known(said.lesson)
        case _:
            pass


def _said(event: Event, field: str) -> object:
    return getattr(event, field, None)


def dated(desk: Desk, replacement: Entry, entry: Recorded, history: Sequence[Recorded]) -> Entry:
    """With the last day that the renewal catalogue gives, where it holds for some days and nobody told it."""
    if not isinstance(replacement, EvidenceSubmitted | RequirementRenewed):
        return replacement
    before = [each for each in decide.others(entry, history) if each.position < entry.position]
    return renewals.dated(replacement, before, desk.renewals)
