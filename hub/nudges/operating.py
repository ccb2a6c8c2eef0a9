"""How reminders go out: what waits, what is stuck, and what a provider tells of those it took."""

from datetime import date
from typing import Literal
from uuid import UUID

from litestar import MediaType, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Redirect
from msgspec import Struct

from events import messages
from events.access import Principal
from events.base import Refused, now, today
from events.messages import Delivery
from events.places import place_name
from hub.access.guard import Needs
from hub.db import Hub, notice
from hub.desk import IdempotencyKey
from hub.input import Input, happened_on
from hub.look.page import NO_STORE, render
from hub.nudges.working import working


@get("/nudges", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def nudges_page(hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
    """How reminders go out in the areas that somebody may read."""
    with hub.acting(who, "read area") as connection:
        found = messages.counts(connection, now=now())
        listed = messages.stuck(connection)
        words, at_work = notice(connection), working(hub, connection, found)
    body = render(
        "nudges/pages/nudges.html",
        working=at_work,
        who=who,
        notice=words,
        here="/nudges",
        found=found,
        listed=listed,
        most=messages.MOST_LISTED,
        mine=[each.message for each in listed if who.may("send again", each.area)],
        leads=[each.message for each in listed if who.may("write again", each.area)],
        place_name=place_name,
    )
    return Response(body, media_type=MediaType.HTML, headers=NO_STORE)


@post(
    "/nudges/{message:uuid}/retry",
    access=Needs("send again"),
    sync_to_thread=True,
    include_in_schema=False,
    status_code=303,
)
def retry(hub: NamedDependency[Hub], who: NamedDependency[Principal], message: FromPath[UUID]) -> Redirect:
    """Let a message go out once more; the sweeper rings for it within seconds."""
    with hub.acting(who.only("send again"), "send again") as connection:
        messages.retry(connection, message, now=now())
    return Redirect("/nudges", status_code=303)


@post(
    "/nudges/{message:uuid}/give-up",
    access=Needs("send again"),
    sync_to_thread=True,
    include_in_schema=False,
    status_code=303,
)
def give_up(hub: NamedDependency[Hub], who: NamedDependency[Principal], message: FromPath[UUID]) -> Redirect:
    """Let a message go out no more."""
    with hub.acting(who.only("send again"), "send again") as connection:
        messages.give_up(connection, message, now=now(), actor=who.id)
    return Redirect("/nudges", status_code=303)


@post(
    "/nudges/{message:uuid}/write-again",
    access=Needs("write again"),
    sync_to_thread=True,
    include_in_schema=False,
    status_code=303,
)
def write_again(hub: NamedDependency[Hub], who: NamedDependency[Principal], message: FromPath[UUID]) -> Redirect:
    """Let mail go again to the address of a message, and the message with it."""
    with hub.acting(who.only("write again"), "write again") as connection:
        messages.write_again(connection, message, now=now(), actor=who.id)
    return Redirect("/nudges", status_code=303)


# ---- what providers tell


class DeliveryInput(Input, frozen=True, kw_only=True):
    """What became of a message that a provider took."""

    message: UUID
    """Its id, which the provider got as `Idempotency-Key`, as `reference`, or in the `Message-ID`."""
    outcome: Delivery


class DeliveryReceipt(Struct, frozen=True, kw_only=True):
    nudges: int
    """How many reminders it tells of that it had not told of before."""


class NotifyCallback(Struct, frozen=True, kw_only=True):
    """What GOV.UK Notify posts, as far as the hub reads it."""

    reference: str | None = None
    status: str


_NOTIFIED: dict[str, Delivery] = {
    "delivered": "delivered",
    "permanent-failure": "bounced",
    "temporary-failure": "undelivered",
    "technical-failure": "undelivered",
}
"""Of its states, those that are final: it tried for three days before it says that something failed for now."""


@post("/api/deliveries", access=Needs("record"), sync_to_thread=True, status_code=200, tags=["Reminders"])
def tell_delivery(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    data: JSONBody[DeliveryInput],
    key: IdempotencyKey,
) -> DeliveryReceipt:
    """What became of a message. After it bounced, or was complained about, nothing more goes to that address."""
    on = happened_on(data.on, today=today())
    return DeliveryReceipt(nudges=_deliver(hub, who, data.message, data.outcome, on=on))


@post(
    "/api/deliveries/notify",
    access=Needs("record"),
    sync_to_thread=True,
    status_code=200,
    include_in_schema=False,
)
def tell_delivery_by_notify(
    hub: NamedDependency[Hub], who: NamedDependency[Principal], data: JSONBody[NotifyCallback]
) -> dict[Literal["nudges"], int]:
    """For the callback of GOV.UK Notify, whose bearer token is a key of this hub."""
    outcome = _NOTIFIED.get(data.status)
    if outcome is None:
        return {"nudges": 0}
    try:
        message = UUID(data.reference or "")
    except ValueError as error:
        raise Refused("The reference is not one of this hub's.", field="reference") from error
    return {"nudges": _deliver(hub, who, message, outcome, on=today())}


def _deliver(hub: Hub, who: Principal, message: UUID, outcome: Delivery, *, on: date) -> int:
    with hub.acting(who.only("record"), "record") as connection:
        return messages.deliver(connection, message, outcome, on=on, actor=who.id)


OPERATING = [nudges_page, retry, give_up, write_again, tell_delivery, tell_delivery_by_notify]
