"""kill -9 at any moment of a local hub's life: nothing runs on, nothing committed is lost, the next start works."""

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from hub.local.folder import scratch_folder
from hub.local.supervisor import Local

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")

SUPERVISOR = """
import sys
from pathlib import Path
from events.settings import Settings
from hub.local.up import up

import psycopg

def prepare(settings: Settings) -> None:
    with psycopg.connect(settings.database_url) as connection:
        connection.execute("create table if not exists said (n int primary key)")

up(Settings(data=Path(sys.argv[1]), heads=Path(sys.argv[1]), port=int(sys.argv[2])), prepare=prepare, children={
    "writer": [sys.executable, "-c", sys.argv[3]],
    "stubborn": [sys.executable, "-c", sys.argv[4]],
})
"""

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"

WRITER = """
import os, itertools, psycopg
with psycopg.connect(os.environ["HUB_DATABASE_URL"], autocommit=True) as connection:
    first = connection.execute("select count(*) from said").fetchone()[0]
    for n in itertools.count(first):
        connection.execute("insert into said values (%s)", (n,))
        print("committed", n)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch_folder() as path:
        yield path
        until_none_is_left(path)


def supervise(folder: Path, port: int) -> subprocess.Popen[bytes]:
    with (folder / "output").open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, folder / "hub", str(port), WRITER, STUBBORN],
            stdout=output,
            stderr=output,
        )


def processes_of(folder: Path) -> dict[str, str]:
    """Number and command of each process that names the folder in its command or environment, or works in it."""
    found: dict[str, str] = {}
    for process in Path("/proc").glob("[0-9]*"):
        if process.name == str(os.getpid()):
            continue
        with suppress(OSError):
            traces = [(process / name).read_bytes() for name in ("cmdline", "environ")]
            traces.append(os.fsencode((process / "cwd").readlink()))
            if any(os.fsencode(folder) in trace for trace in traces):
                found[process.name] = traces[0].replace(b"\0", b" ").decode(errors="replace").strip()
    return found


def until_none_is_left(folder: Path, *, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while left := processes_of(folder):
        assert time.monotonic() < end, f"still running: {left}"
        time.sleep(0.02)


def last_commit(folder: Path) -> int:
    """The highest number whose commit a writer has seen, or -1."""
    said = [line.rsplit("committed ", 1)[-1] for line in (folder / "output").read_text().splitlines()]
    return max((int(number) for number in said if number.isdigit()), default=-1)


@pytest.mark.parametrize("seed", range(3))
def test_killing_the_supervisor_at_any_moment_leaves_no_process_and_loses_no_commit(
    folder: Path, free_port: int, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(6):
        supervisor = supervise(folder, free_port)
        time.sleep(chance.uniform(0.1, 2.5))  # from before initdb to writing at full speed
        assert supervisor.poll() is None, (folder / "output").read_text()
        supervisor.kill()
        supervisor.wait()
        if chance.random() < 0.7:  # or else the next start meets what is still going
            until_none_is_left(folder)
    committed = last_commit(folder)
    with Local.start(folder / "hub") as local, psycopg.connect(local.settings.database_url) as connection:
        connection.execute("create table if not exists said (n int primary key)")
        numbers = [n for (n,) in connection.execute("select n from said order by n")]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) > committed


def test_something_was_running_for_the_test_above_to_find(folder: Path, free_port: int) -> None:
    supervisor = supervise(folder, free_port)
    while last_commit(folder) < 10:
        time.sleep(0.05)
    names = " ".join(processes_of(folder).values())
    assert all(
        name in names for name in ("bin/postgres", "postgres: checkpointer", "valkey-server", "itertools", "SIG_IGN")
    )
    supervisor.kill()
    supervisor.wait()
    until_none_is_left(folder)


def test_a_process_number_used_again_by_another_program_is_no_bar(folder: Path) -> None:
    """After a crash and a restart of the machine, postmaster.pid often names a living stranger."""
    with Local.start(folder) as local:
        server = int((folder / "postgres.pid").read_text())
        left = (folder / "postgres" / "postmaster.pid").read_text()
        sockets = local.folder.sockets()
    stranger = subprocess.Popen(["sleep", "60"], user="nobody" if os.geteuid() == 0 else None)
    (folder / "postgres" / "postmaster.pid").write_text(left.replace(str(server), str(stranger.pid), 1))
    local.folder.sockets()
    (sockets / ".s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n")
    (sockets / "valkey.sock").write_text("")
    with Local.start(folder) as local, psycopg.connect(local.settings.database_url) as connection:
        connection.execute("select 1")
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


UNLEASHED = """
import os, sys
from pathlib import Path
from hub.local import service
from hub.local.process import spawn
from hub.local.supervisor import Local

service.spawn = lambda command, **how: spawn(command, **{**how, "at_parents_death": 0})
with Local.start(Path(sys.argv[1])):
    os._exit(0)
"""


def test_servers_that_outlived_their_supervisor_are_ended_by_the_next_start(folder: Path) -> None:
    """As on systems whose kernel does not end children with their parent."""
    subprocess.run([sys.executable, "-c", UNLEASHED, folder], check=True)
    before = (folder / "postgres.pid").read_text()
    assert before in processes_of(folder)
    with Local.start(folder) as local, psycopg.connect(local.settings.database_url) as connection:
        connection.execute("select 1")
        assert before not in processes_of(folder)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]
