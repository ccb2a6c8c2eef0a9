"""Having no more of what one need not have, from the link in a mail: GET shows one button, POST stops (RFC 8058).

Mail programs post to the link by themselves, without cookies and without the page. What the law asks, and what keeps
people safe, is sent on.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import MediaType, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct
from psycopg.rows import class_row

from events import ledger
from events.access import Grant, Principal
from events.base import NotFound, now, today
from events.links import token_digest
from events.nudges import NudgePreferenceSet, RecipientKind
from hub.access.guard import PUBLIC
from hub.db import Decision, Hub, notice
from hub.due import decide
from hub.due.links import HEADERS, MOST_TOKEN
from hub.edges.limits import Limit
from hub.look.page import render

LINKS = Limit(name="stop links", times=3000, seconds=300)
"""By address; programs of a mail provider stop for all its readers from a few. Nobody guesses a link."""

_FIND = """
select area, message, recipient_kind, recipient, ends_at from due_link where token = %s and purpose = 'stop'
"""

_TURN_OFF = """
insert into nudge_preference (account, optional) values (%s, false)
on conflict (account) do update set optional = false, set_at = clock_timestamp()
"""

_IS_OFF = "select true from nudge_preference where account = %s and not optional"


class Link(Struct, frozen=True, kw_only=True):
    area: str
    message: UUID
    recipient_kind: RecipientKind
    recipient: UUID
    ends_at: datetime

    @property
    def who(self) -> Principal:
        """Whoever holds the link, for this alone."""
        return Principal(
            id=f"link:{self.message}", name="the enterprise", grants=(Grant(frozenset({"record"}), self.area),)
        )


def _find(hub: Hub, token: str) -> Link:
    """The link. One that ended still stops: nobody is to look for another mail first."""
    with hub.watching() as connection:
        digest = token_digest(token[:MOST_TOKEN])
        found = connection.cursor(row_factory=class_row(Link)).execute(_FIND, [digest]).fetchone()
    if found is None:
        raise NotFound("There is no such link. Check that all of the address is there.")
    return found


def _wants(hub: Hub, link: Link) -> NudgePreferenceSet | None:
    """How the enterprise wants to be reminded now; None for somebody who works with the hub."""
    if link.recipient_kind != "enterprise":
        return None
    with hub.acting(link.who, "record", link.area) as connection:
        return decide.chosen(ledger.read_stream(connection, link.area, link.recipient))


def _is_off(hub: Hub, link: Link) -> bool:
    if wants := _wants(hub, link):
        return not wants.optional
    with hub.pool.connection() as connection:
        return connection.execute(_IS_OFF, [link.recipient]).fetchone() is not None


def _stop(hub: Hub, link: Link) -> None:
    if link.recipient_kind != "enterprise":
        with hub.pool.connection() as connection:
            connection.execute(_TURN_OFF, [link.recipient])
        return
    wants = _wants(hub, link)
    if wants is None or not wants.optional:
        return
    chosen = msgspec.structs.replace(wants, optional=False)

    def decided(_: object) -> Decision:
        return chosen, today()

    hub.record(
        area=link.area,
        # each time anew: it may have been turned on again since
        key=f"stop {link.message} {now().isoformat()}",
        request=msgspec.json.encode(chosen),
        stream=link.recipient,
        who=link.who,
        decide=decided,
    )


def _page(hub: Hub, token: str, link: Link, *, off: bool) -> Response[bytes]:
    with hub.pool.connection() as connection:
        words = notice(connection)
    body = render(
        "nudges/pages/stop.html", notice=words, token=token, off=off, staff=link.recipient_kind != "enterprise"
    )
    return Response(body, media_type=MediaType.HTML, headers=HEADERS, status_code=200)


@get("/", sync_to_thread=True)
def stop_page(hub: NamedDependency[Hub], token: FromPath[str]) -> Response[bytes]:
    """One button; looking changes nothing."""
    link = _find(hub, token)
    return _page(hub, token, link, off=_is_off(hub, link))


@post("/", sync_to_thread=True, status_code=200)
def stop(hub: NamedDependency[Hub], token: FromPath[str]) -> Response[bytes]:
    """Take down that they want no more of these, whoever posts: a person by the button, or a mail program."""
    link = _find(hub, token)
    _stop(hub, link)
    return _page(hub, token, link, off=True)


STOP = Router(
    "/stop/{token:str}",
    route_handlers=[stop_page, stop],
    include_in_schema=False,
    opt={"access": PUBLIC, "limit": LINKS},
)
