"""Starting and ending processes so that none outlives this one, not even after kill -9."""

import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, NamedTuple

from events.base import CannotStart

_LEASH = str(Path(__file__).with_name("leash.py"))


@cache
def _forking(pid: int) -> ThreadPoolExecutor:
    """The one thread of a process that starts its children: to the kernel the thread that forked is the parent.

    By process number, as a forked copy of this process has no such thread.
    """
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="forking")


class Account(NamedTuple):
    """A user of this machine, as whom a process runs."""

    name: str
    uid: int
    gid: int


def service_account() -> Account:
    """Who runs the database and the queue: this user, or `nobody` when this is root (PostgreSQL refuses root).

    Raises `CannotStart` where the user has no name, as in some containers: initdb needs one.
    """
    try:
        user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    except KeyError as error:
        who = "the user nobody" if os.geteuid() == 0 else f"user number {os.geteuid()}, who runs the hub"
        raise CannotStart(
            f"PostgreSQL cannot start: {who} has no entry in /etc/passwd. Add one, or set HUB_DATABASE_URL, "
            "HUB_VAULT_URL and HUB_REDIS_URL to servers that run elsewhere."
        ) from error
    return Account(user.pw_name, user.pw_uid, user.pw_gid)


def closed_to(account: Account, path: Path) -> Path | None:
    """The outermost folder on the way to `path`, itself included, that `account` may not enter, if there is one.

    Asked only on behalf of another account than this process's: that one's further groups are dropped with its rights.
    """
    if account.uid == os.geteuid():
        return None
    for step in [*reversed(path.parents), path]:
        status = step.stat()
        shift = 6 if status.st_uid == account.uid else 3 if status.st_gid == account.gid else 0
        if not status.st_mode >> shift & 0o1:
            return step
    return None


def spawn(
    command: Sequence[str],
    *,
    at_parents_death: signal.Signals,
    output: IO[bytes] | int,
    account: Account | None = None,
    environ: Mapping[str, str] | None = None,
    keep_open: Iterable[int] = (),
) -> subprocess.Popen[bytes]:
    """Starts `command` in a session of its own (a Ctrl-C reaches this process only), both outputs to `output`.

    On Linux the kernel sends it `at_parents_death` when this process ends, however it ends; its own children are not
    covered. `keep_open` are descriptors it inherits.
    """
    uid, gid = (account.uid, account.gid) if account else (os.geteuid(), os.getegid())
    leash = [sys.executable, "-I", "-S", _LEASH, str(os.getpid()), str(int(at_parents_death)), f"{uid}:{gid}"]

    def fork() -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603, callers pass lists of their own making
            [*leash, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environ,
            umask=0o077,
            start_new_session=True,
            pass_fds=tuple(keep_open),
        )

    return _forking(os.getpid()).submit(fork).result()


class Deadline:
    """So many seconds from now; `hurry` brings it forward to now."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return max(self._at - time.monotonic(), 0)

    def hurry(self) -> None:
        self._at = time.monotonic()


def await_end(process: subprocess.Popen[bytes], *, deadline: Deadline) -> bool:
    """Whether the process ended by the deadline, which a signal handler may bring forward meanwhile."""
    while process.poll() is None:
        if not deadline.left:
            return False
        with suppress(subprocess.TimeoutExpired):
            process.wait(min(deadline.left, 0.05))
    return True


def signalled(pid: int, number: signal.Signals) -> None:
    """Sends a signal to a process that may be gone by now."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
