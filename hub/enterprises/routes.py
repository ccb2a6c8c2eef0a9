"""What can be recorded about an enterprise."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from litestar import Router, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from events.base import today
from events.enterprises import EnterpriseEvent
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

    def decided(history: Sequence[Recorded], _: date) -> EnterpriseEvent:
        desk.check_taking_part(area)
        decide.may_register(history)
        decide.may_hold(data.owner, today=today())
        # sealed only now: nothing of a refused request is kept, not even a key
        owner = desk.seal(desk.new_owner(area, enterprise), data.owner.plain() if data.owner else None)
        return data.event(enterprise, owner)

    return desk.record(area, enterprise, data, decided)


@post("/stages", sync_to_thread=True)
def reach_stage(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[StageInput]
) -> Receipt:
    """It moves on to another stage of its life."""
    return desk.record(area, enterprise, data, lambda history, on: decide.reach(data, history, on))


@post("/milestones", sync_to_thread=True)
def record_milestone(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[MilestoneInput]
) -> Receipt:
    """Something worth telling was reached, such as the first customer. The note is kept under the enterprise's key."""

    def decided(history: Sequence[Recorded], on: date) -> EnterpriseEvent:
        decide.may_note(history, on)
        return data.event(desk.seal(enterprise, data.note))

    return desk.record(area, enterprise, data, decided)


@post("/activity", sync_to_thread=True)
def report_activity(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[ActivityInput]
) -> Receipt:
    """What it does now: people, hours, jobs, volunteers. Leave out what is not known; that is not the same as 0."""
    return desk.record(area, enterprise, data, lambda history, on: decide.report(data, history, on))


@post("/pause", sync_to_thread=True)
def pause(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[PauseInput]
) -> Receipt:
    """It stops for a while. The note is kept under the enterprise's key."""

    def decided(history: Sequence[Recorded], on: date) -> EnterpriseEvent:
        decide.may_pause(history, on)
        return data.event(desk.seal(enterprise, data.note))

    return desk.record(area, enterprise, data, decided)


@post("/resume", sync_to_thread=True)
def resume(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[ResumeInput]
) -> Receipt:
    """It goes on after a pause."""
    return desk.record(area, enterprise, data, lambda history, on: decide.resume(data, history, on))


@post("/close", sync_to_thread=True)
def close(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[CloseInput]
) -> Receipt:
    """It ends. The note is kept under the enterprise's key."""

    def decided(history: Sequence[Recorded], on: date) -> EnterpriseEvent:
        decide.may_close(history, on)
        return data.event(desk.seal(enterprise, data.note))

    return desk.record(area, enterprise, data, decided)


ENTERPRISES = Router(
    "/api/areas/{area:str}/enterprises/{enterprise:uuid}",
    route_handlers=[register, reach_stage, record_milestone, report_activity, pause, resume, close],
    dependencies={"desk": Provide(desk, sync_to_thread=False)},
    opt={"access": Needs("record")},
    tags=["Enterprises"],
)
