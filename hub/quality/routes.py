"""What can be recorded about quality."""

from uuid import UUID

from litestar import Router, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from hub.access.guard import Needs
from hub.desk import AreaCode, Desk, Receipt, desk
from hub.quality import decide
from hub.quality.inputs import ActionCompletedInput, ActionInput, ConcernInput, QualityCheckInput, StandardsInput


@post("/standards", sync_to_thread=True)
def sign_standards(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[StandardsInput]
) -> Receipt:
    """The enterprise signed the standards, or signed them again."""
    return desk.tell(area, enterprise, data, decide.may_sign)


@post("/quality-checks", sync_to_thread=True)
def complete_check(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[QualityCheckInput]
) -> Receipt:
    """A quality check was gone through, with what came of it. The note is kept under the enterprise's key."""
    return desk.tell(area, enterprise, data, decide.may_check)


@post("/concerns", sync_to_thread=True)
def raise_concern(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[ConcernInput]
) -> Receipt:
    """There is a concern of a kind. What happened has no place here: safeguarding goes to the council."""
    return desk.tell(area, enterprise, data, decide.may_raise)


@post("/actions", sync_to_thread=True)
def agree_action(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[ActionInput]
) -> Receipt:
    """The enterprise will do something by a day. What it is, is kept under the enterprise's key."""
    return desk.tell(area, enterprise, data, decide.may_agree)


@post("/actions/completed", sync_to_thread=True)
def complete_action(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[ActionCompletedInput]
) -> Receipt:
    """The enterprise did what was agreed."""
    return desk.tell(area, enterprise, data, decide.may_complete)


QUALITY = [
    Router(
        "/api/areas/{area:str}/enterprises/{enterprise:uuid}",
        route_handlers=[sign_standards, complete_check, raise_concern, agree_action, complete_action],
        dependencies={"desk": Provide(desk, sync_to_thread=False)},
        opt={"access": Needs("record")},
        tags=["Quality"],
    )
]
