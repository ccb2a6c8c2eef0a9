"""Many writers at once while connections break: nothing is lost, doubled, reordered or wrongly acknowledged."""

import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from uuid import UUID, uuid4

import psycopg
import pytest
from network import Server, command, mutate
from proxy import Proxy

from events import bulk, ledger
from events.base import TrellisError
from events.bulk import BulkRefused
from events.database import Connection, connect
from events.enterprises import MilestoneRecorded
from events.group_commit import GroupCommit, LedgerUnavailable
from events.ledger import Appended, Command, Conflict, Recorded
from events.verify import verify_area

AREAS = ("E06000052", "E06000066", "E10000008")
WRITERS = 8
GROUPS = 2
"""Each with connections of its own: to the database two of them in one process are no different from two processes."""


class Race:
    """What happened in one run, as those who took part saw it."""

    def __init__(self, url: str, seed: int) -> None:
        self.url = url
        self.dice = random.Random(seed)
        self.asked: dict[UUID, Command] = {}
        self.answers: dict[UUID, list[Appended]] = defaultdict(list)
        self.conflicts: set[UUID] = set()
        self.unanswered: set[UUID] = set()
        self.aborted: set[UUID] = set()
        self.surprises: list[str] = []
        self.seen: dict[str, list[Recorded]] = {area: [] for area in AREAS}
        self.over = threading.Event()
        self.quiet = threading.Event()

    # ---- those who take part

    def write(self, group: GroupCommit, dice: random.Random, commands: int) -> None:
        streams = [UUID(int=number) for number in range(6)]  # the same for all writers, so that they collide
        mine: list[Command] = []
        with connect(self.url) as connection:
            for _ in range(commands):
                if mine and dice.random() < 0.2:
                    each = dice.choice(mine)  # asked again, perhaps long after its answer
                else:
                    each = self._new(connection, dice, streams)
                    mine.append(each)
                self._ask(each, lambda each=each: group.append(each))

    def _new(self, connection: Connection, dice: random.Random, streams: Sequence[UUID]) -> Command:
        area = dice.choice(AREAS)
        shared = bool(streams) and dice.random() < 0.4
        stream = dice.choice(streams) if shared else uuid4()
        expected = len(ledger.read_stream(connection, area, stream)) if shared else 0
        events = [MilestoneRecorded(kind=f"{n}") for n in range(dice.choice((1, 1, 1, 3)))]
        each = command(area, *events, stream=stream, expected=expected)
        self.asked[each.id] = each
        return each

    def _ask(self, each: Command, append: Callable[[], Appended]) -> None:
        try:
            self.answers[each.id].append(append())
        except Conflict:
            self.conflicts.add(each.id)
        except LedgerUnavailable:
            self.unanswered.add(each.id)
        except Exception as error:
            self.surprises.append(f"an append failed with {type(error).__name__}")

    def abort(self, dice: random.Random) -> None:
        """Appends that are held open for a while and then, mostly, given up."""
        with connect(self.url) as connection:
            while not self.over.is_set():
                each = self._new(connection, dice, [])
                try:
                    with connection.transaction(force_rollback=True) as transaction:
                        ledger.append_batch(connection, [each], wait=True)
                        time.sleep(dice.random() * 0.004)
                        if dice.random() < 0.3:
                            transaction.force_rollback = False
                except psycopg.Error as error:
                    self.surprises.append(f"a transaction failed with {type(error).__name__}")
                    continue
                (self.unanswered if not transaction.force_rollback else self.aborted).add(each.id)
                time.sleep(0.01)

    def import_some(self, dice: random.Random) -> None:
        with connect(self.url) as connection:
            while not self.over.is_set():
                some = [self._new(connection, dice, []) for _ in range(10)]
                try:
                    bulk.append_all(connection, some)
                except (BulkRefused, psycopg.Error) as error:
                    self.surprises.append(f"an import failed with {type(error).__name__}")
                else:
                    self.unanswered.update(each.id for each in some)
                time.sleep(0.1)

    def kill(self, dice: random.Random) -> None:
        """End a connection that is appending, now and then."""
        with connect(self.url) as connection:
            while not self.over.is_set():
                time.sleep(dice.random() * 0.2)
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                    " and application_name = 'victim' order by random() limit 1"
                )

    def tail(self, area: str, dice: random.Random) -> None:
        """Read on from the last position read, as a projector does."""
        with connect(self.url) as connection:
            while True:
                last = self.quiet.is_set()
                after = self.seen[area][-1].position if self.seen[area] else 0
                found = ledger.read(connection, area, after=after, limit=dice.choice((1, 7, 100)))
                self.seen[area].extend(found)
                if not found and last:
                    return
                if not found:
                    time.sleep(0.001)

    # ---- what is wrong afterwards

    def faults(self, connection: Connection) -> list[str]:
        found = [f"{times} times {surprise}" for surprise, times in Counter(self.surprises).items()]
        placed: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
        for area in AREAS:
            events = list(ledger.read_all(connection, area))
            if [each.position for each in events] != list(range(1, len(events) + 1)):
                found.append(f"{area}: positions are not dense")
            if self.seen[area] != events:
                found.append(f"{area}: the reader saw {len(self.seen[area])} of {len(events)}, or another order")
            fault = verify_area(connection, area, signed={}, progress=lambda _: None)
            if fault:
                found.append(f"{area}: position {fault.position} {fault.sentence}")
            for each in events:
                placed[each.command].append((area, each.position))
        for id, asked in self.asked.items():
            found.extend(self._wrongly_answered(asked, sorted(placed[id])))
        return found

    def _wrongly_answered(self, asked: Command, placed: list[tuple[str, int]]) -> list[str]:
        whole = [(asked.area, placed[0][1] + n) for n in range(len(asked.events))] if placed else []
        wrong: list[str] = []
        if placed != whole:
            wrong.append("a command was recorded twice or in part")
        stands = (placed[0][1], placed[-1][1]) if placed else None
        if any((answer.first, answer.last) != stands for answer in self.answers[asked.id]):
            wrong.append("an acknowledged command is not where the answer said")
        if len([answer for answer in self.answers[asked.id] if not answer.again]) > 1:
            wrong.append("a command was said to be new twice")
        if placed and asked.id in self.aborted:
            wrong.append("a command given up is in the ledger")
        if placed and asked.id in self.conflicts and not self.answers[asked.id]:
            wrong.append("a refused command is in the ledger")
        return wrong


def race(url: str, *, seed: int, commands: int) -> list[str]:
    """Run one race on the ledgers behind `url` and say what went wrong."""
    this = Race(url, seed)
    with connect(url) as connection:
        ledger.open_ledger(connection, AREAS)
    with ExitStack() as stack:
        groups: list[GroupCommit] = []
        for number in range(GROUPS):
            proxy = stack.enter_context(Proxy.before(url, chance=0.02, seed=seed + number))
            victim = f"{proxy.url}&application_name=victim"
            groups.append(stack.enter_context(GroupCommit(victim, announce=lambda _: None, patience=20.0)))
        dice = [random.Random(seed * 1000 + number) for number in range(WRITERS + 10)]
        writers = [
            threading.Thread(target=this.write, args=[groups[number % GROUPS], dice[number], commands])
            for number in range(WRITERS)
        ]
        disturbers = [
            threading.Thread(target=disturb, args=[dice[WRITERS + number]])
            for number, disturb in enumerate((this.abort, this.abort, this.import_some, this.kill))
        ]
        readers = [threading.Thread(target=this.tail, args=[area, dice[-1]]) for area in AREAS]
        for thread in (*readers, *disturbers, *writers):
            thread.start()
        for threads, then in ((writers, this.over), (disturbers, this.quiet), (readers, threading.Event())):
            for thread in threads:
                thread.join()
            then.set()
    with connect(url) as connection, suppress(TrellisError):
        return this.faults(connection)
    return ["the ledger could not be read"]


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_lost_doubled_reordered_or_wrongly_acknowledged(server: Server, seed: int) -> None:
    assert race(server.database("ledger"), seed=seed, commands=60) == []


@pytest.mark.full
@pytest.mark.parametrize("seed", range(100, 150))
def test_nothing_goes_wrong_over_many_seeds(server: Server, seed: int) -> None:
    assert race(server.database("ledger"), seed=seed, commands=150) == []


# ---- the same races, on ledgers with a defect: each must be noticed

NO_LOCK = (("for update skip locked", ""), ("for update", ""))
NOT_HELD_BY_KEYS = "alter table event drop constraint event_pkey, drop constraint event_area_stream_version_key"
LEDGER_WITHOUT_TURNS = "create index on event (area, position); create index on event (area, stream, version)"

NUMBER = "d.last - d.count + e.nth"

MUTANTS = {
    # the keys refuse what the lock no longer prevents: nothing false is kept, but writers see errors
    "no lock": ("UniqueViolation", NO_LOCK, ()),
    # nothing stands in the way: two events at one place, chains that fork
    "no lock and no keys": ("not dense", NO_LOCK, (NOT_HELD_BY_KEYS, LEDGER_WITHOUT_TURNS)),
    # the classic trap: a reader passes a number whose transaction commits late or never
    "numbers from a sequence": (
        "the reader saw",
        (*NO_LOCK, (NUMBER, "nextval(quote_ident(d.area))")),
        (NOT_HELD_BY_KEYS, LEDGER_WITHOUT_TURNS, *(f'create sequence "{area}"' for area in AREAS)),
    ),
    "a repeated command is refused": (
        "failed with CommandReused",
        (("when known.digest = c.digest then 'again'", ""),),
        (),
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_race_notices(server: Server, name: str) -> None:
    fault, changes, statements = MUTANTS[name]
    url = server.database("ledger")
    with connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())
        mutate(connection, *changes)
    for seed in range(4):
        if any(fault in each for each in race(url, seed=seed, commands=20)):
            return
    pytest.fail(f"the race did not notice: {name}")
