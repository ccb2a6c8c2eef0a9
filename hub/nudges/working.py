"""Whether what plans and sends reminders is at work: told by what waits, and by who leads the tick."""

from contextlib import suppress
from typing import Final

import redis
from msgspec import Struct

from events.database import TICK_LEASE, Connection, value
from events.messages import Counts
from hub.db import Hub
from hub.look.words import count

LATE_AFTER: Final = 300.0
"""Seconds after which what is due should have gone out, however busy."""


class Working(Struct, frozen=True, kw_only=True):
    ticks: bool
    """Whether a tick leads: it plans, and takes up again what a crash left."""
    queued: int | None
    """Jobs that wait for a worker; None while the queue does not answer."""
    oldest_due_seconds: float

    @property
    def faults(self) -> list[str]:
        """What is wrong, in sentences with what to do."""
        found: list[str] = []
        if not self.ticks:
            found.append("Nothing plans reminders, or takes up what a crash left: no tick runs. Start “hub tick”.")
        if self.queued is None:
            found.append("The queue does not answer, so nobody is woken to send. Look at Redis.")
        if self.oldest_due_seconds >= LATE_AFTER:
            found.append(
                f"No worker has sent what has been due for {_long(self.oldest_due_seconds)}. Start “hub work nudges”; "
                "if one runs, look into its log: whatever carries the messages may be away."
            )
        return found

    @property
    def oldest(self) -> str:
        return _long(self.oldest_due_seconds) if self.oldest_due_seconds >= 1 else "nothing waits"


def _long(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 120:
        return count(minutes, "minute", "minutes")
    return (
        count(round(minutes / 60), "hour", "hours") if minutes < 2880 else count(round(minutes / 1440), "day", "days")
    )


_TICKS = """
select true from pg_locks
where locktype = 'advisory' and granted and classid = 0 and objid = %s
  and database = (select oid from pg_database where datname = current_database())
"""


def working(hub: Hub, connection: Connection, found: Counts) -> Working:
    queued = None
    with suppress(redis.RedisError):
        queued = int(str(hub.redis.llen("rq:queue:nudges")))
    return Working(
        ticks=value(connection, _TICKS, [TICK_LEASE]) is not None,
        queued=queued,
        oldest_due_seconds=found.oldest_due_seconds,
    )
