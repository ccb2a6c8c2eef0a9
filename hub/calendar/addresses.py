"""Secret addresses of calendars. What one holds follows from whose it is and how many were made before it."""

import base64
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events.base import NETWORK, NotFound
from events.database import Connection, value
from events.links import token_digest
from hub.db import Hub

HolderKind = Literal["enterprise", "account"]

OF_ACCOUNTS: Final = NETWORK
"""Where the addresses of accounts stand: somebody may work in several areas."""

MOST_TOKEN: Final = 100


class Holder(Struct, frozen=True, kw_only=True):
    """Whose calendar an address opens."""

    area: str
    holder_kind: HolderKind
    holder: UUID


_NTH = "select nth from calendar_address where area = %s and holder = %s"

_MAKE = """
insert into calendar_address (area, holder, holder_kind, nth, token) values (%s, %s, %s, %s, %s)
on conflict (area, holder) do update set nth = excluded.nth, token = excluded.token, made_at = clock_timestamp()
where calendar_address.nth = excluded.nth - 1
"""

_FIND = "select area, holder_kind, holder from calendar_address where token = %s"


def address_of(hub: Hub, connection: Connection, area: str, kind: HolderKind, holder: UUID) -> str | None:
    """The address that opens somebody's calendar; None while they have none."""
    nth = value(connection, _NTH, [area, holder])
    if nth is None:
        return None
    here = hub.settings.url or f"http://localhost:{hub.settings.port}"
    return f"{here}/calendar/{_token(hub, kind, holder, int(str(nth)))}.ics"


def make_address(hub: Hub, connection: Connection, area: str, kind: HolderKind, holder: UUID) -> None:
    """Make an address, after which the one before opens nothing."""
    nth = int(str(value(connection, _NTH, [area, holder]) or 0)) + 1
    digest = token_digest(_token(hub, kind, holder, nth))
    connection.execute(_MAKE, [area, holder, kind, nth, digest])


def holder_of(connection: Connection, token: str) -> Holder:
    """Whose calendar it opens. Raises `NotFound`. The connection sees every area."""
    cursor = connection.cursor(row_factory=class_row(Holder))
    found = cursor.execute(_FIND, [token_digest(token[:MOST_TOKEN])]).fetchone()
    if found is None:
        raise NotFound("There is no such calendar. Its address may have been replaced by a new one.")
    return found


def _token(hub: Hub, kind: HolderKind, holder: UUID, nth: int) -> str:
    return base64.urlsafe_b64encode(hub.keyed(f"calendar {kind} {holder} {nth}")).decode().rstrip("=")
