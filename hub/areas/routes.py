"""What can be recorded about an area, and an area's ledger as a feed."""

from typing import Annotated

from litestar import Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody, QueryParameter

from events import ledger
from events.access import Principal
from events.base import NotFound, area_stream
from events.ledger import Recorded
from events.places import places
from hub.access.guard import Needs
from hub.areas import decide
from hub.areas.inputs import (
    BoundaryInput,
    CatalystInput,
    CatalystLeftInput,
    ConditionInput,
    ConditionWithdrawnInput,
    FigureInput,
    JoinInput,
    LeaveInput,
    LoadTargetInput,
    RiskClosedInput,
    RiskInput,
    RiskMitigatedInput,
)
from hub.db import Hub
from hub.desk import AreaCode, Desk, Receipt, desk


@post("/join", sync_to_thread=True)
def join(desk: NamedDependency[Desk], area: AreaCode, data: JSONBody[JoinInput]) -> Receipt:
    """The area takes part from a day on. Its ledger begins here."""
    return desk.tell(
        area,
        area_stream(area),
        data,
        lambda said, history, _: decide.may_join(area, said, history),
        opens_ledger=area in places(),
    )


@post("/leave", sync_to_thread=True)
def leave(desk: NamedDependency[Desk], area: AreaCode, data: JSONBody[LeaveInput]) -> Receipt:
    """The area stops taking part."""
    return desk.tell(area, area_stream(area), data, lambda said, history, on: decide.may_leave(area, said, history, on))


@post("/catalysts", sync_to_thread=True)
def appoint_catalyst(desk: NamedDependency[Desk], area: AreaCode, data: JSONBody[CatalystInput]) -> Receipt:
    """A Catalyst is employed here. Their name is not part of it."""
    return desk.tell(area, area_stream(area), data, lambda said, history, _: decide.may_appoint(area, said, history))


@post("/catalysts/left", sync_to_thread=True)
def catalyst_left(desk: NamedDependency[Desk], area: AreaCode, data: JSONBody[CatalystLeftInput]) -> Receipt:
    """A Catalyst's post is empty again."""
    return desk.tell(area, area_stream(area), data, decide.may_end_post)


@post("/load-targets", sync_to_thread=True)
def set_load_target(desk: NamedDependency[Desk], area: AreaCode, data: JSONBody[LoadTargetInput]) -> Receipt:
    """How many active enterprises one Catalyst can look after; for the whole network, use the code UK."""
    return desk.tell(area, area_stream(area), data, lambda said, history, _: decide.may_set_target(area, said, history))


@post("/published-figures", sync_to_thread=True)
def publish_figure(desk: NamedDependency[Desk], area: AreaCode, data: JSONBody[FigureInput]) -> Receipt:
    """A figure somebody published. It stands beside what the hub counts and is never added to it."""
    return desk.tell(area, area_stream(area), data, lambda said, history, _: decide.may_publish(area, said, history))


@post("/boundary", sync_to_thread=True)
def change_boundary(desk: NamedDependency[Desk], area: AreaCode, data: JSONBody[BoundaryInput]) -> Receipt:
    """The authority goes by another code from a day on. Its ledger stays at the address it has."""
    return desk.tell(
        area,
        area_stream(area),
        data,
        lambda said, history, on: decide.may_change_boundary(area, said, history, on),
    )


@post("/conditions", sync_to_thread=True)
def confirm_condition(desk: NamedDependency[Desk], area: AreaCode, data: JSONBody[ConditionInput]) -> Receipt:
    """The area has something that the approach needs. Confirm again when there is new evidence."""
    return desk.tell(area, area_stream(area), data, lambda said, history, _: decide.may_confirm(area, said, history))


@post("/conditions/withdrawn", sync_to_thread=True)
def withdraw_condition(desk: NamedDependency[Desk], area: AreaCode, data: JSONBody[ConditionWithdrawnInput]) -> Receipt:
    """A condition that was confirmed is no longer met."""
    return desk.tell(area, area_stream(area), data, decide.may_withdraw_condition)


@post("/risks", sync_to_thread=True)
def raise_risk(desk: NamedDependency[Desk], area: AreaCode, data: JSONBody[RiskInput]) -> Receipt:
    """Something can end the approach here. One risk of a kind is open at a time."""
    return desk.tell(area, area_stream(area), data, lambda said, history, _: decide.may_raise(area, said, history))


@post("/risks/mitigated", sync_to_thread=True)
def mitigate_risk(desk: NamedDependency[Desk], area: AreaCode, data: JSONBody[RiskMitigatedInput]) -> Receipt:
    """Something was done about an open risk. It stays open."""
    return desk.tell(area, area_stream(area), data, decide.may_mitigate)


@post("/risks/closed", sync_to_thread=True)
def close_risk(desk: NamedDependency[Desk], area: AreaCode, data: JSONBody[RiskClosedInput]) -> Receipt:
    """An open risk is no longer one."""
    return desk.tell(area, area_stream(area), data, decide.may_close_risk)


@get("/ledger", access=Needs("read area"), sync_to_thread=True)
def feed(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    area: AreaCode,
    after: Annotated[int, QueryParameter(ge=0, le=2**53, description="The last position you have.")] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=1000, description="How many events at most.")] = 100,
) -> list[Recorded]:
    """An area's events in order, each as [area, position, stream, version, event, occurred on, recorded at, actor,
    command, cause]. Ask again after the last position; an empty list means that there is nothing new yet."""
    with hub.acting(who, "read area", area) as connection:
        if not ledger.has_ledger(connection, area):
            raise NotFound(f"No area with the code {area} takes part.", field="area")
        return ledger.read(connection, area, after=after, limit=limit)


AREAS = [
    Router(
        "/api/areas/{area:str}",
        route_handlers=[
            join,
            leave,
            change_boundary,
            appoint_catalyst,
            catalyst_left,
            set_load_target,
            publish_figure,
            confirm_condition,
            withdraw_condition,
            raise_risk,
            mitigate_risk,
            close_risk,
        ],
        dependencies={"desk": Provide(desk, sync_to_thread=False)},
        opt={"access": Needs("record")},
        tags=["Areas"],
    ),
    Router("/api/areas/{area:str}", route_handlers=[feed], tags=["Areas"]),
]
