"""What a projection is, and the copies of it there are.

Each copy (a build) has a schema of its own, so a new one is filled beside the one being read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from msgspec import Struct
from psycopg import sql

from events.base import TrellisError
from events.database import Connection, as_setting
from events.ledger import Recorded

GRACE = 60.0
"""Seconds for which a retired build is kept, because a reader may still be on it."""


class Fold(Protocol):
    """What one area comes to, as far as it is held in memory. `load` and `write` use the database; `apply` is pure."""

    def load(self, connection: Connection, events: Sequence[Recorded], parked: Mapping[UUID, int]) -> None:
        """Fetch what `apply` will need of these events' streams; of those that are parked, nothing from there on."""
        ...

    def apply(self, event: Recorded) -> None: ...

    def leave_out(self, event: Recorded) -> None:
        """Go past an event of a stream that is parked."""
        ...

    def write(self, connection: Connection) -> None:
        """Write what changed since the last write. Raises `Poison` for a stream that comes to nothing sound."""
        ...


class Projection(Struct, frozen=True, kw_only=True):
    name: str
    version: int
    """Raised when the tables or the fold change: it is then built anew."""
    tables: str
    """SQL that makes its tables in an empty schema."""
    fold: Callable[[str, bool], Fold]
    """Takes the area and whether nothing of it was projected yet."""
    fingerprints: Callable[[Connection], dict[str, str]]
    """A checksum of each area's rows, to hold two builds against each other."""


class Build(Struct, frozen=True):
    projection: str
    build: int
    version: int
    live: bool

    @property
    def schema(self) -> str:
        return f"{self.projection}_{self.build}"


class NotBuilt(TrellisError):
    """The projection has no live build yet."""


_BUILDS = "select projection, build, version, live from build where retired_at is null order by projection, build"

# One round trip, as every page waits for it: which build is live, a look into it, and what may be seen of the areas.
_LOOK_INTO_LIVE = """
select projection, build, version, live,
       set_config('search_path', projection || '_' || build || ', public', true),
       set_config('trellis.areas', coalesce(%(areas)s, current_setting('trellis.areas', true)), true)
from build where projection = %(projection)s and live
"""

_ADD_BUILD = """
insert into build (projection, build, version, live)
select %(projection)s, coalesce(max(build), 0) + 1, %(version)s, %(live)s from build where projection = %(projection)s
returning projection, build, version, live
"""


_MAY_LOOK = "grant usage on schema {} to trellis_app"
_MAY_READ = "grant select on all tables in schema {} to trellis_app"


def builds(connection: Connection) -> list[Build]:
    """The builds that are kept up to date."""
    return [as_build(row) for row in connection.execute(_BUILDS)]


def as_build(row: tuple[object, ...]) -> Build:
    projection, build, version, live = row
    return Build(str(projection), int(str(build)), int(str(version)), bool(live))


def ensure_builds(connection: Connection, projections: Sequence[Projection]) -> None:
    """Make the first build of a projection that has none, and one beside it when its version changed."""
    for projection in projections:
        with connection.transaction():
            one_at_a_time(connection, projection.name)
            existing = [build for build in builds(connection) if build.projection == projection.name]
            # an older hub that is started again beside a newer one leaves the newer one's builds alone
            if not any(build.version >= projection.version for build in existing):
                _add_build(connection, projection, live=not existing)


def start_build(connection: Connection, projection: Projection) -> Build:
    """An empty copy of a projection beside the live one."""
    with connection.transaction():
        one_at_a_time(connection, projection.name)
        return _add_build(connection, projection, live=False)


def one_at_a_time(connection: Connection, projection: str) -> None:
    connection.execute("select pg_advisory_xact_lock(hashtext('trellis build ' || %s))", [projection])


def _add_build(connection: Connection, projection: Projection, *, live: bool) -> Build:
    parameters = {"projection": projection.name, "version": projection.version, "live": live}
    row = connection.execute(_ADD_BUILD, parameters).fetchone()
    assert row is not None
    build = as_build(row)
    connection.execute(sql.SQL("create schema {}").format(sql.Identifier(build.schema)))
    look_into(connection, build)
    connection.execute(projection.tables.encode())
    for grant in (_MAY_LOOK, _MAY_READ):
        connection.execute(sql.SQL(grant).format(sql.Identifier(build.schema)))
    return build


def look_into(connection: Connection, build: Build) -> None:
    connection.execute("select set_config('search_path', %s, true)", [f"{build.schema}, public"])


def look_into_live(connection: Connection, projection: str, areas: Iterable[str] | None) -> Build:
    """As `look_into`, the live build. Raises `NotBuilt`. With `areas`, as `let_in` to them too."""
    asked = {"projection": projection, "areas": None if areas is None else as_setting(areas)}
    row = connection.execute(_LOOK_INTO_LIVE, asked).fetchone()
    if row is None:
        raise NotBuilt("The figures have not been built yet. Start `hub project` and try again in a minute.")
    return as_build(row[:4])


def give_up(connection: Connection, build: Build) -> None:
    """Put a build that never came to be read aside, to be swept away."""
    connection.execute(
        "update build set retired_at = clock_timestamp() where projection = %s and build = %s and not live",
        [build.projection, build.build],
    )


def sweep_builds(connection: Connection) -> None:
    """Drop the builds that were retired long enough ago that nobody reads them any more."""
    old = connection.execute(
        "select projection, build, version, live from build"
        " where retired_at < clock_timestamp() - make_interval(secs => %s)",
        [GRACE],
    ).fetchall()
    for build in map(as_build, old):
        with connection.transaction():
            key = [build.projection, build.build]
            connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(build.schema)))
            connection.execute("delete from checkpoint where projection = %s and build = %s", key)
            connection.execute("delete from parked where projection = %s and build = %s", key)
            connection.execute("delete from build where projection = %s and build = %s", key)
