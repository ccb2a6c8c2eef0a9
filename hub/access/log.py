"""Who changed what access. Entries are added and never changed; none holds a name, an address or a token."""

from datetime import datetime
from uuid import UUID, uuid4

from msgspec import Struct
from psycopg.rows import class_row

from events.database import Connection


class Noted(Struct, frozen=True, kw_only=True):
    at: datetime
    who: str
    """As the ledger names them: `account:UUID`, `local`."""
    account: UUID | None
    """Whose access it is about."""
    what: str


_NOTE = "insert into access_log (id, who, account, what) values (%s, %s, %s, %s)"

_READ = """
select at, who, account, what from access_log where %(account)s::uuid is null or account = %(account)s
order by at desc limit %(limit)s
"""


def note(connection: Connection, what: str, *, who: str, account: UUID | None = None) -> None:
    connection.execute(_NOTE, [uuid4(), who, account, what])


def read_log(connection: Connection, *, account: UUID | None = None, limit: int = 100) -> list[Noted]:
    """The newest first."""
    asked = {"account": account, "limit": limit}
    return connection.cursor(row_factory=class_row(Noted)).execute(_READ, asked).fetchall()
