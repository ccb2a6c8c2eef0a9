"""Connections to PostgreSQL, set up alike everywhere."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import LiteralString

import psycopg
from psycopg.types.string import BytesBinaryDumper
from psycopg_pool import ConnectionPool

# Reads build JSON from dates and moments, which must not depend on how a server happens to be set up.
# An append must see what was committed while it waited for its lock, which takes READ COMMITTED.
_SESSION = (
    "-c default_transaction_isolation=read\\ committed -c timezone=UTC -c datestyle=ISO,YMD -c intervalstyle=iso_8601"
)

Connection = psycopg.Connection[tuple[object, ...]]


def connect(url: str) -> Connection:
    """One connection in autocommit mode; `with connection.transaction():` makes a transaction."""
    connection = psycopg.connect(url, autocommit=True, options=_SESSION)
    # as the last one registered it serves COPY too, which would else take the one for DB-API's `Binary`, not in C
    connection.adapters.register_dumper(bytes, BytesBinaryDumper)
    return connection


def open_pool(url: str, *, size: int = 8) -> ConnectionPool[Connection]:
    """A pool whose connections are checked before they are lent, so that a restarted server goes unnoticed."""
    return ConnectionPool(
        url,
        min_size=1,
        max_size=size,
        open=True,
        check=ConnectionPool.check_connection,
        kwargs={"autocommit": True, "options": _SESSION},
        name="trellis",
    )


@contextmanager
def snapshot(connection: Connection) -> Generator[Connection]:
    """A read-only transaction in which every statement sees the same state."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        yield connection


def value(connection: Connection, query: LiteralString, parameters: object = None) -> object:
    """The first column of the one row that `query` gives, or None without a row."""
    row = connection.execute(query, parameters).fetchone()  # pyright: ignore[reportArgumentType]
    return row[0] if row else None
