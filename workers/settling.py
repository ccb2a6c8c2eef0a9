"""Take down what became of messages: in the table and on the stream of each nudge, together.

Whoever lost a message to another by then takes down nothing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID

from msgspec import Struct

from events import ledger
from events.base import Event, civil_day, named_id
from events.database import Connection, value
from events.ledger import Command, Happened
from events.messages import stop_address
from events.nudges import (
    FailedBecause,
    NudgeFailed,
    NudgeSent,
    NudgeSuppressed,
    RecipientKind,
    SuppressedBecause,
    Way,
)
from workers.channels.channel import Outcome
from workers.plan import ACTOR, versions

MOST_ATTEMPTS = 14
"""With the pauses between them they take four to five days. Those that met nobody do not count."""

IS_AWAY = "the channel is away"
"""The note of what waits for it."""

Clock = Callable[[], datetime]

Gone = Mapping[UUID, SuppressedBecause]
"""Of a message, what is not to go out any more, and why."""


class Message(Struct, frozen=True, kw_only=True):
    """A claimed row of the table."""

    area: str
    message: UUID
    recipient_kind: RecipientKind
    recipient: UUID
    way: Way
    asked_on: date
    """The day it is meant for, or on which somebody asked for it again."""
    nudges: list[UUID]
    attempt: int
    tried_way: Way | None
    """The way that the last attempt went."""
    put_off: int
    """So many attempts came to nothing for now."""
    put_back: int
    """So often in a row it was put back."""

    @property
    def to(self) -> tuple[RecipientKind, UUID]:
        return self.recipient_kind, self.recipient


def pause_after(attempt: int) -> timedelta:
    """How long to wait after so many attempts that came to nothing for now: five seconds, tripled up to a day."""
    return min(timedelta(seconds=5) * 3 ** (attempt - 1), timedelta(days=1))


def pause_back(times: int, *, tried: bool = False) -> timedelta:
    """How long one waits that was put back so often before: five seconds, doubled up to forty.

    One that was tried waits for longer, so that another is tried the next time.
    """
    pause = timedelta(seconds=5) * 2 ** min(times, 3)
    return pause * 3 / 2 if tried else pause


# one that is with somebody else by now is left alone
_PUT_BACK = """
update message set state = 'planned', lease_until = null, send_from = greatest(send_from, %(from)s), note = %(note)s,
                   put_back = put_back + 1
where area = %(area)s and message = any (%(messages)s::uuid[]) and state = 'claimed' and attempt_by = %(by)s
"""

_PUT_OFF_ALL = """
with due as (
    select message from message
    where area = %(area)s and way = %(way)s and state = 'planned' and send_from < %(from)s
    for update skip locked
)
update message m set send_from = %(from)s, note = %(note)s, put_back = put_back + 1
from due where m.area = %(area)s and m.message = due.message
"""

_CARRIED_AGAIN = """
with waiting as (
    select message from message
    where area = %(area)s and way = %(way)s and state = 'planned' and put_back > 0 and note = %(note)s
    for update skip locked
)
update message m set send_from = least(send_from, %(now)s), put_back = 0
from waiting where m.area = %(area)s and m.message = waiting.message
"""

_SENT = """
update message m set state = 'sent', lease_until = null, outcome_at = %(now)s, note = null
from unnest(%(messages)s::uuid[], %(attempts)s::integer[]) sent (message, attempt)
where m.area = %(area)s and m.message = sent.message and m.attempt = sent.attempt and m.state in ('sending', 'doubtful')
returning m.message
"""

# as long as nobody else has begun another attempt
_SETTLE = """
update message set state = %(state)s, lease_until = null, outcome_at = %(now)s, note = %(note)s,
                   send_from = coalesce(%(from)s, send_from), sent_to = coalesce(%(sent_to)s, sent_to),
                   put_off = %(put_off)s, put_back = %(put_back)s
where area = %(area)s and message = %(message)s and attempt = %(attempt)s
  and (state = 'sending' or state = 'claimed' and attempt_by = %(by)s)
returning true
"""


class Handed(Struct, frozen=True, kw_only=True):
    """A message that went out, which the ledger is still to be told."""

    message: UUID
    attempt: int
    channel: str
    nudges: list[UUID]


class Settling:
    """For one process, which claims messages under a name of its own."""

    def __init__(self, connection: Connection, *, by: str, clock: Clock) -> None:
        self._connection = connection
        self._by = by
        self._clock = clock

    def put_back(self, area: str, messages: Collection[Message], pause: timedelta, *, note: str) -> None:
        """Have claimed ones planned again, after a pause."""
        if messages:
            asked = {
                "area": area,
                "messages": [each.message for each in messages],
                "by": self._by,
                "from": self._clock() + pause,
                "note": note,
            }
            self._connection.execute(_PUT_BACK, asked)

    def put_off_all(self, area: str, way: Way, pause: timedelta) -> None:
        """Have all that would go in a way before this pause is over wait until then: nothing carries it."""
        asked = {"area": area, "way": way, "from": self._clock() + pause, "note": IS_AWAY}
        self._connection.execute(_PUT_OFF_ALL, asked)

    def carried_again(self, area: str, way: Way) -> None:
        """Have what waited for a way be due: something was carried."""
        asked = {"area": area, "way": way, "now": self._clock(), "note": IS_AWAY}
        self._connection.execute(_CARRIED_AGAIN, asked)

    def leave_out(self, message: Message, gone: Gone) -> None:
        """Record of those that are not to go out any more that the message will go out without them."""
        told = [(nudge, message.message, message.attempt, NudgeSuppressed(why=why)) for nudge, why in gone.items()]
        with self._connection.transaction():
            ledger.lock(self._connection, [message.area])
            tell(self._connection, message.area, told, now=self._clock())

    def sent(self, area: str, handed: Sequence[Handed]) -> None:
        """Tell the ledger what went out, and the table, together."""
        if not handed:
            return
        known = {each.message: each for each in handed}
        settled = {
            "area": area,
            "messages": list(known),
            "attempts": [each.attempt for each in known.values()],
            "now": self._clock(),
        }
        with self._connection.transaction():
            ledger.lock(self._connection, [area])
            rows = self._connection.execute(_SENT, settled).fetchall()
            told: list[Told] = []
            for each in (known[cast("UUID", message)] for (message,) in rows):
                event = NudgeSent(message=each.message, channel=each.channel, attempt=each.attempt)
                told.extend((nudge, each.message, each.attempt, event) for nudge in each.nudges)
            tell(self._connection, area, told, now=self._clock())

    def not_sent(
        self, message: Message, outcome: Outcome, *, attempt: int, nudges: Sequence[UUID], sent_to: bytes
    ) -> None:
        """What came of an attempt by which it did not go out, or may not have."""
        now = self._clock()
        if outcome.away:
            later = now + pause_back(message.put_back, tried=True)
            self._end(message, "planned", {}, attempt=attempt, note="tried", later=later, away=True)
            return
        if outcome.kind == "later" and message.put_off + 1 < MOST_ATTEMPTS:
            later = now + pause_after(message.put_off + 1)
            self._end(message, "planned", {}, attempt=attempt, note="tried", later=later)
            return
        if outcome.kind == "later":
            outcome = Outcome("failed", "gave up")
        event = NudgeFailed(message=message.message, why=outcome.why or "doubtful", attempt=attempt)
        told = dict.fromkeys(nudges, event)
        bounced = sent_to if outcome.why == "bounced" else None
        self._end(message, outcome.kind, told, attempt=attempt, note=outcome.why, bounced=bounced)

    def suppress(self, message: Message, why: Gone) -> None:
        told = {nudge: NudgeSuppressed(why=reason) for nudge, reason in why.items()}
        self._end(message, "suppressed", told, attempt=message.attempt, note=next(iter(why.values()), None))

    def unreached(self, message: Message, why: str, gone: Gone, *, sent_to: bytes | None = None) -> None:
        """It goes nowhere: there is no address, or nobody, or mail to the address was stopped."""
        failed = why in ("no address", "stopped")
        told: dict[UUID, Event] = {each: NudgeSuppressed(why=because) for each, because in gone.items()}
        for nudge in message.nudges:
            if nudge not in told:
                told[nudge] = (
                    NudgeFailed(message=message.message, why=cast("FailedBecause", why), attempt=message.attempt)
                    if failed
                    else NudgeSuppressed(why=cast("SuppressedBecause", why))
                )
        state = "failed" if failed else "suppressed"
        self._end(message, state, told, attempt=message.attempt, note=why, sent_to=sent_to)

    def _end(
        self,
        message: Message,
        state: str,
        told: Mapping[UUID, Event],
        *,
        attempt: int,
        note: str | None,
        later: datetime | None = None,
        away: bool = False,
        sent_to: bytes | None = None,
        bounced: bytes | None = None,
    ) -> None:
        """What became of it, in the table and on the stream of each nudge, together; nothing if another has it now."""
        settled = {
            "area": message.area,
            "message": message.message,
            "attempt": attempt,
            "by": self._by,
            "state": state,
            "now": self._clock(),
            "note": note,
            "from": later,
            "sent_to": sent_to,
            "put_off": message.put_off + (later is not None and not away),
            "put_back": message.put_back + 1 if away else 0,
        }
        with self._connection.transaction():
            if told:
                ledger.lock(self._connection, [message.area])
            if value(self._connection, _SETTLE, settled):
                if bounced:
                    stop_address(self._connection, bounced, "bounced")
                each = [(nudge, message.message, attempt, event) for nudge, event in told.items()]
                tell(self._connection, message.area, each, now=self._clock())


Told = tuple[UUID, UUID, int, Event]
"""A nudge, its message, the attempt, and what became of it."""


def tell(connection: Connection, area: str, told: Sequence[Told], *, now: datetime) -> None:
    """Append what became of nudges to their streams. The area is locked, so each stands at the end of its stream."""
    if not told:
        return
    at = versions(connection, area, {nudge for nudge, *_ in told})
    commands = [
        Command(
            area=area,
            id=named_id("nudge told", str(nudge), str(message), str(attempt), type(event).__name__),
            digest=nudge.bytes,
            stream=nudge,
            expected=at[nudge],
            events=(Happened(event, civil_day(now)),),
            actor=ACTOR,
        )
        for nudge, message, attempt, event in told
    ]
    ledger.append_batch(connection, commands, wait=True)
