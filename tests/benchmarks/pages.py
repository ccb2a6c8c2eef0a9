"""The working pages of a large network, at one user: how long each takes, and what it costs to ask who may see it."""

import http.client
import time
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
from tests.benchmarks.whole import Failed, hub_up
from tests.benchmarks.working import fill

AREAS = 50
PAGE_MS = 50
HOME_MS = 100

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

    The hub has one area only, of 200 enterprises and 60,000 events, so that who is not signed in on this machine sees
    the same page where row-level security is off.
    """
    (area,) = area_codes(1)
    with scratch_folder() as folder, hub_up(folder / "hub", "--empty") as (port, _):
        settings = dict(line.split("=", 1) for line in env_lines(Path(folder / "hub")))
        with connect(settings["HUB_DATABASE_URL"]) as connection:
            fill(settings["HUB_DATABASE_URL"], [area], enterprises=200, events=60_000)
            _caught_up(connection)
            connection.execute("vacuum analyze")
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            row = _access(connection, client, _somebody(connection, [area], "catalyst"), requests)
            client.close()
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
    name = "/".join(part for part in path.partition("?")[0].split("/") if len(part) < 20)
    return Row(
        name=f"Page /{name.strip('/')}, p95",
        unit="ms",
        ours=percentile(taken, 0.95),
        target=most,
        at_most=True,
        note=f"{note}; p50 {median(taken):.1f} ms",
    )


def _access(connection: Connection, client: http.client.HTTPConnection, cookie: dict[str, str], requests: int) -> Row:
    """A Catalyst's home, against that of nobody signed in without row-level security."""
    tables = [
        str(name)
        for (name,) in connection.execute(
            "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.relrowsecurity and n.nspname like 'work_%'"
        )
    ]
    checked: list[float] = []
    bare: list[float] = []
    for _ in range(max(requests // 10, 2)):
        for way, kept, headers in (("enable", checked, cookie), ("disable", bare, {"Accept": "text/html"})):
            for table in tables:
                connection.execute(f"alter table {table} {way} row level security".encode())
            kept += [_get(client, "/home", headers) for _ in range(12)][2:]
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


def _taken_in(events: int, seconds: float) -> Row:
    return Row(
        name="Both projections after an import",
        unit="/s",
        ours=events / seconds,
        note=f"{events:,} events in {seconds:.0f} s, from the end of the import",
    )
