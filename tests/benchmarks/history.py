"""A long invented history: brought in by bulk, read back, and projected anew."""

import gc
from collections.abc import Sequence
from functools import partial
from statistics import median

from events import ledger
from events.bulk import append_all
from events.collecting import uncollected
from events.database import Connection, connect
from events.ledger import Command
from events.projections import ALL, engine
from events.projections.national import NATIONAL
from tests.benchmarks.baselines import BareCopy, bare_read
from tests.benchmarks.measure import Row, against, interleaved, rate
from tests.benchmarks.network import area_codes, mix, network
from tests.benchmarks.server import Server

AREAS = 50
BATCH = 5000


def measure(server: Server, *, events: int, rounds: int) -> list[Row]:
    first = server.ledgers("history", area_codes(AREAS))
    bulk, words = _bring_in(server, first, events=events, rounds=rounds)
    # what is measured from here on runs in processes that do not hold a whole history in memory
    gc.collect()
    with connect(first) as connection:
        connection.execute("analyze")
        read = interleaved(
            rounds,
            {"bare": partial(rate, lambda: read_bare(connection)), "read": partial(rate, lambda: read_all(connection))},
        )
        rebuilt = interleaved(rounds, {"national": lambda: rebuild_rate(connection, events)})["national"]
    return [
        *bulk,
        reading(read["read"], read["bare"]),
        Row(
            name="National rebuild, one process",
            unit="/s",
            ours=median(rebuilt),
            spread=(min(rebuilt), max(rebuilt)),
            target=60_000,
            note=f"{events:,} events: {words}",
        ),
    ]


def _bring_in(server: Server, first: str, *, events: int, rounds: int) -> tuple[list[Row], str]:
    """Fill the database at `first` with a history, then measure how fast the like of it comes in. Also its mix."""
    commands, moments = network(events, areas=AREAS)
    with connect(first) as connection:
        append_all(connection, commands, recorded=moments)
    copy = BareCopy(server)
    fresh = (server.ledgers(name, area_codes(AREAS)) for name in ("bulk_1", "bulk_2", "bulk_3", "bulk_4", "bulk_5"))
    measured = interleaved(
        rounds,
        {
            "copy": lambda: copy.measure(commands),
            "bulk": lambda: bulk_rate(next(fresh), commands),
            "ready": lambda: copy.ready(commands),
        },
    )
    name = f"Bulk import of {events:,} commands"
    rows = [
        against(name, measured["bulk"], "bare COPY of the same events", measured["copy"], target=0.5),
        against(name, measured["bulk"], "bare COPY of rows that stand ready", measured["ready"]),
    ]
    return rows, mix(commands)


def reading(ours: Sequence[float], bare: Sequence[float]) -> Row:
    """Either 0.6 of a bare read or 200,000 a second will do; the row tells the one that held."""
    name = "Read and decode, batches of 5,000"
    row = against(name, ours, "bare read, undecoded", bare, target=0.6)
    if not row.met and median(ours) >= 200_000:
        note = f"fast enough as it is; {row.ratio:.2f} of a bare read"
        return Row(name=name, unit="/s", ours=median(ours), spread=(min(ours), max(ours)), target=200_000, note=note)
    return row


def bulk_rate(url: str, commands: Sequence[Command]) -> float:
    """As `hub import` does it."""
    with connect(url) as connection, uncollected():
        return rate(lambda: append_all(connection, commands))


def read_all(connection: Connection) -> int:
    done = 0
    for area in ledger.heads(connection):
        after = 0
        while events := ledger.read(connection, area, after=after, limit=BATCH):
            done += len(events)
            after = events[-1].position
    return done


def read_bare(connection: Connection) -> int:
    done = 0
    for area in ledger.heads(connection):
        after = 0
        while rows := bare_read(connection, area, after=after, limit=BATCH):
            done += len(rows)
            after = int(str(rows[-1][1]))
    return done


def rebuild_rate(connection: Connection, events: int) -> float:
    """As `hub rebuild` does it."""
    build = engine.start_build(connection, NATIONAL)

    def work() -> int:
        folds = engine.Folds()
        while engine.behind(connection, build):
            engine.catch_up_all(connection, ALL, folds=folds, only=build)
        return events

    return rate(work)
