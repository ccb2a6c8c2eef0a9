"""What can be recorded about training."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from litestar import Router, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from events.ledger import Recorded
from hub.access.guard import Needs
from hub.desk import AreaCode, Desk, Receipt, desk
from hub.training import decide
from hub.training.inputs import CompetenceInput, PlaceInput, SessionInput, TrainingInput


@post("/", sync_to_thread=True)
def schedule_session(
    desk: NamedDependency[Desk], area: AreaCode, session: FromPath[UUID], data: JSONBody[SessionInput]
) -> Receipt:
    """A course will be given here, with so many places. You choose the session's id, a UUID."""

    def may(said: SessionInput, history: Sequence[Recorded], _: date) -> None:
        desk.check_taking_part(area)
        decide.may_schedule(said, history)

    return desk.tell(area, session, data, may)


@post("/places", sync_to_thread=True)
def book_place(
    desk: NamedDependency[Desk], area: AreaCode, session: FromPath[UUID], data: JSONBody[PlaceInput]
) -> Receipt:
    """An enterprise takes places in a session, as long as there are any."""
    return desk.tell(area, session, data, decide.may_book)


@post("/training", sync_to_thread=True)
def complete_training(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[TrainingInput]
) -> Receipt:
    """Somebody of the enterprise completed a course. The name of somebody who helps is kept under a key of its own."""
    return desk.tell(area, enterprise, data, decide.may_complete)


@post("/competence", sync_to_thread=True)
def observe_competence(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[CompetenceInput]
) -> Receipt:
    """Somebody of the enterprise was seen to do something well. Their name is kept as on training."""
    return desk.tell(area, enterprise, data, decide.may_observe)


TRAINING = [
    Router(
        "/api/areas/{area:str}/sessions/{session:uuid}",
        route_handlers=[schedule_session, book_place],
        dependencies={"desk": Provide(desk, sync_to_thread=False)},
        opt={"access": Needs("record")},
        tags=["Training"],
    ),
    Router(
        "/api/areas/{area:str}/enterprises/{enterprise:uuid}",
        route_handlers=[complete_training, observe_competence],
        dependencies={"desk": Provide(desk, sync_to_thread=False)},
        opt={"access": Needs("record")},
        tags=["Training"],
    ),
]
