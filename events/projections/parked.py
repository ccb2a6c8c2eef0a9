"""Streams that a build had to leave out, and taking them in again once what they stumbled over was mended.

A projection says nothing of how one stream bears on others, so the whole area is projected anew, in one transaction:
what comes of it is what a rebuild would have made, and readers see the one or the other.
"""

from collections.abc import Sequence
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

_LEAVE_OUT = """
insert into parked (area, projection, build, stream, position, why) values (%s, %s, %s, %s, %s, %s)
on conflict (area, projection, build, stream) do update
set position = excluded.position, why = excluded.why, tried_at = excluded.tried_at
"""


def parked(connection: Connection) -> list[Parked]:
    """What the builds that are kept up to date leave out."""
    return connection.cursor(row_factory=class_row(Parked)).execute(_PARKED).fetchall()


class ToRetry(Struct, frozen=True, kw_only=True):
    """An area of a build that leaves something out."""

    projection: Projection
    build: Build
    area: str


def to_retry(
    connection: Connection, projections: Sequence[Projection], *, tried_before: datetime | None = None
) -> list[ToRetry]:
    """Each area of each build that leaves something out, of versions that this program knows."""
    known = {(each.name, each.version): each for each in projections}
    builds = {(each.projection, each.build): each for each in engine.builds(connection)}
    found = {
        (builds[each.projection, each.build], each.area)
        for each in parked(connection)
        if tried_before is None or each.tried_at < tried_before
    }
    return [
        ToRetry(projection=known[build.projection, build.version], build=build, area=area)
        for build, area in sorted(found, key=lambda each: (each[0].schema, each[1]))
        if (build.projection, build.version) in known
    ]


def retry(connection: Connection, projection: Projection, build: Build, area: str) -> int | None:
    """Project an area anew and return how many streams are left out now; None if another process has the area.

    A stream that still cannot be taken in is left out from where it was before, and the others of its area come back.
    """
    before = {
        each.stream: (each.position, each.why)
        for each in parked(connection)
        if (each.area, each.projection, each.build) == (area, build.projection, build.build)
    }
    still: dict[UUID, tuple[int, str]] = {}
    while True:
        try:
            with uncollected(), connection.transaction():
                if not _start_over(connection, build, area, still):
                    return None
                folds = Folds()
                while engine.take_in(connection, projection, build, area, folds) == engine.ROUND:
                    pass
        except Poison as poison:
            stream, position = poison.event.stream, poison.event.position
            if stream in still and position >= still[stream][0]:
                raise  # it was left out from there
            known = before.get(stream)
            still[stream] = known if known and stream not in still else (position, poison.why)
        else:
            return len(still)


def _start_over(connection: Connection, build: Build, area: str, still: dict[UUID, tuple[int, str]]) -> bool:
    """Empty an area of a build, but for what is known to be left out; False if another process has it."""
    key = [area, build.projection, build.build]
    if engine.own(connection, build, area) is None:
        return False
    for (table,) in connection.execute(_TABLES, [build.schema]).fetchall():
        of_area = sql.SQL("delete from {} where area = %s").format(sql.Identifier(build.schema, str(table)))
        connection.execute(of_area, [area])
    connection.execute(_BACK_TO_THE_START, key)
    connection.execute(_LET_GO, [*key, list(still)])
    for stream, (position, why) in still.items():
        connection.execute(_LEAVE_OUT, [*key, stream, position, why])
    return True
