"""A rebuild of every projection by running projectors: how much faster two of them are than one."""

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

from events.bulk import append_all
from events.database import Connection, connect, value
from events.projections import ALL, engine
from events.projections.engine import Build
from tests.benchmarks.history import AREAS
from tests.benchmarks.measure import Row, against, interleaved
from tests.benchmarks.network import area_codes, network
from tests.benchmarks.server import Server

PATIENCE = 600.0
"""Seconds in which any rebuild is done."""


def measure(server: Server, *, events: int, rounds: int) -> list[Row]:
    url = server.ledgers("rebuild", area_codes(AREAS))
    commands, moments = network(events, areas=AREAS)
    with connect(url) as connection:
        append_all(connection, commands, recorded=moments)
        del commands, moments
        connection.execute("analyze")
        engine.ensure_builds(connection, ALL)
        with _projectors(server, url, 2, connection):
            _until_full(connection, engine.builds(connection), events)
        measured = interleaved(
            rounds,
            {
                "one": lambda: _rate(server, url, connection, events, processes=1),
                "two": lambda: _rate(server, url, connection, events, processes=2),
            },
        )
    name = f"Rebuild of {len(ALL)} projections by two projectors"
    return [against(name, measured["two"], "one projector", measured["one"], target=1.6)]


def _rate(server: Server, url: str, connection: Connection, events: int, *, processes: int) -> float:
    """Events a second in each projection, by projectors that were running before."""
    with _projectors(server, url, processes, connection):
        started = time.perf_counter()
        builds = [engine.start_build(connection, projection) for projection in ALL]
        _until_full(connection, builds, events)
        taken = time.perf_counter() - started
    for build in builds:
        engine.give_up(connection, build)
        connection.execute("update build set retired_at = '2000-01-01' where not live")
    engine.sweep_builds(connection)
    return events / taken


def _until_full(connection: Connection, builds: list[Build], events: int) -> None:
    deadline = time.monotonic() + PATIENCE
    for build in builds:
        while _position(connection, build) < events:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{build.schema} did not fill")
            time.sleep(0.02)


def _position(connection: Connection, build: Build) -> int:
    query = "select coalesce(sum(position), 0) from checkpoint where projection = %s and build = %s"
    return int(str(value(connection, query, [build.projection, build.build])))


@contextmanager
def _projectors(server: Server, url: str, processes: int, connection: Connection) -> Generator[None]:
    """`hub project`, so many times, each connected and waiting for something to do."""
    environ = os.environ | {"HUB_DATABASE_URL": url, "HUB_REDIS_URL": server.redis_url}
    running = [subprocess.Popen([sys.executable, "-m", "hub", "project"], env=environ) for _ in range(processes)]
    try:
        deadline = time.monotonic() + PATIENCE
        while _connected(connection) < processes:
            if time.monotonic() > deadline or any(each.poll() is not None for each in running):
                raise TimeoutError("the projectors did not start")
            time.sleep(0.05)
        time.sleep(1.0)
        yield
    finally:
        for each in running:
            each.terminate()
        for each in running:
            each.wait(timeout=30)


def _connected(connection: Connection) -> int:
    others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    return int(str(value(connection, f"{others} and backend_type = 'client backend'")))
