"""A network that fails at the worst moments: between a server and whoever asks it."""

import random
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from urllib.parse import unquote

Loss = Literal["request", "reply"]


class Proxy:
    """Stands before a PostgreSQL socket; `url` leads through it.

    `lose` names what to lose next, `lose_every` what to lose from now on, and with `chance` it happens by itself. A
    lost request never reaches the server; a lost reply means that the server did what it was asked and nobody heard.
    Either way the connection is gone.
    """

    def __init__(self, folder: Path, url: str, *, chance: float = 0.0, seed: int = 0) -> None:
        before, _, host = url.partition("host=")
        self.url = f"{before}host={folder}"
        self.lose: Loss | None = None
        self.lose_every: Loss | None = None
        self.lost = 0
        self.chance = chance
        self._dice = random.Random(seed)
        self._server = str(Path(unquote(host)) / ".s.PGSQL.5432")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    @classmethod
    @contextmanager
    def before(cls, url: str, *, chance: float = 0.0, seed: int = 0) -> "Generator[Proxy]":
        with TemporaryDirectory(prefix="proxy") as folder:
            proxy = cls(Path(folder), url, chance=chance, seed=seed)
            try:
                yield proxy
            finally:
                proxy._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                for one, other, what in ((client, server, "request"), (server, client, "reply")):
                    threading.Thread(target=self._carry, args=[one, other, what], daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, what: Loss) -> None:
        carried = 0
        with suppress(OSError):
            while data := one.recv(65536):
                # what a connection begins with is greetings: losing those is no more than a server that is away
                greeted, carried = carried > 400, carried + len(data)
                unlucky = self._dice.random() < self.chance and self._dice.choice(("request", "reply")) == what
                if self.lose == what or (greeted and (unlucky or self.lose_every == what)):
                    self.lose = None
                    self.lost += 1
                    break
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
