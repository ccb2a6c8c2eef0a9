"""A whole hub, started as a person would: `hub up` in a folder of its own."""

import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from hub.local.folder import scratch_folder

PATIENCE = 180.0


class RunningHub:
    def __init__(self, data: Path, port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.data = data
        self.port = port
        self.process = process
        self.log = log

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = None if body is None else json.dumps(body)
        given = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())} if body is not None else {}
        connection.request(method, path, sent, given | (headers or {}))
        response = connection.getresponse()
        found = response.status, response.read()
        connection.close()
        return found

    def get(self, path: str) -> dict[str, object]:
        status, body = self.ask("GET", path)
        assert status == 200, body
        return json.loads(body)

    def post(self, path: str, body: object) -> dict[str, object]:
        status, answer = self.ask("POST", path, body)
        assert status == 201, answer
        return json.loads(answer)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A `hub` command beside the running hub."""
        return subprocess.run(
            [sys.executable, "-m", "hub", *arguments],
            env=os.environ | {"HUB_DATA": str(self.data), "COLUMNS": "120"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


@contextmanager
def running_demo() -> Generator[RunningHub]:
    """`hub up` with the demonstration: a copy of a folder that was filled once for all tests of this run."""
    with scratch_folder() as folder:
        subprocess.run(["cp", "-a", str(_filled()), str(folder / "hub")], check=True)
        with running_hub(data=folder / "hub") as hub:
            yield hub


def _filled() -> Path:
    demo = of_this_run()
    with demo.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not demo.exists():
            with scratch_folder() as folder:
                with running_hub(data=folder / "hub"):
                    pass
                (folder / "hub").rename(demo)
    return demo


def of_this_run() -> Path:
    """Where what all processes of a test run share is kept until it ends; `conftest.py` names the run."""
    return Path(tempfile.gettempdir()) / f"trellis-tests-{os.environ['HUB_TEST_RUN']}"


@contextmanager
def running_hub(*options: str, data: Path | None = None) -> Generator[RunningHub]:
    if data is None:
        with scratch_folder() as folder, running_hub(*options, data=folder / "hub") as hub:
            yield hub
        return
    port = _free_port()
    log = data.parent / "hub.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "hub", "up", *options],
            env=os.environ | {"HUB_DATA": str(data), "HUB_PORT": str(port)},
            stdout=output,
            stderr=output,
        )
    hub = RunningHub(data, port, process, log)
    try:
        _await_page(hub)
        yield hub
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=15)


def _await_page(hub: RunningHub) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and hub.process.poll() is None:
        try:
            if hub.ask("GET", "/")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"the hub did not come up:\n{hub.log.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
