"""Who changed what access, who signed in and out, and who was refused. Entries are added and never changed; none holds
a name, an address or a token."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID, uuid4

from msgspec import Struct
from psycopg.rows import class_row

from events.access import Principal
from events.base import today
from events.database import Connection

Kind = Literal[
    "gave role",
    "took role",
    "made key",
    "revoked key",
    "closed account",
    "opened account",
    "invitation",
    "way in",
    "signed in",
    "signed out",
    "refused",
]
"""`way in`: a passkey, code or identity came or went. `refused`: somebody tried to sign in to a known account."""

OPERATOR: Final = "The operator"
"""Whoever works at the hub's own machine, whom the log calls `local`."""

NOTED_AGAIN: Final = timedelta(hours=1)
"""Refusals of one account are noted once in so long, so that whoever tries without end fills no table."""


class Noted(Struct, frozen=True, kw_only=True):
    at: datetime
    who: str
    """As the ledger names them: `account:UUID`, `local`; `nobody` for whoever was refused."""
    account: UUID | None
    """Whose access it is about."""
    kind: Kind
    what: str


_NOTE = "insert into access_log (id, who, account, kind, areas, what) values (%s, %s, %s, %s, %s, %s)"

# What lets somebody in matters wherever they may do anything, today or later.
_NOTE_WHERE_HELD = """
insert into access_log (id, who, account, kind, what, areas)
select %(id)s, %(who)s, %(account)s, %(kind)s, %(what)s, array(
    select distinct area from held_role where account = %(account)s and (ends is null or ends >= %(today)s) order by 1
)
"""

_NOTE_REFUSED = """
insert into access_log (id, who, account, kind, what)
select %(id)s, 'nobody', %(account)s, 'refused', %(what)s
where not exists (
    select from access_log
    where account = %(account)s and kind = 'refused' and at > clock_timestamp() - %(again)s
)
"""

_READ = """
select at, who, account, kind, what from access_log where %(account)s::uuid is null or account = %(account)s
order by at desc limit %(limit)s
"""


def note(
    connection: Connection, kind: Kind, what: str, *, who: str, account: UUID | None = None, areas: Collection[str] = ()
) -> None:
    """`areas` is where the access holds that changed: those who lead there see the entry. How somebody got in to an
    account, or may, is seen wherever that account holds a role."""
    if kind in ("invitation", "way in") and account is not None:
        told = {"id": uuid4(), "who": who, "account": account, "kind": kind, "what": what, "today": today()}
        connection.execute(_NOTE_WHERE_HELD, told)
        return
    connection.execute(_NOTE, [uuid4(), who, account, kind, sorted(set(areas)), what])


def note_refused(connection: Connection, what: str, *, account: UUID) -> None:
    """Note that somebody tried to sign in to an account in vain, unless that was noted in the last hour."""
    told = {"id": uuid4(), "account": account, "what": what, "again": NOTED_AGAIN}
    connection.execute(_NOTE_REFUSED, told)


def read_log_as(
    who: Principal, connection: Connection, *, account: UUID | None = None, limit: int = 100
) -> list[Noted]:
    """What somebody asks to see of it. Raises `NotAllowed` unless they manage access."""
    who.check("manage access")
    return read_log(connection, account=account, limit=limit)


def read_log(connection: Connection, *, account: UUID | None = None, limit: int = 100) -> list[Noted]:
    """The newest first."""
    asked = {"account": account, "limit": limit}
    return connection.cursor(row_factory=class_row(Noted)).execute(_READ, asked).fetchall()
