"""`hub rebuild` while people record and read: no read fails, nobody sees less than before, and nothing differs."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from litestar.testing import TestClient
from network import CORNWALL, DEVON, SOMERSET, Network, command, environment, eventually, joined, mutated, reported

from events import bulk, ledger
from events.base import today
from events.database import Connection, connect
from events.projections import ALL, NATIONAL, WORK, engine
from events.projections.engine import Projection
from events.projections.picture import picture
from events.settings import Settings
from hub.app import create_app
from hub.db import open_redis, ring

AREAS = (SOMERSET, CORNWALL, DEVON)
PEOPLE = 1000
"""So many a report says at first; each later one says one more."""


def people(connection: Connection) -> int:
    with engine.reading(connection, "national"):
        return int(picture(connection, on=today(), known=today()).figures["people_supported"].value or 0)


class Traffic:
    """Some record, some read, and one waits for what it wrote and then looks. What went wrong is in `wrong`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.wrong: list[str] = []
        self.reads = 0
        self.written = 0
        self._over = threading.Event()

    @contextmanager
    def flowing(self, *, readers: int) -> Iterator[None]:
        work: list[Callable[[], None]] = [self._write, *([self._read] * readers)]
        threads = [threading.Thread(target=self._noting, args=[each]) for each in work]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _noting(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            self.wrong.append(f"{type(error).__name__}: {error}")

    def _write(self) -> None:
        """One area after another reports one more; once the figures have it, they have to show it, and go on to."""
        streams = {area: uuid4() for area in AREAS}
        url, doorbell = self.settings.database_url, open_redis(self.settings)
        with connect(url) as connection, connect(url) as reader, doorbell:
            while not self._over.is_set():
                for area in AREAS:
                    fact = reported(people=PEOPLE + self.written).event
                    asked = command(area, fact, stream=streams[area], expected=self.written)
                    bulk.append_all(connection, [asked])
                    ring(doorbell, [area])
                    position = ledger.heads(connection)[area]
                    if not engine.wait(reader, "national", area, position, timeout=30):
                        self.wrong.append("the figures did not come")
                with engine.reading(reader, "national"):
                    found = picture(reader, on=today(), known=today())
                for each in found.areas:
                    told = each.figures["people_supported"].value
                    if told is None or told < PEOPLE + self.written:
                        self.wrong.append(f"{each.name} has {told} after {PEOPLE + self.written} was seen")
                self.written += 1

    def _read(self) -> None:
        """People are only ever added, so whoever reads twice never reads less."""
        before = 0
        with connect(self.settings.database_url) as connection:
            while not self._over.is_set():
                found = people(connection)
                if found < before:
                    self.wrong.append(f"{found} after {before}")
                before = found
                self.reads += 1


def given(network: Network, *, events: int) -> None:
    """What is there before: so many reports of no people, so that a rebuild takes its time."""
    ledger.open_ledger(network.connection, AREAS)
    for area in AREAS:
        stream = uuid4()
        asked = [
            command(area, reported(jobs=n % 7, people=0).event, stream=stream, expected=n)
            for n in range(events // len(AREAS))
        ]
        bulk.append_all(network.connection, [command(area, joined(area).event, on=today()), *asked])
    network.project()


@contextmanager
def projecting(settings: Settings) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "hub", "project"], env=environment(settings))
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def rebuild(settings: Settings, projection: Projection, with_: object = engine) -> None:
    """As `hub rebuild` does it."""
    assert hasattr(with_, "switch")
    with connect(settings.database_url) as connection:
        build = engine.start_build(connection, projection)
        engine.fill(connection, projection, build)
        with_.switch(connection, ALL, build)


def naive(network: Network) -> list[str]:
    """Areas in which a live build is not what its ledger adds up to."""
    found: list[str] = []
    for projection in ALL:
        live = next(
            each for each in engine.builds(network.connection) if each.live and each.projection == projection.name
        )
        pure = engine.start_build(network.connection, projection)
        for build in (live, pure):
            while engine.behind(network.connection, build):
                engine.catch_up_all(network.connection, [projection], folds=engine.Folds(), only=build)
        found += engine.differing(network.connection, projection, live, pure)
        engine.give_up(network.connection, pure)
    return found


def under_traffic(
    network: Network, settings: Settings, *, events: int, rebuilds: int, with_: object = engine
) -> Traffic:
    given(network, events=events)
    traffic = Traffic(settings)
    with projecting(settings), traffic.flowing(readers=2):
        eventually(lambda: traffic.written > 0)
        for _ in range(rebuilds):
            rebuild(settings, NATIONAL, with_)
            rebuild(settings, WORK, with_)
    return traffic


def test_a_rebuild_under_traffic_fails_no_read_and_takes_nothing_back(network: Network, settings: Settings) -> None:
    traffic = under_traffic(network, settings, events=3_000, rebuilds=4)
    assert traffic.wrong == []
    assert traffic.reads > 10
    assert traffic.written > 2
    assert naive(network) == []


@pytest.mark.full
def test_many_rebuilds_of_a_long_history_under_traffic(network: Network, settings: Settings) -> None:
    traffic = under_traffic(network, settings, events=120_000, rebuilds=10)
    assert traffic.wrong == []
    assert traffic.written > 20, "more than once for each build that took over"
    assert naive(network) == []


TAKES_OVER = '        connection.execute(\n            "update build set live = false, retired_at'


@pytest.mark.parametrize("held", [True, False], ids=["held still", "not held still"])
def test_a_live_build_that_went_on_while_another_took_its_place_would_be_noticed(
    network: Network, settings: Settings, held: bool
) -> None:
    """Of a switch that takes its time nobody notices anything, as long as the build before it is held still.

    The new build takes in nothing meanwhile, as if its projector were slower than that of the other.
    """
    waits = f"        for area in {AREAS}:\n            own(connection, to, area)\n        time.sleep(0.5)\n"
    slow = mutated(engine, TAKES_OVER, waits + TAKES_OVER)
    if not held:
        slow.__dict__["_HOLD_STILL"] = "select 1 where %s <> ''"
    traffic = under_traffic(network, settings, events=300, rebuilds=2, with_=slow)
    assert bool(traffic.wrong) is not held, traffic.wrong


def test_pages_answer_while_figures_are_built_anew(network: Network, settings: Settings) -> None:
    given(network, events=3_000)
    over = threading.Event()
    answers: list[int] = []

    with TestClient(create_app(settings), raise_server_exceptions=False) as client:

        def ask() -> None:
            while not over.is_set():
                paths = ("/", "/api/national", "/status", f"/areas/{SOMERSET}")
                answers.extend(client.get(path).status_code for path in paths)

        asking = threading.Thread(target=ask)
        asking.start()
        for _ in range(3):
            rebuild(settings, NATIONAL)
            rebuild(settings, WORK)
        over.set()
        asking.join()
    assert len(answers) > 10
    assert set(answers) == {200}
