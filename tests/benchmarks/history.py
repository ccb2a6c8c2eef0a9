"""A long invented history: brought in by bulk, read back, and projected anew."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from events import ledger
from events.bulk import append_all
from events.database import Connection, connect
from events.ledger import Command
from events.projections import ALL, engine
from events.projections.national import NATIONAL
from tests.benchmarks.baselines import BareCopy, bare_read, plain_rows
from tests.benchmarks.measure import Row, against, interleaved, rate
from tests.benchmarks.network import area_codes, mix, network
from tests.benchmarks.server import Server

AREAS = 50
BATCH = 5000


def measure(server: Server, *, events: int, rounds: int) -> list[Row]:
    commands, moments = network(events, areas=AREAS)
    first = server.ledgers("bulk", area_codes(AREAS))
    bulk_rate(first, commands, moments)
    plain, copy = plain_rows(first), BareCopy(server)
    fresh = (server.ledgers(name, area_codes(AREAS)) for name in ("bulk_1", "bulk_2", "bulk_3", "bulk_4", "bulk_5"))
    bulk = interleaved(
        rounds,
        {"copy": lambda: copy.measure(plain), "bulk": lambda: bulk_rate(next(fresh), commands, moments)},
    )
    with connect(first) as connection:
        connection.execute("analyze")
        read = interleaved(
            rounds,
            {"bare": partial(rate, lambda: read_bare(connection)), "read": partial(rate, lambda: read_all(connection))},
        )
        rebuilt = interleaved(rounds, {"national": lambda: rebuild_rate(connection)})["national"]
    ours = sorted(rebuilt)
    return [
        against(f"Bulk import of {events:,} commands", bulk["bulk"], "bare binary COPY", bulk["copy"], target=0.5),
        reading(read["read"], read["bare"]),
        Row(
            name="National rebuild, one process",
            unit="/s",
            ours=ours[len(ours) // 2],
            spread=(ours[0], ours[-1]),
            target=60_000,
            note=f"{events:,} events: {mix(commands)}",
        ),
    ]


def reading(ours: Sequence[float], bare: Sequence[float]) -> Row:
    """Either 200,000 a second or 0.6 of a bare read will do; the row says which held."""
    row = against("Read and decode, batches of 5,000", ours, "bare read, undecoded", bare, target=0.6)
    fast = row.ours is not None and row.ours >= 200_000
    note = f"200,000/s {'reached' if fast else 'not reached'}; either that or the ratio is asked for"
    if fast and not row.met:
        return Row(name=row.name, unit=row.unit, ours=row.ours, spread=row.spread, target=200_000, note=note)
    return Row(**{field: getattr(row, field) for field in row.__struct_fields__ if field != "note"}, note=note)


def bulk_rate(url: str, commands: Sequence[Command], moments: Sequence[datetime]) -> float:
    with connect(url) as connection:
        return rate(lambda: append_all(connection, commands, recorded=moments))


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


def rebuild_rate(connection: Connection) -> float:
    build = engine.start_build(connection, NATIONAL)
    return rate(lambda: engine.catch_up_all(connection, ALL, folds=engine.Folds(), only=build))
