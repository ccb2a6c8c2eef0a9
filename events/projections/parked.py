"""Streams that a build had to leave out, and taking them in again once what they stumbled over was mended.

A projection says nothing of how one stream bears on others, so the whole area is projected anew, in one transaction:
what comes of it is what a rebuild would have made, and readers see the one or the other.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from psycopg import sql
from psycopg.rows import class_row

from events.collecting import uncollected
from events.database import Connection
from events.projections import engine
from events.projections.engine import Build, Folds, Poison, Projection


class Parked(Struct, frozen=True, kw_only=True):
    """A stream that a build holds only up to one of its events."""

    area: str
    projection: str
    build: int
    stream: UUID
    position: int
    """Of the event that could not be taken in."""
    why: str
    """The kind of error, in one word."""
    parked_at: datetime
    tried_at: datetime
    """When it was last tried to take it in."""


_PARKED = """
select area, projection, build, stream, p.position, why, parked_at, tried_at
from parked p join build b using (projection, build)
where b.retired_at is null
order by area, projection, build, p.position
"""

_TABLES = "select tablename from pg_tables where schemaname = %s order by 1"

_BACK_TO_THE_START = "update checkpoint set position = 0 where area = %s and projection = %s and build = %s"

_LET_GO = """
delete from parked
where area = %s and projection = %s and build = %s and stream <> all (%s)
"""

_TRIED = """
update parked set tried_at = clock_timestamp() where area = %s and projection = %s and build = %s
"""


def parked(connection: Connection) -> list[Parked]:
    """What the builds that are kept up to date leave out."""
    return connection.cursor(row_factory=class_row(Parked)).execute(_PARKED).fetchall()


def retry(connection: Connection, projection: Projection, build: Build, area: str) -> int | None:
    """Project an area anew and return how many streams are left out now; None if another process has the area.

    A stream that still cannot be taken in stays parked, and the others of its area are let go.
    """
    still: dict[UUID, Poison] = {}
    while True:
        try:
            with uncollected(), connection.transaction():
                if not _start_over(connection, build, area, still):
                    return None
                folds = Folds()
                while engine.take_in(connection, projection, build, area, folds) == engine.ROUND:
                    pass
        except Poison as poison:
            still[poison.event.stream] = poison
        else:
            return len(still)


def _start_over(connection: Connection, build: Build, area: str, still: dict[UUID, Poison]) -> bool:
    """Empty an area of a build, but for what is known to be left out; False if another process has it."""
    key = [area, build.projection, build.build]
    if engine.own(connection, build, area) is None:
        return False
    for (table,) in connection.execute(_TABLES, [build.schema]).fetchall():
        of_area = sql.SQL("delete from {} where area = %s").format(sql.Identifier(build.schema, str(table)))
        connection.execute(of_area, [area])
    connection.execute(_BACK_TO_THE_START, key)
    connection.execute(_LET_GO, [*key, list(still)])
    for poison in still.values():
        engine.park(connection, build, area, poison)
    connection.execute(_TRIED, key)
    return True
