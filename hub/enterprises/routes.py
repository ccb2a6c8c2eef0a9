"""What can be recorded about an enterprise."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from litestar import Router, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from events.ledger import Recorded
from hub.access.guard import Needs
from hub.desk import AreaCode, Desk, Receipt, desk
from hub.enterprises import decide
from hub.enterprises.inputs import (
    ActivityInput,
    CloseInput,
    MilestoneInput,
    PauseInput,
    RegisterInput,
    ResumeInput,
    StageInput,
)


@post("/", sync_to_thread=True)
def register(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[RegisterInput]
) -> Receipt:
    """An enterprise becomes part of the network. You choose its id, a UUID; all that happens to it later names it."""

    def may(said: RegisterInput, history: Sequence[Recorded], on: date) -> None:
        desk.check_taking_part(area)
        decide.may_register(said, history, on)

    return desk.tell(area, enterprise, data, may)


@post("/stages", sync_to_thread=True)
def reach_stage(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[StageInput]
) -> Receipt:
    """It moves on to another stage of its life."""
    return desk.tell(area, enterprise, data, decide.may_reach)


@post("/milestones", sync_to_thread=True)
def record_milestone(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[MilestoneInput]
) -> Receipt:
    """Something worth telling was reached, such as the first customer. The note is kept under the enterprise's key."""
    return desk.tell(area, enterprise, data, decide.may_note)


@post("/activity", sync_to_thread=True)
def report_activity(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[ActivityInput]
) -> Receipt:
    """What it does now: people, hours, jobs, volunteers. Leave out what is not known; that is not the same as 0."""
    return desk.tell(area, enterprise, data, decide.may_report)


@post("/pause", sync_to_thread=True)
def pause(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[PauseInput]
) -> Receipt:
    """It stops for a while. The note is kept under the enterprise's key."""
    return desk.tell(area, enterprise, data, decide.may_pause)


@post("/resume", sync_to_thread=True)
def resume(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[ResumeInput]
) -> Receipt:
    """It goes on after a pause."""
    return desk.tell(area, enterprise, data, decide.may_resume)


@post("/close", sync_to_thread=True)
def close(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[CloseInput]
) -> Receipt:
    """It ends. The note is kept under the enterprise's key."""
    return desk.tell(area, enterprise, data, decide.may_close)


ENTERPRISES = Router(
    "/api/areas/{area:str}/enterprises/{enterprise:uuid}",
    route_handlers=[register, reach_stage, record_milestone, report_activity, pause, resume, close],
    dependencies={"desk": Provide(desk, sync_to_thread=False)},
    opt={"access": Needs("record")},
    tags=["Enterprises"],
)
