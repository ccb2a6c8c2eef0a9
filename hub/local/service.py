"""What PostgreSQL and Valkey have in common here: one process on one folder, started, watched and stopped."""

import fcntl
import os
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO, ClassVar

from events.base import CannotStart
from hub.local.folder import Folder
from hub.local.process import Deadline, await_end, closed_to, signalled, spawn

START_SECONDS = 60.0  # recovery after a crash may have much to replay
LEFTOVER_SECONDS = 10.0


class Service(ABC):
    """A server of the local hub. It outlives neither this process nor, once stopped, its own children."""

    name: ClassVar[str]
    stops_on: ClassVar[signal.Signals]
    ends_at_once_on: ClassVar[signal.Signals]

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.log = folder.path / f"{self.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def prepare(self, mark: IO[str]) -> None:
        """Makes what the first start needs and clears what a killed server left. `mark` is for `run`."""

    @abstractmethod
    def command(self) -> list[str]: ...

    @abstractmethod
    def answers(self, pid: int) -> bool:
        """Whether the server under this process number takes requests yet."""

    def start(self) -> None:
        """Starts the server without waiting for it; `wait` does that.

        Raises `CannotStart` when it cannot be prepared or an earlier one on this folder does not end.
        """
        with self._sole_use() as mark:
            self.prepare(mark)
            if self.log.exists():
                self.log.replace(self.log.with_suffix(".log.before"))
            with self.log.open("wb") as log:
                self._process = self._spawn(self.command(), log, mark)
            mark.truncate(0)
            mark.write(str(self._process.pid))
            mark.flush()

    def wait(self) -> None:
        """Returns once the server takes requests. Raises `CannotStart` with its last words when it does not."""
        deadline = Deadline(START_SECONDS)
        while self._process is not None and not self.answers(self._process.pid):
            if self.ended:
                raise CannotStart(f"{self.name} did not start: {self._last_words()} (more in {self.log})")
            if not deadline.left:
                raise CannotStart(f"{self.name} took more than {START_SECONDS:.0f} seconds to start; see {self.log}.")
            time.sleep(0.005)

    @property
    def ended(self) -> bool:
        """Whether a started server is gone without having been asked to go."""
        return self._process is not None and self._process.poll() is not None

    def ask_to_stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(self.stops_on)

    def stop(self, deadline: Deadline) -> None:
        """Waits for an asked server until the deadline, then ends it at once; what was committed is kept either way."""
        if self._process is None:
            return
        if not await_end(self._process, deadline=deadline):
            self._process.send_signal(self.ends_at_once_on)
            if not await_end(self._process, deadline=Deadline(1)):
                self._process.kill()
                self._process.wait()
        self._process = None

    def reachable(self, program: Path, *, parts: dict[Path, str], version: str) -> Path:
        """`program`, or a copy of it where the services' account may not enter its folder (root's virtual environment).

        `parts` are the folders and files it needs, and their places in the copy, which is made once.
        """
        account = self.folder.account
        if not closed_to(account, program):
            return program
        copy = self.folder.path / "programs" / f"{self.name}-{version}"
        if not copy.exists():
            part = copy.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            for source, place in parts.items():
                (part / place).parent.mkdir(parents=True, exist_ok=True)
                (shutil.copytree if source.is_dir() else shutil.copy2)(source, part / place)
            for path in [part.parent, part, *part.rglob("*")]:
                path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or os.access(path, os.X_OK) else 0o044))
            part.replace(copy)
        for source, place in parts.items():
            if program.is_relative_to(source):
                return copy / place / program.relative_to(source)
        raise CannotStart(f"{program} is in a folder that the user {account.name} may not enter.")

    def run(self, command: list[str], mark: IO[str]) -> None:
        """Runs a command of the server's to its end. Raises `CannotStart` with its last words when it fails."""
        with self.log.open("wb") as log:
            process = self._spawn(command, log, mark)
        try:
            process.wait()
        finally:  # a Ctrl-C meanwhile
            process.send_signal(self.stops_on)
            process.wait()
        if process.returncode != 0:
            raise CannotStart(f"{self.name} could not be set up: {self._last_words()} (more in {self.log})")

    def _spawn(self, command: list[str], log: IO[bytes], mark: IO[str]) -> subprocess.Popen[bytes]:
        return spawn(
            command,
            at_parents_death=self.stops_on,
            output=log,
            account=self.folder.account,
            environ={"PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC"},
            keep_open=[mark.fileno()],
        )

    def _sole_use(self) -> IO[str]:
        """A locked file, the mark, that the server and all its children inherit: free once the last of them is gone.

        So nothing of a killed hub's servers touches the folder any more, whatever the process numbers left there say.
        """
        mark = (self.folder.path / f"{self.name}.pid").open("a+", encoding="utf-8")
        deadline, harder = Deadline(LEFTOVER_SECONDS), Deadline(LEFTOVER_SECONDS / 2)
        while True:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                mark.seek(0)
                pid = mark.read().strip()
                if not deadline.left:
                    mark.close()
                    raise CannotStart(
                        f"{self.name} of an earlier run (process {pid}) still runs on {self.folder.path}. End it with "
                        f"`kill -9 {pid}`, then start again."
                    ) from None
                if pid:
                    signalled(int(pid), self.stops_on if harder.left else self.ends_at_once_on)
                time.sleep(0.05)
            else:
                return mark

    def _last_words(self) -> str:
        lines = [line.strip() for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines()]
        telling = [line for line in lines if "FATAL" in line or "rror" in line or "PANIC" in line]
        return (telling or lines or ["it said nothing"])[-1]
