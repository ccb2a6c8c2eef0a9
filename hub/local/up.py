"""`hub up`: the whole hub on one machine, as child processes with one log, until Ctrl-C."""

import errno
import http.client
import os
import socket
import time
from collections.abc import Callable, Mapping

from events.base import CannotStart
from events.settings import SECRETS, Settings
from hub.local.child import Child
from hub.local.folder import Folder, Running
from hub.local.log import Log
from hub.local.process import Deadline
from hub.local.stopping import Interrupted, Stop
from hub.local.supervisor import Local

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
    with Stop.on_signals() as stop:
        try:
            with Folder.hold(settings.data) as folder:
                _refuse_busy_port(settings.host, settings.port)
                with Local.on(folder, settings=settings) as local:
                    prepare(local.settings)
                    stop.interrupts = False
                    _run(local, children, log=log, stop=stop)
        except Interrupted:
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
        "HUB_WEB_DATABASE_URL": settings.web_database_url,
        "HUB_WEB_VAULT_URL": settings.web_vault_url,
        "HUB_REDIS_URL": settings.redis_url,
    }


def page_url(settings: Settings) -> str:
    """The address of the hub's first page as a browser on this machine opens it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://[{host}]:{settings.port}/" if ":" in host else f"http://{host}:{settings.port}/"


def _run(local: Local, commands: Mapping[str, list[str]], *, log: Log, stop: Stop) -> None:
    environ, url = environment(local), page_url(local.settings)
    children: list[Child] = []
    try:
        children.extend(Child(name, command, environ, log) for name, command in commands.items())
        local.folder.announce(_running(local, environ, url))
        _watch(local, children, url=url, log=log, stop=stop)
    except Interrupted:  # while a server was being started again
        stop.interrupts = False
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


def _watch(local: Local, children: list[Child], *, url: str, log: Log, stop: Stop) -> None:
    patience = Deadline(SLOW_START_SECONDS)
    ready = warned = False
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
        if not ready and not warned and not patience.left:
            warned = True
            log.say("hub", f"{url} does not answer yet; the lines above may say why. Still trying.")
        time.sleep(0.05)


def _refuse_busy_port(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            # As the web server does: a connection of an earlier run that lingers is no bar.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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
        web_database_url=settings.web_database_url,
        web_vault_url=settings.web_vault_url,
        redis_url=settings.redis_url,
        vault_key_file=environ.get("HUB_VAULT_KEY_FILE", ""),
        signing_key_file=environ.get("HUB_SIGNING_KEY_FILE", ""),
    )
