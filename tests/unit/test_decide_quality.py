"""What may be recorded about quality: a sentence for everything that may not."""

from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

import msgspec
import pytest
from deciding import DAY, ENQUIRED, LATER, LONG_AGO, REGISTERED, fix, history, refused

from events.base import Event
from events.enterprises import EnterpriseClosed, EnterprisePaused, MilestoneRecorded
from events.ledger import Recorded
from events.quality import ActionAgreed, ActionCompleted, ConcernRaised, QualityCheckCompleted
from hub.quality import decide
from hub.quality.inputs import ActionCompletedInput, ActionInput, ConcernInput, QualityCheckInput, StandardsInput

ID = UUID(int=9)
CHECK = QualityCheckInput(id=ID, result="met", checklist="2026")
CONCERN = ConcernInput(concern=ID, kind="safety")
ACTION = ActionInput(action=ID, due=LATER, what="x")
DONE = ActionCompletedInput(action=ID)
AGREED = ActionAgreed(action=ID, due=LATER)

TOLD: dict[str, Callable[[Sequence[Recorded], date], object]] = {
    "standards": lambda h, on: decide.may_sign(StandardsInput(version="2026"), h, on),
    "check": lambda h, on: decide.may_check(CHECK, h, on),
    "concern": lambda h, on: decide.may_raise(CONCERN, h, on),
    "action": lambda h, on: decide.may_agree(ACTION, h, on),
}
AFTER_CLOSING = {"concern"}


@pytest.mark.parametrize("what", TOLD)
def test_quality_is_told_of_what_is_registered_also_while_it_is_paused(what: str) -> None:
    tell = TOLD[what]
    tell(history(REGISTERED), DAY)
    tell(history(REGISTERED, EnterprisePaused()), LATER)
    refused("no such enterprise", lambda: tell(history(), DAY), field="enterprise")
    refused("is an enquiry so far", lambda: tell(history(ENQUIRED), DAY), field="enterprise")
    refused("was registered on", lambda: tell(history(REGISTERED), LONG_AGO), field="on")


@pytest.mark.parametrize("what", TOLD)
def test_after_closing_a_concern_alone_may_come_up(what: str) -> None:
    closed = history(REGISTERED, EnterpriseClosed())
    if what in AFTER_CLOSING:
        TOLD[what](closed, LATER)
    else:
        refused("closed on 3 May 2026", lambda: TOLD[what](closed, LATER), field="on")


ONCE: dict[str, Event] = {
    "check": QualityCheckCompleted(check=ID, result="met", checklist="2026"),
    "concern": ConcernRaised(concern=ID, kind="safety"),
    "action": AGREED,
}


@pytest.mark.parametrize("what", ONCE)
def test_an_id_tells_one_thing_for_good(what: str) -> None:
    other = MilestoneRecorded(kind="x")
    for before in ((ONCE[what],), (ONCE[what], fix(2)), (other, fix(2, ONCE[what]))):
        told = history(REGISTERED, *before)
        refused("Use a new one", lambda told=told: TOLD[what](told, DAY), field=what)


def test_only_a_concern_of_a_known_kind_is_raised() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"concern": str(ID), "kind": "what happened was"}, ConcernInput)


def test_an_action_is_due_once_it_is_agreed_and_within_reach() -> None:
    ACTION.check(today=DAY)
    ACTION.check(today=LATER)
    refused("due on the day it is agreed", lambda: ACTION.check(today=date(2026, 5, 5)), field="due")
    ActionInput(on=DAY, action=ID, due=LATER, what="x").check(today=date(2026, 5, 5))
    far = ActionInput(action=ID, due=date(2999, 1, 1), what="x")
    refused("too far ahead", lambda: far.check(today=DAY), field="due")


def complete(*before: Event, on: date = DAY) -> None:
    decide.may_complete(DONE, history(*before), on)


def test_only_an_action_that_was_agreed_is_completed_and_only_once() -> None:
    done = ActionCompleted(action=ID)
    refused("no such enterprise", complete)
    refused("No such action was agreed", lambda: complete(REGISTERED), field="action")
    refused("No such action was agreed", lambda: complete(REGISTERED, AGREED, fix(2)), field="action")
    complete(REGISTERED, AGREED)
    refused("completed already, since 3 May 2026", lambda: complete(REGISTERED, AGREED, done), field="action")
    complete(REGISTERED, AGREED, done, fix(3))
    other = ActionCompleted(action=UUID(int=8))
    complete(REGISTERED, AGREED, ActionAgreed(action=UUID(int=8), due=LATER), other)


def test_an_action_is_completed_after_it_was_agreed_also_when_the_enterprise_has_closed() -> None:
    complete(REGISTERED, AGREED, EnterpriseClosed(), on=LATER)
    entries = history(REGISTERED, (AGREED, LATER))
    refused("was agreed on 4 May 2026", lambda: decide.may_complete(DONE, entries, DAY), field="on")
