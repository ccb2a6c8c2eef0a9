"""One readable log of many processes: time, name, line; coloured on a terminal."""

import threading
from datetime import datetime
from typing import IO

from rich.console import Console
from rich.text import Text

_COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan", "bright_green", "bright_magenta")
_LONGEST_LINE = 64 * 1024


class _Screen(Console):
    def on_broken_pipe(self) -> None:
        """Whoever read the log is gone (`hub up | head`): the hub runs on without one."""
        self.quiet = True


class Log:
    """Prints lines under the name of who said them. Honours NO_COLOR; plain where the output is no terminal."""

    def __init__(self, names: list[str], console: Console | None = None) -> None:
        self._console = console or _Screen(highlight=False, soft_wrap=True)
        self._width = max(map(len, names))
        self._colours = {name: _COLOURS[place % len(_COLOURS)] for place, name in enumerate(names)}

    def say(self, name: str, line: str) -> None:
        """Prints a line, stamped with this machine's local time."""
        at = datetime.now().astimezone()
        start = Text.assemble(
            (f"{at:%H:%M:%S} ", "dim"), (f"{name:<{self._width}} ", self._colours[name]), ("│ ", "dim")
        )
        self._console.print(start + Text.from_ansi(line))

    def follow(self, name: str, output: IO[bytes]) -> threading.Thread:
        """Prints what a process writes until it closes its output."""

        def read() -> None:
            with output:
                while line := output.readline(_LONGEST_LINE):
                    self.say(name, line.decode(errors="replace").rstrip())

        thread = threading.Thread(target=read, name=f"log of {name}", daemon=True)
        thread.start()
        return thread
