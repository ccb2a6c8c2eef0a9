"""Everybody who listens to one hub process: one look at the database is shared by all of them."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import contextmanager, suppress

import msgspec
import psycopg
from litestar.concurrency import sync_to_thread
from litestar.exceptions import TooManyRequestsException
from psycopg_pool import PoolTimeout

from events.base import today
from events.projections.engine import NotBuilt
from events.projections.standing import Standing
from hub.feed.moves import Moves

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5
"""Seconds between two looks while somebody listens."""
STILL_HERE = 15.0
"""Seconds of silence after which a line goes out, so that nothing between here and there takes it for dead."""
COME_BACK = 2000
"""Milliseconds after which a listener that was cut off tries again."""
MOST = 500
"""Listeners of one process."""
MOST_OF_ONE = 50
"""Listeners from one address; a whole council may share one."""
EACH = 0.02
"""Seconds over which listeners spread what they ask for on a move, for each of them: they all hear of it at once."""


class Feed:
    """Use as an async context manager, in the loop that serves."""

    def __init__(self, look: Callable[[], Standing]) -> None:
        self._look = look
        self._moves = Moves()
        self._moved = asyncio.Event()
        self._listeners: Counter[str] = Counter()
        self._closing = False
        self._away = False

    async def __aenter__(self) -> "Feed":
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()
        self._watching.cancel()
        with suppress(asyncio.CancelledError):
            await self._watching

    def close(self) -> None:
        """End every stream: a server that stops waits for them."""
        self._closing = True
        self._moved.set()

    def check_room(self, address: str) -> None:
        """Raises 429 when as many listen as may."""
        if self._listeners.total() >= MOST or self._listeners[address] >= MOST_OF_ONE:
            raise TooManyRequestsException(
                "Too many are listening. Try again in a minute.", headers={"Retry-After": "60"}
            )

    async def stream(self, address: str, seen: str) -> AsyncGenerator[bytes]:
        """Server-sent events: what moved since `seen`, then whatever moves. With an empty `seen`, from now on."""
        with self._listening(address):
            await self._take()
            yield b"retry: %d\n" % COME_BACK + self._told(seen)
            while not self._closing:
                seen, moved = self._moves.id, self._moved
                try:
                    async with asyncio.timeout(STILL_HERE):
                        await moved.wait()
                except TimeoutError:
                    yield b": still here\n\n"
                if self._moves.id != seen:
                    yield self._told(seen)

    @contextmanager
    def _listening(self, address: str) -> Generator[None]:
        self._listeners[address] += 1
        try:
            yield
        finally:
            self._listeners[address] -= 1
            self._listeners += Counter[str]()  # forget whoever is at nought

    def _told(self, seen: str) -> bytes:
        """One event; without anything to tell only its id, which a browser remembers."""
        id = self._moves.id.encode()
        moved = self._moves.since(seen) if seen else None
        if moved is None:
            return b"id: " + id + b"\n\n"
        said = {"day": today(), "areas": moved, "spread": round(self._listeners.total() * EACH, 1)}
        return b"id: " + id + b"\nevent: moved\ndata: " + msgspec.json.encode(said) + b"\n\n"

    async def _watch(self) -> None:
        while not self._closing:
            await asyncio.sleep(LOOK_EVERY)
            if self._listeners:
                await self._take()

    async def _take(self) -> None:
        """Look, and tell everybody of what is new. Without a database everybody waits."""
        try:
            found = await sync_to_thread(self._look)
        except (psycopg.OperationalError, PoolTimeout, NotBuilt) as error:
            if not self._away:
                log.warning("nobody is told of new figures for now: %s", type(error).__name__)
            self._away = True
            return
        self._away = False
        if self._moves.take(found, today()):
            moved, self._moved = self._moved, asyncio.Event()
            moved.set()
