"""Send the messages that are due, each attempt committed before it is made.

A message goes from planned to claimed (somebody works on it), sending (a channel is being called), and then to sent,
failed, suppressed or doubtful. Who dies holding it is found by its lease: what was claimed is planned again; what was
sending is handed over again where the channel carries a message once, and is doubtful where it may have gone out.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

from msgspec import Struct
from psycopg.rows import class_row

from events import ledger
from events.base import Event, civil_day, named_id
from events.civil import send_from
from events.database import Connection, connect, value
from events.ledger import Command, Happened
from events.links import ENDS_AFTER, link_token, token_digest
from events.links import address_digest as digest_of_address
from events.logs import place_of
from events.nudges import (
    FailedBecause,
    NudgeFailed,
    NudgeSent,
    NudgeSuppressed,
    RecipientKind,
    SuppressedBecause,
    Way,
)
from events.settings import Settings, read_settings
from events.vault import Vault
from workers.addresses import AddressBook
from workers.channels import channels
from workers.channels.channel import Address, Channel, Outcome
from workers.plan import ACTOR, nation_of, versions
from workers.reasons import Reasons
from workers.words import Line, digest

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
BATCH = 20
"""Messages claimed together; what a process that dies holds up for as long as `LEASE`."""
JOB_SECONDS = 60.0
"""So long does one job go on; what is left is rung for again."""
MOST_ATTEMPTS = 14
"""With the pauses between them they take three to four days."""
STALE = timedelta(days=14)
"""What could not be sent for so long is not sent any more."""

Clock = Callable[[], datetime]


class Message(Struct, frozen=True, kw_only=True):
    """A claimed row of the table."""

    area: str
    message: UUID
    recipient_kind: RecipientKind
    recipient: UUID
    way: Way
    send_on: date
    nudges: list[UUID]
    attempt: int

    @property
    def to(self) -> tuple[RecipientKind, UUID]:
        return self.recipient_kind, self.recipient


def pause_after(attempt: int) -> timedelta:
    """How long to wait after so many attempts that came to nothing for now: half a minute, doubled up to a day."""
    return min(timedelta(seconds=30) * 2 ** (attempt - 1), timedelta(days=1))


def send_nudges(area: str) -> None:
    """The job: send what is due in an area, until there is nothing more or another job's turn has come."""
    settings = read_settings()
    with connect(settings.database_url) as connection, connect(settings.vault_url) as keys:
        vault = Vault(settings.vault_key, before=settings.vault_key_before)
        sender = Sender(settings, connection, vault, keys, channels(settings, connection, vault, keys))
        ends = time.monotonic() + JOB_SECONDS
        while time.monotonic() < ends and sender.batch(area):
            pass


def server_clock(connection: Connection) -> Clock:
    """One clock for all processes: the database's."""
    return lambda: cast("datetime", value(connection, "select clock_timestamp()"))


_CLAIM = """
with due as (
    select message from message
    where area = %(area)s and state = 'planned' and send_from <= %(now)s and way = any (%(ways)s)
    order by send_from, message limit %(limit)s
    for update skip locked
)
update message m set state = 'claimed', lease_until = %(until)s, attempt_by = %(by)s
from due where m.area = %(area)s and m.message = due.message
returning m.area, m.message, m.recipient_kind, m.recipient, m.way, m.send_on, m.nudges, m.attempt
"""

_PUT_BACK = """
update message set state = 'planned', lease_until = null, send_from = greatest(send_from, %(from)s), note = %(note)s
where area = %(area)s and message = %(message)s and state = 'claimed' and attempt_by = %(by)s
"""

_ATTEMPT = """
update message set state = 'sending', attempt = attempt + 1, lease_until = %(until)s, channel = %(channel)s
where area = %(area)s and message = %(message)s and state = 'claimed' and attempt_by = %(by)s
returning attempt
"""

_LINK = """
insert into due_link (area, token, purpose, message, recipient_kind, recipient, ends_at)
values (%s, %s, 'due', %s, %s, %s, %s)
on conflict (area, token) do nothing
"""

_STOPPED = "select true from stopped_address where digest = %s"

# whoever held it too long may still tell how it ended, as long as nobody else has begun another attempt
_SETTLE = """
update message set state = %(state)s, lease_until = null, outcome_at = %(now)s, note = %(note)s,
                   send_from = coalesce(%(from)s, send_from)
where area = %(area)s and message = %(message)s and attempt = %(attempt)s
  and (state = 'sending' or state = 'claimed' and attempt_by = %(by)s or state = 'doubtful' and %(state)s = 'sent')
returning true
"""


class Sender:
    """Sends batches, for one process. The connections see every area."""

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        vault: Vault,
        keys: Connection,
        channels: Mapping[Way, Channel],
        *,
        clock: Clock | None = None,
    ) -> None:
        self._connection = connection
        self._channels = channels
        self._clock = clock or server_clock(connection)
        self._book = AddressBook(connection, vault, keys)
        self._digest_key = vault.digest_key(keys)
        self._url = settings.url or f"http://localhost:{settings.port}"
        self._by = str(uuid4())

    def batch(self, area: str) -> int:
        """Take the next messages that are due, at most `BATCH`, and see each through. Returns how many."""
        now = self._clock()
        if send_from(civil_day(now), nation_of(area), now) > now:
            return 0
        claimed = self._claim(area, now)
        if not claimed:
            return 0
        with closing(_All(self._channels.values())):
            reasons = Reasons.of(self._connection, area, claimed, today=civil_day(now))
            wanted = [each for each in claimed if reasons.standing(each)]
            book = self._book.find(area, {each.to for each in wanted}, today=civil_day(now))
            for message in claimed:
                try:
                    self._see_through(message, reasons, book.get(message.to))
                except Exception as error:  # one that cannot be sent must not keep the others from going
                    # its type and place: its words may hold an address
                    log.error("a message of %s could not be sent: %s", area, place_of(error))  # noqa: TRY400
                    self._put_back(message, timedelta(minutes=10), note="a fault")
        return len(claimed)

    def _claim(self, area: str, now: datetime) -> list[Message]:
        asked = {
            "area": area,
            "now": now,
            "until": now + LEASE,
            "by": self._by,
            "ways": list(self._channels),
            "limit": BATCH,
        }
        return self._connection.cursor(row_factory=class_row(Message)).execute(_CLAIM, asked).fetchall()

    def _see_through(self, message: Message, reasons: Reasons, found: object) -> None:
        now = self._clock()
        if reasons.unknown(message):
            # what happened last is not in the projection yet
            self._put_back(message, timedelta(seconds=2), note="waits for the projection")
            return
        gone = reasons.gone(message)
        if not reasons.standing(message):
            self._suppress(message, dict.fromkeys(gone, "the reason is gone"))
            return
        if civil_day(now) - message.send_on > STALE:
            self._suppress(message, dict.fromkeys(message.nudges, "too late"))
            return
        if not isinstance(found, Address):
            self._cannot_reach(message, str(found), gone)
            return
        if value(self._connection, _STOPPED, [digest_of_address(self._digest_key, found.email)]):
            self._cannot_reach(message, "stopped", gone)
            return
        self._attempt(message, reasons, found, gone)

    def _attempt(self, message: Message, reasons: Reasons, to: Address, gone: Sequence[UUID]) -> None:
        channel = self._channels[message.way]
        token = link_token(self._digest_key, "due", message.message)
        mail = digest(
            [Line(words=words, reminder=reminder) for words, reminder in reasons.lines(message)],
            to=message.recipient_kind,
            name=to.name,
            link=f"{self._url}/due/{token}" if message.recipient_kind == "enterprise" else f"{self._url}/home",
        )
        attempt = self._begin(message, channel, token)
        if attempt is None:  # its lease was over, and somebody else has it
            return
        outcome = channel.send(to, mail, key=message.message)
        self._settle(message, outcome, attempt=attempt, channel=channel.name, gone=gone)

    def _begin(self, message: Message, channel: Channel, token: str) -> int | None:
        """Commit that a channel is about to be called, and the link that the message holds."""
        now = self._clock()
        key = {"area": message.area, "message": message.message, "by": self._by}
        with self._connection.transaction():
            attempt = value(self._connection, _ATTEMPT, key | {"until": now + LEASE, "channel": channel.name})
            if attempt is not None and message.recipient_kind == "enterprise":
                self._connection.execute(
                    _LINK,
                    [
                        *(message.area, token_digest(token), message.message),
                        *(message.recipient_kind, message.recipient, now + ENDS_AFTER),
                    ],
                )
        return None if attempt is None else int(str(attempt))

    def _settle(self, message: Message, outcome: Outcome, *, attempt: int, channel: str, gone: Sequence[UUID]) -> None:
        now = self._clock()
        if outcome.kind == "later" and attempt < MOST_ATTEMPTS:
            self._end(message, "planned", {}, attempt=attempt, note="tried", later=now + pause_after(attempt))
            return
        if outcome.kind == "later":
            outcome = Outcome("failed", "gave up")
        told: dict[UUID, Event] = {each: NudgeSuppressed(why="the reason is gone") for each in gone}
        if outcome.kind == "sent":
            event: Event = NudgeSent(message=message.message, channel=channel, attempt=attempt)
        else:
            event = NudgeFailed(message=message.message, why=outcome.why or "doubtful", attempt=attempt)
        told |= {each: event for each in message.nudges if each not in told}
        self._end(message, outcome.kind, told, attempt=attempt, note=outcome.why)

    def _suppress(self, message: Message, why: Mapping[UUID, SuppressedBecause]) -> None:
        told = {nudge: NudgeSuppressed(why=reason) for nudge, reason in why.items()}
        self._end(message, "suppressed", told, attempt=message.attempt, note=next(iter(why.values()), None))

    def _cannot_reach(self, message: Message, why: str, gone: Sequence[UUID]) -> None:
        failed = why in ("no address", "stopped")
        told: dict[UUID, Event] = {each: NudgeSuppressed(why="the reason is gone") for each in gone}
        for nudge in message.nudges:
            if nudge not in told:
                told[nudge] = (
                    NudgeFailed(message=message.message, why=cast("FailedBecause", why), attempt=message.attempt)
                    if failed
                    else NudgeSuppressed(why=cast("SuppressedBecause", why))
                )
        self._end(message, "failed" if failed else "suppressed", told, attempt=message.attempt, note=why)

    def _end(
        self,
        message: Message,
        state: str,
        told: Mapping[UUID, Event],
        *,
        attempt: int,
        note: str | None,
        later: datetime | None = None,
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
        }
        with self._connection.transaction():
            if told:
                ledger.lock(self._connection, [message.area])
            if value(self._connection, _SETTLE, settled):
                tell(self._connection, message.area, message.message, attempt, told, now=self._clock())

    def _put_back(self, message: Message, pause: timedelta, *, note: str) -> None:
        later = self._clock() + pause
        self._connection.execute(
            _PUT_BACK,
            {"area": message.area, "message": message.message, "by": self._by, "from": later, "note": note},
        )


class _All:
    """All channels, closed together."""

    def __init__(self, channels: Iterable[Channel]) -> None:
        self._channels = list(channels)

    def close(self) -> None:
        for channel in self._channels:
            with suppress(Exception):
                channel.close()


def tell(
    connection: Connection, area: str, message: UUID, attempt: int, told: Mapping[UUID, Event], *, now: datetime
) -> None:
    """Append what became of nudges to their streams. The area is locked, so each stands at the end of its stream."""
    if not told:
        return
    at = versions(connection, area, told.keys())
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
        for nudge, event in told.items()
    ]
    ledger.append_batch(connection, commands, wait=True)
