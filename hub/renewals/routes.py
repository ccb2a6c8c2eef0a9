"""What can be recorded about renewals, and the catalogue that they follow."""

from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

from litestar import MediaType, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from events.access import Principal
from events.base import Event, today
from events.ledger import Recorded
from hub.access.guard import PUBLIC, Needs
from hub.db import Hub, notice
from hub.desk import AreaCode, Desk, DeskSealing, Receipt, desk
from hub.look.page import render
from hub.renewals import decide
from hub.renewals.inputs import EvidenceInput, RejectedInput, RenewedInput, VerifiedInput, WaiverInput
from hub.renewals.words import BASIS, applies_when, holds, met_by


@post("/requirements/waived", sync_to_thread=True)
def waive(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[WaiverInput]
) -> Receipt:
    """A person decided that the enterprise need not hold something, for a while or as long as the reason lasts."""
    return desk.tell(area, enterprise, data, decide.may_waive)


@post("/evidence", sync_to_thread=True)
def submit(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[EvidenceInput]
) -> Receipt:
    """Something shows that a requirement is met. It counts once somebody looked at it and verified it."""

    def may(history: Sequence[Recorded], on: date) -> None:
        decide.may_submit(data, history, on)

    return _dated(desk, area, enterprise, data, may)


@post("/evidence/verified", sync_to_thread=True)
def verify(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[VerifiedInput]
) -> Receipt:
    """Somebody looked at the evidence: the requirement is met for the days it gives."""
    return desk.tell(area, enterprise, data, decide.may_verify)


@post("/evidence/rejected", sync_to_thread=True)
def reject(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[RejectedInput]
) -> Receipt:
    """Somebody looked at the evidence, and it does not show what it should."""
    return desk.tell(area, enterprise, data, decide.may_reject)


@post("/requirements/renewed", sync_to_thread=True)
def renew(
    desk: NamedDependency[Desk], area: AreaCode, enterprise: FromPath[UUID], data: JSONBody[RenewedInput]
) -> Receipt:
    """A requirement is met, or met again. Without a last day, the renewal catalogue says how long for."""

    def may(history: Sequence[Recorded], on: date) -> None:
        decide.may_renew(data, history, on)

    return _dated(desk, area, enterprise, data, may)


def _dated(
    desk: Desk,
    area: str,
    enterprise: UUID,
    said: EvidenceInput | RenewedInput,
    may: Callable[[Sequence[Recorded], date], None],
) -> Receipt:
    """Record what holds for some days, unless `may` raises against it; its last day hangs on what was held before."""

    def decided(history: Sequence[Recorded], on: date) -> Event:
        may(history, on)
        return decide.dated(said.event(DeskSealing(desk, area, enterprise, history)), history, desk.renewals)

    said.check(today=today())
    return desk.record(area, enterprise, said, decided)


@get("/renewals/catalogue", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def show_catalogue(hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
    """What an enterprise must hold, when, how long it holds and on what basis."""
    with hub.pool.connection() as connection:
        words = notice(connection)
    body = render(
        "renewals/pages/catalogue.html",
        who=who,
        notice=words,
        catalogue=hub.renewals,
        own=hub.settings.renewals is not None,
        basis=BASIS,
        applies_when=applies_when,
        holds=holds,
        met_by=met_by,
    )
    return Response(body, media_type=MediaType.HTML)


RENEWALS: list[Router | HTTPRouteHandler] = [
    Router(
        "/api/areas/{area:str}/enterprises/{enterprise:uuid}",
        route_handlers=[waive, submit, verify, reject, renew],
        dependencies={"desk": Provide(desk, sync_to_thread=False)},
        opt={"access": Needs("record")},
        tags=["Renewals"],
    ),
    show_catalogue,
]
