"""What may be recorded about lessons, barriers and practices: a sentence for everything that may not."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from deciding import AREA, DAY, LATER, fix, history, refused

from events.base import Event, Sealed
from events.learning import (
    BarrierRaised,
    BarrierResolved,
    LessonRetired,
    LessonRevised,
    LessonShared,
    PracticeAbandoned,
    PracticeAdapted,
    PracticeAdopted,
    PracticeSeen,
    PracticeTrialled,
)
from hub.input import ConsentInput
from hub.learning import decide
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
    practice_stream,
)

LESSON, ELSEWHERE = UUID(int=3), "E06000052"
SAYS: dict[str, Any] = {"title": "Ask at school", "tried": "Asked", "context": "Coast", "result": "Six came"}
SHARED, REVISED, RETIRED = (
    LessonShared(lesson=LESSON, **SAYS), LessonRevised(**SAYS), LessonRetired(reason="out of date"),
)  # fmt: skip
SHARE, REVISE, RETIRE = LessonInput(**SAYS), ReviseInput(**SAYS), RetireInput(reason="out of date")
RAISED = BarrierRaised(barrier=UUID(int=4), topic="insurance", title="No insurer")
RAISE, RESOLVE = BarrierInput(topic="insurance", title="No insurer"), ResolveInput(how="One was found")


class Nowhere:
    """Where something would be recorded that holds nothing of a person."""

    def __init__(self, stream: UUID) -> None:
        self.area = AREA
        self.stream = stream

    def note(self, text: str) -> Sealed[str] | None:
        raise AssertionError("nothing here is sealed")

    owner = person = under = note


def test_a_lesson_is_shared_once_under_an_id_of_its_own() -> None:
    decide.may_teach(SHARE, history(), DAY)
    refused("already shared", lambda: decide.may_teach(SHARE, history(SHARED), DAY))
    refused("Use a new one", lambda: decide.may_teach(SHARE, history(SHARED, fix(1)), DAY))
    refused("Use a new one", lambda: decide.may_teach(SHARE, history(RAISED), DAY))


def test_a_lesson_is_revised_and_retired_where_it_was_shared_until_it_is_retired() -> None:
    def revise(*events: Event | tuple[Event, date], on: date = DAY) -> None:
        decide.may_revise(REVISE, history(*events), on)

    def retire(*events: Event | tuple[Event, date], on: date = DAY) -> None:
        decide.may_retire(RETIRE, history(*events), on)

    for change in (revise, retire):
        change(SHARED)
        change(SHARED, REVISED)
        refused("no such lesson", lambda change=change: change(), field="lesson")
        refused("no such lesson", lambda change=change: change(SHARED, fix(1)), field="lesson")
        refused("retired on 3 May 2026", lambda change=change: change(SHARED, RETIRED, on=LATER))
        change(SHARED, RETIRED, fix(2))
        refused("shared on 4 May 2026", lambda change=change: change((SHARED, LATER)), field="on")


def test_consent_to_a_lesson_was_not_given_on_a_day_to_come() -> None:
    agreed = ConsentInput(given_on=LATER, how="in writing")
    for said in (LessonInput(**SAYS, consent=agreed), ReviseInput(**SAYS, consent=agreed)):
        said.check(today=LATER)
        refused("a day to come", lambda said=said: said.check(today=DAY), field="consent.given_on")
        event = said.event(Nowhere(LESSON))
        assert event.consent == agreed.plain()


def test_a_topic_named_twice_counts_once() -> None:
    said = LessonInput(**SAYS, topics=("rural", "money", "rural"), resolves=("money", "money"))
    event = said.event(Nowhere(LESSON))
    assert (event.topics, event.resolves) == (("rural", "money"), ("money",))


@pytest.mark.parametrize("text", ["", " \n\t", "a\x00b", "a\rb", "\x0b", "x" * 8001])
def test_a_lesson_says_something_that_can_be_kept(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(SAYS | {"tried": text}, LessonInput)


def test_a_long_empty_text_is_refused_at_once() -> None:
    # a pattern that tries every way to split it would take minutes
    for text in (" " * 8000, " " * 7999 + "\x00", "x" * 7999 + "\x00"):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(SAYS | {"tried": text}, LessonInput)
    msgspec.convert(SAYS | {"tried": "\n# A\n\n* b\tŵ\xa0" + "x" * 7000}, LessonInput)


def test_a_barrier_is_raised_once_and_resolved_once() -> None:
    decide.may_raise(RAISE, history(), DAY)
    refused("already raised", lambda: decide.may_raise(RAISE, history(RAISED), DAY))
    refused("Use a new one", lambda: decide.may_raise(RAISE, history(RAISED, fix(1)), DAY))

    resolved = BarrierResolved(how="One was found")
    decide.may_resolve(RESOLVE, history(RAISED), DAY)
    decide.may_resolve(RESOLVE, history(RAISED, resolved, fix(2)), DAY)
    refused("no such barrier", lambda: decide.may_resolve(RESOLVE, history(), DAY), field="barrier")
    refused("no such barrier", lambda: decide.may_resolve(RESOLVE, history(RAISED, fix(1)), DAY), field="barrier")
    refused("already resolved on 3 May 2026", lambda: decide.may_resolve(RESOLVE, history(RAISED, resolved), LATER))
    refused("raised on 4 May 2026", lambda: decide.may_resolve(RESOLVE, history((RAISED, LATER)), DAY), field="on")


SEEN = PracticeSeen(lesson=LESSON, from_area=ELSEWHERE)
TRIALLED = PracticeTrialled(lesson=LESSON, from_area=ELSEWHERE)
ADOPTED = PracticeAdopted(lesson=LESSON, from_area=ELSEWHERE)
ADAPTED = PracticeAdapted(lesson=LESSON, from_area=ELSEWHERE, change="By bus")
ABANDONED = PracticeAbandoned(lesson=LESSON, from_area=ELSEWHERE, why="too little time")


def see(told: Sequence[Any], *, source: str = ELSEWHERE, on: date = DAY) -> None:
    decide.may_see(AREA, SeenInput(from_area=source), history(*told), on)


def trial(told: Sequence[Any], *, source: str = ELSEWHERE, on: date = DAY) -> None:
    decide.may_try(AREA, TrialInput(from_area=source), history(*told), on)


def adopt(told: Sequence[Any], *, source: str = ELSEWHERE, on: date = DAY) -> None:
    decide.may_adopt(AREA, AdoptInput(from_area=source), history(*told), on)


def adapt(told: Sequence[Any], *, source: str = ELSEWHERE, on: date = DAY, change: str = "In pairs") -> None:
    decide.may_adapt(AREA, AdaptInput(from_area=source, change=change), history(*told), on)


def abandon(told: Sequence[Any], *, source: str = ELSEWHERE, on: date = DAY) -> None:
    decide.may_abandon(AREA, AbandonInput(from_area=source, why="no buy-in"), history(*told), on)


STEPS = (see, trial, adopt, adapt, abandon)

MAY: dict[tuple[Event, ...], tuple[object, ...]] = {
    (): (see, trial, adopt, adapt),
    (SEEN,): (trial, adopt, adapt),
    (TRIALLED,): (adopt, adapt, abandon),
    (SEEN, ADOPTED): (adapt, abandon),
    (ADOPTED, ADAPTED): (adapt, abandon),
    (TRIALLED, ABANDONED): (trial, adopt, adapt),
    (TRIALLED, ABANDONED, TRIALLED): (adopt, adapt, abandon),
}


@pytest.mark.parametrize("told", MAY, ids=lambda told: " ".join(type(each).__name__ for each in told) or "nothing")
def test_a_practice_goes_only_the_ways_there_are(told: tuple[Event, ...]) -> None:
    for step in STEPS:
        if step in MAY[told]:
            step(told)
        else:
            refused("", lambda step=step: step(told))


def test_a_refusal_says_how_far_a_practice_came() -> None:
    refused("already trialled here on 3 May 2026", lambda: see([SEEN, TRIALLED]))
    refused("already adopted here on 3 May 2026", lambda: trial([ADOPTED]))
    refused("already abandoned here on 3 May 2026", lambda: abandon([TRIALLED, ABANDONED]))
    refused("Nobody in Somerset recorded that they tried this", lambda: abandon([SEEN]))
    refused("Nobody in Somerset recorded that they tried this", lambda: abandon([]))


def test_the_same_change_is_told_once() -> None:
    refused("already adapted here", lambda: adapt([ADAPTED], change="By bus"))
    adapt([ADAPTED, ABANDONED], change="By bus")
    adapt([ADAPTED], change="By boat")


def test_what_was_taken_back_counts_no_longer() -> None:
    see([SEEN, fix(1)])
    trial([ADOPTED, fix(1)])
    adopt([TRIALLED, ADOPTED, fix(2)])


def test_a_practice_is_learned_from_another_area_that_exists() -> None:
    for step in STEPS:
        refused("not itself", lambda step=step: step([TRIALLED], source=AREA), field="from_area")
    refused("no area with this code", lambda: SeenInput(from_area="E99").check(today=DAY), field="from_area")
    SeenInput(from_area=ELSEWHERE).check(today=DAY)


def test_an_area_does_not_take_up_what_it_shared_itself() -> None:
    decide.may_learn(AREA, [])
    refused("Somerset shared this lesson itself", lambda: decide.may_learn(AREA, history(SHARED)))


def test_no_step_of_a_practice_comes_before_the_last() -> None:
    for step in (trial, adopt, adapt):
        refused("seen here on 4 May 2026", lambda step=step: step([(SEEN, LATER)]), field="on")
    refused("trialled here on 4 May 2026", lambda: abandon([(TRIALLED, LATER)]), field="on")
    abandon([(TRIALLED, LATER)], on=LATER)


def test_an_entry_stays_with_its_lesson() -> None:
    said = SeenInput(from_area=ELSEWHERE, lesson=LESSON)
    assert said.event(Nowhere(practice_stream(AREA, LESSON))) == SEEN
    refused("another lesson", lambda: said.event(Nowhere(practice_stream(AREA, uuid4()))), field="lesson")
    refused("which lesson", lambda: SeenInput(from_area=ELSEWHERE).event(Nowhere(LESSON)), field="lesson")
