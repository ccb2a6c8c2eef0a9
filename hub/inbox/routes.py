"""The inbox of whoever works with the hub: what they are reminded of, whichever way else it reaches them."""

from uuid import UUID

from litestar import MediaType, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from events import ledger
from events.access import Grant, Principal
from events.base import NotFound, today
from events.nudges import NudgeActedOn
from events.places import place_name
from events.projections import engine
from hub.access.demo import is_demo
from hub.access.guard import SIGNED_IN
from hub.access.web import account_id
from hub.db import Decision, Hub, notice
from hub.inbox.mailbox import MAILBOX
from hub.inbox.nudges import area_of, by_day
from hub.inbox.nudges import inbox as inbox_of
from hub.inbox.preferences import PREFERENCES
from hub.look.page import NO_STORE, render
from hub.nudges.rules import by_name

SEEN_WITHIN = 2.0
"""Seconds to wait until the page shows what was just marked."""


@get("/inbox", access=SIGNED_IN, sync_to_thread=True, include_in_schema=False)
def inbox(hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
    """What somebody is reminded of, the newest first."""
    with hub.reading("work", who) as connection:
        lines = inbox_of(connection, who, account_id(who), by_name(), today=today())
        words, demo = notice(connection), is_demo(connection)
    body = render(
        "inbox/pages/inbox.html",
        who=who,
        notice=words,
        days=by_day(lines),
        done=[each for each in lines if each.nudge.acted_on],
        demo=demo and who.may("read people"),
        several=len({each.nudge.area for each in lines}) > 1,
        place_name=place_name,
    )
    return Response(body, media_type=MediaType.HTML, headers=NO_STORE)


@post("/inbox/{nudge:uuid}/done", access=SIGNED_IN, sync_to_thread=True, include_in_schema=False, status_code=303)
def done(hub: NamedDependency[Hub], who: NamedDependency[Principal], nudge: FromPath[UUID]) -> Redirect:
    """Mark one of one's own reminders as done, which is no one else's to say."""
    with hub.reading("work", who) as connection:
        area = area_of(connection, who, account_id(who), nudge, today=today())
    if area is None:
        raise NotFound("There is no such reminder here.")
    # those who only read in an area may still say that they saw to what they were reminded of
    alone = Principal(id=who.id, name=who.name, grants=(Grant(frozenset({"record"}), area),))
    with hub.acting(alone, "record", area) as connection:
        history = ledger.read_stream(connection, area, nudge)
    if not any(isinstance(each.event, NudgeActedOn) for each in history):

        def decided(_: object) -> Decision:
            return NudgeActedOn(how="seen"), today()

        appended = hub.record(area=area, key=f"done {nudge}", request=b"done", stream=nudge, who=alone, decide=decided)
        with hub.pool.connection() as connection:
            engine.wait(connection, "work", area, appended.last, timeout=SEEN_WITHIN)
    return Redirect("/inbox", status_code=303)


INBOX = [inbox, done, *MAILBOX, *PREFERENCES]
