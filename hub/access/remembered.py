"""Who is signed in, remembered for a moment: a page need not wait for an answer that the last one had already.

When a session ends or somebody's rights change, the database says so to every hub process (`say_who_changed` in
migrations/ledger/0004_access.sql), and all is forgotten. That word takes about a millisecond: a page asked for in
between is as one asked for just before. While the database is not heard nothing is remembered, and never for longer
than a minute, so how long a session may last is kept to a minute too.
"""

import asyncio
import logging
import time
from contextlib import suppress
from datetime import date

import psycopg
from msgspec import Struct

from events.access import Principal
from events.base import today
from events.database import listening_to

log = logging.getLogger(__name__)

CHANNEL = "who_changed"
LOOK_EVERY = 1.0
"""Seconds between two looks whether the database would still be heard."""
UNHEARD = 3.0
"""Seconds without having heard it after which nothing counts that was remembered."""
KEPT = 60.0
"""Seconds."""
MOST = 10_000
"""People remembered; everybody is forgotten before there are more."""


class Asking(Struct, frozen=True):
    """When something was asked, which is what its answer is about."""

    forgotten: int
    """How often all had been forgotten."""
    on: date
    """Rights are held for whole days (Europe/London)."""
    at: float


class _Known(Struct, frozen=True):
    who: Principal
    on: date
    until: float


class Remembered:
    """Use as an async context manager, in the loop that serves; nothing here is for other threads."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._known: dict[bytes, _Known] = {}
        self._forgotten = 0
        self._heard = float("-inf")

    async def __aenter__(self) -> "Remembered":
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.cancel()
        with suppress(asyncio.CancelledError):
            await self._listening

    def get(self, key: bytes) -> Principal | None:
        """Who holds the session with this key; None if it has to be asked."""
        known, now = self._known.get(key), time.monotonic()
        if known is None or now >= known.until or now >= self._heard + UNHEARD or known.on != today():
            return None
        return known.who

    def asking(self) -> Asking:
        """What to hand to `keep` with the answer; taken before the database is asked."""
        return Asking(self._forgotten, today(), time.monotonic())

    def keep(self, key: bytes, who: Principal, asking: Asking) -> None:
        """Remember an answer, unless something has changed since it was asked for."""
        if asking.forgotten != self._forgotten:
            return
        if len(self._known) >= MOST:
            self.forget()
        self._known[key] = _Known(who, asking.on, asking.at + KEPT)

    def forget(self) -> None:
        self._forgotten += 1
        self._known.clear()

    async def _listen(self) -> None:
        away = False
        while True:
            try:
                async with listening_to(self._url, CHANNEL) as connection:
                    self.forget()  # nobody said what changed before
                    away = False
                    while True:
                        asked = time.monotonic()
                        await connection.execute("select 1")
                        self._heard = asked
                        async for _ in connection.notifies(timeout=LOOK_EVERY, stop_after=1):
                            self.forget()
            except psycopg.Error as error:
                self._heard = float("-inf")
                if not away:
                    log.warning("who is signed in is asked at every page for now: %s", type(error).__name__)
                away = True
                await asyncio.sleep(LOOK_EVERY)
