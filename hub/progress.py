"""How long work says how far it is."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

Tell = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and how much there is."""


def tell_nobody(doing: str, done: int, total: int) -> None:
    """For callers who do not want to know."""


@contextmanager
def progress_bar(console: Console) -> Generator[Tell]:
    """A bar for each thing being done, gone when all is; on anything but a terminal nothing is drawn."""
    bars: dict[str, TaskID] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:

        def tell(doing: str, done: int, total: int) -> None:
            if doing not in bars:
                bars[doing] = progress.add_task(doing, total=total)
            progress.update(bars[doing], completed=done, total=total)

        yield tell
