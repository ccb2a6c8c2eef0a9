"""What Trellis is held against: bare PostgreSQL, and the best-known Python event store on PostgreSQL."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import islice
from uuid import UUID, uuid4

from eventsourcing.application import Application
from eventsourcing.persistence import StoredEvent
from psycopg.conninfo import conninfo_to_dict

from events import catalogue
from events.base import now
from events.collecting import uncollected
from events.database import Connection, connect
from events.ledger import Command
from tests.benchmarks.measure import new_id, rate, threads_rate
from tests.benchmarks.server import Server

WRITERS = 8
"""Threads of a baseline; neither gains from more."""

DAY = date(2026, 5, 1)

DATA = f'{{"type":"milestone.recorded","kind":"first customer","note":{{"subject":"{"x" * 36}","box":"{"y" * 148}"}}}}'
"""As long as what Trellis writes for a milestone."""

# The columns of an event without the chain, and the same two unique keys.
_TABLE = """
create table bare (
    area        text        not null,
    position    bigint      not null,
    stream      uuid        not null,
    version     integer     not null,
    type        text        not null,
    data        text        not null,
    occurred_on date        not null,
    recorded_at timestamptz not null default clock_timestamp(),
    actor       text        not null,
    command     uuid        not null,
    primary key (area, position),
    unique (area, stream, version)
)
"""

_INSERT = """
insert into bare (area, position, stream, version, type, data, occurred_on, actor, command)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

_COPY = """
copy bare (area, position, stream, version, type, data, occurred_on, recorded_at, actor, command)
from stdin (format binary)
"""
_COPIED_TYPES = ("text", "int8", "uuid", "int4", "text", "bytea", "date", "timestamptz", "text", "uuid")

_READ = """
select area, position, stream, version, data, occurred_on, recorded_at, actor, command, cause
from event where area = %s and position > %s order by position limit %s
"""


class BareInsert:
    """One row a transaction, autocommit, prepared, by eight threads into a table that starts empty each time."""

    def __init__(self, server: Server) -> None:
        self._url = server.database("bare_insert")
        with connect(self._url) as connection:
            connection.execute(_TABLE)

    def measure(self, seconds: float) -> float:
        with connect(self._url) as connection:
            connection.execute("truncate bare")
        opened: list[Connection] = []

        def step(n: int) -> Callable[[], None]:
            connection = connect(self._url)
            connection.prepare_threshold = 0
            opened.append(connection)
            area, stream, version = f"A{n}", uuid4(), 0

            def one() -> None:
                nonlocal version
                version += 1
                row = (area, version, stream, version, "milestone.recorded", DATA, DAY, "key:write", new_id())
                connection.execute(_INSERT, row)

            return one

        try:
            return threads_rate(WRITERS, seconds, step)
        finally:
            for connection in opened:
                connection.close()


class Eventsourcing:
    """The recorder of the library `eventsourcing`: one event a transaction, by eight threads."""

    def __init__(self, server: Server) -> None:
        where = conninfo_to_dict(server.database("eventsourcing"))
        self._application = Application[UUID](
            env={
                "PERSISTENCE_MODULE": "eventsourcing.postgres",
                "POSTGRES_DBNAME": str(where["dbname"]),
                "POSTGRES_HOST": server.sockets,
                "POSTGRES_PORT": "5432",
                "POSTGRES_USER": server.user,
                "POSTGRES_PASSWORD": "not asked for",
                "POSTGRES_POOL_SIZE": str(WRITERS),
                "POSTGRES_MAX_OVERFLOW": str(WRITERS),
            }
        )

    def measure(self, seconds: float) -> float:
        recorder = self._application.recorder
        state = DATA.encode()

        def step(_: int) -> Callable[[], None]:
            stream, version = uuid4(), 0

            def one() -> None:
                nonlocal version
                version += 1
                stored = StoredEvent(
                    originator_id=stream, originator_version=version, topic="milestone.recorded", state=state
                )
                recorder.insert_events([stored])

            return one

        return threads_rate(WRITERS, seconds, step)

    def close(self) -> None:
        self._application.close()


class BareCopy:
    """Binary COPY of the same events with nothing around it: no lock, no check, no chain; 5,000 a transaction.

    `ready` copies rows that stand in memory already encoded, all in one transaction: the server's own limit.
    """

    def __init__(self, server: Server) -> None:
        self._url = server.database("bare_copy")
        with connect(self._url) as connection:
            connection.execute(_TABLE)

    def measure(self, commands: Sequence[Command]) -> float:
        return self._rate(_rows(commands), len(commands), chunk=5000)

    def ready(self, commands: Sequence[Command]) -> float:
        return self._rate(iter(list(_rows(commands))), len(commands), chunk=len(commands))

    def _rate(self, rows: Iterator[tuple[object, ...]], count: int, *, chunk: int) -> float:
        with connect(self._url) as connection, uncollected():
            connection.execute("truncate bare")

            def work() -> int:
                for _ in range(0, count, chunk):
                    with connection.transaction(), connection.cursor().copy(_COPY) as copy:
                        copy.set_types(_COPIED_TYPES)
                        for row in islice(rows, chunk):
                            copy.write_row(row)
                return count

            return rate(work)


def _rows(commands: Sequence[Command]) -> Iterator[tuple[object, ...]]:
    moment = now()
    for position, command in enumerate(commands, start=1):
        [happened] = command.events
        data, tag = catalogue.encode(happened.event), catalogue.tag_of(happened.event)
        version = command.expected + 1
        yield (
            command.area,
            position,
            command.stream,
            version,
            tag,
            data,
            happened.on,
            moment,
            command.actor,
            command.id,
        )


def bare_read(connection: Connection, area: str, *, after: int, limit: int) -> list[tuple[object, ...]]:
    """The columns that a read of the ledger decodes, as the driver gives them; `data` stays text."""
    return connection.cursor(binary=True).execute(_READ, [area, after, limit]).fetchall()
