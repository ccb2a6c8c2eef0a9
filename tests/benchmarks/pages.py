"""The working pages of a large network, at one user: how long each takes, and what it costs to ask who may see it."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from uuid import uuid4

from rich.console import Console

from events.access import HeldRole
from events.base import named_id, today
from events.database import Connection, connect
from events.projections import engine
from hub.access.accounts import add_account, give_role
from hub.access.sessions import COOKIE, open_session
from hub.lists.catalogue import LISTINGS
from hub.local.env import env_lines
from hub.local.folder import scratch_folder
from tests.benchmarks.measure import Row, percentile
from tests.benchmarks.network import area_codes
from tests.benchmarks.whole import Failed, free_port, hub_up, wait_until_served
from tests.benchmarks.working import fill

AREAS = 50
PAGE_MS = 50
HOME_MS = 100
LISTED = {listing.name for listing in LISTINGS}

SLOWEST = (
    "enterprises?sort=-can_take",
    "enterprises?service=nothing+like+it",
    "needs?sort=-service",
    "needs?state=waiting",
    "needs?service=nothing+like+it",
    "referrals?sort=-days",
    "referrals?service=nothing+like+it",
    "referrals?long=yes",
    "renewals?sort=-valid_to",
    "renewals?state=due",
    "renewals?state=valid",
    "training?sort=course",
    "training?name=1",
    "quality-checks?sort=on_day",
    "quality-checks?name=1",
    "actions?sort=enterprise",
    "actions?name=1",
    "lessons?sort=reach",
    "barriers?text=nothing+like+it",
)
"""What takes longest of the sorting and filtering that each list offers to somebody who reads the whole network. A name
with a 1 in it is that of most enterprises."""

WARMING = 60
"""Requests until everything that a server plans or compiles once is planned and compiled."""

err = Console(stderr=True, highlight=False)


def measure(*, enterprises: int, events: int, requests: int) -> list[Row]:
    """Every page of a network that holds so much, once its projections have taken all of it in."""
    codes = area_codes(AREAS)
    with scratch_folder() as folder, hub_up(folder / "hub", "--empty") as (port, _):
        settings = dict(line.split("=", 1) for line in env_lines(Path(folder / "hub")))
        with connect(settings["HUB_DATABASE_URL"]) as connection:
            fill(settings["HUB_DATABASE_URL"], codes, enterprises=enterprises, events=events)
            took = _caught_up(connection)
            connection.execute("vacuum analyze")
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            catalyst = _somebody(connection, codes[:1], "catalyst")
            national = _somebody(connection, ["*"], "national")
            first = codes[0]
            enterprise = named_id("benchmark", first, "0")
            pages = {
                "/home": (catalyst, HOME_MS),
                "/choose/milestone": (catalyst, PAGE_MS),
                f"/areas/{first}": (catalyst, PAGE_MS),
                f"/areas/{first}/record/milestone?about={enterprise}&key={uuid4()}": (catalyst, PAGE_MS),
                f"/enterprises/{enterprise}": (catalyst, PAGE_MS),
                f"/needs/{named_id('benchmark need', first, '0/0')}": (catalyst, PAGE_MS),
                f"/referrals/{named_id('benchmark referral', first, '0/0')}": (catalyst, PAGE_MS),
                "/learning?words=insurance+village": (catalyst, PAGE_MS),
                f"/learning/{named_id('benchmark lesson', first, '0')}": (catalyst, PAGE_MS),
                f"/barriers/{named_id('benchmark barrier', first, '0')}": (catalyst, PAGE_MS),
                **{f"/{listing.name}": (national, PAGE_MS) for listing in LISTINGS},
                **{f"/{path}": (national, PAGE_MS) for path in SLOWEST},
            }
            rows = [
                _row(client, path, cookie, most, requests, f"{enterprises:,} enterprises, {events:,} events")
                for path, (cookie, most) in pages.items()
            ]
            rows.append(_taken_in(events, took))
        client.close()
    return rows


def measure_home(*, requests: int) -> list[Row]:
    """What it costs to find out who is signed in and what is theirs, on the home of a Catalyst.

    The hub has one area of 200 enterprises and 60,000 events, which is what one Catalyst works with. They go from page
    to page; the first page in a minute has to ask who they are, which a hundredth of these do (see `Remembered`).
    """
    (area,) = area_codes(1)
    with scratch_folder() as folder, hub_up(folder / "hub", "--empty"):
        settings = dict(line.split("=", 1) for line in env_lines(Path(folder / "hub")))
        with connect(settings["HUB_DATABASE_URL"]) as connection:
            fill(settings["HUB_DATABASE_URL"], [area], enterprises=200, events=60_000)
            _caught_up(connection)
            connection.execute("vacuum analyze")
            row = _access(folder / "hub", area, _somebody(connection, [area], "catalyst"), requests)
    return [row]


def _caught_up(connection: Connection) -> float:
    """Seconds until nothing was left to take in."""
    started = time.perf_counter()
    while behind := sum(each.events for each in engine.lag(connection)):
        if time.perf_counter() - started > 1800:
            raise Failed(f"{behind:,} events were not projected within half an hour.")
        time.sleep(1)
    return time.perf_counter() - started


def _somebody(connection: Connection, areas: list[str], role: str) -> dict[str, str]:
    """The cookie of somebody new who holds a role in these areas."""
    account = add_account(connection, name="A Catalyst", email=f"{uuid4()}@example.org")
    for area in areas:
        give_role(connection, account, HeldRole(role=role, area=area, starts=today()), given_by="benchmark")  # pyright: ignore[reportArgumentType]
    token = open_session(connection, account, how="benchmark", agent="", before=None)
    return {"Cookie": f"{COOKIE}={token}", "Accept": "text/html"}


def _get(client: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> float:
    started = time.perf_counter()
    client.request("GET", path, headers=headers)
    page = client.getresponse()
    page.read()
    if page.status != 200:
        raise Failed(f"GET {path} answered {page.status}.")
    return 1000 * (time.perf_counter() - started)


def _row(
    client: http.client.HTTPConnection, path: str, cookie: dict[str, str], most: int, requests: int, note: str
) -> Row:
    for _ in range(3):
        _get(client, path, cookie)
    taken = [_get(client, path, cookie) for _ in range(requests)]
    page, _, query = path.partition("?")
    name = "/".join(part for part in page.split("/") if len(part) < 20).strip("/")
    return Row(
        name=f"Page /{name}{f'?{query}' if query and name in LISTED else ''}, p95",
        unit="ms",
        ours=percentile(taken, 0.95),
        target=most,
        at_most=True,
        note=f"{note}; p50 {median(taken):.1f} ms",
    )


def _access(folder: Path, area: str, cookie: dict[str, str], requests: int) -> Row:
    """A Catalyst's home, against the same page of a hub on the same databases that checks nothing; turn by turn.

    Both were started a moment ago: one that has run for longer is slower by some twentieths.
    """
    with _beside(folder, "hub", "serve") as client, _beside(folder, "tests.benchmarks.unchecked", area) as other:
        checked: list[float] = []
        bare: list[float] = []
        # whoever is asked first is slower, by as much as a third of what is measured: so each is first in turn
        for turn in range(WARMING + 5 * requests):
            for checks in (turn % 2 == 0, turn % 2 == 1):
                if checks:
                    checked.append(_get(client, "/home", cookie))
                else:
                    bare.append(_get(other, "/home", {"Accept": "text/html"}))
    checked, bare = checked[WARMING:], bare[WARMING:]
    with_, without = percentile(checked, 0.95), percentile(bare, 0.95)
    return Row(
        name="Catalyst home with access checks, p95",
        unit="ms",
        ours=with_,
        baseline=without,
        baseline_name="the same page without them",
        ratio=with_ / without,
        target=1.1,
        at_most=True,
        note=f"200 enterprises, 60,000 events; p50 {median(checked):.1f} ms against {median(bare):.1f} ms",
    )


@contextmanager
def _beside(folder: Path, module: str, *words: str) -> Generator[http.client.HTTPConnection]:
    """A way to a hub that this module serves, on the databases of the one that runs on `folder`."""
    port = free_port()
    told = dict(line.split("=", 1) for line in env_lines(folder))
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("HUB_")}
    command = [sys.executable, "-m", module, *words]
    process = subprocess.Popen(command, env=inherited | told | {"HUB_PORT": str(port), "HUB_URL": ""})
    try:
        wait_until_served(port, process)
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as client:
            yield client
    finally:
        process.terminate()
        process.wait(timeout=15)


def _taken_in(events: int, seconds: float) -> Row:
    return Row(
        name="Both projections after an import",
        unit="/s",
        ours=events / seconds,
        note=f"{events:,} events in {seconds:.0f} s, from the end of the import",
    )
