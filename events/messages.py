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
from events.nudges import (
    NudgeAddressReopened,
    NudgeDelivered,
    NudgeFailed,
    NudgePlanned,
    NudgeSent,
    NudgeSuppressed,
    RecipientKind,
    Way,
)

Delivery = Literal["delivered", "undelivered", "bounced", "complained"]
"""What a provider tells of a message it took: it arrived, it could not be delivered, its address takes none, its reader
called it unwanted. After the last two nothing more goes to that address."""

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
    stopped: bool
    """Whether nothing more goes to the address of the last attempt."""


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
       outcome_at as since, note,
       exists (select from stopped_address s where s.digest = message.sent_to) as stopped
from message
where state = 'doubtful' or (state = 'failed' and note is distinct from 'given up')
   or (state = 'planned' and attempt >= %(stuck)s)
order by array_position(array['doubtful', 'planned', 'failed'], state), outcome_at desc nulls last, area, message
limit %(most)s
"""

_FIND = "select area, nudges, state, attempt, channel, sent_to from message where message = %s"

# whatever was tried before counts no more: somebody looked at it
_AGAIN = """
update message set state = 'planned', send_from = %(now)s, note = 'asked for again', asked_on = %(today)s,
                   tried_way = null, put_off = 0, put_back = 0
where area = %(area)s and message = %(message)s
  and (state in ('doubtful', 'failed') or state = 'planned' and attempt > 0)
returning true
"""

_GIVEN_UP = """
update message set state = 'failed', outcome_at = %(now)s, note = 'given up'
where area = %(area)s and message = %(message)s and state in ('doubtful', 'planned', 'failed')
  and note is distinct from 'given up'
returning true
"""

# one that is claimed goes on: its sender finds the address stopped, or has to know what came of this attempt
_TOLD = """
update message set state = %(state)s, lease_until = null, outcome_at = clock_timestamp(), note = %(note)s
where area = %(area)s and message = %(message)s and state = any (%(before)s)
"""

_STOP = "insert into stopped_address (digest, why) values (%s, %s) on conflict (digest) do nothing"

_STOP_NO_MORE = "delete from stopped_address where digest = %s returning true"


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
    channel: str | None
    sent_to: bytes | None


def _find(connection: Connection, message: UUID) -> _Found:
    found = connection.cursor(row_factory=class_row(_Found)).execute(_FIND, [message]).fetchone()
    if found is None:
        raise NotFound("There is no such message.")
    return found


def area_of(connection: Connection, message: UUID) -> str:
    """The area of a message that the connection sees. Raises `NotFound`."""
    return _find(connection, message).area


def stop_address(connection: Connection, digest: bytes, why: Literal["bounced", "complained"]) -> None:
    """Have nothing more go to an address, which its digest stands for."""
    connection.execute(_STOP, [digest, why])


def retry(connection: Connection, message: UUID, *, now: datetime) -> str:
    """Let a message be sent once more: one that failed, that may have gone out, or that waits for its next attempt.

    Whether there is still something to remind of is asked anew, as always. Returns its area, to ring for. Raises
    `NotFound`, or `Refused` for one that is none of these.
    """
    found = _find(connection, message)
    asked = {"area": found.area, "message": message, "now": now, "today": civil_day(now)}
    if not value(connection, _AGAIN, asked):
        raise Refused("Only a message that failed, that is doubtful, or that was tried and waits, can be sent again.")
    return found.area


def write_again(connection: Connection, message: UUID, *, now: datetime, actor: str) -> str:
    """Let mail go again to the address of a message, which was stopped, and record so; the message is sent once more.

    Returns its area. Raises `NotFound`, or `Refused` where nothing was stopped.
    """
    found = _find(connection, message)
    with connection.transaction():
        if not found.sent_to or not value(connection, _STOP_NO_MORE, [found.sent_to]):
            raise Refused("Mail to the address of this message was not stopped.")
        ledger.lock(connection, [found.area])
        word, reopened = f"write again {now.isoformat()}", (NudgeAddressReopened(message=message),)
        _tell(connection, found, message, word, lambda _: reopened, on=civil_day(now), actor=actor)
        asked = {"area": found.area, "message": message, "now": now, "today": civil_day(now)}
        connection.execute(_AGAIN, asked)
    return found.area


def give_up(connection: Connection, message: UUID, *, now: datetime, actor: str) -> None:
    """Let a message be sent no more, and record so. Raises `NotFound`, or `Refused` for one that is settled."""
    found = _find(connection, message)

    def unsettled(history: Sequence[Recorded]) -> Sequence[Event]:
        gone = any(isinstance(entry.event, NudgeSuppressed) for entry in history)
        return () if gone else (NudgeFailed(message=message, why="gave up", attempt=found.attempt),)

    with connection.transaction():
        ledger.lock(connection, [found.area])
        if not value(connection, _GIVEN_UP, {"area": found.area, "message": message, "now": now}):
            raise Refused("Only a message that failed, that is doubtful or that waits can be given up.")
        if found.state != "failed":
            _tell(connection, found, message, "gave up", unsettled, on=civil_day(now), actor=actor)


def deliver(connection: Connection, message: UUID, outcome: Delivery, *, on: date, actor: str) -> int:
    """Take down what a provider tells of a message, once however often it tells. Returns how many nudges it tells of.

    It settles a message of which nobody knew. After a bounce or a complaint nothing more goes to that address. Raises
    `NotFound`, or `Refused` for a message that was never handed over.
    """
    found = _find(connection, message)
    if not found.attempt:
        raise Refused("This message was not handed over yet, so nothing can have become of it.")
    event: Event = (
        NudgeDelivered(message=message)
        if outcome == "delivered"
        else NudgeFailed(message=message, why=outcome, attempt=found.attempt)
    )

    def carried(history: Sequence[Recorded]) -> Sequence[Event]:
        events = [entry.event for entry in history]
        sent = any(isinstance(each, NudgeSent) for each in events)
        gone = any(isinstance(each, NudgeSuppressed) for each in events)
        if event in events or (gone and not sent):
            return ()
        if outcome == "delivered" and not sent:
            # nobody knew so far
            return NudgeSent(message=message, channel=found.channel or "", attempt=found.attempt), event
        return (event,)

    settled = {
        "area": found.area,
        "message": message,
        "state": "sent" if outcome == "delivered" else "failed",
        "note": None if outcome == "delivered" else outcome,
        "before": ["doubtful", "sending", "planned"] + ([] if outcome == "delivered" else ["sent", "failed"]),
    }
    with connection.transaction():
        if outcome in ("bounced", "complained") and found.sent_to:
            stop_address(connection, found.sent_to, outcome)
        ledger.lock(connection, [found.area])
        connection.execute(_TOLD, settled)
        return _tell(connection, found, message, outcome, carried, on=on, actor=actor)


def _tell(
    connection: Connection,
    found: _Found,
    message: UUID,
    word: str,
    events: Callable[[Sequence[Recorded]], Sequence[Event]],
    *,
    on: date,
    actor: str,
) -> int:
    """Append to each nudge of a message what follows from its history. The area is locked. Returns to how many."""
    histories = ledger.read_streams(connection, [(found.area, nudge) for nudge in found.nudges])
    commands: list[Command] = []
    for nudge in found.nudges:
        history = histories.get((found.area, nudge), [])
        if not history or not isinstance(history[0].event, NudgePlanned) or not (happened := events(history)):
            continue
        commands.append(
            Command(
                area=found.area,
                id=named_id("nudge told", str(nudge), str(message), str(found.attempt), word),
                digest=nudge.bytes,
                stream=nudge,
                expected=len(history),
                events=tuple(Happened(event, on) for event in happened),
                actor=actor,
            )
        )
    if commands:
        ledger.append_batch(connection, commands, wait=True)
    return len(commands)
