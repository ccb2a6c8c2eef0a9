"""What can be recorded about needs and referrals."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from litestar import Router, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from events.base import today
from events.ledger import Recorded
from events.projections.engine import NotBuilt
from events.referrals import ReferralMade
from hub.access.guard import Needs
from hub.desk import AreaCode, Desk, DeskSealing, Receipt, desk
from hub.input import Reference
from hub.referrals import decide
from hub.referrals.inputs import (
    AcceptInput,
    CloseNeedInput,
    ContactInput,
    DeclineInput,
    EndInput,
    ExpireInput,
    NeedInput,
    ReferralInput,
    ResponseInput,
    ShareInput,
    StartInput,
    WithdrawInput,
)

# ---- needs


@post("/", sync_to_thread=True)
def record_need(
    desk: NamedDependency[Desk], area: AreaCode, need: FromPath[UUID], data: JSONBody[NeedInput]
) -> Receipt:
    """People here lack something. You choose its id, a UUID; who it is about is kept under its key."""

    def may(said: NeedInput, history: Sequence[Recorded], on: date) -> None:
        desk.check_taking_part(area)
        decide.may_need(said, history, on)

    return desk.tell(area, need, data, may)


@post("/shared", sync_to_thread=True)
def share_need(
    desk: NamedDependency[Desk], area: AreaCode, need: FromPath[UUID], data: JSONBody[ShareInput]
) -> Receipt:
    """Enterprises were asked whether they can help: those you name, or all that offer such a service."""
    return desk.tell(area, need, data, decide.may_share)


@post("/responses", sync_to_thread=True)
def respond_to_need(
    desk: NamedDependency[Desk], area: AreaCode, need: FromPath[UUID], data: JSONBody[ResponseInput]
) -> Receipt:
    """An enterprise answered. It may answer again, and its last answer counts."""
    return desk.tell(area, need, data, decide.may_respond)


@post("/closed", sync_to_thread=True)
def close_need(
    desk: NamedDependency[Desk], area: AreaCode, need: FromPath[UUID], data: JSONBody[CloseNeedInput]
) -> Receipt:
    """Nobody waits any more though no support started, and why. An open referral is to be withdrawn first."""

    def may(said: CloseNeedInput, history: Sequence[Recorded], on: date) -> None:
        decide.may_close_need(said, history, on, referrals=_referrals_for(desk, area, need))

    return desk.tell(area, need, data, may)


_FOR_NEED = """
select r.referral, coalesce(e.name, 'an enterprise') from referral r left join enterprise e using (area, enterprise)
where r.area = %s and r.need = %s order by r.made_on, r.referral
"""


def _referrals_for(desk: Desk, area: str, need: UUID) -> list[tuple[str, Sequence[Recorded]]]:
    """Which there are is asked of the work projection, which may miss one made this very second; the rest is exact."""
    try:
        with desk.what_stands() as connection:
            found = connection.execute(_FOR_NEED, [area, need]).fetchall()
    except NotBuilt:  # a hub that has only been set up
        return []
    return [(str(name), desk.history(area, UUID(str(referral)))) for referral, name in found]


# ---- referrals


@post("/", sync_to_thread=True)
def make_referral(
    desk: NamedDependency[Desk], area: AreaCode, referral: FromPath[UUID], data: JSONBody[ReferralInput]
) -> Receipt:
    """One person to one enterprise. You choose its id; name the need, and what you leave out is as in the need.

    Without a need, name the referral that came to nothing, which this one is made in place of.
    """

    def decided(history: Sequence[Recorded], on: date) -> ReferralMade:
        desk.check_taking_part(area)
        # completed only here: what was asked stays the same request whatever becomes of the need
        earlier = data.need or data.instead_of
        of_earlier = desk.history(area, earlier) if earlier else ()
        said = decide.completed(data, of_earlier)
        if said.instead_of:
            decide.may_refer_again(of_earlier, on)
        decide.may_refer(said, history, on)
        desk.check_there(area, said.refers_to(), on)
        return said.event(DeskSealing(desk, area, referral, history))

    data.check(today=today())
    return desk.record(area, referral, data, decided)


@post("/accepted", sync_to_thread=True)
def accept_referral(
    desk: NamedDependency[Desk], area: AreaCode, referral: FromPath[UUID], data: JSONBody[AcceptInput]
) -> Receipt:
    """The enterprise will help. Where somebody else recorded an answer first, the refusal says who and when."""

    def may(said: AcceptInput, history: Sequence[Recorded], on: date) -> None:
        found = decide.may_accept(said, history, on, named=desk.name_of)
        desk.check_there(area, [Reference(kind="enterprise", id=found.enterprise, field="referral")], on)

    return desk.tell(area, referral, data, may)


@post("/declined", sync_to_thread=True)
def decline_referral(
    desk: NamedDependency[Desk], area: AreaCode, referral: FromPath[UUID], data: JSONBody[DeclineInput]
) -> Receipt:
    """The enterprise will not help, and why."""
    return desk.tell(area, referral, data, lambda *told: decide.may_decline(*told, named=desk.name_of))


@post("/withdrawn", sync_to_thread=True)
def withdraw_referral(
    desk: NamedDependency[Desk], area: AreaCode, referral: FromPath[UUID], data: JSONBody[WithdrawInput]
) -> Receipt:
    """It is taken back before support started, and why."""
    return desk.tell(area, referral, data, lambda *told: decide.may_withdraw(*told, named=desk.name_of))


@post("/expired", sync_to_thread=True)
def expire_referral(
    desk: NamedDependency[Desk], area: AreaCode, referral: FromPath[UUID], data: JSONBody[ExpireInput]
) -> Receipt:
    """Nobody answered it in time, so it is closed."""
    return desk.tell(area, referral, data, lambda *told: decide.may_expire(*told, named=desk.name_of))


@post("/contact", sync_to_thread=True)
def make_contact(
    desk: NamedDependency[Desk], area: AreaCode, referral: FromPath[UUID], data: JSONBody[ContactInput]
) -> Receipt:
    """The enterprise and the person spoke for the first time. It may be left out."""
    return desk.tell(area, referral, data, lambda *told: decide.may_contact(*told, named=desk.name_of))


@post("/support-started", sync_to_thread=True)
def start_support(
    desk: NamedDependency[Desk], area: AreaCode, referral: FromPath[UUID], data: JSONBody[StartInput]
) -> Receipt:
    """Support began. The person's wait ends on this day."""
    return desk.tell(area, referral, data, lambda *told: decide.may_start(*told, named=desk.name_of))


@post("/support-ended", sync_to_thread=True)
def end_support(
    desk: NamedDependency[Desk], area: AreaCode, referral: FromPath[UUID], data: JSONBody[EndInput]
) -> Receipt:
    """Support was completed, or ended early."""
    return desk.tell(area, referral, data, lambda *told: decide.may_end(*told, named=desk.name_of))


REFERRALS = [
    Router(
        "/api/areas/{area:str}/needs/{need:uuid}",
        route_handlers=[record_need, share_need, respond_to_need, close_need],
        dependencies={"desk": Provide(desk, sync_to_thread=False)},
        opt={"access": Needs("record")},
        tags=["Needs"],
    ),
    Router(
        "/api/areas/{area:str}/referrals/{referral:uuid}",
        route_handlers=[
            make_referral,
            accept_referral,
            decline_referral,
            withdraw_referral,
            expire_referral,
            make_contact,
            start_support,
            end_support,
        ],
        dependencies={"desk": Provide(desk, sync_to_thread=False)},
        opt={"access": Needs("record")},
        tags=["Referrals"],
    ),
]
