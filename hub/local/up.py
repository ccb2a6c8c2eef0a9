"""`hub up`: the whole hub on one machine, as child processes with one log, until Ctrl-C."""

import errno
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from events.base import CannotStart
from events.settings import SECRETS, Settings
from hub.local.folder import Folder, Running
from hub.local.log import Log
from hub.local.process import Deadline, await_end, signalled, spawn
from hub.local.supervisor import Local

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
STEADY_SECONDS = 30.0
"""A child that ran this long is no longer thought to be failing at its start."""
STOP_SECONDS = 4.8
CHILDREN_STOP_SECONDS = 3.5  # the web's own patience with open live feeds is 3
SLOW_START_SECONDS = 30.0


def up(settings: Settings, *, prepare: Callable[[Settings], None], children: Mapping[str, list[str]]) -> None:
    """Runs services and `children` (commands by name) until Ctrl-C or SIGTERM, then stops all within five seconds.

    `prepare` gets the settings of the running services before any child starts. The children find the same settings
    in their `HUB_*` environment. A second Ctrl-C ends everything at once.
    Raises `CannotStart` when the folder, the port or a server cannot be had.
    """
    log = Log(["hub", *children])
    with _Stop.on_signals() as stop:
        try:
            with Folder.hold(settings.data) as folder:
                _refuse_busy_port(settings.host, settings.port)
                with Local.on(folder, settings=settings) as local:
                    prepare(local.settings)
                    stop.interrupts = False
                    _run(local, children, log=log, stop=stop)
        except _Interrupted:
            log.say("hub", "Stopped before everything was up.")


def environment(local: Local) -> dict[str, str]:
    """A child's environment: the same settings again, and the secrets made here as files that hold them."""
    settings = local.settings
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    for name in SECRETS:
        variable, value = f"HUB_{name.upper()}", getattr(settings, name)
        if name in local.secret_files:
            environ.pop(variable, None)
            environ[f"{variable}_FILE"] = str(local.secret_files[name])
        elif value and f"{variable}_FILE" not in environ:
            environ[variable] = value
    return environ | {
        "HUB_DATA": str(settings.data),
        "HUB_HEADS": str(settings.heads),
        "HUB_HOST": settings.host,
        "HUB_PORT": str(settings.port),
        "HUB_DATABASE_URL": settings.database_url,
        "HUB_VAULT_URL": settings.vault_url,
        "HUB_REDIS_URL": settings.redis_url,
    }


def page_url(settings: Settings) -> str:
    """The address of the hub's first page as a browser on this machine opens it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://[{host}]:{settings.port}/" if ":" in host else f"http://{host}:{settings.port}/"


def _run(local: Local, commands: Mapping[str, list[str]], *, log: Log, stop: "_Stop") -> None:
    settings, environ = local.settings, environment(local)
    url = page_url(settings)
    children = [_Child(name, command, environ, log) for name, command in commands.items()]
    local.folder.announce(_running(local, environ, url))
    started, ready, slow = time.monotonic(), False, False
    try:
        while not stop.asked:
            for child in children:
                child.mend()
            stop.interrupts = True
            repaired = local.mend()
            stop.interrupts = False
            for sentence in repaired:
                log.say("hub", sentence)
            if not ready and _healthy(url):
                ready = True
                log.say("hub", f"Trellis is ready at {url} (Ctrl-C stops it)")
            if not ready and not slow and time.monotonic() - started > SLOW_START_SECONDS:
                slow = True
                log.say("hub", f"{url} does not answer yet; the lines above may say why. Still trying.")
            time.sleep(0.05)
    finally:
        log.say("hub", "Stopping. Ctrl-C again stops at once.")
        everything = stop.within(STOP_SECONDS)
        in_time = stop.within(CHILDREN_STOP_SECONDS)
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.stop(in_time)
        local.stop(everything)
        log.say("hub", "Stopped.")


class _Child:
    """A process that is started again whenever it ends, each time after a longer pause."""

    def __init__(self, name: str, command: list[str], environ: Mapping[str, str], log: Log) -> None:
        self._name, self._command, self._environ, self._log = name, command, environ, log
        self._pause = FIRST_PAUSE
        self._due = 0.0
        self._start()

    def mend(self) -> None:
        if self._process is None:
            if time.monotonic() >= self._due:
                self._start()
            return
        code = self._process.poll()
        if code is None:
            return
        if time.monotonic() - self._started > STEADY_SECONDS:
            self._pause = FIRST_PAUSE
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        self._log.say("hub", f"{self._name} {how}; starting it again in {self._pause:g} s.")
        self._process, self._due = None, time.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def ask_to_stop(self) -> None:
        if self._process is not None:
            signalled(self._process.pid, signal.SIGTERM)

    def stop(self, deadline: Deadline) -> None:
        if self._process is None:
            return
        if not await_end(self._process, deadline=deadline):
            self._log.say("hub", f"{self._name} did not stop in time and was ended.")
            self._process.kill()
            self._process.wait()
        self._reader.join(0.2)

    def _start(self) -> None:
        # SIGKILL: with the services going at the same moment there is nothing left that a child could finish cleanly.
        self._process: subprocess.Popen[bytes] | None = spawn(
            self._command, at_parents_death=signal.SIGKILL, output=subprocess.PIPE, environ=self._environ
        )
        self._started = time.monotonic()
        assert self._process.stdout is not None
        self._reader = self._log.follow(self._name, self._process.stdout)


class _Interrupted(KeyboardInterrupt):
    """Somebody asked to stop while the hub was still starting (a KeyboardInterrupt: psycopg then cancels its query)."""


class _Stop:
    """Whether somebody asked to stop, by Ctrl-C or SIGTERM; asking again brings every deadline forward."""

    def __init__(self) -> None:
        self.asked = False
        self.interrupts = True
        """While the hub starts: break off whatever it is doing."""
        self._deadlines: list[Deadline] = []

    @classmethod
    @contextmanager
    def on_signals(cls) -> "Iterator[_Stop]":
        stop = cls()
        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored under nohup
            numbers.append(signal.SIGHUP)
        before = {number: signal.signal(number, stop._heard) for number in numbers}
        try:
            yield stop
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def within(self, seconds: float) -> Deadline:
        self._deadlines.append(Deadline(seconds))
        return self._deadlines[-1]

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            for deadline in self._deadlines:
                deadline.hurry()
            return
        self.asked = True
        if self.interrupts:
            raise _Interrupted


def _refuse_busy_port(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
            )  # as the web server: an old connection is no bar
            trial.bind(address)
    except OSError as error:
        raise CannotStart(_why_not(host, port, error)) from error


def _why_not(host: str, port: int, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"Port {port} is reserved for root on this machine. Choose one from 1024 up, such as HUB_PORT=8000."
    if isinstance(error, socket.gaierror) or error.errno != errno.EADDRINUSE:
        return f"This machine has no address {host} to listen on ({error.strerror}). Set HUB_HOST=127.0.0.1."
    other = port + 1 if port < 65535 else 8000
    return f"Port {port} is taken by another program. Choose another, such as HUB_PORT={other}."


def _healthy(url: str) -> bool:
    connection = http.client.HTTPConnection(url.removeprefix("http://").rstrip("/"), timeout=0.5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _running(local: Local, environ: Mapping[str, str], url: str) -> Running:
    settings = local.settings
    return Running(
        pid=os.getpid(),
        url=url,
        port=settings.port,
        database_url=settings.database_url,
        vault_url=settings.vault_url,
        redis_url=settings.redis_url,
        vault_key_file=environ.get("HUB_VAULT_KEY_FILE", ""),
        signing_key_file=environ.get("HUB_SIGNING_KEY_FILE", ""),
    )
