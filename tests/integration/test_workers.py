"""The workers: only listed functions run, one tick leads, and each stops when asked."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from typing import NoReturn
from uuid import uuid4

import msgspec
import pytest
import redis
from network import SOMERSET, Network, environment, eventually, joined, milestone, registered
from rq.serializers import JSONSerializer

from events import heads
from events.database import value
from events.settings import Settings
from workers import queue, tick
from workers.queue import ListedJob, NotAllowed

DAY = date(2026, 5, 3)


@pytest.fixture
def bell(settings: Settings) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings.redis_url) as connection:
        connection.flushdb()
        yield connection
        connection.flushdb()


def test_a_check_finds_the_fault_and_remembers_it(
    network: Network, settings: Settings, bell: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.given(joined(SOMERSET), registered("Bakery"), milestone("one"))
    network.connection.execute("update event set actor = 'test:else' where position = 2")
    for name, text in environment(settings).items():
        monkeypatch.setenv(name, text)
    queue.ask_for_checks(settings, [SOMERSET], day=DAY)
    queue.ask_for_checks(settings, [SOMERSET], day=DAY)  # once a day, however often asked
    queue.worker(settings).work(burst=True, logging_level="WARNING")
    found = network.connection.execute("select area, fault from verification").fetchall()
    assert [(area, str(fault)[:10]) for area, fault in found] == [(SOMERSET, "position 2")]


def refuse() -> NoReturn:
    raise AssertionError("this must never run")


@pytest.mark.parametrize("name", [queue.CHECKS, queue.NUDGES])
@pytest.mark.parametrize("function", ["os.system", "test_workers.refuse", "workers.check.check_area", ""])
def test_a_function_that_is_not_listed_never_runs_and_that_is_logged(
    settings: Settings, bell: redis.Redis, caplog: pytest.LogCaptureFixture, function: str, name: str
) -> None:
    job = ListedJob.create(refuse, connection=bell, serializer=JSONSerializer)
    job.func_name = function
    with pytest.raises(NotAllowed):
        job.func  # noqa: B018 - asking for it is what must fail
    job.save()
    bell.rpush(f"rq:queue:{name}", job.id)
    caplog.clear()
    queue.worker(settings, name).work(burst=True, logging_level="CRITICAL")
    assert "refused a job from the queue" in caplog.text
    outcome = ListedJob.fetch(job.id, connection=bell, serializer=JSONSerializer).latest_result()
    assert outcome is not None
    assert "NotAllowed" in str(outcome.exc_string)


def test_of_two_ticks_one_leads_and_the_other_takes_over(
    network: Network, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.given(joined(SOMERSET))
    sealed: list[str] = []
    monkeypatch.setattr(tick, "SEAL_EVERY", 0.0)
    monkeypatch.setattr(tick, "_ask_for_checks", lambda *_: True)
    monkeypatch.setattr(tick, "_seal", lambda *_: sealed.append(threading.current_thread().name))
    over = {name: threading.Event() for name in ("one", "other")}
    ticks = {
        name: threading.Thread(target=tick.run, args=[settings], kwargs={"stopping": event.is_set}, name=name)
        for name, event in over.items()
    }
    ticks["one"].start()
    eventually(lambda: "one" in sealed)
    ticks["other"].start()
    time.sleep(1.2)
    assert set(sealed) == {"one"}
    over["one"].set()
    ticks["one"].join()
    eventually(lambda: "other" in sealed)
    over["other"].set()
    ticks["other"].join()


def test_a_real_tick_signs_heads_and_goes_when_asked(network: Network, settings: Settings, bell: redis.Redis) -> None:
    network.given(joined(SOMERSET))
    process = subprocess.Popen([sys.executable, "-m", "hub", "tick"], env=environment(settings))
    signer = heads.public_bytes(heads.signing_key(settings.signing_key))
    try:
        eventually(lambda: (settings.heads / "heads.jsonl").exists(), within=20)
        eventually(lambda: list(heads.read_seals(settings.heads, signer=signer)) != [])
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=5) == 0


@pytest.mark.parametrize("command", ["project", "work"])
def test_a_worker_goes_within_five_seconds_when_asked(
    network: Network, settings: Settings, bell: redis.Redis, command: str
) -> None:
    network.given(joined(SOMERSET))
    process = subprocess.Popen([sys.executable, "-m", "hub", command], env=environment(settings))
    try:
        if command == "project":
            eventually(
                lambda: value(network.connection, "select position from checkpoint where area = %s", [SOMERSET]) == 1,
                within=20,
            )
        else:
            eventually(lambda: bell.smembers("rq:workers") != set(), within=20)
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=5) == 0


def test_a_tick_forgets_sessions_and_invitations_that_are_over(network: Network, settings: Settings) -> None:
    row = [uuid4()]
    network.connection.execute("insert into account (id, name, email) values (%s, 'Ann', 'ann@example.org')", row)
    for token, ends in ((b"over", "-1 minute"), (b"open", "1 hour")):
        network.connection.execute(
            "insert into session (token, account, how, agent, ends_at) "
            "values (%s, %s, 't', '', clock_timestamp() + %s::interval)",
            [token, *row, ends],
        )
        network.connection.execute(
            "insert into invitation (token, email, name, made_by, ends_at) "
            "values (%s, %s, 'Ben', 'test', clock_timestamp() + %s::interval)",
            [token, f"{token.decode()}@example.org", ends],
        )
    over = threading.Event()
    ticking = threading.Thread(target=tick.run, args=[settings], kwargs={"stopping": over.is_set})
    ticking.start()
    try:
        eventually(lambda: value(network.connection, "select count(*) from invitation where email <> ''") == 1)
    finally:
        over.set()
        ticking.join()
    assert network.connection.execute("select token from session").fetchall() == [(b"open",)]
    assert network.connection.execute("select email from invitation where name <> ''").fetchall() == [
        ("open@example.org",)
    ]


def test_a_tick_goes_on_while_the_queue_is_away(network: Network, settings: Settings) -> None:
    network.given(joined(SOMERSET))
    deaf = msgspec.structs.replace(settings, redis_url="unix:///nowhere/redis")
    over = threading.Event()
    ticking = threading.Thread(target=tick.run, args=[deaf], kwargs={"stopping": over.is_set})
    ticking.start()
    eventually(lambda: (settings.heads / "heads.jsonl").exists())
    over.set()
    ticking.join()
