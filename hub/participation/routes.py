"""What can be recorded about feedback and agenda items."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from litestar import Router, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from events.ledger import Recorded
from hub.access.guard import Needs
from hub.desk import AreaCode, Desk, Receipt, desk
from hub.participation import decide
from hub.participation.inputs import AcknowledgeInput, AgendaItemInput, AnswerInput, FeedbackInput


@post("/", sync_to_thread=True)
def give_feedback(
    desk: NamedDependency[Desk], area: AreaCode, feedback: FromPath[UUID], data: JSONBody[FeedbackInput]
) -> Receipt:
    """Somebody said what they think. You choose its id; their words are kept under a key of its own."""

    def may(said: FeedbackInput, history: Sequence[Recorded], on: date) -> None:
        desk.check_taking_part(area)
        decide.may_give(said, history, on)

    return desk.tell(area, feedback, data, may)


@post("/acknowledged", sync_to_thread=True)
def acknowledge_feedback(
    desk: NamedDependency[Desk], area: AreaCode, feedback: FromPath[UUID], data: JSONBody[AcknowledgeInput]
) -> Receipt:
    """Whoever gave it was answered. The answer is kept under the key of the feedback."""
    return desk.tell(area, feedback, data, decide.may_acknowledge)


@post("/", sync_to_thread=True)
def raise_item(
    desk: NamedDependency[Desk], area: AreaCode, item: FromPath[UUID], data: JSONBody[AgendaItemInput]
) -> Receipt:
    """Council or community want something talked about. You choose its id; it stands open."""

    def may(said: AgendaItemInput, history: Sequence[Recorded], on: date) -> None:
        desk.check_taking_part(area)
        decide.may_raise(said, history, on)

    return desk.tell(area, item, data, may)


@post("/answered", sync_to_thread=True)
def answer_item(
    desk: NamedDependency[Desk], area: AreaCode, item: FromPath[UUID], data: JSONBody[AnswerInput]
) -> Receipt:
    """It was talked about, and what came of it. The answer stands open."""
    return desk.tell(area, item, data, decide.may_answer)


PARTICIPATION = [
    Router(
        f"/api/areas/{{area:str}}/{path}",
        route_handlers=handlers,
        dependencies={"desk": Provide(desk, sync_to_thread=False)},
        opt={"access": Needs("record")},
        tags=["Participation"],
    )
    for path, handlers in (
        ("feedback/{feedback:uuid}", [give_feedback, acknowledge_feedback]),
        ("agenda-items/{item:uuid}", [raise_item, answer_item]),
    )
]
