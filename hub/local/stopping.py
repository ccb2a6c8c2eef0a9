"""How somebody asks the hub to stop, and how much time it has left then."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from hub.local.process import Deadline


class Interrupted(KeyboardInterrupt):
    """Somebody asked to stop while the hub was still starting (a KeyboardInterrupt: psycopg then cancels its query)."""


class Stop:
    """Whether somebody asked to stop, by Ctrl-C or SIGTERM; asking again brings every deadline forward."""

    def __init__(self) -> None:
        self.asked = False
        self.interrupts = True
        """While the hub starts: break off whatever it is doing."""
        self._deadlines: list[Deadline] = []

    @classmethod
    @contextmanager
    def on_signals(cls) -> "Iterator[Stop]":
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
            raise Interrupted
