"""What becomes of messages after they were handed over, and what people do about those that are stuck."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Literal, cast
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events import ledger
from events.base import Event, NotFound, Refused, civil_day, named_id
from events.database import Connection, value
from events.ledger import Command, Happened, Recorded
from events.nudges import NudgeDelivered, NudgeFailed, NudgePlanned, NudgeSent, NudgeSuppressed, RecipientKind, Way

Delivery = Literal["delivered", "bounced", "complained"]
"""What a provider tells of a message it took: it arrived, its address takes none, its reader called it unwanted."""

STUCK_AFTER = 3
"""After so many attempts that came to nothing for now, a message counts as stuck."""

MOST_LISTED = 200


class Counts(Struct, frozen=True, kw_only=True):
    """How many messages stand where."""

    due: int
    """To be sent now."""
    later: int
    """Of another hour or day."""
    under_way: int
    stuck: int
    """Of those to be sent: tried several times, to no end."""
    doubtful: int
    failed: int
    sent: int
    suppressed: int
    oldest_due_seconds: float
    """Since the one that is due the longest could have gone out; 0 if none is."""


class Stuck(Struct, frozen=True, kw_only=True):
    """A message that somebody has to look at."""

    area: str
    message: UUID
    recipient_kind: RecipientKind
    recipient: UUID
    way: Way
    send_on: date
    nudges: int
    state: Literal["planned", "failed", "doubtful"]
    attempt: int
    channel: str | None
    since: datetime | None
    note: str | None

    @property
    def may_be_retried(self) -> bool:
        return self.state in ("planned", "doubtful")


# each by an index of its own: there are few of the first, and of the others nothing but the index is read
_COUNTS = """
select count(*) filter (where state = 'planned' and send_from <= %(now)s) as due,
       count(*) filter (where state = 'planned' and send_from > %(now)s) as later,
       count(*) filter (where state in ('claimed', 'sending')) as under_way,
       count(*) filter (where state = 'planned' and attempt >= %(stuck)s) as stuck,
       count(*) filter (where state = 'doubtful') as doubtful,
       count(*) filter (where state = 'failed') as failed,
       (select count(*) from message where state = 'sent') as sent,
       (select count(*) from message where state = 'suppressed') as suppressed,
       coalesce(extract(epoch from %(now)s - min(send_from) filter (where state = 'planned' and send_from <= %(now)s)),
                0)::float8 as oldest_due_seconds
from message
where state = 'planned' or state in ('claimed', 'sending') or state in ('failed', 'doubtful')
"""

_STUCK = """
select area, message, recipient_kind, recipient, way, send_on, cardinality(nudges) as nudges, state, attempt, channel,
       outcome_at as since, note
from message
where state in ('doubtful', 'failed') or (state = 'planned' and attempt >= %(stuck)s)
order by array_position(array['doubtful', 'planned', 'failed'], state), outcome_at desc nulls last, area, message
limit %(most)s
"""

_FIND = "select area, nudges, state, attempt, sent_to, recipient_kind from message where message = %s"

_AGAIN = """
update message set state = 'planned', send_from = %(now)s, note = 'asked for again'
where area = %(area)s and message = %(message)s and (state = 'doubtful' or state = 'planned' and attempt > 0)
returning true
"""

_GIVEN_UP = """
update message set state = 'failed', outcome_at = %(now)s, note = 'gave up'
where area = %(area)s and message = %(message)s and (state = 'doubtful' or state = 'planned')
returning true
"""

_STOP = "insert into stopped_address (digest, why) values (%s, %s) on conflict (digest) do nothing"


def counts(connection: Connection, *, now: datetime) -> Counts:
    """Of the areas that the connection sees."""
    found = connection.cursor(row_factory=class_row(Counts)).execute(_COUNTS, {"now": now, "stuck": STUCK_AFTER})
    return cast("Counts", found.fetchone())


def stuck(connection: Connection) -> list[Stuck]:
    """Those that somebody has to look at, doubtful ones first, at most `MOST_LISTED`."""
    asked = {"stuck": STUCK_AFTER, "most": MOST_LISTED}
    return connection.cursor(row_factory=class_row(Stuck)).execute(_STUCK, asked).fetchall()


class _Found(Struct, frozen=True, kw_only=True):
    area: str
    nudges: list[UUID]
    state: str
    attempt: int
    sent_to: bytes | None
    recipient_kind: RecipientKind


def _find(connection: Connection, message: UUID) -> _Found:
    found = connection.cursor(row_factory=class_row(_Found)).execute(_FIND, [message]).fetchone()
    if found is None:
        raise NotFound("There is no such message.")
    return found


def area_of(connection: Connection, message: UUID) -> str:
    """The area of a message that the connection sees. Raises `NotFound`."""
    return _find(connection, message).area


def retry(connection: Connection, message: UUID, *, now: datetime) -> str:
    """Let a message be sent once more: one that may have gone out, or that waits for its next attempt.

    Returns its area, to ring for. Raises `NotFound`, or `Refused` for one that is neither.
    """
    found = _find(connection, message)
    if not value(connection, _AGAIN, {"area": found.area, "message": message, "now": now}):
        raise Refused("Only a message that is doubtful, or that was tried and waits, can be sent again.")
    return found.area


def give_up(connection: Connection, message: UUID, *, now: datetime, actor: str) -> None:
    """Let a message be sent no more, and record so. Raises `NotFound`, or `Refused` for one that is settled."""
    found = _find(connection, message)
    with connection.transaction():
        ledger.lock(connection, [found.area])
        if not value(connection, _GIVEN_UP, {"area": found.area, "message": message, "now": now}):
            raise Refused("Only a message that is doubtful or waits can be given up.")
        event = NudgeFailed(message=message, why="gave up", attempt=found.attempt)

        def unsettled(history: Sequence[Recorded]) -> bool:
            return not any(isinstance(entry.event, NudgeSuppressed) for entry in history)

        _tell(connection, found, message, "gave up", event, unsettled, on=civil_day(now), actor=actor)


def deliver(connection: Connection, message: UUID, outcome: Delivery, *, on: date, actor: str) -> int:
    """Take down what a provider tells of a message, once however often it tells. Returns how many nudges it tells of.

    After a bounce or a complaint nothing more goes to that address. Raises `NotFound`, or `Refused` for a message that
    was never handed over.
    """
    found = _find(connection, message)
    if found.state not in ("sent", "doubtful", "sending", "failed") or not found.attempt:
        raise Refused("This message was not handed over yet, so nothing can have become of it.")
    if outcome == "delivered":
        event: Event = NudgeDelivered(message=message)
    else:
        event = NudgeFailed(message=message, why=outcome, attempt=found.attempt)

    def carried(history: Sequence[Recorded]) -> bool:
        events = [entry.event for entry in history]
        gone = any(isinstance(each, NudgeSuppressed) for each in events)
        return event not in events and (not gone or any(isinstance(each, NudgeSent) for each in events))

    with connection.transaction():
        if outcome != "delivered" and found.sent_to:
            connection.execute(_STOP, [found.sent_to, outcome])
        ledger.lock(connection, [found.area])
        return _tell(connection, found, message, outcome, event, carried, on=on, actor=actor)


def _tell(
    connection: Connection,
    found: _Found,
    message: UUID,
    word: str,
    event: Event,
    of: Callable[[Sequence[Recorded]], bool],
    *,
    on: date,
    actor: str,
) -> int:
    """Append to each nudge of the message whose history allows. The area is locked."""
    histories = ledger.read_streams(connection, [(found.area, nudge) for nudge in found.nudges])
    commands = [
        Command(
            area=found.area,
            id=named_id("nudge told", str(nudge), str(message), str(found.attempt), word),
            digest=nudge.bytes,
            stream=nudge,
            expected=len(history),
            events=(Happened(event, on),),
            actor=actor,
        )
        for nudge in found.nudges
        if (history := histories.get((found.area, nudge), []))
        and isinstance(history[0].event, NudgePlanned)
        and of(history)
    ]
    if commands:
        ledger.append_batch(connection, commands, wait=True)
    return len(commands)
