"""`/feed` as `hub serve` serves it: what moved by the figures, not by the ledger; resumed, bounded, ended cleanly."""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from network import CORNWALL, SOMERSET, Network, environment, eventually, joined, milestone, registered

from events.base import today
from events.settings import Settings

# the real ones are a quarter of a minute, and hundreds
SMALL = """
import sys
from hub.feed import feed
feed.STILL_HERE, feed.MOST_OF_ONE = 1.0, 3
from hub.cli import main
sys.argv = ["hub", "serve"]
main()
"""


class Listener:
    """One connection to the feed."""

    def __init__(self, port: int, path: str = "/feed", **headers: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=8)
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        self._connection.request("GET", path, headers=sent | {"Accept-Encoding": "gzip"})
        self.answer = self._connection.getresponse()

    def block(self) -> str:
        """The next event or comment; empty at the end."""
        lines: list[str] = []
        while line := self.answer.readline().decode():
            if line == "\n":
                break
            lines.append(line)
        return "".join(lines)

    def event(self) -> dict[str, str]:
        """The next block that has an id, by field."""
        while not (block := self.block()).count("id: "):
            assert block, "it ended"
        return dict(line.split(": ", 1) for line in block.splitlines())

    def areas(self) -> dict[str, int]:
        return json.loads(self.event()["data"])["areas"]

    def close(self) -> None:
        self._connection.close()


class Served:
    def __init__(self, port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.port = port
        self.process = process
        self.log = log


@pytest.fixture
def served(settings: Settings, network: Network, tmp_path: Path) -> Iterator[Served]:
    network.given(joined(SOMERSET), registered("Bay Tree"))
    network.given(joined(CORNWALL))
    network.project()
    with serving(settings, tmp_path) as served:
        yield served


@contextmanager
def serving(settings: Settings, folder: Path) -> Iterator[Served]:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    log = folder / "log"
    with log.open("wb") as output:
        environ = environment(settings) | {"HUB_PORT": str(port)}
        process = subprocess.Popen([sys.executable, "-c", SMALL], env=environ, stdout=output, stderr=output)
    try:
        eventually(lambda: answers(port))
        yield Served(port, process, log)
    finally:
        process.kill()
        process.wait()


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def test_a_listener_is_told_of_what_the_figures_hold_and_not_before_they_do(served: Served, network: Network) -> None:
    listener = Listener(served.port)
    assert listener.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert listener.answer.headers["content-encoding"] is None
    assert listener.answer.headers["cache-control"] == "no-store"
    first = listener.event()
    assert "data" not in first
    network.given(milestone("first customer", of="Bay Tree"))  # in Cornwall, where the last was
    assert listener.block() == ": still here\n", "the ledger has it, and no figure does"
    network.project()
    found = listener.event()
    assert found["event"] == "moved"
    assert json.loads(found["data"]) == {"day": str(today()), "areas": {CORNWALL: 2}, "spread": 0.0}
    assert "Bay Tree" not in str(found)


def test_who_comes_back_is_told_of_what_they_missed(served: Served, network: Network) -> None:
    listener = Listener(served.port)
    seen = listener.event()["id"]
    listener.close()
    network.given(milestone("one"))
    network.project()
    network.given(milestone("two"))
    network.project()
    assert Listener(served.port, Last_Event_ID=seen).areas() == {CORNWALL: 3}
    assert Listener(served.port, f"/feed?after={seen}").areas() == {CORNWALL: 3}


def test_who_comes_back_to_a_hub_that_was_started_again_is_told_of_every_area(
    served: Served, settings: Settings, network: Network, tmp_path: Path
) -> None:
    seen = Listener(served.port).event()["id"]
    network.given(milestone("one"))
    network.project()
    (tmp_path / "other").mkdir()
    with serving(settings, tmp_path / "other") as other:
        assert Listener(other.port, Last_Event_ID=seen).areas() == {SOMERSET: 2, CORNWALL: 2}


def test_a_page_names_what_it_shows(served: Served) -> None:
    seen = Listener(served.port).event()["id"]
    page = http.client.HTTPConnection("127.0.0.1", served.port, timeout=5)
    page.request("GET", "/")
    assert f'data-live="{seen}"' in page.getresponse().read().decode()
    # nothing moved since: only the id comes back
    assert "data" not in Listener(served.port, f"/feed?after={seen}").event()


def test_only_so_many_listen_from_one_address(served: Served) -> None:
    listeners = [Listener(served.port) for _ in range(3)]
    for each in listeners:
        each.event()
    refused = Listener(served.port)
    assert refused.answer.status == 429
    assert refused.answer.headers["retry-after"] == "60"
    listeners[0].close()
    eventually(lambda: Listener(served.port).answer.status == 200, within=8)


def test_what_is_no_id_is_refused(served: Served) -> None:
    assert Listener(served.port, "/feed?after=" + "x" * 101).answer.status == 400
    assert Listener(served.port, "/feed?after=nonsense").areas() == {SOMERSET: 2, CORNWALL: 1}


def test_a_hub_that_stops_ends_every_stream_first(served: Served) -> None:
    listener = Listener(served.port)
    listener.event()
    started = time.monotonic()
    served.process.terminate()
    assert served.process.wait(timeout=8) in (0, -15)
    assert time.monotonic() - started < 2.0
    while listener.block():
        pass
    said = served.log.read_text()
    assert "Traceback" not in said
    assert "Cancel" not in said


def test_head_does_not_wait_for_the_end_of_a_stream(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=5)
    connection.request("HEAD", "/feed")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"")
