"""Send the messages that are due, each attempt committed before it is made.

A message goes from planned to claimed (somebody works on it), sending (a channel is being called), and then to sent,
failed, suppressed or doubtful. Who dies holding it is found by its lease: what was claimed is planned again; what was
sending is handed over again where the channel carries a message once, and is doubtful where it may have gone out.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

from msgspec import Struct
from psycopg.rows import class_row

from events import ledger
from events.base import Event, civil_day, named_id
from events.civil import send_from
from events.database import Connection, connect, value
from events.ledger import Command, Happened
from events.links import ENDS_AFTER, Purpose, link_token, token_digest
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
from events.nudging.due import nation_of
from events.nudging.preferences import Recipient
from events.settings import Settings, read_settings
from events.vault import Vault
from workers.addresses import AddressBook
from workers.channels import channels
from workers.channels.channel import Address, Channel, Outcome
from workers.plan import ACTOR, versions
from workers.reasons import Reasons
from workers.words import Line, digest

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
BATCH = 50
"""Messages claimed together; what a process that dies holds up for as long as `LEASE`."""
JOB_SECONDS = 60.0
"""So long does one job go on; what is left is rung for again."""
MOST_ATTEMPTS = 14
"""With the pauses between them they take four to five days."""
STALE = timedelta(days=14)
"""What could not be sent for so long is not sent any more."""

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
    send_on: date
    nudges: list[UUID]
    attempt: int

    @property
    def to(self) -> tuple[RecipientKind, UUID]:
        return self.recipient_kind, self.recipient


def pause_after(attempt: int) -> timedelta:
    """How long to wait after so many attempts that came to nothing for now: five seconds, tripled up to a day."""
    return min(timedelta(seconds=5) * 3 ** (attempt - 1), timedelta(days=1))


def send_nudges(area: str) -> None:
    """The job: send what is due in an area, until there is nothing more or another job's turn has come."""
    settings = read_settings()
    with connect(settings.database_url) as connection, connect(settings.vault_url) as keys:
        vault = Vault(settings.vault_key, before=settings.vault_key_before)
        carriers = channels(settings, connection, vault, keys)
        with closing(Sender(settings, connection, vault, keys, carriers)) as sender:
            ends = time.monotonic() + JOB_SECONDS
            while time.monotonic() < ends and sender.batch(area):
                pass


def server_clock(connection: Connection) -> Clock:
    """One clock for all processes: the database's, which is asked again after a second."""
    asked, known = float("-inf"), datetime.min.replace(tzinfo=UTC)

    def clock() -> datetime:
        nonlocal asked, known
        if time.monotonic() - asked >= 1.0:
            asked, known = time.monotonic(), cast("datetime", value(connection, "select clock_timestamp()"))
        return known + timedelta(seconds=time.monotonic() - asked)

    return clock


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

# One statement and commit for each message: that a channel is about to be called, the links that it holds, and that the
# message before it went out. Who dies leaves one message that may have gone out, not a batch of them.
_ATTEMPT = """
with handed_over as (
    update message set outcome_at = %(now)s
    where area = %(area)s and message = %(before)s and attempt = %(before_attempt)s and state = 'sending'
), attempted as (
    update message
    set state = 'sending', attempt = attempt + 1, lease_until = %(until)s, channel = %(channel)s, sent_to = %(sent_to)s,
        outcome_at = null
    where area = %(area)s and message = %(message)s and state = 'claimed' and attempt_by = %(by)s
    returning area, message, recipient_kind, recipient, attempt
), linked as (
    insert into due_link (area, token, purpose, message, recipient_kind, recipient, ends_at)
    select area, token, purpose, message, recipient_kind, recipient, %(ends)s
    from attempted, unnest(%(tokens)s::bytea[], %(purposes)s::text[]) link (token, purpose)
    on conflict (area, token) do nothing
)
select attempt from attempted
"""

_STOPPED = "select digest from stopped_address where digest = any (%s)"

_SENT = """
update message m set state = 'sent', lease_until = null, outcome_at = %(now)s, note = null
from unnest(%(messages)s::uuid[], %(attempts)s::integer[]) sent (message, attempt)
where m.area = %(area)s and m.message = sent.message and m.attempt = sent.attempt and m.state in ('sending', 'doubtful')
returning m.message
"""

# as long as nobody else has begun another attempt
_SETTLE = """
update message set state = %(state)s, lease_until = null, outcome_at = %(now)s, note = %(note)s,
                   send_from = coalesce(%(from)s, send_from)
where area = %(area)s and message = %(message)s and attempt = %(attempt)s
  and (state = 'sending' or state = 'claimed' and attempt_by = %(by)s)
returning true
"""


class _Handed(Struct, frozen=True, kw_only=True):
    """A message that went out, which the ledger is still to be told."""

    message: UUID
    attempt: int
    channel: str
    nudges: list[UUID]


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
        self._away = False
        self._handed: list[_Handed] = []

    def close(self) -> None:
        for channel in self._channels.values():
            with suppress(Exception):
                channel.close()

    def batch(self, area: str) -> int:
        """Take the next messages that are due, at most `BATCH`, and see each through. Returns how many.

        While whatever carries them is away, the rest is put back, and it returns 0: another sweep rings again.
        """
        self._away = False
        now = self._clock()
        quiet = send_from(civil_day(now), nation_of(area), now) > now
        claimed = self._claim(area, now, [way for way, each in self._channels.items() if not (quiet and each.disturbs)])
        if not claimed:
            return 0
        reasons = Reasons.of(self._connection, area, claimed, today=civil_day(now))
        wanted = [each for each in claimed if reasons.standing(each)]
        book = self._book.find(area, {each.to for each in wanted}, today=civil_day(now))
        stopped = self._stopped(claimed, book)
        for message in claimed:
            if self._away:
                self._put_back(message, pause_after(1), note="the channel is away")
                continue
            try:
                self._see_through(message, reasons, book.get(message.to), stopped)
            except Exception as error:  # one that cannot be sent must not keep the others from going
                # its type and place: its words may hold an address
                log.error("a message of %s could not be sent: %s", area, place_of(error))  # noqa: TRY400
                self._put_back(message, timedelta(minutes=10), note="a fault")
        self._tell_sent(area)
        if len(claimed) < BATCH or self._away:
            self.close()
        return 0 if self._away else len(claimed)

    def _claim(self, area: str, now: datetime, ways: Sequence[Way]) -> list[Message]:
        asked = {
            "area": area,
            "now": now,
            "until": now + LEASE,
            "by": self._by,
            "ways": ways,
            "limit": BATCH,
        }
        return self._connection.cursor(row_factory=class_row(Message)).execute(_CLAIM, asked).fetchall()

    def _stopped(self, claimed: Sequence[Message], book: Mapping[Recipient, object]) -> set[bytes]:
        """Of the addresses that these go to, those to which nothing is sent any more."""
        found = [(each, book.get(each.to)) for each in claimed]
        digests = [self._digest_of(to.at(each.way)) for each, to in found if isinstance(to, Address)]
        return {cast("bytes", digest) for (digest,) in self._connection.execute(_STOPPED, [digests])}

    def _digest_of(self, address: str) -> bytes:
        return digest_of_address(self._digest_key, address)

    def _see_through(self, message: Message, reasons: Reasons, found: object, stopped: Collection[bytes]) -> None:
        now = self._clock()
        if reasons.unknown(message):
            # what happened last is not in the projection yet
            self._put_back(message, timedelta(seconds=2), note="waits for the projection")
            return
        gone = reasons.gone(message)
        if not reasons.standing(message):
            self._suppress(message, gone)
            return
        if civil_day(now) - message.send_on > STALE:
            self._suppress(message, dict.fromkeys(message.nudges, "too late"))
            return
        if not isinstance(found, Address):
            self._cannot_reach(message, str(found), gone)
            return
        address = found.at(message.way)
        if not address:
            self._cannot_reach(message, "no address", gone)
            return
        if self._digest_of(address) in stopped:
            self._cannot_reach(message, "stopped", gone)
            return
        self._attempt(message, reasons, found, gone)

    def _attempt(self, message: Message, reasons: Reasons, to: Address, gone: Gone) -> None:
        channel = self._channels[message.way]
        links: dict[Purpose, str] = {}
        if message.recipient_kind == "enterprise":
            links["due"] = link_token(self._digest_key, "due", message.message)
        if reasons.optional(message):
            links["stop"] = link_token(self._digest_key, "stop", message.message)
        mail = digest(
            [Line(words=words, reminder=reminder) for words, reminder in reasons.lines(message)],
            to=message.recipient_kind,
            name=to.name,
            link=f"{self._url}/due/{links['due']}" if "due" in links else f"{self._url}/home",
            stop=f"{self._url}/stop/{links['stop']}" if "stop" in links else "",
        )
        if gone:
            self._leave_out(message, gone)
        attempt = self._begin(message, channel, links, sent_to=self._digest_of(to.at(message.way)))
        if attempt is None:  # its lease was over, and somebody else has it
            return
        outcome = channel.send(to, mail, key=message.message, again=attempt > 1)
        self._away = self._away or outcome.away
        nudges = [each for each in message.nudges if each not in gone]
        if outcome.kind == "sent":
            handed = _Handed(message=message.message, attempt=attempt, channel=channel.name, nudges=nudges)
            self._handed.append(handed)
        else:
            self._settle(message, outcome, attempt=attempt, nudges=nudges)

    def _begin(self, message: Message, channel: Channel, links: Mapping[Purpose, str], *, sent_to: bytes) -> int | None:
        """Commit that a channel is about to be called, the links that the message holds, and that the last went out."""
        now = self._clock()
        before = self._handed[-1] if self._handed else None
        asked = {
            "area": message.area,
            "message": message.message,
            "by": self._by,
            "now": now,
            "until": now + LEASE,
            "channel": channel.name,
            "sent_to": sent_to,
            "before": before.message if before else None,
            "before_attempt": before.attempt if before else None,
            "tokens": [token_digest(token) for token in links.values()],
            "purposes": list(links),
            "ends": now + ENDS_AFTER,
        }
        attempt = value(self._connection, _ATTEMPT, asked)
        return None if attempt is None else int(str(attempt))

    def _leave_out(self, message: Message, gone: Gone) -> None:
        """Record of those that are not to go out any more that the message will go out without them."""
        told = [(nudge, message.message, message.attempt, NudgeSuppressed(why=why)) for nudge, why in gone.items()]
        with self._connection.transaction():
            ledger.lock(self._connection, [message.area])
            tell(self._connection, message.area, told, now=self._clock())

    def _tell_sent(self, area: str) -> None:
        """Tell the ledger what went out in this batch, and the table, together."""
        handed, self._handed = {each.message: each for each in self._handed}, []
        if not handed:
            return
        settled = {
            "area": area,
            "messages": list(handed),
            "attempts": [each.attempt for each in handed.values()],
            "now": self._clock(),
        }
        with self._connection.transaction():
            ledger.lock(self._connection, [area])
            rows = self._connection.execute(_SENT, settled).fetchall()
            told: list[Told] = []
            for each in (handed[cast("UUID", message)] for (message,) in rows):
                event = NudgeSent(message=each.message, channel=each.channel, attempt=each.attempt)
                told.extend((nudge, each.message, each.attempt, event) for nudge in each.nudges)
            tell(self._connection, area, told, now=self._clock())

    def _settle(self, message: Message, outcome: Outcome, *, attempt: int, nudges: Sequence[UUID]) -> None:
        """What came of an attempt by which it did not go out, or may not have."""
        now = self._clock()
        if outcome.kind == "later" and attempt < MOST_ATTEMPTS:
            self._end(message, "planned", {}, attempt=attempt, note="tried", later=now + pause_after(attempt))
            return
        if outcome.kind == "later":
            outcome = Outcome("failed", "gave up")
        event = NudgeFailed(message=message.message, why=outcome.why or "doubtful", attempt=attempt)
        self._end(message, outcome.kind, dict.fromkeys(nudges, event), attempt=attempt, note=outcome.why)

    def _suppress(self, message: Message, why: Mapping[UUID, SuppressedBecause]) -> None:
        told = {nudge: NudgeSuppressed(why=reason) for nudge, reason in why.items()}
        self._end(message, "suppressed", told, attempt=message.attempt, note=next(iter(why.values()), None))

    def _cannot_reach(self, message: Message, why: str, gone: Gone) -> None:
        failed = why in ("no address", "stopped")
        told: dict[UUID, Event] = {each: NudgeSuppressed(why=because) for each, because in gone.items()}
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
                each = [(nudge, message.message, attempt, event) for nudge, event in told.items()]
                tell(self._connection, message.area, each, now=self._clock())

    def _put_back(self, message: Message, pause: timedelta, *, note: str) -> None:
        later = self._clock() + pause
        self._connection.execute(
            _PUT_BACK,
            {"area": message.area, "message": message.message, "by": self._by, "from": later, "note": note},
        )


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
