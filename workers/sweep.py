"""Put right what a crash left half done among the messages, and say where something is due."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from events import ledger
from events.base import Event, civil_day
from events.civil import send_from
from events.database import Connection, value
from events.nudges import NudgeFailed, NudgeSent, NudgeSuppressed
from events.settings import Settings
from workers.channels import IDEMPOTENT, ways
from workers.plan import nation_of
from workers.send import LEASE, tell

log = logging.getLogger(__name__)

# a lease that ends later than any can was given before the clock was set back, and counts as over
_CLAIMED_OVER = """
update message set state = 'planned', lease_until = null
where state = 'claimed' and (lease_until < %(now)s or lease_until > %(now)s + %(lease)s)
"""

_AGAIN = """
update message set state = 'planned', lease_until = null
where state = 'sending' and (lease_until < %(now)s or lease_until > %(now)s + %(lease)s)
  and channel = any (%(idempotent)s)
"""

_MAYBE_SENT = """
select area, message, attempt, nudges from message
where state = 'sending' and (lease_until < %(now)s or lease_until > %(now)s + %(lease)s)
order by area, message
"""

_DOUBTFUL = """
update message set state = 'doubtful', lease_until = null, outcome_at = %(now)s, note = 'doubtful'
where area = %(area)s and message = %(message)s and attempt = %(attempt)s and state = 'sending'
returning true
"""

_DUE = """
select distinct area from message where state = 'planned' and send_from <= %(now)s and way = any (%(ways)s)
order by area
"""

_WAITING = "select count(*) from message where state = 'planned' and send_from <= %(now)s"


class Sweeper:
    """Puts right what a crash left behind, and says where something is due. For the tick that leads."""

    def __init__(self) -> None:
        self._warned = False

    def sweep(self, settings: Settings, connection: Connection, *, now: datetime) -> list[str]:
        """The areas to ring for: something is due there, and it may go out at this hour."""
        lapsed = {"now": now, "lease": LEASE, "idempotent": list(IDEMPOTENT)}
        connection.execute(_CLAIMED_OVER, lapsed)
        connection.execute(_AGAIN, lapsed)
        for area, message, attempt, nudges in connection.execute(_MAYBE_SENT, lapsed).fetchall():
            self._doubt(
                connection,
                str(area),
                cast("UUID", message),
                int(str(attempt)),
                cast("list[UUID]", nudges),
                now=now,
            )
        open_ways = ways(settings, connection)
        if not open_ways:
            self._warn(connection, now)
        due = [str(area) for (area,) in connection.execute(_DUE, {"now": now, "ways": list(open_ways)})]
        return [area for area in due if send_from(civil_day(now), nation_of(area), now) <= now]

    def _doubt(
        self, connection: Connection, area: str, message: UUID, attempt: int, nudges: Sequence[UUID], *, now: datetime
    ) -> None:
        key = {"area": area, "message": message, "attempt": attempt, "now": now}
        with connection.transaction():
            ledger.lock(connection, [area])
            if value(connection, _DOUBTFUL, key):
                event = NudgeFailed(message=message, why="doubtful", attempt=attempt)
                tell(connection, area, message, attempt, _undecided(connection, area, nudges, event), now=now)
        log.warning("a message of %s may have gone out or not: nobody knows, so it is not sent again", area)

    def _warn(self, connection: Connection, now: datetime) -> None:
        """Once: that messages wait for a mail server."""
        waiting = int(str(value(connection, _WAITING, {"now": now})))
        if waiting and not self._warned:
            log.warning("%s messages wait, as there is no mail server: set HUB_MAIL_URL and HUB_MAIL_FROM", waiting)
            self._warned = True


def _undecided(connection: Connection, area: str, nudges: Sequence[UUID], event: Event) -> dict[UUID, Event]:
    """The event for each nudge of a message that nothing was decided of yet."""
    histories = ledger.read_streams(connection, [(area, nudge) for nudge in nudges])
    return {
        nudge: event
        for nudge in nudges
        if not any(isinstance(entry.event, NudgeSuppressed | NudgeSent) for entry in histories.get((area, nudge), []))
    }
