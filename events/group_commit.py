"""Many threads append, one commit carries them all, and each gets an outcome of its own."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from contextlib import suppress

import psycopg
from psycopg.errors import LockNotAvailable, QueryCanceled

from events.base import TrellisError
from events.database import Connection, connect
from events.ledger import Appended, Command, answer, append_batch

log = logging.getLogger(__name__)

RINGS = ("written", "again")
"""Outcomes to tell readers of; "again" too, as a commit whose reply was lost rang for nobody."""

IDLE_SECONDS = 5.0
"""After this long without work, the lane of an area that was busy ends."""


_AWAY = "The ledger cannot be reached."
_HELD = "Something long, such as an import, is being recorded here just now."


class LedgerUnavailable(TrellisError):
    """The database did not answer, or somebody held the area, for too long. Asking again is safe.

    Whether the command was recorded is unknown if the database did not answer.
    """


class _Asked:
    """A command on its way, and the lock its thread waits on until `settle` opens it."""

    __slots__ = ("command", "deadline", "error", "result", "rings", "settled")

    def __init__(self, command: Command, deadline: float) -> None:
        self.command = command
        self.deadline = deadline
        self.result: Appended | None = None
        self.error: Exception | None = None
        self.rings: Collection[str] = ()
        """The areas to announce: one caller of each commit does it for all, while the lane goes on."""
        self.settled = threading.Lock()
        self.settled.acquire()

    def settle(self, result: Appended | None = None, error: Exception | None = None) -> None:
        self.result, self.error = result, error
        self.settled.release()


class GroupCommit:
    """Appends for all threads of a process. Use as a context manager, or call `close`.

    One lane appends whatever has come in since its last commit. Commands for an area that another process holds (a
    long import, say) move to a lane of that area's own, so that no area waits for another. A connection lost before
    its reply is opened again and the same commands asked again: those that were committed come back as "again".
    """

    def __init__(
        self, url: str, *, announce: Callable[[Collection[str]], None], batch: int = 128, patience: float = 10.0
    ) -> None:
        """`announce` is told the areas of each commit, after it. `patience`: seconds to go on without a database, and
        to wait for an area that somebody else holds."""
        self._url = url
        self._announce = announce
        self._batch = batch
        self._patience = patience
        self._guard = threading.Lock()
        self._busy_lanes: dict[str, _Lane] = {}
        self._main = _Lane(url, batch, patience, self._pass_on)

    def __enter__(self) -> "GroupCommit":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, command: Command) -> Appended:
        """Record the command and say where its events stand.

        Raises `Conflict`, `CommandReused`, `UnknownArea`, or `LedgerUnavailable` when the database stays away.
        """
        asked = _Asked(command, time.monotonic() + self._patience)
        if not self._main.put(asked):
            raise LedgerUnavailable("The hub is stopping. Ask again in a minute; it is safe to.")
        asked.settled.acquire()
        if asked.rings:
            self._announce(asked.rings)
        if asked.error is not None:
            raise asked.error
        assert asked.result is not None
        return asked.result

    def close(self) -> None:
        """Finish what was asked, then let the connections go."""
        # the main lane first: while it ends it may still hand commands to others
        self._main.finish()
        with self._guard:
            others = list(self._busy_lanes.values())
        for lane in others:
            lane.finish()

    def _pass_on(self, asked: _Asked) -> None:
        area = asked.command.area
        with self._guard:
            lane = self._busy_lanes.get(area)
            if lane is None or not lane.put(asked):
                lane = self._busy_lanes[area] = _Lane(self._url, self._batch, self._patience, None)
                lane.put(asked)


class _Lane:
    """One thread with one connection. `pass_on` takes the commands of busy areas; without it the lane waits its turn
    there, and ends when it has had nothing to do for a while."""

    def __init__(
        self,
        url: str,
        batch: int,
        patience: float,
        pass_on: Callable[[_Asked], None] | None,
    ) -> None:
        self._url = url
        self._batch = batch
        self._patience = patience
        self._pass_on = pass_on
        self._waiting: deque[_Asked] = deque()
        self._arrived = threading.Condition(threading.Lock())
        self._closing = False
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def put(self, asked: _Asked) -> bool:
        """False if the lane has ended, or is about to."""
        with self._arrived:
            if not self._closing:
                self._waiting.append(asked)
                self._arrived.notify()
            return not self._closing

    def finish(self) -> None:
        with self._arrived:
            self._closing = True
            self._arrived.notify()
        self._thread.join()

    def _run(self) -> None:
        while batch := self._next():
            try:
                self._settle(batch)
            except Exception as error:  # a lane that dies would leave every later caller waiting for ever
                # its type and not its words: a database quotes the row it refuses
                log.error("a batch of appends failed: %s", type(error).__name__)  # noqa: TRY400
                for asked in batch:
                    if asked.settled.locked():
                        asked.settle(error=error)
        self._hang_up()

    def _next(self) -> list[_Asked]:
        """What to commit together: at most one command for each stream and each id, so that none decides another."""
        with self._arrived:
            while not self._waiting and not self._closing:
                if not self._arrived.wait(timeout=None if self._pass_on else IDLE_SECONDS):
                    self._closing = not self._waiting
            batch: list[_Asked] = []
            later: list[_Asked] = []
            taken: set[tuple[str, object]] = set()
            while self._waiting and len(batch) < self._batch:
                asked = self._waiting.popleft()
                command = asked.command
                keys = ((command.area, command.stream), (command.area, command.id))
                if taken.isdisjoint(keys):
                    batch.append(asked)
                else:
                    later.append(asked)
                # also of one put off: what comes after it must not overtake it
                taken.update(keys)
            self._waiting.extendleft(reversed(later))
            return batch

    def _settle(self, batch: list[_Asked]) -> None:
        commands = [asked.command for asked in batch]
        try:
            outcomes = append_batch(self._connected(), commands, wait=self._pass_on is None)
        except psycopg.OperationalError as error:
            self._ask_again(batch, error)
            return
        except psycopg.Error:
            if len(batch) == 1:
                raise
            # one of them is not acceptable to the database: find out which, so that its neighbours do not suffer
            for asked in batch:
                try:
                    self._settle([asked])
                except psycopg.Error as error:
                    asked.settle(error=error)
            return
        written = {command.area for command, found in zip(commands, outcomes, strict=True) if found[0] in RINGS}
        for asked, (outcome, first, last, version) in zip(batch, outcomes, strict=True):
            if outcome == "busy" and self._pass_on is not None:
                self._pass_on(asked)
                continue
            if outcome in RINGS and written:
                asked.rings, written = written, set[str]()
            try:
                asked.settle(answer(asked.command, outcome, first, last, version))
            except TrellisError as refusal:
                asked.settle(error=refusal)

    def _ask_again(self, batch: list[_Asked], error: psycopg.OperationalError) -> None:
        """After a lost connection nobody knows what was committed; asking again finds out and harms nothing."""
        self._hang_up()
        why = _HELD if isinstance(error, LockNotAvailable | QueryCanceled) else _AWAY
        now = time.monotonic()
        retry = [asked for asked in batch if asked.deadline > now]
        for asked in batch:
            if asked.deadline <= now:
                unavailable = LedgerUnavailable(f"{why} Ask again in a minute; it is safe to.")
                unavailable.__cause__ = error
                asked.settle(error=unavailable)
        if retry:
            time.sleep(0.05)
            with self._arrived:
                self._waiting.extendleft(reversed(retry))

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = connect(self._url, for_others=True)
            self._connection.prepare_threshold = 1
            # whoever waits in vain has waited since before the statement began, so all of a batch give up together
            self._connection.execute("select set_config('lock_timeout', %s, false)", [f"{self._patience}s"])
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
        self._connection = None
