"""PostgreSQL and Valkey on a folder of this machine, for as long as a `with` block lasts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from events.settings import Settings
from hub.local.folder import Folder, scratch_folder
from hub.local.postgres import WEB_ROLE, Postgres
from hub.local.process import Deadline
from hub.local.service import Service
from hub.local.valkey import Valkey

STOP_SECONDS = 4.5
MADE_SECRETS = ("vault_key", "signing_key")


class Local:
    """A running local hub's services; `settings` says how to reach them.

    Several may run at a time on different folders. Servers that the settings name already are not started here.
    """

    def __init__(
        self, folder: Folder, settings: Settings, services: list[Service], secret_files: dict[str, Path]
    ) -> None:
        self.folder = folder
        self.settings = settings
        self.secret_files = secret_files
        """The secrets made here rather than given by the operator, and the files that hold them."""
        self._services = services

    @classmethod
    @contextmanager
    def start(cls, data: Path, *, settings: Settings | None = None, programs: Path | None = None) -> "Iterator[Local]":
        """Services on the folder `data`, made if need be; `programs` is PostgreSQL's, see `Postgres`.

        Raises `CannotStart` when the folder is in use or unusable, or a server does not start.
        """
        with Folder.hold(data) as folder, cls.on(folder, settings=settings, programs=programs) as local:
            yield local

    @classmethod
    @contextmanager
    def temporary(cls, *, programs: Path | None = None) -> "Iterator[Local]":
        """Services on a new folder under /tmp that is gone afterwards: for tests and trials."""
        with scratch_folder() as data, cls.start(data, programs=programs) as local:
            yield local

    @classmethod
    @contextmanager
    def on(cls, folder: Folder, *, settings: Settings | None = None, programs: Path | None = None) -> "Iterator[Local]":
        """As `start`, on a folder this process holds already."""
        given = settings or Settings(data=folder.path, heads=folder.path / "heads")
        needs_postgres = not (given.database_url and given.vault_url)
        postgres = Postgres(folder, programs=programs) if needs_postgres else None
        valkey = None if given.redis_url else Valkey(folder)
        files = {
            name: folder.secret(name, data_exists=postgres is not None and postgres.has_data)
            for name in MADE_SECRETS
            if not getattr(given, name)
        }
        here: dict[str, str] = {}
        if postgres and not given.database_url:
            here["database_url"] = postgres.url("trellis")
            here["web_database_url"] = postgres.url("trellis", role=WEB_ROLE)
        if postgres and not given.vault_url:
            here["vault_url"] = postgres.url("trellis_vault")
            here["web_vault_url"] = postgres.url("trellis_vault", role=WEB_ROLE)
        filled = msgspec.structs.replace(
            given,
            data=folder.path,
            redis_url=given.redis_url or (valkey.url if valkey else ""),
            **here,
            **{name: path.read_text(encoding="utf-8").strip() for name, path in files.items()},
        )
        local = cls(folder, filled, [service for service in (valkey, postgres) if service], files)
        try:
            for service in local._services:
                service.start()
            for service in local._services:
                service.wait()
            yield local
        finally:
            local.stop(Deadline(STOP_SECONDS))

    def mend(self) -> list[str]:
        """Starts again each server that ended unasked; a sentence about each."""
        ended = [service for service in self._services if service.ended]
        for service in ended:
            service.start()
            service.wait()
        return [f"{service.name} ended unasked and was started again; what was committed is kept." for service in ended]

    def stop(self, deadline: Deadline) -> None:
        """Stops the servers, by the deadline cleanly and after it at once. Stopping twice is fine."""
        for service in self._services:
            service.ask_to_stop()
        for service in self._services:
            service.stop(deadline)
        self.folder.forget_sockets()
