"""kill -9 of workers, tick and whatever carries the messages, and a queue that forgets: none lost, none twice.

Everything is a process of its own. By the webhook, whose receiver takes each key once, every message arrives once. By
plain SMTP nobody can know whether a mail that was cut off went out: those are listed, and not sent again.
"""

import json
import random
import socket
import subprocess
import sys
import time
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from email import message_from_bytes
from math import ceil
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest
import redis
from many_due import many_due
from network import CORNWALL, DEVON, SOMERSET, Network, environment

from events import ledger
from events.database import Connection, value
from events.nudges import NudgeFailed, NudgeSent
from events.settings import Settings

TESTS = Path(__file__).parents[1]
AREAS = (SOMERSET, CORNWALL, DEVON)
KEY = "k" * 32
RECOVERED_WITHIN = 60.0
OPEN = ("planned", "claimed", "sending")


class Fleet:
    """Processes by name, each started anew when it was killed."""

    def __init__(self, commands: Mapping[str, Sequence[str]], environ: Mapping[str, str], log: Path) -> None:
        self._commands = commands
        self._environ = dict(environ)
        self._log = log
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        for name in commands:
            self.start(name)

    def start(self, name: str) -> None:
        with self._log.open("ab") as output:
            self._running[name] = subprocess.Popen(
                [sys.executable, *self._commands[name]], env=self._environ, stdout=output, stderr=output
            )

    def kill(self, name: str) -> None:
        process = self._running[name]
        process.kill()
        process.wait()

    def close(self) -> None:
        for name in self._running:
            self.kill(name)


@contextmanager
def fleet(settings: Settings, folder: Path, channel: str, *, workers: int, haste: bool) -> Iterator[Fleet]:
    folder.mkdir()
    port = str(free_port())
    carrier = {
        "smtp": [str(TESTS / "post_office.py"), str(folder), port],
        "webhook": [str(TESTS / "hook.py"), str(folder), KEY, port],
    }[channel]
    environ = (
        environment(settings)
        | {
            "smtp": {"HUB_MAIL_URL": f"smtp://127.0.0.1:{port}", "HUB_MAIL_FROM": "Trellis <hub@trellis.example>"},
            "webhook": {
                "HUB_WEBHOOK_URL": f"http://127.0.0.1:{port}/",
                "HUB_WEBHOOK_OWN": f"http://127.0.0.1:{port}",
                "HUB_WEBHOOK_KEY": KEY,
            },
        }[channel]
    )
    if haste:
        environ |= {"TEST_HASTE": "1", "TEST_SLOW": "0.05"}
    hub = str(TESTS / "daytime.py")
    commands = {f"worker {number}": [hub, "work", "nudges"] for number in range(workers)}
    commands |= {"tick": [hub, "tick"], "project": [hub, "project"], "carrier": carrier}
    found = Fleet(commands, environ, folder / "log")
    try:
        yield found
    finally:
        found.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def open_messages(connection: Connection) -> int:
    return int(str(value(connection, "select count(*) from message where state = any (%s)", [list(OPEN)])))


Held = tuple[UUID, str]
"""A message, and the sender that has it."""


class Blows:
    """What was struck and when, what each blow met under way, and how long until no dead sender held that any more.

    To be held by a dead sender is what a crash does to a message. How long it then takes until it went out is another
    matter: with thousands before it, it waits its turn. That things go on at all the silences tell.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.struck: Counter[str] = Counter()
        self._met: dict[Held, float] = {}
        self.recoveries: list[float] = []
        self._at: list[tuple[str, datetime]] = []

    def land(self, what: str, blow: Callable[[], object]) -> None:
        self._at.append((what, self._now()))
        blow()
        self.struck[what] += 1
        self.look()
        for each in self._held():
            self._met.setdefault(each, time.monotonic())

    def look(self) -> None:
        """Take down which of those that a blow met are in nobody's hands now, or in somebody else's, or settled."""
        held = self._held()
        for each in [each for each in self._met if each not in held]:
            self.recoveries.append(time.monotonic() - self._met.pop(each))

    def silences(self, what: str = "") -> list[float]:
        """After each blow, or each of one kind, how long until the next message came to an end, the shortest first.

        A queue that forgot shows here alone: what it should have rung for was in nobody's hands.
        """
        rows = self._connection.execute("select outcome_at from message order by outcome_at")
        ends = [cast("datetime", end) for (end,) in rows]
        blows = [at for kind, at in self._at if what in ("", kind) and at < ends[-1]]
        return sorted((ends[bisect(ends, at)] - at).total_seconds() for at in blows)

    def _now(self) -> datetime:
        return cast("datetime", value(self._connection, "select clock_timestamp()"))

    def _held(self) -> set[Held]:
        rows = self._connection.execute("select message, attempt_by from message where state in ('claimed', 'sending')")
        return {(cast("UUID", message), str(by)) for message, by in rows}


def strike(
    network: Network,
    settings: Settings,
    fleet: Fleet,
    *,
    seed: int,
    flushes: int,
    pauses: tuple[float, float],
    seconds: float,
) -> Blows:
    """Kill at random and let Redis forget, until so much time has passed, or nothing is left to send."""
    dice = random.Random(seed)
    blows = Blows(network.connection)
    names = ["worker 0", "worker 1", "tick", "project", "carrier"]
    await_planned(network.connection)
    ends = time.monotonic() + seconds
    each_flush = seconds / flushes
    next_flush = time.monotonic() + each_flush / 2
    order: list[str] = []
    with redis.Redis.from_url(settings.redis_url) as bell:
        while time.monotonic() < ends:
            pause = time.monotonic() + dice.uniform(*pauses)
            while time.monotonic() < pause:
                time.sleep(0.1)
                blows.look()
            if time.monotonic() >= next_flush:
                blows.land("flush", bell.flushall)
                next_flush += each_flush
            order = order or dice.sample(names, len(names))
            name = order.pop()
            blows.land(name, lambda name=name: fleet.kill(name))
            fleet.start(name)
            if not open_messages(network.connection):
                break
    return blows


def await_planned(connection: Connection) -> None:
    deadline = time.monotonic() + 30
    while not open_messages(connection):
        assert time.monotonic() < deadline, "nothing was planned"
        time.sleep(0.1)


def await_all(connection: Connection, blows: Blows, count: int, *, within: float) -> None:
    deadline = time.monotonic() + within
    while open_messages(connection) or int(str(value(connection, "select count(*) from message"))) < count:
        assert time.monotonic() < deadline, f"{open_messages(connection)} messages are still open"
        time.sleep(0.2)
        blows.look()
    blows.look()


def states(connection: Connection) -> dict[str, set[UUID]]:
    found: dict[str, set[UUID]] = {}
    for state, message in connection.execute("select state, message from message"):
        found.setdefault(str(state), set()).add(cast("UUID", message))
    return found


def told(connection: Connection) -> dict[str, Counter[UUID]]:
    """How often the ledgers say of each message that it was sent, and that nobody knows."""
    found: dict[str, Counter[UUID]] = {"sent": Counter(), "doubtful": Counter()}
    for area in AREAS:
        for entry in ledger.read_all(connection, area):
            if isinstance(entry.event, NudgeSent):
                found["sent"][entry.event.message] += 1
            elif isinstance(entry.event, NudgeFailed):
                found[entry.event.why][entry.event.message] += 1
    return found


def under_fire(
    network: Network,
    settings: Settings,
    folder: Path,
    channel: str,
    *,
    count: int,
    seed: int,
    flushes: int,
    pauses: tuple[float, float],
    seconds: float,
    within: float,
    haste: bool = False,
) -> Blows:
    many_due(settings, network.connection, AREAS, count=count)
    with redis.Redis.from_url(settings.redis_url) as bell:
        bell.flushall()
    with ExitStack() as stack:
        running = stack.enter_context(fleet(settings, folder, channel, workers=2, haste=haste))
        began = time.monotonic()
        blows = strike(network, settings, running, seed=seed, flushes=flushes, pauses=pauses, seconds=seconds)
        await_all(network.connection, blows, count, within=within)
        took = time.monotonic() - began
    found = states(network.connection)
    said = told(network.connection)
    assert found.keys() <= {"sent", "doubtful"}
    assert sum(map(len, found.values())) == count
    assert set(said["sent"]) == found.get("sent", set())
    assert set(said["sent"].values()) == {1}
    assert blows.recoveries, "no blow met a message under way"
    recovered, silent, flushed = (p99(each) for each in (blows.recoveries, blows.silences(), blows.silences("flush")))
    print(
        f"\n{channel}: {count} messages in {took:.0f} s under {sum(blows.struck.values())} blows {dict(blows.struck)};"
        f" {len(found.get('doubtful', ()))} doubtful; {len(blows.recoveries)} were hit, p99 of their recovery"
        f" {recovered:.1f} s; until the next went out p99 {silent:.1f} s, after a flush {flushed:.1f} s"
    )
    assert blows.struck["worker 0"] + blows.struck["worker 1"] > 0
    assert blows.struck["flush"] > 0
    assert recovered <= RECOVERED_WITHIN
    assert silent <= RECOVERED_WITHIN
    return blows


def p99(seconds: Sequence[float]) -> float:
    """99 in 100 took no longer."""
    return sorted(seconds)[ceil(len(seconds) * 0.99) - 1]


def by_webhook(network: Network, folder: Path) -> None:
    """Each arrived once, whatever it took."""
    found = states(network.connection)
    took = {UUID(file.stem) for file in folder.glob("*.json")}
    assert took == found["sent"]
    assert "doubtful" not in found
    assert not (folder / "wrong").exists()
    addresses = Counter(json.loads(file.read_bytes())["to"] for file in folder.glob("*.json"))
    assert set(addresses.values()) == {1}, "nobody got two"


def by_smtp(network: Network, folder: Path) -> None:
    """What the hub says went out did, once; what it cannot know of is listed, and went out once at most."""
    found, said = states(network.connection), told(network.connection)
    mails = Counter(
        UUID(str(message_from_bytes(file.read_bytes())["Message-ID"]).strip("<>").partition("@")[0])
        for file in folder.glob("*.eml")
    )
    assert set(mails.values()) == {1}, "nobody got two"
    assert found["sent"] <= set(mails)
    assert set(mails) <= found["sent"] | found.get("doubtful", set()), "it lists all that it cannot know of"
    assert set(said["doubtful"]) >= found.get("doubtful", set())


CHECKS = {"webhook": by_webhook, "smtp": by_smtp}


@pytest.mark.parametrize("channel", ["webhook", "smtp"])
def test_what_is_due_arrives_while_processes_are_killed(
    network: Network, settings: Settings, tmp_path: Path, channel: str
) -> None:
    under_fire(
        *(network, settings, tmp_path / channel, channel),
        count=150,
        seed=1,
        flushes=3,
        pauses=(0.3, 1.2),
        seconds=6,
        within=60,
        haste=True,
    )
    CHECKS[channel](network, tmp_path / channel)


@pytest.mark.full
@pytest.mark.parametrize("channel", ["webhook", "smtp"])
def test_ten_thousand_arrive_while_processes_are_killed(
    network: Network, settings: Settings, tmp_path: Path, channel: str
) -> None:
    blows = under_fire(
        *(network, settings, tmp_path / channel, channel),
        count=10_000,
        seed=2,
        flushes=20,
        pauses=(0.5, 3.0),
        seconds=120,
        within=420,
    )
    assert blows.struck["flush"] >= 20
    if channel == "smtp":
        assert told(network.connection)["doubtful"], "no sender was killed while it handed a mail over"
    CHECKS[channel](network, tmp_path / channel)
