"""Looking after the figures: how far they are, building them anew, and what they leave out."""

import sys
import time

import click
import msgspec
from rich.console import Console
from rich.table import Table

from events.base import NotFound
from events.database import Connection, connect
from events.ledger import has_ledger
from events.ledger import heads as ledger_heads
from events.places import place_name
from events.projections import ALL, engine
from events.projections import parked as leaving_out
from hub.progress import progress_bar

err = Console(stderr=True, highlight=False)
out = Console(highlight=False)

PATIENCE = 30.0
"""Seconds to wait for a projector that is at work in an area."""

_json = click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")


def _connect() -> Connection:
    from hub.cli import reached  # which names these commands

    return connect(reached().database_url)


@click.command()
@click.argument("projection", type=click.Choice([each.name for each in ALL]))
def rebuild(projection: str) -> None:
    """Build a projection anew from the ledgers, beside the live one, and switch to it.

    Pages go on reading the live one meanwhile. Running projectors help. Sends nothing. Exits with 1 if the new one
    differs from the old.
    """
    which = next(each for each in ALL if each.name == projection)
    with _connect() as connection:
        before = next((each for each in engine.builds(connection) if each.projection == projection and each.live), None)
        build = engine.start_build(connection, which)
        total = sum(ledger_heads(connection).values())
        taken = 0
        with progress_bar(err) as tell:

            def progress(events: int) -> None:
                nonlocal taken
                taken += events
                tell("Rebuilding", taken, total)

            try:
                engine.fill(connection, which, build, progress=progress)
            except BaseException:
                engine.give_up(connection, build)
                raise
        same = _same(connection, which, before, build)
        engine.switch(connection, ALL, build)
    out.print(f"Rebuilt {projection} as build {build.build}. {same[1]}")
    sys.exit(0 if same[0] else 1)


def _same(
    connection: Connection, projection: engine.Projection, before: engine.Build | None, build: engine.Build
) -> tuple[bool, str]:
    if before is None or before.version != projection.version:
        return True, "There was none of this version to compare it with."
    differing = engine.differing(connection, projection, before, build)
    if differing:
        names = ", ".join(map(place_name, differing))
        return False, f"It DIFFERS from the one before in: {names}."
    return True, "Its checksums equal the one before."


@click.command()
@_json
@click.option("--all", "everything", is_flag=True, help="List the areas that are up to date as well.")
def lag(as_json: bool, everything: bool) -> None:
    """Show how far the figures are behind the ledgers."""
    with _connect() as connection:
        found = engine.lag(connection)
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    late = [each for each in found if everything or each.events or each.parked]
    if not late:
        out.print("Nothing is behind.")
        return
    table = Table("Build", "Area", "Events behind", "Seconds behind", "Streams parked")
    for each in late:
        table.add_row(
            each.build.schema, place_name(each.area), f"{each.events:,}", f"{each.seconds:,.1f}", str(each.parked)
        )
    out.print(table)


@click.command()
@_json
def parked(as_json: bool) -> None:
    """List what the figures leave out, because one of its events could not be taken in. Exits with 1 if there is any.

    A projector tries each again when it starts, so after an upgrade; `hub retry` does so at once.
    """
    with _connect() as connection:
        found = leaving_out.parked(connection)
    if as_json:
        click.echo(msgspec.json.encode(found))
    elif not found:
        out.print("Nothing is left out.")
    else:
        table = Table("Build", "Area", "Stream", "From position", "Why", "Since")
        for each in found:
            build = f"{each.projection}_{each.build}"
            since = f"{each.parked_at:%Y-%m-%d %H:%M} UTC"
            table.add_row(build, place_name(each.area), str(each.stream), str(each.position), each.why, since)
        out.print(table)
    sys.exit(1 if found else 0)


class Retried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of trying an area of a build again."""

    area: str
    build: str
    left_out: int | None
    """Streams that still cannot be taken in; null if a projector was at work there all the time."""


@click.command()
@click.option("--area", help="Code of an area; all unless given.")
@_json
def retry(area: str | None, as_json: bool) -> None:
    """Take in again what was left out, once what it stumbled over is mended. Exits with 1 if something is still left.

    Each area that leaves something out is projected anew; pages read it as it was until that is done.
    """
    with _connect() as connection:
        if area is not None and not has_ledger(connection, area):
            raise NotFound(f"No area with the code {area} takes part.")
        found = [
            Retried(
                area=each.area,
                build=each.build.schema,
                left_out=_patiently(connection, each),
            )
            for each in leaving_out.to_retry(connection, ALL)
            if area in (None, each.area)
        ]
    if as_json:
        click.echo(msgspec.json.encode(found))
    elif not found:
        out.print("Nothing was left out.")
    for each in [] if as_json else found:
        out.print(f"{each.build}, {place_name(each.area)}: {_words(each.left_out)}.")
    sys.exit(1 if any(each.left_out != 0 for each in found) else 0)


def _patiently(connection: Connection, each: leaving_out.ToRetry) -> int | None:
    """A projector has an area for moments only, unless it has much to take in."""
    deadline = time.monotonic() + PATIENCE
    while (left := leaving_out.retry(connection, each.projection, each.build, each.area)) is None:
        if time.monotonic() > deadline:
            return None
        time.sleep(0.05)
    return left


def _words(left_out: int | None) -> str:
    if left_out is None:
        return "a projector is at work there, try again"
    return f"{left_out} still left out, see `hub parked`" if left_out else "nothing is left out any more"
