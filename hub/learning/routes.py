"""What can be recorded about lessons, barriers and practices."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

from litestar import Router, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from msgspec.structs import replace

from events.base import NETWORK, Refused
from events.ledger import Recorded
from hub.access.guard import Needs
from hub.desk import AreaCode, Desk, Receipt, desk
from hub.learning import decide
from hub.learning.inputs import (
    AbandonInput,
    AdaptInput,
    AdoptInput,
    BarrierInput,
    LessonInput,
    PracticeInput,
    ResolveInput,
    RetireInput,
    ReviseInput,
    SeenInput,
    TrialInput,
    practice_stream,
)

# ---- lessons


@post("/", sync_to_thread=True)
def share_lesson(
    desk: NamedDependency[Desk], area: AreaCode, lesson: FromPath[UUID], data: JSONBody[LessonInput]
) -> Receipt:
    """What was tried here and what came of it, for the whole network. You choose its id; what you say stands open."""

    def may(said: LessonInput, history: Sequence[Recorded], on: date) -> None:
        if area != NETWORK:  # the national team shares lessons too
            desk.check_taking_part(area)
        decide.may_teach(said, history, on)

    return desk.tell(area, lesson, data, may)


@post("/revisions", sync_to_thread=True)
def revise_lesson(
    desk: NamedDependency[Desk], area: AreaCode, lesson: FromPath[UUID], data: JSONBody[ReviseInput]
) -> Receipt:
    """What it says from now on, all of it. Only the area that shared a lesson revises it."""
    return desk.tell(area, lesson, data, decide.may_revise)


@post("/retired", sync_to_thread=True)
def retire_lesson(
    desk: NamedDependency[Desk], area: AreaCode, lesson: FromPath[UUID], data: JSONBody[RetireInput]
) -> Receipt:
    """Nobody is to take it up any more. Only the area that shared a lesson retires it."""
    return desk.tell(area, lesson, data, decide.may_retire)


# ---- barriers


@post("/", sync_to_thread=True)
def raise_barrier(
    desk: NamedDependency[Desk], area: AreaCode, barrier: FromPath[UUID], data: JSONBody[BarrierInput]
) -> Receipt:
    """Something stands in the way of this area or of one enterprise here. You choose its id; it stands open."""

    def may(said: BarrierInput, history: Sequence[Recorded], on: date) -> None:
        desk.check_taking_part(area)
        decide.may_raise(said, history, on)

    return desk.tell(area, barrier, data, may)


@post("/resolved", sync_to_thread=True)
def resolve_barrier(
    desk: NamedDependency[Desk], area: AreaCode, barrier: FromPath[UUID], data: JSONBody[ResolveInput]
) -> Receipt:
    """It was overcome: how, and by which lesson if one helped."""

    def may(said: ResolveInput, history: Sequence[Recorded], on: date) -> None:
        decide.may_resolve(said, history, on)
        if said.lesson:
            desk.lesson_known(said.lesson)

    return desk.tell(area, barrier, data, may)


# ---- practices

Said = TypeVar("Said", bound=PracticeInput)


def _learn(
    desk: Desk,
    area: str,
    lesson: UUID,
    data: Said,
    may_learn: Callable[[str, Said, Sequence[Recorded], date], None],
    *,
    of_any: bool = False,
) -> Receipt:
    """Record what became of a lesson in an area; unless it may be `of_any`, of one that was not retired."""
    if data.lesson and data.lesson != lesson:
        raise Refused("The address names another lesson. Leave this out.", field="lesson")

    def may(said: Said, history: Sequence[Recorded], on: date) -> None:
        desk.check_taking_part(area)
        decide.may_learn(area, desk.history(area, lesson))
        may_learn(area, said, history, on)
        if not of_any:
            desk.lesson_known(lesson)

    return desk.tell(area, practice_stream(area, lesson), replace(data, lesson=lesson), may)


@post("/seen", sync_to_thread=True)
def see_practice(
    desk: NamedDependency[Desk], area: AreaCode, lesson: FromPath[UUID], data: JSONBody[SeenInput]
) -> Receipt:
    """Somebody in this area read the lesson, and where they learned of it."""
    return _learn(desk, area, lesson, data, decide.may_see)


@post("/trialled", sync_to_thread=True)
def try_practice(
    desk: NamedDependency[Desk], area: AreaCode, lesson: FromPath[UUID], data: JSONBody[TrialInput]
) -> Receipt:
    """This area tries what the lesson suggests, also after it was abandoned once."""
    return _learn(desk, area, lesson, data, decide.may_try)


@post("/adopted", sync_to_thread=True)
def adopt_practice(
    desk: NamedDependency[Desk], area: AreaCode, lesson: FromPath[UUID], data: JSONBody[AdoptInput]
) -> Receipt:
    """This area does it from now on, as the lesson says."""
    return _learn(desk, area, lesson, data, decide.may_adopt)


@post("/adapted", sync_to_thread=True)
def adapt_practice(
    desk: NamedDependency[Desk], area: AreaCode, lesson: FromPath[UUID], data: JSONBody[AdaptInput]
) -> Receipt:
    """This area does it from now on, with a change."""
    return _learn(desk, area, lesson, data, decide.may_adapt)


@post("/abandoned", sync_to_thread=True)
def abandon_practice(
    desk: NamedDependency[Desk], area: AreaCode, lesson: FromPath[UUID], data: JSONBody[AbandonInput]
) -> Receipt:
    """This area tried it and does it no longer, and why."""
    return _learn(desk, area, lesson, data, decide.may_abandon, of_any=True)


LEARNING = [
    Router(
        f"/api/areas/{{area:str}}/{path}",
        route_handlers=handlers,
        dependencies={"desk": Provide(desk, sync_to_thread=False)},
        opt={"access": Needs("record")},
        tags=[tag],
    )
    for path, tag, handlers in (
        ("lessons/{lesson:uuid}", "Lessons", [share_lesson, revise_lesson, retire_lesson]),
        ("barriers/{barrier:uuid}", "Barriers", [raise_barrier, resolve_barrier]),
        (
            "practices/{lesson:uuid}",
            "Practices",
            [see_practice, try_practice, adopt_practice, adapt_practice, abandon_practice],
        ),
    )
]
