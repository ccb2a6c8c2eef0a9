"""`hub serve` itself: it hangs up on clients that dribble, believes the proxy it was told of, and logs in JSON."""

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
from network import SOMERSET, environment, eventually

from events.settings import Settings

CANARY = "Zebedee-Quillfeather"
HEAD = b"POST /api/areas/E06000066/join HTTP/1.1\r\nHost: 127.0.0.1\r\nIdempotency-Key: k\r\nContent-Length: 1000\r\n"

# the real limits are a quarter of a minute and a minute
HURRIED = """
import sys
from hub.edges import patience
patience.HEAD_WITHIN, patience.WHOLE_WITHIN = 1.0, 2.0
from hub.cli import main
sys.argv = ["hub", "serve"]
main()
"""


class Served:
    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self._log = log

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        return answer

    def healthy(self) -> bool:
        try:
            return self.ask("GET", "/healthz").status == 200
        except OSError:
            return False

    def log(self) -> str:
        return self._log.read_text()


@contextmanager
def serving(settings: Settings, folder: Path, **more: str) -> Iterator[Served]:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", HURRIED],
            env=environment(settings) | {"HUB_PORT": str(port)} | more,
            stdout=output,
            stderr=output,
        )
    served = Served(port, log)
    try:
        eventually(served.healthy, within=20)
        yield served
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def served(module_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(module_settings, tmp_path_factory.mktemp("served"), HUB_LOG="json") as served:
        yield served


def dribbled(served: Served, start: bytes, more: bytes) -> tuple[bytes, float]:
    """What came back, and after how many seconds, for a request that goes on a byte at a time."""
    began = time.monotonic()
    answer = b""
    with socket.create_connection(("127.0.0.1", served.port), timeout=0.1) as client:
        client.sendall(start)
        while time.monotonic() - began < 8:
            try:
                client.sendall(more)
                data = client.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                break
            if not data:
                break
            answer += data
    return answer, time.monotonic() - began


@pytest.mark.parametrize(
    ("start", "more"),
    [
        pytest.param(b"", b"", id="nothing at all"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"X: y\r\n", id="headers without end"),
        pytest.param(HEAD + b"\r\n", b" ", id="a body a byte at a time"),
        pytest.param(
            b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\n", b"x", id="a body nobody reads"
        ),
    ],
)
def test_a_client_that_dribbles_is_hung_up_on(served: Served, start: bytes, more: bytes) -> None:
    answer, seconds = dribbled(served, start, more)
    assert seconds < 4
    assert "a bug" not in served.log()
    assert answer[9:12] in (b"408", b"200")
    assert served.healthy()


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"X: " + b"x" * 40_000 + b"\r\n\r\n", id="one long header"),
        pytest.param(b"".join(b"X%d: %s\r\n" % (n, b"x" * 1000) for n in range(40)) + b"\r\n", id="many headers"),
        pytest.param(b"X: " + b"x" * 400_000, id="one without end"),
    ],
)
def test_a_head_that_is_too_large_is_refused(served: Served, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=3) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + head)
        assert client.recv(4096)[9:12] in (b"400", b"431")


def test_many_requests_over_one_connection_are_in_time(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=5)
    began = time.monotonic()
    while time.monotonic() - began < 3:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        assert answer.read() == b"ok"
        time.sleep(0.3)
    connection.close()


def lines(served: Served) -> list[dict[str, object]]:
    return [json.loads(line) for line in served.log().splitlines()]


def test_each_request_is_a_line_of_json_that_tells_nothing_personal(served: Served) -> None:
    served.ask("GET", f"/?on={CANARY}")
    served.ask("GET", f"/{CANARY}")
    served.ask("GET", f"/figures/{CANARY}", X=CANARY, Cookie=f"__Host-trellis={CANARY}", User_Agent=CANARY)
    served.ask("HEAD", "/readyz")
    path = f"/api/areas/{SOMERSET}/enterprises/{CANARY}"
    served.ask("POST", path, json.dumps({"name": CANARY}), Authorization=f"Bearer {CANARY}", Idempotency_Key=CANARY)
    served.ask("POST", f"/api/areas/{SOMERSET}/join", json.dumps({"on": CANARY}), Idempotency_Key="k")

    asked = [
        ("GET", "/", 400),
        ("GET", "", 404),
        ("GET", "/figures/{indicator}", 404),
        ("HEAD", "/readyz", 200),
        ("POST", "/api/areas/{area}/join", 400),
    ]

    def seen() -> list[tuple[object, ...]]:
        return [(each.get("method"), each.get("path"), each.get("status")) for each in lines(served)]

    eventually(lambda: set(asked) <= set(seen()))
    assert CANARY not in served.log()
    assert SOMERSET not in served.log()
    for each in lines(served):
        if each["words"] == "request":
            assert set(each) == {"at", "level", "words", "method", "path", "status", "ms", "who"}
            assert each["who"] in ("local", "nobody")


def test_what_a_proxy_says_counts_only_when_it_is_trusted(module_settings: Settings, tmp_path: Path) -> None:
    def believed(folder: Path, **more: str) -> bool:
        folder.mkdir()
        with serving(module_settings, folder, **more) as served:
            answer = served.ask("GET", "/healthz", X_Forwarded_Proto="https", X_Forwarded_For="192.0.2.1")
            return answer.headers["strict-transport-security"] is not None

    assert not believed(tmp_path / "one")
    assert not believed(tmp_path / "two", HUB_TRUSTED_PROXY="10.0.0.0/8")
    assert believed(tmp_path / "three", HUB_TRUSTED_PROXY="10.0.0.0/8, 127.0.0.1")
