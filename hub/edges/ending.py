"""How a serving process ends: streams that would go on for ever end first."""

import socket
from collections.abc import Callable

import uvicorn


class Ending(uvicorn.Server):
    """A server that does something before it waits for the answers under way."""

    def __init__(self, config: uvicorn.Config, *, before: Callable[[], None]) -> None:
        super().__init__(config)
        self._before = before

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._before()
        await super().shutdown(sockets)
