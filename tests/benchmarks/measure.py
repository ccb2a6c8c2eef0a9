"""Rates, rounds and rows: what a measurement is, and how it is told."""

import os
import platform
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import getrandbits
from statistics import median
from uuid import UUID

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table


class Row(Struct, frozen=True, kw_only=True):
    """One measured figure and what it has to be. Without a baseline, `ours` itself is held against the target."""

    name: str
    unit: str
    ours: float | None
    """Median of the rounds; None if it could not be measured, and `note` says why."""
    baseline: float | None = None
    baseline_name: str = ""
    ratio: float | None = None
    """Median of each round's ours / baseline: the machine's drift hits both of a round alike."""
    spread: tuple[float, float] | None = None
    """Lowest and highest of the rounds, of the ratio if there is one: how noisy the machine was."""
    target: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        judged = self.ratio if self.baseline is not None else self.ours
        if judged is None or self.target is None:
            return None
        return judged <= self.target if self.at_most else judged >= self.target


def interleaved(rounds: int, measured: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Measure each in turn, several times over, so that a machine that slows down slows all of them alike."""
    found: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(rounds):
        for name, measure in measured.items():
            found[name].append(measure())
    return found


def against(
    name: str, ours: Sequence[float], baseline_name: str, baseline: Sequence[float], *, target: float | None = None
) -> Row:
    """A row of rates, each round's held against the same round's baseline."""
    ratios = [mine / theirs for mine, theirs in zip(ours, baseline, strict=True)]
    return Row(
        name=name,
        unit="/s",
        ours=median(ours),
        baseline=median(baseline),
        baseline_name=baseline_name,
        ratio=median(ratios),
        spread=(min(ratios), max(ratios)),
        target=target,
    )


def rate(work: Callable[[], int]) -> float:
    """How many a second: `work` does it and returns how many it did."""
    started = time.perf_counter()
    done = work()
    return done / (time.perf_counter() - started)


def threads_rate(threads: int, seconds: float, step: Callable[[int], Callable[[], None]]) -> float:
    """Steps a second of several threads together. `step(n)` makes the step of thread n, before the clock starts."""
    steps = [step(n) for n in range(threads)]
    counts = [0] * threads
    failures: list[Exception] = []
    start = threading.Barrier(threads + 1)

    def run(n: int) -> None:
        one, done = steps[n], 0
        start.wait()
        until = time.perf_counter() + seconds
        try:
            while time.perf_counter() < until:
                one()
                done += 1
        except Exception as error:
            failures.append(error)
        counts[n] = done

    running = [threading.Thread(target=run, args=(n,)) for n in range(threads)]
    for thread in running:
        thread.start()
    start.wait()
    started = time.perf_counter()
    for thread in running:
        thread.join()
    if failures:
        raise failures[0]
    return sum(counts) / (time.perf_counter() - started)


def new_id() -> UUID:
    """An id as whoever asks would send it, made without the system call that a real one costs them and not us."""
    return UUID(int=getrandbits(128), version=4)


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


# ---- telling


def table(rows: Sequence[Row], machine: Mapping[str, object]) -> Table:
    told = Table(title="Trellis against its baselines", caption=", ".join(f"{k} {v}" for k, v in machine.items()))
    for heading in ("What", "Ours", "Baseline", "Ratio", "Rounds", "Target", "Met"):
        told.add_column(heading, justify="left" if heading in ("What", "Met") else "right", overflow="fold")
    for row in rows:
        sign = "≤" if row.at_most else "≥"
        ratio = row.ratio is not None
        told.add_row(
            f"{row.name}\n[dim]{row.note}[/]" if row.note else row.name,
            "not measured" if row.ours is None else f"{_figure(row.ours)} {row.unit}",
            "" if row.baseline is None else f"{_figure(row.baseline)} {row.unit}\n[dim]{row.baseline_name}[/]",
            f"{row.ratio:.2f}" if row.ratio is not None else "",
            "" if row.spread is None else " to ".join(f"{x:.2f}" if ratio else _figure(x) for x in row.spread),
            "" if row.target is None else f"{sign} {row.target:,g}{'' if ratio else ' ' + row.unit}",
            {None: "", True: "[green]yes[/]", False: "[bold red]no[/]"}[row.met],
        )
    return told


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def machine_facts(postgres: str, *, load: float) -> dict[str, object]:
    return {
        "cores": os.cpu_count(),
        "Python": platform.python_version(),
        "PostgreSQL": postgres,
        "system": f"{platform.system()} {platform.machine()}",
        "load before": round(load, 1),
    }


def write(path: Path, rows: Sequence[Row], machine: Mapping[str, object], *, quick: bool) -> None:
    told = [{**msgspec.structs.asdict(row), "met": row.met} for row in rows]
    content = msgspec.json.encode({"machine": machine, "quick": quick, "rows": told})
    path.write_bytes(msgspec.json.format(content, indent=2) + b"\n")


def tell(rows: Sequence[Row], machine: Mapping[str, object]) -> None:
    Console(width=None if Console().is_terminal else 150).print(table(rows, machine))
