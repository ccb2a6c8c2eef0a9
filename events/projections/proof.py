"""Proof that figures are what the ledgers add up to: a projection built anew from the first event equals the live one.

Once a day, beside the live one and unseen by readers; what came of it is remembered and shown on the trust page.
"""

from datetime import datetime

from msgspec import Struct
from psycopg.rows import class_row

from events import ledger
from events.database import Connection
from events.projections import engine
from events.projections.engine import Build, Projection


class Proof(Struct, frozen=True, kw_only=True):
    """What the last rebuild of a projection found."""

    projection: str
    checked_at: datetime
    events: int
    """So many were taken in from the first one on."""
    differing: list[str]
    """Areas in which it did not hold the same rows as the live one; none where all is well."""


_REMEMBER = """
insert into proof (projection, events, differing) values (%(projection)s, %(events)s, %(differing)s)
on conflict (projection) do update
set checked_at = clock_timestamp(), events = excluded.events, differing = excluded.differing
returning projection, checked_at, events, differing
"""

_PROOFS = "select projection, checked_at, events, differing from proof order by projection"

# What a process that was killed left behind: it would be kept up to date for ever.
_LEFT_BEHIND = """
update build set retired_at = clock_timestamp()
where projection = %(projection)s and version = %(version)s and not live and retired_at is null
  and started_at < clock_timestamp() - interval '1 day'
"""


def proofs(connection: Connection) -> list[Proof]:
    return connection.cursor(row_factory=class_row(Proof)).execute(_PROOFS).fetchall()


def prove(connection: Connection, projection: Projection) -> Proof | None:
    """Rebuild, compare, put the new one aside and remember. None where no build of this version is read yet."""
    known = {"projection": projection.name, "version": projection.version}
    connection.execute(_LEFT_BEHIND, known)
    live = _live(connection, projection)
    if live is None:
        return None
    build = engine.start_build(connection, projection)
    try:
        engine.fill(connection, projection, build)
        differing = engine.differing(connection, projection, live, build)
        if _live(connection, projection) != live:  # another one is read by now, and this one may have been swept away
            return None
        events = sum(ledger.heads(connection).values())
    finally:
        engine.give_up(connection, build)
    found = known | {"events": events, "differing": differing}
    return connection.cursor(row_factory=class_row(Proof)).execute(_REMEMBER, found).fetchone()


def _live(connection: Connection, projection: Projection) -> Build | None:
    return next(
        (
            each
            for each in engine.builds(connection)
            if each.projection == projection.name and each.version == projection.version and each.live
        ),
        None,
    )
