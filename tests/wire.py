"""A connection to a hub such as a village hall has: it goes away, and at times takes an answer with it."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress


class Wire:
    """Stands before a hub on `port`, which is asked as if there were nothing between."""

    def __init__(self, port: int) -> None:
        self.cut = False
        """Nothing gets through."""
        self.loses_replies = False
        """What is sent arrives and is done, but no answer to it comes back."""
        self.hub = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @classmethod
    @contextmanager
    def to(cls, port: int) -> "Generator[Wire]":
        wire = cls(port)
        try:
            yield wire
        finally:
            wire._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                browser, _ = self._listener.accept()
                hub = socket.create_connection(("127.0.0.1", self.hub))
                threading.Thread(target=self._ask, args=[browser, hub], daemon=True).start()
                threading.Thread(target=self._answer, args=[hub, browser], daemon=True).start()

    def _ask(self, browser: socket.socket, hub: socket.socket) -> None:
        with suppress(OSError):
            while (data := browser.recv(65536)) and not self.cut:
                # the hub answers to its own name only
                hub.sendall(data.replace(b"localhost:%d" % self.port, b"localhost:%d" % self.hub))
        self._end(browser, hub)

    def _answer(self, hub: socket.socket, browser: socket.socket) -> None:
        with suppress(OSError):
            while (data := hub.recv(65536)) and not self.cut and not self.loses_replies:
                browser.sendall(data)
        self._end(browser, hub)

    def _end(self, *ends: socket.socket) -> None:
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
