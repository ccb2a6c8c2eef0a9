"""Send the messages that are due, each attempt committed before it is made.

A message goes from planned to claimed (somebody works on it), sending (a channel is being called), and then to sent,
failed, suppressed or doubtful. Who dies holding it is found by its lease: what was claimed is planned again; what was
sending is handed over again where the channel carries a message once, and is doubtful where it may have gone out.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import uuid4

from psycopg.rows import class_row

from events.base import civil_day
from events.civil import send_from
from events.database import Connection, connect, value
from events.links import ENDS_AFTER, Purpose, link_token, token_digest
from events.logs import place_of
from events.nudges import Way
from events.nudging.due import nation_of
from events.settings import Settings, read_settings
from events.vault import Vault
from workers.addresses import AddressBook, Opened
from workers.channels import channels
from workers.channels.channel import DOUBTFUL, LATER, Address, Channel, Mail, Outcome
from workers.reasons import Reasons
from workers.settling import IS_AWAY, Clock, Gone, Handed, Message, Settling, pause_back
from workers.words import By, Line, digest

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
BATCH = 50
"""Messages claimed together; what a process that dies holds up for as long as `LEASE`."""
JOB_SECONDS = 60.0
"""So long does one job go on; what is left is rung for again."""
STALE = timedelta(days=14)
"""What could not be sent for so long is not sent any more."""


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
returning m.area, m.message, m.recipient_kind, m.recipient, m.way, greatest(m.send_on, m.asked_on) as asked_on,
          m.nudges, m.attempt, m.tried_way, m.put_off, m.put_back
"""

# One statement and commit for each message: that a channel is about to be called, the links that it holds, and that the
# message before it went out. Who dies leaves one message that may have gone out, not a batch of them.
_ATTEMPT = """
with handed_over as (
    update message set outcome_at = %(now)s
    where area = %(area)s and message = %(before)s and attempt = %(before_attempt)s and state = 'sending'
), attempted as (
    update message
    set state = 'sending', attempt = attempt + 1, lease_until = %(until)s, channel = %(channel)s, tried_way = %(way)s,
        sent_to = %(sent_to)s, outcome_at = null
    where area = %(area)s and message = %(message)s and state = 'claimed' and attempt_by = %(by)s
    returning area, message, recipient_kind, recipient, attempt
), linked as (
    insert into due_link (area, token, purpose, message, recipient_kind, recipient, ends_at)
    select area, token, purpose, message, recipient_kind, recipient, %(ends)s
    from attempted, (values (%(due)s::bytea, 'due'), (%(stop)s::bytea, 'stop')) link (token, purpose)
    where token is not null
    on conflict (area, token) do update set ends_at = excluded.ends_at
)
select attempt from attempted
"""


class Sender:
    """Sends batches, for one job. The connections see every area."""

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
        self._digest_key = vault.digest_key(keys)
        self._book = AddressBook(connection, vault, keys)
        self._url = settings.url or f"http://localhost:{settings.port}"
        self._who = By.of(settings)
        self._by = str(uuid4())
        self._settling = Settling(connection, by=self._by, clock=self._clock)
        self._away: set[Way] = set()
        """Ways that nothing carries: not tried again by this job."""
        self._carried: set[Way] = set()
        """Ways that carried something: their addresses are opened for a whole batch."""
        self._often = 0
        """How often one of this batch was put back before."""
        self._waiting: list[Message] = []
        """Of this batch, those that nothing carries."""
        self._handed: list[Handed] = []

    def close(self) -> None:
        for channel in self._channels.values():
            with suppress(Exception):
                channel.close()

    def batch(self, area: str) -> int:
        """Take the next messages that are due, at most `BATCH`, and see each through. Returns how many.

        Those that nothing carries are put back and not counted: another sweep rings again.
        """
        now = self._clock()
        quiet = self._opens(area, now) > now
        ways: list[Way] = [
            w for w, each in self._channels.items() if w not in self._away and not (quiet and each.disturbs)
        ]
        claimed = self._claim(area, now, ways)
        if not claimed:
            return 0
        self._often = max(each.put_back for each in claimed)
        reasons = Reasons.of(self._connection, area, claimed, today=civil_day(now))
        self._back(area, [each for each in claimed if reasons.unknown(each)], note="waits for the projection")
        known = [each for each in claimed if not reasons.unknown(each)]
        opened = Opened(self._book, area, [each for each in known if reasons.standing(each)], today=civil_day(now))
        for message in known:
            try:
                self._see_through(message, reasons, opened)
            except Exception as error:  # one that cannot be sent must not keep the others from going
                # its type and place: its words may hold an address
                log.error("a message of %s could not be sent: %s", area, place_of(error))  # noqa: TRY400
                self._settling.put_back(area, [message], timedelta(minutes=10), note="a fault")
        handed, self._handed = self._handed, []
        self._settling.sent(area, handed)
        waiting, self._waiting = self._waiting, []
        self._back(area, waiting, note=IS_AWAY)
        if len(claimed) < BATCH or waiting:
            self.close()
        return len(claimed) - len(waiting)

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

    def _opens(self, area: str, now: datetime) -> datetime:
        """From when on people there are written to."""
        return send_from(civil_day(now), nation_of(area), now)

    def _back(self, area: str, messages: Sequence[Message], *, note: str) -> None:
        """Put them back, for the longer the more often that was done."""
        self._settling.put_back(area, messages, pause_back(self._often), note=note)

    def _way(self, message: Message, reasons: Reasons) -> Way:
        """Asked anew, as whoever wants no text messages any more is to get none. Another attempt stays with its way."""
        chosen = message.tried_way or reasons.way(message)
        return chosen if chosen in self._channels or message.way == "sms" else message.way

    def _see_through(self, message: Message, reasons: Reasons, opened: Opened) -> None:
        now = self._clock()
        gone = reasons.gone(message)
        if not reasons.standing(message):
            self._settling.suppress(message, gone)
            return
        if civil_day(now) - message.asked_on > STALE:
            self._settling.suppress(message, dict.fromkeys(message.nudges, "too late"))
            return
        way = self._way(message, reasons)
        channel = self._channels.get(way)
        if channel is None or way in self._away:
            self._waiting.append(message)
            return
        if channel.disturbs and (opens := self._opens(message.area, now)) > now:
            self._settling.put_back(message.area, [message], opens - now, note="waits for the day")
            return
        found = opened.of(message.to, self._carried if way in self._carried else ())
        if isinstance(found, Address) and not found.at(way) and found.email and not message.tried_way:
            way = "email"  # who chose text messages and gave no number is to hear of it all the same
            if way not in self._channels or way in self._away:
                self._waiting.append(message)
                return
        address = found.at(way) if isinstance(found, Address) else ""
        if not isinstance(found, Address) or not address:
            self._settling.unreached(message, "no address" if isinstance(found, Address) else found, gone)
        elif opened.is_stopped(sent_to := self._book.digest_of(address)):
            self._settling.unreached(message, "stopped", gone, sent_to=sent_to)
        else:
            self._attempt(message, way, reasons, found, gone, sent_to=sent_to)

    def _attempt(
        self, message: Message, way: Way, reasons: Reasons, to: Address, gone: Gone, *, sent_to: bytes
    ) -> None:
        channel = self._channels[way]
        links = self._links(message, reasons)
        mail = self._mail(message, links, reasons, to)
        if gone:
            self._settling.leave_out(message, gone)
        attempt = self._begin(message, channel, way, links, sent_to=sent_to)
        if attempt is None:  # its lease was over, and somebody else has it
            return
        outcome = self._hand_over(channel, to, mail, message, attempt)
        if outcome.away:
            self._turn_away(message, way)
        elif way not in self._carried:
            self._carried.add(way)
            self._settling.carried_again(message.area, way)
        nudges = [each for each in message.nudges if each not in gone]
        if outcome.kind == "sent":
            handed = Handed(message=message.message, attempt=attempt, channel=channel.name, nudges=nudges)
            self._handed.append(handed)
        else:
            self._settling.not_sent(message, outcome, attempt=attempt, nudges=nudges, sent_to=sent_to)

    def _links(self, message: Message, reasons: Reasons) -> dict[Purpose, str]:
        links: dict[Purpose, str] = {}
        if message.recipient_kind == "enterprise":
            links["due"] = link_token(self._digest_key, "due", message.message)
        if reasons.optional(message):
            links["stop"] = link_token(self._digest_key, "stop", message.message)
        return links

    def _mail(self, message: Message, links: Mapping[Purpose, str], reasons: Reasons, to: Address) -> Mail:
        return digest(
            [Line(words=words, reminder=reminder, rule=rule) for rule, words, reminder in reasons.lines(message)],
            to=message.recipient_kind,
            name=to.name,
            link=f"{self._url}/due/{links['due']}" if "due" in links else f"{self._url}/home",
            stop=f"{self._url}/stop/{links['stop']}" if "stop" in links else "",
            by=self._who,
            language=to.language,
        )

    def _hand_over(self, channel: Channel, to: Address, mail: Mail, message: Message, attempt: int) -> Outcome:
        try:
            return channel.send(to, mail, key=message.message, again=attempt > 1)
        except Exception as error:  # a fault of the channel: it may or may not have carried it
            # its type and place: its words may hold an address
            log.error("%s failed on a message of %s: %s", channel.name, message.area, place_of(error))  # noqa: TRY400
            return LATER if channel.idempotent else DOUBTFUL

    def _turn_away(self, message: Message, way: Way) -> None:
        """Nothing carries what goes this way: all that is due waits, so that no more addresses are opened for it."""
        self._away.add(way)
        self._carried.discard(way)
        self._settling.put_off_all(message.area, way, pause_back(self._often))

    def _begin(
        self, message: Message, channel: Channel, way: Way, links: Mapping[Purpose, str], *, sent_to: bytes
    ) -> int | None:
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
            "way": way,
            "sent_to": sent_to,
            "before": before.message if before else None,
            "before_attempt": before.attempt if before else None,
            "due": token_digest(links["due"]) if "due" in links else None,
            "stop": token_digest(links["stop"]) if "stop" in links else None,
            "ends": now + ENDS_AFTER,
        }
        attempt = value(self._connection, _ATTEMPT, asked)
        return None if attempt is None else int(str(attempt))
