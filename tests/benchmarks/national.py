"""The national view of any day as known on any day, an area's page, and what one more event costs, as ledgers grow."""

import http.client
import os
import random
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from statistics import median

from rich.console import Console

from events.bulk import append_all
from events.database import Connection, connect
from events.enterprises import MilestoneRecorded
from events.ledger import Command, Happened, open_ledger
from events.migrate import migrate
from events.projections import ALL, engine
from events.projections.national import NATIONAL
from events.settings import Settings
from hub.local.supervisor import Local
from tests.benchmarks.measure import Row, new_id, percentile
from tests.benchmarks.network import FIRST_DAY, YEARS, area_commands
from tests.benchmarks.whole import Failed, free_port, wait_until_served

AREAS = 500
VIEW_MS = 150
KEPT_MS = 5
AREA_MS = 50
AREAS_SHOWN = 3
"""Areas whose working tables are filled too, so that their pages can be shown."""

err = Console(stderr=True, highlight=False)


def measure(*, sizes: Sequence[int], requests: int) -> list[Row]:
    """Each size in a database of its own. The network is invented: 500 areas over ten years."""
    costs: list[float] = []
    rows: list[Row] = []
    for size in sizes:
        with Local.temporary() as local:
            codes = [f"T{number:07}" for number in range(AREAS)]
            with connect(local.settings.database_url) as connection:
                _fill(local.settings, connection, codes, size)
                costs.append(_cost_of_one_more(connection, codes, requests))
                with _serving(local) as port:
                    rows += _views(port, codes, requests, f"{size:,} events in {AREAS} areas")
    note = " and ".join(f"{cost:.2f} ms at {size:,}" for cost, size in zip(costs, sizes, strict=True))
    return [
        *rows,
        Row(
            name="One more event in the national figures, largest ledger over smallest",
            unit="ms",
            ours=costs[-1],
            baseline=costs[0],
            baseline_name=f"{sizes[0]:,} events",
            ratio=costs[-1] / costs[0],
            target=1.25,
            at_most=True,
            note=note,
        ),
    ]


def _fill(settings: Settings, connection: Connection, codes: Sequence[str], size: int) -> None:
    migrate(settings.database_url, "ledger")
    migrate(settings.vault_url, "vault")
    open_ledger(connection, codes)
    chance = random.Random(1)
    started = time.perf_counter()
    for code in codes:
        commands, moments = zip(*area_commands(code, size // len(codes), chance), strict=True)
        append_all(connection, list(commands), recorded=list(moments))
    connection.execute("analyze")
    engine.ensure_builds(connection, ALL)
    filled = time.perf_counter()
    engine.catch_up_all(connection, [NATIONAL], folds=engine.Folds())
    err.print(
        f"{size:,} events: brought in in {filled - started:.0f} s, "
        f"national figures in {time.perf_counter() - filled:.0f} s"
    )
    engine.catch_up_all(connection, ALL, folds=engine.Folds(), areas=codes[:AREAS_SHOWN])
    connection.execute("vacuum analyze")


def _cost_of_one_more(connection: Connection, codes: Sequence[str], events: int) -> float:
    """Milliseconds, in the middle, until one new event of an area that is not in memory is in the figures."""
    live = next(build for build in engine.builds(connection) if build.live and build.projection == "national")
    chance, taken = random.Random(2), list[float]()
    for _ in range(3 * events):
        code, enterprise = chance.choice(codes), new_id()
        told = Happened(MilestoneRecorded(kind="first customer"), FIRST_DAY + timedelta(days=365 * YEARS))
        append_all(connection, [_command(code, enterprise, told)])
        started = time.perf_counter()
        engine.catch_up(connection, NATIONAL, live, code, folds=engine.Folds())
        taken.append(1000 * (time.perf_counter() - started))
    return median(taken)


def _command(area: str, stream: object, told: Happened) -> Command:
    return Command(
        area=area,
        id=new_id(),
        digest=b"x" * 32,
        stream=stream,
        expected=0,
        events=(told,),
        actor="key:write",  # pyright: ignore[reportArgumentType]
    )


@contextmanager
def _serving(local: Local) -> Generator[int]:
    """The port of `hub serve` on these databases."""
    port, settings = free_port(), local.settings
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("HUB_")}
    own = {
        "HUB_DATABASE_URL": settings.database_url,
        "HUB_VAULT_URL": settings.vault_url,
        "HUB_REDIS_URL": settings.redis_url,
        "HUB_PORT": str(port),
        **{f"HUB_{name.upper()}_FILE": str(path) for name, path in local.secret_files.items()},
    }
    process = subprocess.Popen([sys.executable, "-m", "hub", "serve"], env=inherited | own, stderr=subprocess.DEVNULL)
    try:
        wait_until_served(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=15)


def _views(port: int, codes: Sequence[str], requests: int, note: str) -> list[Row]:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    chance = random.Random(3)
    days = [FIRST_DAY + timedelta(days=chance.randrange(400, 365 * YEARS)) for _ in range(requests + 5)]
    views = [f"/?on={day}&known={day + timedelta(days=chance.randrange(0, 365))}" for day in days]
    views = [view for view in views if view[-10:] <= str(date.today())]
    fresh = [_get(client, view) for view in views][5:]
    kept = [_get(client, views[-1]) for _ in range(requests)]
    answers = [_get(client, view.replace("/?", "/api/national?")) for view in views[5:]]
    page = [_get(client, f"/areas/{chance.choice(codes[:AREAS_SHOWN])}") for _ in range(requests + 5)][5:]
    client.close()
    return [
        _row("National view of any day as known on any day, never asked for before", fresh, VIEW_MS, note),
        _row("The same again", kept, KEPT_MS, note),
        _row("The same for programs, all figures of all areas", answers, None, note),
        _row("An area's page", page, AREA_MS, note),
    ]


def _get(client: http.client.HTTPConnection, path: str) -> float:
    started = time.perf_counter()
    client.request("GET", path, headers={"Accept-Encoding": "gzip", "Accept": "text/html"})
    answer = client.getresponse()
    answer.read()
    if answer.status != 200:
        raise Failed(f"GET {path} answered {answer.status}.")
    return 1000 * (time.perf_counter() - started)


def _row(name: str, taken: Sequence[float], most: float | None, note: str) -> Row:
    return Row(
        name=f"{name}, p95",
        unit="ms",
        ours=percentile(taken, 0.95),
        target=most,
        at_most=True,
        note=f"{note}; p50 {median(taken):.1f} ms",
    )
