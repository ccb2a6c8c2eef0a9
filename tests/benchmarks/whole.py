"""The whole hub as a person runs it: how soon it serves, and how soon a post shows in the figures."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from uuid import UUID, uuid4

import msgspec

from events.database import connect
from events.projections.engine import wait
from hub.local.env import env_lines
from hub.local.folder import scratch_folder
from tests.benchmarks.measure import Row, percentile

AREA = "E06000066"
ENTERPRISES = 8
PATIENCE = 120.0
"""Seconds within which a hub must be serving."""


class Failed(Exception):
    """The hub did not do what it was asked."""


@contextmanager
def hub_up(data: Path, *arguments: str) -> Generator[tuple[int, float]]:
    """`hub up` in a process of its own, serving. Gives its port, and the seconds to the first page that it served."""
    port = free_port()
    own = {"HUB_DATA": str(data), "HUB_PORT": str(port)}
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("HUB_")}
    log = data.with_name("hub.log")
    with log.open("wb") as output:
        started = time.perf_counter()
        command = [sys.executable, "-m", "hub", "up", *arguments]
        process = subprocess.Popen(command, env=inherited | own, stdout=output, stderr=output)
        try:
            try:
                wait_until_served(port, process)
            except Failed as failed:
                last = (log.read_text().strip().splitlines() or ["nothing"])[-1]
                raise Failed(f"`hub up` served no page; it said last: {last}") from failed
            yield port, time.perf_counter() - started
        finally:
            process.terminate()
            process.wait(timeout=15)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_until_served(port: int, process: subprocess.Popen[bytes]) -> None:
    """Raises `Failed` where the process ends, or serves nothing within `PATIENCE`."""
    started = time.perf_counter()
    while not _serves(port):
        if process.poll() is not None or time.perf_counter() - started > PATIENCE:
            raise Failed("No page was served.")
        time.sleep(0.01)


def _serves(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


# ---- from a post to the figures


def measure_visible(*, posts: int) -> list[Row]:
    with scratch_folder() as folder, hub_up(folder / "hub", "--empty") as (port, _):
        settings = dict(line.split("=", 1) for line in env_lines(folder / "hub"))
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        _post(client, "join", {"on": "2026-01-05"})
        enterprises = [uuid4() for _ in range(ENTERPRISES)]
        for enterprise in enterprises:
            said = {"name": "A bakery", "origin": "new", "legal_form": "CIC", "on": "2026-02-02"}
            _post(client, f"enterprises/{enterprise}", said)
        with connect(settings["HUB_DATABASE_URL"]) as connection:
            taken: list[float] = []
            answered: list[float] = []
            for number in range(-20, posts):  # the first twenty warm it up
                started = time.perf_counter()
                position = _milestone(client, enterprises[number % ENTERPRISES])
                replied = time.perf_counter()
                if not wait(connection, "national", AREA, position, timeout=10):
                    raise Failed(f"Position {position} did not show within ten seconds.")
                if number >= 0:
                    taken.append(time.perf_counter() - started)
                    answered.append(replied - started)
        client.close()
    milliseconds = [1000 * seconds for seconds in taken]
    worst, answer = max(milliseconds), 1000 * median(answered)
    return [
        Row(name="From POST to visible, p50", unit="ms", ours=percentile(milliseconds, 0.5)),
        Row(
            name="From POST to visible, p95",
            unit="ms",
            ours=percentile(milliseconds, 0.95),
            target=100,
            at_most=True,
            note=f"{posts} posts over HTTP to `hub up`; answered after {answer:.1f} ms (p50), slowest {worst:.0f} ms",
        ),
    ]


def _milestone(client: http.client.HTTPConnection, enterprise: UUID) -> int:
    said = {"kind": "first customer", "note": "Sold the first ten hours of support in the village."}
    return _post(client, f"enterprises/{enterprise}/milestones", said)


def _post(client: http.client.HTTPConnection, address: str, said: dict[str, str]) -> int:
    """The position at which it was recorded."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
    client.request("POST", f"/api/areas/{AREA}/{address}", msgspec.json.encode(said), headers)
    response = client.getresponse()
    body = response.read()
    if response.status not in (200, 201):
        raise Failed(f"POST {address} answered {response.status}: {body[:500]!r}")
    return int(msgspec.json.decode(body)["position"])


# ---- starting


def measure_start() -> list[Row]:
    """With the invented network loaded at the first start, as a newcomer would."""
    first: float | None = None
    later: float | None = None
    note = ""
    try:
        with scratch_folder() as folder:
            with hub_up(folder / "hub") as (_, seconds):
                first = seconds
            with hub_up(folder / "hub") as (_, seconds):
                later = seconds
    except Failed as failed:
        note = str(failed)
    return [
        Row(
            name="First start, with the invented network, to the first page",
            unit="s",
            ours=first,
            target=15,
            at_most=True,
            note=note,
        ),
        Row(name="Later start, to the first page", unit="s", ours=later, target=4, at_most=True),
    ]


# ---- who is asking


PAGE = "/figures/enterprises"
"""Opens a figure to fifty events and the names in them, which is what depends on who asks."""

BLOCK = 10
"""Requests before the other way is measured again."""


def measure_access(*, requests: int) -> list[Row]:
    """What it costs to find out who is signed in and what is theirs, on a page of the demonstration network.

    Without the checks nobody is signed in, and row-level security is off.
    """
    with scratch_folder() as folder, hub_up(folder / "hub") as (port, _):
        settings = dict(line.split("=", 1) for line in env_lines(folder / "hub"))
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        cookie = {"Cookie": _signed_in(client)}
        checked: list[float] = []
        bare: list[float] = []
        with connect(settings["HUB_DATABASE_URL"]) as connection:
            for _ in range(requests // BLOCK):
                connection.execute("alter table event enable row level security")
                checked += _get(client, PAGE, cookie)
                connection.execute("alter table event disable row level security")
                bare += _get(client, PAGE, {})
        client.close()
    with_, without = percentile(checked, 0.95), percentile(bare, 0.95)
    return [
        Row(
            name="A page with access checks, p95",
            unit="ms",
            ours=with_,
            baseline=without,
            baseline_name="the same page without them",
            ratio=with_ / without,
            target=1.1,
            at_most=True,
            note=f"p50 {median(checked):.1f} ms against {median(bare):.1f} ms",
        )
    ]


def _signed_in(client: http.client.HTTPConnection) -> str:
    """The cookie of somebody who may read everywhere, and so sees the same page as where nothing is checked."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    client.request("POST", "/sign-in/demo", "persona=national", headers)
    answer = client.getresponse()
    answer.read()
    cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    if not cookie:
        raise Failed(f"Signing in as a persona answered {answer.status}.")
    return cookie


def _get(client: http.client.HTTPConnection, address: str, headers: dict[str, str]) -> list[float]:
    """Milliseconds that each request of a block took, after two that warm it up."""
    taken: list[float] = []
    for _ in range(BLOCK + 2):
        started = time.perf_counter()
        client.request("GET", address, headers=headers)
        page = client.getresponse()
        page.read()
        if page.status != 200:
            raise Failed(f"GET {address} answered {page.status}.")
        taken.append(1000 * (time.perf_counter() - started))
    return taken[2:]
