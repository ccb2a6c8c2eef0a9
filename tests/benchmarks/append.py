"""Appending: many writers in one process, one event a command, every check on."""

import hmac
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import date
from uuid import uuid4

import redis

from events.base import Sealed
from events.enterprises import MilestoneRecorded
from events.group_commit import GroupCommit
from events.ledger import Command, Happened
from events.vault import command_digest
from hub.db import ring
from tests.benchmarks.baselines import BareInsert, Eventsourcing
from tests.benchmarks.measure import Row, against, interleaved, new_id, threads_rate
from tests.benchmarks.network import NOTE_BYTES, area_codes
from tests.benchmarks.server import Server

WRITERS = 32
MANY = area_codes(50)

_REQUEST = b"/api/areas/E06000066/enterprises/00000000-0000-4000-8000-000000000000/milestones\n" + b"x" * 120


@contextmanager
def appending(server: Server, url: str) -> Generator[GroupCommit]:
    """A group commit that rings the real doorbell."""
    doorbell = redis.Redis.from_url(server.redis_url)
    with doorbell, GroupCommit(url, announce=lambda areas: ring(doorbell, areas)) as group:
        yield group


def writing(group: GroupCommit, areas: Sequence[str], n: int) -> Callable[[], None]:
    """One writer: its own stream, in one of the areas."""
    area, stream, version = areas[n % len(areas)], uuid4(), 0
    key = hmac.digest(b"benchmark", area.encode(), "sha256")

    def one() -> None:
        nonlocal version
        event = MilestoneRecorded(kind="first customer", note=Sealed(subject=stream, box=b"y" * NOTE_BYTES))
        id = new_id()
        group.append(
            Command(
                area=area,
                id=id,
                digest=command_digest(key, _REQUEST + id.bytes),
                stream=stream,
                expected=version,
                events=(Happened(event, date(2026, 5, 1)),),
                actor="key:write",
            )
        )
        version += 1

    return one


def append_rate(group: GroupCommit, areas: Sequence[str], seconds: float) -> float:
    return threads_rate(WRITERS, seconds, lambda n: writing(group, areas, n))


def measure(server: Server, insert: BareInsert, *, rounds: int, seconds: float) -> list[Row]:
    url = server.ledgers("append", MANY)
    store = Eventsourcing(server)
    with appending(server, url) as group:
        append_rate(group, MANY, seconds / 2)  # warm up
        found = interleaved(
            rounds,
            {
                "store": lambda: store.measure(seconds),
                "many": lambda: append_rate(group, MANY, seconds),
                "insert": lambda: insert.measure(seconds),
                "one": lambda: append_rate(group, MANY[:1], seconds),
            },
        )
    store.close()
    names = {"many": f"Append, {WRITERS} writers, {len(MANY)} areas", "one": f"Append, {WRITERS} writers, one area"}
    baselines = {"store": ("eventsourcing, 8 threads", 6.0), "insert": ("bare INSERT, 8 threads", 0.6)}
    return [
        against(name, found[where], baseline_name, found[baseline], target=target)
        for where, name in names.items()
        for baseline, (baseline_name, target) in baselines.items()
    ]
