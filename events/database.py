"""Connections to PostgreSQL, set up alike everywhere."""

import select
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import asynccontextmanager, contextmanager
from typing import LiteralString

import psycopg
from psycopg import IsolationLevel, sql
from psycopg.types.string import BytesBinaryDumper
from psycopg_pool import ConnectionPool

# Reads build JSON from dates and moments, which must not depend on how a server happens to be set up.
# An append must see what was committed while it waited for its lock, which takes READ COMMITTED.
_SESSION = (
    "-c default_transaction_isolation=read\\ committed -c timezone=UTC -c datestyle=ISO,YMD -c intervalstyle=iso_8601"
)

STATEMENT_SECONDS = 20.0
"""So long may a statement work for somebody who waits, and a transaction of theirs wait for its next statement."""

CONNECT_SECONDS = 10
"""So long may a connection take to come about."""

TICK_LEASE = 7_261_002
"""The advisory lock that makes a tick the leader; the number only has to be ours."""

Connection = psycopg.Connection[tuple[object, ...]]


def connect(url: str, *, for_others: bool = False) -> Connection:
    """One connection in autocommit mode; `with connection.transaction():` makes a transaction.

    It sees every area, unless it works `for_others`: then a transaction sees the areas it was `let_in` to, and
    `STATEMENT_SECONDS` hold.
    """
    connection = psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS, options=_options(for_others))
    # as the last one registered it serves COPY too, which would else take the one for DB-API's `Binary`, not in C
    connection.adapters.register_dumper(bytes, BytesBinaryDumper)
    return connection


@asynccontextmanager
async def listening_to(url: str, channel: str) -> AsyncGenerator[psycopg.AsyncConnection]:
    """A connection, for the loop that serves, that is told what is said on a channel."""
    async with await psycopg.AsyncConnection.connect(
        url,
        autocommit=True,
        connect_timeout=CONNECT_SECONDS,
        options=_options(for_others=True),
        application_name="trellis listens",
    ) as connection:
        await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
        yield connection


def open_pool(url: str, *, size: int = 8, for_others: bool = False) -> ConnectionPool[Connection]:
    """A pool whose connections are checked before they are lent, so that a restarted server goes unnoticed."""
    return ConnectionPool(
        url,
        min_size=1,
        max_size=size,
        open=True,
        check=_check,
        kwargs={"autocommit": True, "connect_timeout": CONNECT_SECONDS, "options": _options(for_others)},
        name="trellis",
    )


def _check(connection: Connection) -> None:
    """Raises `psycopg.OperationalError` for a connection that has ended.

    Between two borrowers a server says nothing, unless it says goodbye: so only one that says something is asked back,
    and no page waits for a round trip more.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)


def _options(for_others: bool) -> str:
    if not for_others:
        return f"{_SESSION} -c trellis.areas=*"
    # Row-level security holds for this role; see migrations/ledger/0004_access.sql.
    return f"{_SESSION} -c role=trellis_app {_limits()}"


def _limits() -> str:
    return f"-c statement_timeout={STATEMENT_SECONDS}s -c idle_in_transaction_session_timeout={STATEMENT_SECONDS}s"


def let_in(connection: Connection, areas: Iterable[str]) -> None:
    """Until its transaction ends, the connection sees what lies in these areas; `*` among them means everywhere."""
    connection.execute("select set_config('trellis.areas', %s, true)", [as_setting(areas)])


def as_setting(areas: Iterable[str]) -> str:
    """Areas as `trellis.areas` has them."""
    found = set(areas)
    return "*" if "*" in found else ",".join(found)


@contextmanager
def snapshot(connection: Connection) -> Generator[Connection]:
    """A read-only transaction in which every statement sees the same state."""
    # said of the connection, it goes along with the beginning instead of taking a round trip of its own
    connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
    try:
        with connection.transaction():
            yield connection
    finally:
        if not connection.closed:
            connection.isolation_level = connection.read_only = None


def value(connection: Connection, query: LiteralString, parameters: object = None) -> object:
    """The first column of the one row that `query` gives, or None without a row."""
    row = connection.execute(query, parameters).fetchone()  # pyright: ignore[reportArgumentType]
    return row[0] if row else None
