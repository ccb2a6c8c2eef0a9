"""Put right what a crash left half done among the messages, and say where something is due."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import get_args
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events import ledger
from events.base import Event, civil_day
from events.civil import send_from
from events.database import Connection, value
from events.nudges import NudgeFailed, NudgeSent, NudgeSuppressed, Way
from events.nudging.due import nation_of
from events.settings import Settings
from workers.channels import IDEMPOTENT, is_demonstration, ways
from workers.send import LEASE
from workers.settling import tell

log = logging.getLogger(__name__)

_ALL = frozenset[str](get_args(Way))

# a lease that ends later than any can was given before the clock was set back, and counts as over
_CLAIMED_OVER = """
update message set state = 'planned', lease_until = null
where state = 'claimed' and (lease_until < %(now)s or lease_until > %(now)s + %(lease)s)
"""

# at once after a few crashes; what brings its sender down each time waits ever longer
_AGAIN = """
update message
set state = 'planned', lease_until = null,
    send_from = case when attempt > 3
        then greatest(send_from, %(now)s + least(interval '5 seconds' * 3 ^ least(attempt - 4, 9), interval '1 day'))
        else send_from end
where state = 'sending' and (lease_until < %(now)s or lease_until > %(now)s + %(lease)s)
  and outcome_at is null and channel = any (%(idempotent)s)
"""

# those with an outcome went out, and their sender died before it told the ledger
_SENDING_OVER = """
select area, message, attempt, nudges, channel, outcome_at is not null as went_out from message
where state = 'sending' and (lease_until < %(now)s or lease_until > %(now)s + %(lease)s)
order by area, message
"""

_ENDED = """
update message set state = %(state)s, lease_until = null, outcome_at = %(now)s, note = %(note)s
where area = %(area)s and message = %(message)s and attempt = %(attempt)s and state = 'sending'
returning true
"""

_DUE = """
select distinct area from message where state = 'planned' and send_from <= %(now)s and way = any (%(ways)s)
order by area
"""

_WAITING = """
select count(*) from message where state = 'planned' and send_from <= %(now)s and not way = any (%(ways)s)
"""


class _Over(Struct, frozen=True, kw_only=True):
    """A message whose sender is gone."""

    area: str
    message: UUID
    attempt: int
    nudges: list[UUID]
    channel: str
    went_out: bool


class Sweeper:
    """Puts right what a crash left behind, and says where something is due. For the tick that leads."""

    def __init__(self) -> None:
        self._warned = False

    def sweep(self, settings: Settings, connection: Connection, *, now: datetime) -> list[str]:
        """The areas to ring for: something is due there, and it may go out at this hour."""
        lapsed = {"now": now, "lease": LEASE, "idempotent": list(IDEMPOTENT)}
        connection.execute(_CLAIMED_OVER, lapsed)
        connection.execute(_AGAIN, lapsed)
        for found in connection.cursor(row_factory=class_row(_Over)).execute(_SENDING_OVER, lapsed).fetchall():
            self._end(connection, found, now=now)
        open_ways = ways(settings, connection)
        if not open_ways >= _ALL:
            self._warn(connection, now, open_ways)
        due = [str(area) for (area,) in connection.execute(_DUE, {"now": now, "ways": list(open_ways)})]
        # a demonstration's mailbox wakes nobody
        if is_demonstration(settings, connection):
            return due
        return [area for area in due if send_from(civil_day(now), nation_of(area), now) <= now]

    def _end(self, connection: Connection, found: "_Over", *, now: datetime) -> None:
        event: Event = NudgeFailed(message=found.message, why="doubtful", attempt=found.attempt)
        if found.went_out:
            event = NudgeSent(message=found.message, channel=found.channel, attempt=found.attempt)
        else:
            log.warning("a message of %s may have gone out or not: nobody knows, so it is not sent again", found.area)
        settled = {
            "area": found.area,
            "message": found.message,
            "attempt": found.attempt,
            "state": "sent" if found.went_out else "doubtful",
            "note": None if found.went_out else "doubtful",
            "now": now,
        }
        with connection.transaction():
            ledger.lock(connection, [found.area])
            if value(connection, _ENDED, settled):
                nudges = _undecided(connection, found.area, found.nudges)
                told = [(nudge, found.message, found.attempt, event) for nudge in nudges]
                tell(connection, found.area, told, now=now)

    def _warn(self, connection: Connection, now: datetime, open_ways: Collection[Way]) -> None:
        """Once: that messages wait for something that carries them."""
        if self._warned:
            return
        waiting = int(str(value(connection, _WAITING, {"now": now, "ways": list(open_ways)})))
        if waiting and "email" not in open_ways:
            log.warning("%s messages wait, as there is no mail server: set HUB_MAIL_URL and HUB_MAIL_FROM", waiting)
        elif waiting:
            log.warning("%s text messages wait: set HUB_NOTIFY_SMS or HUB_WEBHOOK_URL", waiting)
        self._warned = waiting > 0


def _undecided(connection: Connection, area: str, nudges: Sequence[UUID]) -> list[UUID]:
    """The nudges of a message that nothing was decided of yet."""
    histories = ledger.read_streams(connection, [(area, nudge) for nudge in nudges])
    return [
        nudge
        for nudge in nudges
        if not any(isinstance(entry.event, NudgeSuppressed | NudgeSent) for entry in histories.get((area, nudge), []))
    ]
