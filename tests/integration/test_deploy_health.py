"""The processes run apart with their secrets in files, as a deployment runs them, and their checks tell the truth."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from events.settings import ADDRESSES, SECRETS
from hub.local.supervisor import Local

HEALTHY = Path(__file__).parents[2] / "deploy/healthy.py"
PROCESSES = ("serve", "project", "tick", "work")


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Settings of a migrated hub, each secret and address in a file."""
    folder = tmp_path_factory.mktemp("secrets")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Local.temporary() as local:
        given = {name: text for name, text in os.environ.items() if not name.startswith("HUB_")}
        given |= {"HUB_PORT": str(port), "HUB_HEADS": str(folder / "heads"), "HUB_DATA": str(folder)}
        for name in (*ADDRESSES, *SECRETS):
            if text := getattr(local.settings, name):
                (folder / name).write_text(text)
                given[f"HUB_{name.upper()}_FILE"] = str(folder / name)
        subprocess.run([sys.executable, "-m", "hub", "migrate"], env=given, check=True, capture_output=True)
        yield given


@contextmanager
def running(process: str, environ: dict[str, str]) -> Iterator[None]:
    started = subprocess.Popen([sys.executable, "-m", "hub", process], env=environ, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        started.terminate()
        started.wait(10)


def healthy(process: str, environ: dict[str, str]) -> bool:
    return subprocess.run([sys.executable, HEALTHY, process], env=environ, capture_output=True).returncode == 0


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_that_does_its_work_is_healthy(process: str, environ: dict[str, str]) -> None:
    with running(process, environ):
        until = time.monotonic() + 60
        while not healthy(process, environ):
            assert time.monotonic() < until
            time.sleep(0.1)


@pytest.mark.parametrize("process", ["serve", "work"])
def test_a_process_that_is_not_there_is_not_healthy(process: str, environ: dict[str, str]) -> None:
    assert not healthy(process, environ)


@pytest.mark.parametrize("process", ["project", "tick", "work"])
def test_a_process_whose_server_is_gone_is_not_healthy(process: str, environ: dict[str, str]) -> None:
    gone = {"HUB_DATABASE_URL": "postgresql://hub@/trellis?host=/nowhere", "HUB_REDIS_URL": "unix:///nowhere"}
    left = {name: text for name, text in environ.items() if name.removesuffix("_FILE") not in gone}
    assert not healthy(process, left | gone)
