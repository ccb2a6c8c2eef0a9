"""The data folder of a local hub: held by one process at a time, its secrets, and where its sockets lie."""

import base64
import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from events.base import CannotStart
from hub.local.process import Account, closed_to, service_account

SOCKET_PATH_BYTES = 107 if sys.platform == "linux" else 103
"""The longest path a Unix socket may have: sun_path less its NUL."""
_LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432")
_LONGEST_DATA_PATH = 900  # PostgreSQL cuts paths off at 1,024 bytes


class Running(Struct, frozen=True, kw_only=True):
    """How to reach a running local hub, kept in its folder as running.json."""

    pid: int
    url: str
    port: int
    database_url: str
    vault_url: str
    web_database_url: str
    web_vault_url: str
    redis_url: str
    vault_key_file: str = ""
    signing_key_file: str = ""


class Folder:
    """A data folder this process holds (a lock the kernel frees, so a killed hub never blocks the next)."""

    def __init__(self, path: Path, account: Account) -> None:
        self.path = path
        self.account = account

    @classmethod
    @contextmanager
    def hold(cls, path: Path) -> "Iterator[Folder]":
        """Makes the folder if need be and holds it. Raises `CannotStart` when it is unusable or held by another hub."""
        account = service_account()
        path = _made(path, account)
        with (path / "lock").open("a+", encoding="utf-8") as lock:
            if not _locked(lock.fileno()):
                lock.seek(0)
                raise CannotStart(_held_by(path, lock.read().strip()))
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            (path / "running.json").unlink(missing_ok=True)
            try:
                yield cls(path, account)
            finally:
                (path / "running.json").unlink(missing_ok=True)

    def private(self, name: str) -> Path:
        """A folder in this one that only the services' account may enter."""
        return _private(self.path / name, self.account)

    def sockets(self) -> Path:
        """A private folder whose path is short and plain enough for sockets, URLs and configuration alike."""
        here = self.path / "run"
        fits = len(os.fsencode(here)) <= SOCKET_PATH_BYTES - _LONGEST_SOCKET_NAME
        if fits and re.fullmatch(r"[\w/.-]+", str(here), re.ASCII):
            return self.private("run")
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        return _private(Path(f"/tmp/trellis-{self.account.uid}-{digest}"), self.account)  # noqa: S108

    def forget_sockets(self) -> None:
        """Removes the folder of sockets, if the servers left it empty."""
        with suppress(OSError):
            self.sockets().rmdir()

    def secret(self, name: str, *, data_exists: bool) -> Path:
        """The file that holds this secret, 32 random bytes in base64; made on the first start only.

        Raises `CannotStart` when it is gone though there is data: a new one would lock that data away for good.
        """
        folder = _private(self.path / "secrets", None)
        path = folder / name
        if path.exists():
            return path
        if data_exists:
            raise CannotStart(
                f"{path} is missing, and the data in {self.path} needs the key it held. Bring the file back from a "
                f"backup, or set HUB_{name.upper()} or HUB_{name.upper()}_FILE."
            )
        _written(path, base64.b64encode(secrets.token_bytes(32)) + b"\n")
        return path

    def announce(self, running: Running) -> None:
        """Tells others on this machine how to reach the hub, until the folder is let go."""
        _written(self.path / "running.json", msgspec.json.format(msgspec.json.encode(running)) + b"\n")


def running(path: Path) -> Running:
    """The local hub that runs on this folder. Raises `CannotStart` when none does."""
    none = f"No local hub runs on {path}. Start one with `hub up`, or set HUB_DATA to the folder of one that runs."
    try:
        with (path / "lock").open(encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        if found := _announced(path):
            return found
        raise CannotStart(
            f"The local hub on {path} is still starting, or belongs to another user. Try again in a few seconds."
        ) from None
    except FileNotFoundError as error:
        raise CannotStart(none) from error
    except OSError as error:
        raise CannotStart(f"{path / 'lock'} cannot be read: {error.strerror}.") from error
    raise CannotStart(none)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new folder under /tmp, gone afterwards, that the services' account can reach even when this process is root."""
    path = Path(tempfile.mkdtemp(prefix="trellis-", dir="/tmp"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path)


def _made(path: Path, account: Account) -> Path:
    """The folder's real path, so that two names of one folder are one lock."""
    try:
        path = path.expanduser().resolve()
        if not path.exists():
            path.mkdir(parents=True)
            path.chmod(0o711 if account.uid != os.geteuid() else 0o700)
    except OSError as error:
        why = "its name is too long" if error.errno == errno.ENAMETOOLONG else error.strerror
        raise CannotStart(f"The data folder {path} cannot be made: {why}. Set HUB_DATA to another folder.") from error
    if len(os.fsencode(path)) > _LONGEST_DATA_PATH:
        raise CannotStart(f"The data folder {path} has too long a name. Set HUB_DATA to a shorter one.")
    if not path.is_dir():
        raise CannotStart(f"{path} is a file, not a folder. Set HUB_DATA to another folder.")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise CannotStart(
            f"The data folder {path} cannot be written by this user. Change its owner or permissions, or set HUB_DATA "
            "to another folder."
        )
    if closed := closed_to(account, path):
        raise CannotStart(
            f"The hub runs as root, so its database runs as the user {account.name}, who may not enter {closed}. Set "
            f"HUB_DATA to a folder it can reach, such as /var/lib/trellis, or run `chmod a+x {closed}`."
        )
    return path


def _private(path: Path, account: Account | None) -> Path:
    """A folder for one account (by default this process's) only. Refuses one that somebody else put in its place."""
    owner = account or Account("", os.geteuid(), os.getegid())
    try:
        path.mkdir(mode=0o700)
        if owner.uid != os.geteuid():
            os.chown(path, owner.uid, owner.gid)
    except FileExistsError:
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {owner.uid, os.geteuid()}:
            raise CannotStart(
                f"{path} belongs to somebody else, so it cannot be trusted. Run the hub as the user who started it "
                "before, or remove it, or set HUB_DATA to another folder."
            ) from None
        if status.st_uid != owner.uid:  # this process made it and was killed before giving it away
            os.chown(path, owner.uid, owner.gid)
        path.chmod(0o700)
    except OSError as error:
        raise CannotStart(f"{path} cannot be made: {error.strerror}.") from error
    return path


def _locked(descriptor: int) -> bool:
    for _ in range(20):  # `running` above holds the lock for an instant
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
        else:
            return True
    return False


def _held_by(path: Path, pid: str) -> str:
    found = _announced(path)
    if found:
        return f"A hub already runs on {path} (process {pid}): open {found.url}, or stop it with `kill {pid}`."
    return (
        f"Process {pid} already uses {path} and has no page to open yet. Wait for it, stop it with `kill {pid}`, "
        "or set HUB_DATA to another folder."
    )


def _announced(path: Path) -> Running | None:
    try:
        return msgspec.json.decode((path / "running.json").read_bytes(), type=Running)
    except (OSError, msgspec.DecodeError):
        return None


def _written(path: Path, content: bytes) -> None:
    """Writes a file that only this user may read, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
