"""Being signed in: a random token in a cookie, and a row that says whose it is.

The row holds the token's hash, so a copy of the table opens nothing. A session ends after two hours without use, and
after twelve in any case. Signing in always makes a new one: a token that somebody planted beforehand becomes nobody's.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import cast
from uuid import UUID

from litestar.datastructures import Cookie
from msgspec import Struct
from psycopg.rows import class_row

from events.access import Principal, grants
from events.base import NotFound, today
from events.database import Connection, value
from events.sweeping import IDLE
from hub.access.accounts import held_role

COOKIE = "__Host-trellis"
"""Browsers send it back to this very host only, over HTTPS (or on the same machine)."""

LONGEST = timedelta(hours=12)
_NOTED = timedelta(minutes=1)
"""How exactly it is noted when a session was last used, but for what `Remembered` answers."""

FRESH = timedelta(minutes=15)
"""How long ago somebody may have shown that it is them before they change how they sign in."""

_OPEN = """
insert into session (token, account, how, agent, proved_at, ends_at)
values (%s, %s, %s, %s, coalesce(%s, clock_timestamp()), clock_timestamp() + %s)
"""

_FRESH = "select true from session where token = %s and proved_at > clock_timestamp() - %s"

# Asked at every request unless it is remembered, so it is one question: whose session it is, and the roles they hold.
_FIND = """
select a.id, a.name, s.seen_at < clock_timestamp() - %(noted)s, r.role, r.area, r.starts, r.ends
from session s
join account a on a.id = s.account and a.closed_at is null
left join held_role r on r.account = a.id
where s.token = %(token)s and s.ends_at > clock_timestamp() and s.seen_at > clock_timestamp() - %(idle)s
"""

_LIST = """
select id, token = %(this)s as this, how, agent, started_at, seen_at from session
where account = %(account)s and ends_at > clock_timestamp() and seen_at > clock_timestamp() - %(idle)s
order by seen_at desc
"""

_CLOSE_ONE = "delete from session where id = %s and account = %s"


class Session(Struct, frozen=True, kw_only=True):
    """One browser in which somebody is signed in."""

    id: UUID
    how: str
    agent: str
    started_at: datetime
    seen_at: datetime
    this: bool


def open_session(
    connection: Connection,
    account: UUID,
    *,
    how: str,
    agent: str,
    before: str | None,
    proved_at: datetime | None = None,
) -> str:
    """Sign somebody in and give the token for their browser. The session it had `before`, if any, ends.

    `proved_at` is when they showed that it is them; now unless given.
    """
    if before:
        close_session(connection, before)
    token = secrets.token_urlsafe(32)
    connection.execute(_OPEN, [hash_of(token), account, how, agent[:200], proved_at, LONGEST])
    return token


def principal_of(connection: Connection, token: str) -> Principal | None:
    """Who holds this token; None if its session ended or never was."""
    key = hash_of(token)
    rows = connection.execute(_FIND, {"token": key, "idle": IDLE, "noted": _NOTED}).fetchall()
    if not rows:
        return None
    id, name, stale = rows[0][:3]
    if stale:
        connection.execute("update session set seen_at = clock_timestamp() where token = %s", [key])
    roles = [held_role(*row[3:]) for row in rows if row[3]]
    return Principal(id=f"account:{id}", name=str(name), grants=grants(roles, on=today()))


def sessions_of(connection: Connection, account: UUID, *, this: str) -> list[Session]:
    """Where somebody is signed in, the browser used last first."""
    asked = {"account": account, "this": hash_of(this), "idle": IDLE}
    return connection.cursor(row_factory=class_row(Session)).execute(_LIST, asked).fetchall()


def is_fresh(connection: Connection, token: str) -> bool:
    """Whether whoever holds this token showed within the last quarter of an hour that it is them."""
    return value(connection, _FRESH, [hash_of(token), FRESH]) is not None


def close_session(connection: Connection, token: str) -> str | None:
    """Sign out whoever holds this token, and say how they had signed in."""
    found = value(connection, "delete from session where token = %s returning how", [hash_of(token)])
    return cast("str | None", found)


def close_one(connection: Connection, account: UUID, id: UUID) -> None:
    """Sign somebody out in one browser. Raises `NotFound` for a session that is over, or somebody else's."""
    if not connection.execute(_CLOSE_ONE, [id, account]).rowcount:
        raise NotFound("You are not signed in there any more.")


def close_sessions(connection: Connection, account: UUID, *, but: str | None = None) -> None:
    """Sign somebody out everywhere, but for the browser that holds the token `but`."""
    connection.execute(
        "delete from session where account = %s and token is distinct from %s", [account, hash_of(but) if but else None]
    )


def cookie(token: str) -> Cookie:
    return Cookie(key=COOKIE, value=token, path="/", secure=True, httponly=True, samesite="lax")


def no_cookie() -> Cookie:
    """Makes a browser forget its token. Under a `__Host-` name it takes no cookie that is not secure."""
    return Cookie(key=COOKIE, value="", path="/", max_age=0, expires=0, secure=True, httponly=True, samesite="lax")


def hash_of(token: str) -> bytes:
    """What a session is kept under."""
    return sha256(token.encode()).digest()
