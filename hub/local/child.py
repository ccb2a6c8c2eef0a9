"""One of the hub's own processes, kept running."""

import signal
import subprocess
import time
from collections.abc import Mapping

from hub.local.log import Log
from hub.local.process import Deadline, await_end, spawn

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
STEADY_SECONDS = 30.0
"""A child that ran this long is no longer thought to be failing at its start."""


class Child:
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
            self._process.send_signal(signal.SIGTERM)

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
