"""Whether rates stay as they were while a ledger grows, and while somebody reads for a long time.

A machine that others share drifts by tens of percent in minutes. Each rate is therefore held against a fixed piece of
work done at the same moment, and it is this ratio that has to stay flat.
"""

from collections.abc import Callable
from datetime import date
from statistics import median
from uuid import UUID, uuid4

from events import ledger
from events.base import Sealed, named_id
from events.bulk import append_all
from events.database import Connection, connect
from events.enterprises import MilestoneRecorded
from events.ledger import Command, Happened
from tests.benchmarks.append import MANY, append_rate, appending
from tests.benchmarks.baselines import BareInsert
from tests.benchmarks.history import BATCH
from tests.benchmarks.measure import Row, rate
from tests.benchmarks.network import NOTE_BYTES
from tests.benchmarks.server import Server

FLAT = 0.8
FILL = 50_000
"""Commands in one transaction of filling."""
STILL = 20_000
"""Events of the small ledger whose reading is the fixed piece of work."""
A_STREAM = 20
"""Events of each stream of the filling."""


def measure(
    server: Server, insert: BareInsert, *, smallest: int, largest: int, steps: int, seconds: float, held: float
) -> list[Row]:
    still = server.ledgers("still", MANY)
    url = server.ledgers("growing", MANY)
    with connect(still) as still_connection, connect(url) as connection, appending(server, url) as group:
        _grow(still_connection, STILL)
        append_rate(group, MANY, seconds)  # warm up
        appended: list[float] = []
        read: list[float] = []
        for step in range(steps + 1):
            _grow(connection, round(smallest * (largest / smallest) ** (step / steps)))
            # as autovacuum does within a minute, so that plans fit the size
            connection.execute("analyze event")
            # before anything is appended: how appends of many areas lie mixed on a page is not a matter of size
            read.append(_between(lambda: _read(still_connection), lambda: _read(connection)))
            appended.append(_between(lambda: insert.measure(seconds), lambda: append_rate(group, MANY, seconds)))
        sizes = f"{smallest:,} to {largest:,} events"
        with connect(url) as reader, reader.transaction():
            reader.execute("set transaction isolation level repeatable read")
            reader.execute("select count(*) from event")
            long = [
                _between(lambda: insert.measure(seconds / 2), lambda: append_rate(group, MANY, seconds))
                for _ in range(round(held / seconds / 2))
            ]
    return [
        _row(f"Append, {sizes}, last over first", appended),
        _row(f"Read, {sizes}, last over first", read),
        _row("Append under a long read, last tenth over first", long),
    ]


def _between(fixed: Callable[[], float], measured: Callable[[], float]) -> float:
    """What is measured over the mean of the fixed work right before and right after."""
    before = fixed()
    found = measured()
    return found / ((before + fixed()) / 2)


def _row(name: str, ratios: list[float]) -> Row:
    """The last tenth over the first; of few measurements, as many as make a median that noise does not move."""
    tenth = 2 if len(ratios) < 12 else max(4, len(ratios) // 10)
    first, last = median(ratios[:tenth]), median(ratios[-tenth:])
    return Row(
        name=name,
        unit="",
        ours=last,
        baseline=first,
        baseline_name="the first",
        ratio=last / first,
        spread=(min(ratios) / first, max(ratios) / first),
        target=FLAT,
        note="of a fixed piece of work at the same moment",
    )


def _grow(connection: Connection, events: int) -> None:
    """Bring the ledgers to this many events."""
    short = events - sum(ledger.heads(connection).values())
    while short > 0:
        append_all(connection, [_command(n) for n in _streams(min(FILL, short))])
        short -= FILL


def _streams(count: int) -> list[tuple[UUID, int, str]]:
    return [
        (stream, version, MANY[number % len(MANY)])
        for number in range(-(-count // A_STREAM))
        for stream in [uuid4()]
        for version in range(A_STREAM)
    ][:count]


def _command(of: tuple[UUID, int, str]) -> Command:
    stream, version, area = of
    event = MilestoneRecorded(kind="first customer", note=Sealed(subject=stream, box=b"y" * NOTE_BYTES))
    return Command(
        area=area,
        id=named_id("fill", str(stream), str(version)),
        digest=stream.bytes * 2,
        stream=stream,
        expected=version,
        events=(Happened(event, date(2026, 5, 1)),),
        actor="key:write",
    )


def _read(connection: Connection) -> float:
    """Events a second, read and decoded: the newest of every area."""
    each = STILL // len(MANY)

    def work() -> int:
        return sum(
            len(ledger.read(connection, area, after=max(0, head - each), limit=BATCH))
            for area, head in ledger.heads(connection).items()
        )

    return rate(lambda: sum(work() for _ in range(5)))
