"""The one embedded server that everything is measured on, with as many databases as it takes."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import LiteralString

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from events import ledger
from events.database import connect, value
from events.migrate import migrate
from hub.local.supervisor import Local


class Server:
    """PostgreSQL and Valkey as `hub up` starts them: every durability setting on."""

    def __init__(self, local: Local) -> None:
        self.redis_url = local.settings.redis_url
        self._url = local.settings.database_url
        self.sockets = str(conninfo_to_dict(self._url)["host"])
        self.user = str(conninfo_to_dict(self._url)["user"])
        with connect(self._url) as connection:
            self.version = str(value(connection, "show server_version")).split(" ")[0]

    def database(self, name: LiteralString) -> str:
        """A new empty database; its libpq address."""
        with connect(self._url) as connection:
            connection.execute(SQL("create database {}").format(Identifier(name)))
        return make_conninfo(self._url, dbname=name)

    def ledgers(self, name: LiteralString, areas: list[str]) -> str:
        """A new database with the ledgers' tables and an open ledger for each area; its address."""
        url = self.database(name)
        migrate(url, "ledger")
        with connect(url) as connection:
            ledger.open_ledger(connection, areas)
        return url


@contextmanager
def started() -> Generator[Server]:
    with Local.temporary() as local:
        yield Server(local)
