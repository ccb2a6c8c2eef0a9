"""`python -m tests.benchmarks`: measure, tell, and write bench-results.json. Exits with 1 if a target is missed."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from rich.console import Console

from tests.benchmarks import append, flat, history, national, pages, planning, profile, rebuild, sending, whole
from tests.benchmarks.baselines import BareInsert
from tests.benchmarks.measure import Row, machine_facts, tell, write
from tests.benchmarks.server import Server, started

err = Console(stderr=True, highlight=False)

Part = Callable[[], list[Row]]

PARTS = (
    "append",
    "history",
    "rebuild",
    "flat",
    "visible",
    "access",
    "home",
    "pages",
    "national",
    "planning",
    "sending",
    "start",
)


def parts(server: Server, *, quick: bool) -> dict[str, Part]:
    """What is measured, by name. Quick is enough to see what is wrong; full is what counts."""
    insert = BareInsert(server)
    if quick:
        return {
            "append": lambda: append.measure(server, insert, rounds=3, seconds=1),
            "history": lambda: history.measure(server, events=100_000, rounds=2),
            "rebuild": lambda: rebuild.measure(server, events=60_000, rounds=2),
            "flat": lambda: flat.measure(
                server, insert, smallest=20_000, largest=300_000, steps=3, seconds=0.3, held=8
            ),
            "visible": lambda: whole.measure_visible(posts=100),
            "access": lambda: whole.measure_access(requests=100),
            "home": lambda: pages.measure_home(requests=100),
            "pages": lambda: pages.measure(enterprises=500, events=50_000, requests=20),
            "national": lambda: national.measure(sizes=(20_000, 100_000), requests=20),
            "planning": lambda: planning.measure(server, enterprises=2_000, rounds=5),
            "sending": lambda: sending.measure(server, mails=600),
            "start": whole.measure_start,
        }
    return {
        "append": lambda: append.measure(server, insert, rounds=7, seconds=3),
        "history": lambda: history.measure(server, events=200_000, rounds=5),
        "rebuild": lambda: rebuild.measure(server, events=300_000, rounds=3),
        "flat": lambda: flat.measure(
            server, insert, smallest=100_000, largest=3_000_000, steps=10, seconds=2, held=120
        ),
        "visible": lambda: whole.measure_visible(posts=1000),
        "access": lambda: whole.measure_access(requests=500),
        "home": lambda: pages.measure_home(requests=400),
        "pages": lambda: pages.measure(enterprises=10_000, events=3_000_000, requests=100),
        "national": lambda: national.measure(sizes=(100_000, 1_000_000, 10_000_000), requests=100),
        "planning": lambda: planning.measure(server, enterprises=100_000, rounds=9),
        "sending": lambda: sending.measure(server, mails=6_000),
        "start": whole.measure_start,
    }


@click.command()
@click.option("--quick", is_flag=True, help="In under 90 seconds, with fewer rounds and smaller ledgers.")
@click.option("--only", multiple=True, type=click.Choice(PARTS))
@click.option("--profile", "profiled", type=click.Choice(list(profile.PROFILES)), help="Print a profile instead.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-results.json"), show_default=True)
def main(quick: bool, only: tuple[str, ...], profiled: str | None, out: Path) -> None:
    """Measure Trellis against its baselines, all in one run on one server."""
    load = os.getloadavg()[0]
    with started() as server:
        if profiled:
            profile.PROFILES[profiled](server)
            return
        rows = list(_measured(parts(server, quick=quick), only))
        machine = machine_facts(server.version, load=load)
    write(out, rows, machine, quick=quick)
    tell(rows, machine)
    sys.exit(1 if any(row.target is not None and not row.met for row in rows) else 0)


def _measured(wanted: dict[str, Part], only: tuple[str, ...]) -> Iterator[Row]:
    for name, part in wanted.items():
        if not only or name in only:
            err.print(f"Measuring: {name}")
            yield from part()


if __name__ == "__main__":
    main()
