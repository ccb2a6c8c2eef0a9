"""The links in reminders: whose each is, and what whoever holds it may do."""

from datetime import datetime
from hmac import compare_digest
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events.access import Grant, Principal
from events.base import NotFound, Refused
from events.database import Connection, value
from events.links import token_digest
from hub.db import Hub

Step = Literal["renewed", "stopped", "changed", "reminders", "calendar", "referral", "need", "report"]
"""A form that can be opened from a link."""

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
"""The address is a secret: no cache keeps it, no other site is told it, no search engine lists it."""

MOST_TOKEN: Final = 100


class Link(Struct, frozen=True, kw_only=True):
    token: str
    area: str
    message: UUID
    enterprise: UUID
    made_at: datetime
    ends_at: datetime

    @property
    def address(self) -> str:
        return f"/due/{self.token}"

    @property
    def who(self) -> Principal:
        """Whoever holds it. They act for one enterprise; what else the grant would let in is asked for nowhere."""
        actions = frozenset[Literal["read area", "record"]]({"read area", "record"})
        return Principal(id=f"link:{self.message}", name="the enterprise", grants=(Grant(actions, self.area),))


_FIND = """
select %(token)s as token, area, message, recipient as enterprise, made_at, ends_at
from due_link where token = %(digest)s and purpose = 'due' and recipient_kind = 'enterprise'
"""


def find_link(hub: Hub, token: str) -> Link:
    """The link, even if it has ended. Raises `NotFound` for one that was never sent."""
    known = {"token": token, "digest": token_digest(token[:MOST_TOKEN])}
    with hub.watching() as connection:
        found = connection.cursor(row_factory=class_row(Link)).execute(_FIND, known).fetchone()
    if found is None:
        raise NotFound("There is no such link. Check that all of the address is there.")
    return found


_NUDGES = "select nudges from message where area = %s and message = %s"


def nudges_of(connection: Connection, link: Link) -> list[UUID]:
    """What the message reminded of. The connection sees the area."""
    found = value(connection, _NUDGES, [link.area, link.message])
    return [each for each in found if isinstance(each, UUID)] if isinstance(found, list) else []


def form_value(hub: Hub, link: Link, step: Step) -> str:
    """What a form of this link holds and nothing else can: a program that posts without the form changes nothing."""
    return hub.keyed(f"form {step} {link.token}").hex()


def check_form(hub: Hub, link: Link, step: Step, value: object) -> None:
    """Raises `Refused` for what did not come from the form."""
    if not isinstance(value, str) or not compare_digest(value.encode(), form_value(hub, link, step).encode()):
        raise Refused("This did not come from the page of your link. Open the link again and use its buttons.")
