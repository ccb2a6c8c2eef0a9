"""`hub serve` against clients that do not speak HTTP as they should: it answers, or hangs up, and goes on."""

import http.client
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from network import SOMERSET, environment, eventually

from events.settings import Settings

MARKER = b"Zebedee-Quillfeather"
POST = b"POST /api/areas/E06000066/join HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\n"


class Served:
    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self.log = log

    def send(self, *pieces: bytes) -> bytes:
        """What comes back for these bytes, up to the end of the connection or a second of silence."""
        answer = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=1) as client, suppress(OSError):
            for piece in pieces:
                client.sendall(piece)
            while data := client.recv(65536):
                answer += data
        return answer

    def healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


@pytest.fixture(scope="module")
def served(module_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    log = tmp_path_factory.mktemp("served") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "hub", "serve"],
            env=environment(module_settings) | {"HUB_PORT": str(port)},
            stdout=output,
            stderr=output,
        )
        served = Served(port, log)
        try:
            eventually(served.healthy, within=20)
            yield served
        finally:
            process.terminate()
            assert process.wait(timeout=8) in (0, -signal.SIGTERM)


ODD: dict[str, tuple[bytes, ...]] = {
    "no HTTP": (b"\x00\xff\x16\x03\x01" * 20 + b"\r\n\r\n",),
    "half a request": (POST,),
    "a body shorter than promised": (POST + b"Content-Length: 100\r\n\r\n{",),
    "a body longer than promised": (POST + b"Content-Length: 2\r\n\r\n{}{}{}{}",),
    "a negative length": (POST + b"Content-Length: -1\r\n\r\n{}",),
    "two lengths": (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",),
    "length and chunks": (POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",),
    "broken chunks": (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",),
    "a huge header": (POST + b"X: " + b"x" * 200_000 + b"\r\n\r\n",),
    "NUL in a header": (POST + b"X: a\x00b\r\nContent-Length: 2\r\n\r\n{}",),
    "a huge address": (b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",),
    "10 MB": (POST + b"Content-Length: 10000000\r\n\r\n", *[b"x" * 100_000] * 100),
    "10 MB in chunks": (POST + b"Transfer-Encoding: chunked\r\n\r\n", *[b"186A0\r\n" + b"x" * 100_000 + b"\r\n"] * 100),
    "a marker everywhere": (
        POST.replace(b": k", b": \xff" + MARKER) + b'Content-Length: 24\r\n\r\n{"' + MARKER + b'":',
    ),
}


@pytest.mark.parametrize("what", ODD)
def test_a_client_that_errs_gets_a_4xx_or_no_answer_and_harms_nobody(served: Served, what: str) -> None:
    answer = served.send(*ODD[what])
    status = answer[9:12]
    assert not answer or status[:1] == b"4" or (what == "a body longer than promised" and status == b"201"), answer[
        :200
    ]
    assert served.healthy()
    log = served.log.read_bytes()
    assert b"Traceback" not in log
    assert MARKER not in log
    assert SOMERSET.encode() not in log
