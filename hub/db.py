"""What a serving hub holds open: its databases, its doorbell and the group commit."""

import logging
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TypeVar
from uuid import UUID

import redis

from events import ledger
from events.access import EVERYWHERE, NOBODY, Action, Principal
from events.base import Event, NotFound, Refused, Sealed, area_stream, civil_day, named_id
from events.database import Connection, let_in, open_pool, value
from events.group_commit import GroupCommit
from events.learning import PracticeAbandoned, PracticeAdapted, PracticeAdopted, PracticeSeen, PracticeTrialled
from events.ledger import DOORBELL, Appended, Command, Conflict, Recorded
from events.projections import engine
from events.projections.standing import Standing, standing
from events.renewal_catalogue import read_catalogue
from events.requirements import with_requirements
from events.settings import Settings
from events.vault import Vault, command_digest, destroyed, seal

log = logging.getLogger(__name__)

T = TypeVar("T")

Decision = tuple[Event, date]
"""What happened, and the day it did."""

_ATTEMPTS = 8

_PRACTICE = PracticeSeen | PracticeTrialled | PracticeAdopted | PracticeAdapted | PracticeAbandoned
"""What is kept under an id that follows from the area: nobody chooses it."""

USED = "This id was used before. Use a new one."
"""Said of an id that is in use in another area, whoever may read there."""


class Hub:
    """Everything that a request needs, opened once for a process. Use as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.renewals = read_catalogue(settings.renewals)
        web = settings.as_web()
        self.pool = open_pool(web.database_url, for_others=True)
        self._vault_pool = open_pool(web.vault_url, size=4, for_others=True)
        self._vault = Vault(settings.vault_key, before=settings.vault_key_before)
        self.redis = open_redis(settings)
        self._ledger = GroupCommit(web.database_url, announce=self.announce)
        with self._vault_pool.connection() as connection:
            self._digest_key = self._vault.digest_key(connection)

    def __enter__(self) -> "Hub":
        return self

    def __exit__(self, *_: object) -> None:
        self._ledger.close()
        self.pool.close()
        self._vault_pool.close()
        self.redis.close()

    @contextmanager
    def acting(self, who: Principal, action: Action, area: str | None = None) -> Generator[Connection]:
        """A transaction that sees what somebody may do this with: in one area, or wherever they may.

        Raises `NotAllowed` if that is nowhere.
        """
        who.check(action, area)
        with self._let_in(who.areas(action) if area is None else {area}) as connection:
            yield connection

    @contextmanager
    def reading(self, projection: str, who: Principal = NOBODY) -> Generator[Connection]:
        """A connection on which the live build of a projection stands still.

        Figures are for everybody; of the events behind them it sees those of areas that `who` may read.
        """
        areas = who.areas("read area")
        with self.pool.connection() as connection, engine.reading(connection, projection, areas=areas):
            yield connection

    @contextmanager
    def watching(self) -> Generator[Connection]:
        """A transaction for what is about all areas: the hub's own health, and whether a person may be erased."""
        with self._let_in({EVERYWHERE}) as connection:
            yield connection

    def standing(self, projection: str) -> Standing:
        """What readers of a projection see now. Raises `NotBuilt`."""
        with self.pool.connection() as connection:
            return standing(connection, projection)

    @contextmanager
    def _let_in(self, areas: Collection[str]) -> Generator[Connection]:
        with self.pool.connection() as connection, connection.transaction():
            let_in(connection, areas)
            yield connection

    @contextmanager
    def vault(self) -> Generator[tuple[Vault, Connection]]:
        """The keys, and a connection to where they lie: for sealing many things at once."""
        with self._vault_pool.connection() as connection:
            yield self._vault, connection

    def seal(self, subject: UUID, plain: T) -> Sealed[T]:
        """Encrypt what identifies a person, under a key that can be destroyed."""
        with self._vault_pool.connection() as connection:
            key = self._vault.keys(connection, [subject])[subject]
        return seal(plain, subject=subject, key=key)

    def draft_key(self, who: Principal) -> str:
        """32 bytes in hex, always the same for somebody: their browser locks what they typed under it."""
        return command_digest(self._digest_key, f"draft of {who.id}".encode()).hex()

    def keyed(self, words: str) -> bytes:
        """32 bytes that follow from these words, and that nobody makes who has not the hub's own key."""
        return command_digest(self._digest_key, words.encode())

    def key_of(self, subject: UUID) -> bytes | None:
        """A person's key; None if there is none. Raises `Erased` if it was destroyed.

        Only for `hub.people.looking`, which records each look before anything is shown.
        """
        with self._vault_pool.connection() as connection:
            return self._vault.existing_keys(connection, [subject]).get(subject)

    def destroyed_on(self, subject: UUID) -> date | None:
        """The day on which a person's key was destroyed; None while it was not."""
        with self._vault_pool.connection() as connection:
            at = destroyed(connection, [subject]).get(subject)
        return civil_day(at) if at else None

    def record(
        self,
        *,
        area: str,
        key: str,
        request: bytes,
        stream: UUID,
        who: Principal,
        decide: Callable[[Sequence[Recorded]], Decision],
        opens_ledger: bool = False,
    ) -> Appended:
        """Read the stream, decide, append: again if somebody else wrote to it meanwhile, once however often asked.

        What an enterprise must hold is recorded along with whatever changes it.
        With `opens_ledger` what is decided is the first event of an area that had no ledger.
        `key` is the caller's Idempotency-Key, `request` all that was asked. Raises what `decide` refuses, `NotAllowed`,
        `CommandReused`, `NotFound` for an area without a ledger, `LedgerUnavailable`.
        """
        who.check("record", area)
        command = named_id("command", key)
        digest = command_digest(self._digest_key, request)
        for attempt in range(_ATTEMPTS):
            with self._let_in({area}) as connection:
                if not opens_ledger and not ledger.has_ledger(connection, area):
                    raise NotFound(f"No area with the code {area} takes part.", field="area")
                if before := ledger.answered(connection, area, command, digest):
                    return before
                history = ledger.read_stream(connection, area, stream)
            event, on = decide(history)
            if not history and stream != area_stream(area) and not isinstance(event, _PRACTICE):
                self._check_unused(area, stream)
            if opens_ledger:
                with self.pool.connection() as connection:
                    ledger.open_ledger(connection, [area])
            try:
                return self._ledger.append(
                    Command(
                        area=area,
                        id=command,
                        digest=digest,
                        stream=stream,
                        expected=len(history),
                        events=with_requirements(
                            event, on, area=area, stream=stream, history=history, catalogue=self.renewals
                        ),
                        actor=who.id,
                    )
                )
            except Conflict:
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def _check_unused(self, area: str, stream: UUID) -> None:
        """Raises `Refused` if another area has something under this id: addresses and keys hold ids alone."""
        with self.watching() as connection:
            if ledger.used_elsewhere(connection, [(area, stream)]):
                raise Refused(USED)

    def announce(self, areas: Collection[str]) -> None:
        """Tell readers that these areas have something new."""
        ring(self.redis, areas)


def open_redis(settings: Settings) -> redis.Redis:
    """The doorbell, which answers within a second or counts as away. It is only called when first used."""
    return redis.Redis.from_url(settings.redis_url, socket_timeout=1.0, socket_connect_timeout=1.0)


def ring(doorbell: redis.Redis, areas: Collection[str]) -> None:
    """Tell the projectors that these areas have something new. They look by themselves too, so a miss is no harm."""
    try:
        doorbell.publish(DOORBELL, " ".join(sorted(areas)))
    except redis.RedisError as error:
        log.warning("the doorbell did not ring: %s", type(error).__name__)


def notice(connection: Connection) -> str:
    """What every page says above all else, for example that the network is invented; empty for a real one."""
    return str(value(connection, "select words from notice where name = 'demo'") or "")
