"""`hub up`: children, their one log, how others reach it, and how it stops."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from events.base import CannotStart
from events.settings import Settings
from hub.local.env import env_lines
from hub.local.folder import scratch_folder
from hub.local.up import up

SUPERVISOR = """
import sys
from events.base import CannotStart
from events.settings import Settings, read_settings
from hub.local.up import up

def prepare(settings: Settings) -> None:
    print("preparing", flush=True)
    if "slow" in sys.argv:
        import psycopg
        psycopg.connect(settings.database_url).execute("select pg_sleep(60)")

names = ["web", *sys.argv[1:]]
try:
    up(read_settings(), prepare=prepare, children={name: [sys.executable, "-c", open(sys.path[0] + f"/{name}").read()]
        for name in names if name != "slow"})
except CannotStart as refusal:
    sys.exit(str(refusal))
"""

WEB = """
import os, http.server
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()
print("key by value:", "HUB_VAULT_KEY" in os.environ, "by file:", open(os.environ["HUB_VAULT_KEY_FILE"]).read().strip())
http.server.HTTPServer((os.environ["HUB_HOST"], int(os.environ["HUB_PORT"])), Page).serve_forever()
"""

CHILDREN = {
    "supervising.py": SUPERVISOR,
    "web": WEB,
    "crashing": "import time; time.sleep(0.2); print('out of luck'); raise SystemExit(3)",
    "stubborn": "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here'); time.sleep(600)",
    "shouting": "print('\\x1b[31mred\\x1b[0m [bold]plain[/bold] ' + 'x' * 200); import time; time.sleep(600)",
}


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch_folder() as path:
        for name, text in CHILDREN.items():
            (path / name).write_text(text)
        yield path


class Hub:
    """A supervisor in a process of its own, and what it printed so far."""

    def __init__(self, folder: Path, *arguments: str, environ: dict[str, str] | None = None) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.data = folder / "hub"
        self.output = folder / "output"
        own = {"HUB_DATA": str(self.data), "HUB_PORT": str(self.port), "HUB_DATABASE_URL": "", "HUB_VAULT_KEY": ""}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, folder / "supervising.py", *arguments],
                env={**os.environ, **own, **(environ or {})},
                stdout=output,
                stderr=output,
            )

    def says(self, pattern: str, *, seconds: float = 15) -> re.Match[str]:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := re.search(pattern, self.output.read_text(), re.MULTILINE):
                return found
            time.sleep(0.02)
        raise AssertionError(f"{pattern!r} was not said in:\n{self.output.read_text()}")

    def stop(self, number: signal.Signals = signal.SIGINT) -> float:
        """Seconds until it ended."""
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(15)
        return time.monotonic() - begun


@contextmanager
def running(folder: Path, *arguments: str, environ: dict[str, str] | None = None) -> Iterator[Hub]:
    hub = Hub(folder, *arguments, environ=environ)
    try:
        yield hub
    finally:
        if hub.process.poll() is None:
            hub.stop(signal.SIGTERM)


def test_it_says_when_the_page_is_ready_and_stops_on_ctrl_c(folder: Path) -> None:
    with running(folder) as hub:
        hub.says(rf"^\d\d:\d\d:\d\d hub +│ Trellis is ready at http://127\.0\.0\.1:{hub.port}/")
        assert hub.output.read_text().index("preparing") < hub.output.read_text().index("web")
        assert hub.stop() < 5
        assert hub.process.returncode == 0
        hub.says("Stopped")
        assert not (hub.data / "running.json").exists()


def test_children_get_secrets_as_files(folder: Path) -> None:
    with running(folder) as hub:
        key = hub.says(r"key by value: False by file: (\S+)")[1]
        assert (hub.data / "secrets" / "vault_key").read_text().strip() == key


def test_others_on_the_machine_learn_how_to_reach_it(folder: Path) -> None:
    with pytest.raises(CannotStart, match=r"No local hub runs on .*hub up"):
        env_lines(folder / "hub")
    with running(folder) as hub:
        hub.says("is ready")
        values = dict(line.split("=", 1) for line in env_lines(hub.data))
        assert values["HUB_URL"] == f"http://127.0.0.1:{hub.port}/"
        assert Path(values["HUB_VAULT_KEY_FILE"]).read_text()
        with psycopg.connect(values["HUB_VAULT_URL"]) as connection:
            assert connection.info.dbname == "trellis_vault"
        hub.stop(signal.SIGTERM)
        with pytest.raises(CannotStart, match="No local hub runs on"):
            env_lines(hub.data)


def test_a_second_hub_is_told_where_the_first_one_is(folder: Path) -> None:
    with running(folder) as hub:
        hub.says("is ready")
        refused = rf"already runs on {hub.data} \(process {hub.process.pid}\): open http://127\.0\.0\.1:{hub.port}/"
        with pytest.raises(CannotStart, match=refused):
            up(Settings(data=hub.data, heads=hub.data), prepare=print, children={})


def test_a_busy_port_is_named_before_anything_starts(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotStart, match=rf"Port {port} is taken by another program\. .*HUB_PORT=\d+"):
            up(Settings(data=folder / "hub", heads=folder, port=port), prepare=print, children={})
    assert not (folder / "hub" / "postgres").exists()


def test_an_address_this_machine_lacks_is_named(folder: Path) -> None:
    with pytest.raises(CannotStart, match=r"no address 192\.0\.2\.1.*HUB_HOST=127\.0\.0\.1"):
        up(Settings(data=folder / "hub", heads=folder, host="192.0.2.1"), prepare=print, children={})


def test_a_child_that_crashes_is_started_again_after_longer_and_longer_pauses(folder: Path) -> None:
    with running(folder, "crashing") as hub:
        hub.says(r"crashing ended with exit code 3; starting it again in 0\.5 s\.")
        hub.says(r"crashing ended with exit code 3; starting it again in 1 s\.")
        hub.says(r"crashing ended with exit code 3; starting it again in 2 s\.")
        assert hub.output.read_text().count("│ out of luck") == 3


def test_a_child_that_will_not_stop_is_ended_within_five_seconds(folder: Path) -> None:
    with running(folder, "stubborn") as hub:
        hub.says("stubborn │ here")
        assert hub.stop() < 5
        hub.says("stubborn did not stop in time and was ended")
        assert hub.process.returncode == 0


def test_a_second_ctrl_c_hurries(folder: Path) -> None:
    with running(folder, "stubborn") as hub:
        hub.says("stubborn │ here")
        hub.process.send_signal(signal.SIGINT)
        hub.says("Stopping")
        assert hub.stop() < 1
        assert hub.process.returncode == 0


def test_ctrl_c_while_it_still_prepares_stops_it_too(folder: Path) -> None:
    with running(folder, "slow") as hub:
        hub.says("preparing")
        time.sleep(0.3)
        assert hub.stop() < 5
        assert hub.process.returncode == 0
        hub.says("Stopped before everything was up")


def test_the_log_is_plain_in_a_file_and_keeps_lines_whole(folder: Path) -> None:
    with running(folder, "shouting") as hub:
        assert hub.says(r"shouting │ (red.*)$")[1] == "red [bold]plain[/bold] " + "x" * 200
        assert "\x1b" not in hub.output.read_text()


def test_a_server_that_dies_is_started_again(folder: Path) -> None:
    with running(folder) as hub:
        hub.says("is ready")
        os.kill(int((hub.data / "postgres.pid").read_text()), signal.SIGKILL)
        hub.says("postgres ended unasked and was started again")
        values = dict(line.split("=", 1) for line in env_lines(hub.data))
        with psycopg.connect(values["HUB_DATABASE_URL"]) as connection:
            assert connection.info.dbname == "trellis"
