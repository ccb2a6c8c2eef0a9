"""kill -9 of a real `hub project` at any moment: the rows are those of a pure fold of the ledger afterwards."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from network import CORNWALL, DEVON, SOMERSET, Network, command, environment, eventually, joined, reported

from events import bulk, ledger
from events.database import connect
from events.projections import NATIONAL, engine
from events.settings import Settings

AREAS = (SOMERSET, CORNWALL, DEVON)


@contextmanager
def projector(settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "hub", "project"], env=environment(settings), stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def feed(settings: Settings, over: threading.Event) -> None:
    """Go on recording while projectors die."""
    streams = {area: [uuid4() for _ in range(50)] for area in AREAS}
    versions = dict.fromkeys((stream for mine in streams.values() for stream in mine), 0)
    with connect(settings.database_url) as connection:
        ledger.open_ledger(connection, AREAS)
        bulk.append_all(connection, [command(area, joined(area).event) for area in AREAS])
        while not over.is_set():
            asked: list[ledger.Command] = []
            for area in AREAS:
                for number in range(600):
                    stream = streams[area][number % 50]
                    event = reported(people=number, hours=number / 4).event
                    asked.append(command(area, event, stream=stream, expected=versions[stream]))
                    versions[stream] += 1
            bulk.append_all(connection, asked)


def kill_again_and_again(network: Network, settings: Settings, tmp_path: Path, *, seed: int, kills: int) -> None:
    dice = random.Random(seed)
    live = next(build for build in engine.builds(network.connection) if build.live)
    over = threading.Event()
    feeding = threading.Thread(target=feed, args=[settings, over])
    feeding.start()
    log = tmp_path / "log"

    def projected() -> int:
        return sum(each.position for each in engine.lag(network.connection) if each.build == live)

    for _ in range(kills):
        before = projected()
        with projector(settings, log) as process:
            eventually(lambda before=before: projected() > before, within=20)
            time.sleep(dice.random() * 0.3)
            process.kill()  # SIGKILL, wherever it is
    over.set()
    feeding.join()
    with projector(settings, log):
        eventually(lambda: engine.behind(network.connection, live) == 0, within=60)
    pure = engine.start_build(network.connection, NATIONAL)
    engine.catch_up_all(network.connection, [NATIONAL], folds=engine.Folds(), only=pure)
    assert projected() > 5000
    assert engine.fingerprints(network.connection, NATIONAL, live) == engine.fingerprints(
        network.connection, NATIONAL, pure
    )
    assert "Traceback" not in log.read_text(encoding="utf-8")


def test_a_projector_killed_anywhere_counts_everything_once(
    network: Network, settings: Settings, tmp_path: Path
) -> None:
    kill_again_and_again(network, settings, tmp_path, seed=1, kills=4)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(5))
def test_a_projector_killed_many_times_counts_everything_once(
    network: Network, settings: Settings, tmp_path: Path, seed: int
) -> None:
    kill_again_and_again(network, settings, tmp_path, seed=seed, kills=20)


def test_a_projector_takes_in_what_was_recorded_while_the_doorbell_was_away(
    network: Network, settings: Settings, tmp_path: Path
) -> None:
    deaf = msgspec.structs.replace(settings, redis_url="unix:///nowhere/redis")
    with projector(deaf, tmp_path / "log"):
        network.given(joined(SOMERSET))
        assert engine.wait(network.connection, "national", SOMERSET, 1, timeout=20)
