"""`hub nudges` with `retry`, `give-up`, `write-again` and `bounce`: what goes out, on the machine that runs the hub."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import BinaryIO, Final
from uuid import UUID

import click
import msgspec
from rich.console import Console
from rich.table import Table

from events import messages
from events.base import now, today
from events.database import Connection, connect
from events.places import place_name
from hub.nudges.bounces import read_report

out = Console(highlight=False)

MOST_MAIL: Final = 1_000_000
"""Bytes; what comes after them is nothing that is read."""


@contextmanager
def _connected() -> Generator[Connection]:
    from hub.cli import reached  # which names these commands

    with connect(reached().database_url) as connection:
        yield connection


def show(as_json: bool) -> None:
    """How messages stand, and those that somebody has to look at."""
    with _connected() as connection:
        found = messages.counts(connection, now=now())
        listed = messages.stuck(connection)
    if as_json:
        click.echo(msgspec.json.encode({"counts": found, "stuck": listed}))
        return
    table = Table("Due", "Later", "Being sent", "Stuck", "Doubtful", "Failed", "Sent", "Not needed")
    table.add_row(
        *(f"{number:,}" for number in (found.due, found.later, found.under_way, found.stuck)),
        *(f"{number:,}" for number in (found.doubtful, found.failed, found.sent, found.suppressed)),
    )
    out.print(table)
    if not listed:
        return
    table = Table("Message", "Area", "To", "Of", "How it stands", "Tried")
    for each in listed:
        words = f"{each.state}: {each.note}" if each.note not in (None, each.state) else each.state
        to, day = each.recipient_kind, each.send_on.isoformat()
        table.add_row(str(each.message), place_name(each.area), to, day, words, str(each.attempt))
    out.print(table)
    if len(listed) == messages.MOST_LISTED:
        out.print(f"The first {messages.MOST_LISTED} are shown.")


@click.command()
@click.argument("message", type=click.UUID)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def retry(message: UUID, as_json: bool) -> None:
    """Let MESSAGE go out once more, though it may have gone out before."""
    with _connected() as connection:
        area = messages.retry(connection, message, now=now())
    _said(as_json, message, area, f"It goes out again within a minute, at hours when {place_name(area)} is written to.")


@click.command(name="give-up")
@click.argument("message", type=click.UUID)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def give_up(message: UUID, as_json: bool) -> None:
    """Let MESSAGE go out no more, and record so."""
    with _connected() as connection:
        area = messages.area_of(connection, message)
        messages.give_up(connection, message, now=now(), actor="operator")
    _said(as_json, message, area, "It does not go out any more.")


@click.command(name="write-again")
@click.argument("message", type=click.UUID)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def write_again(message: UUID, as_json: bool) -> None:
    """Let mail go again to the address that MESSAGE came back from, and MESSAGE with it."""
    with _connected() as connection:
        area = messages.write_again(connection, message, now=now(), actor="operator")
    _said(as_json, message, area, "Mail goes to its address again, this message within a minute or in the morning.")


@click.command()
@click.argument("mail", type=click.File("rb"), default="-")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def bounce(mail: BinaryIO, as_json: bool) -> None:
    """Take down what a mail that came back tells. It comes on standard input, as an alias of a mail server gives it."""
    told = read_report(mail.read(MOST_MAIL))
    if told is None:
        # such as that somebody is on holiday
        click.echo(msgspec.json.encode(None) if as_json else "This does not tell what became of a message.")
        return
    with _connected() as connection:
        area = messages.area_of(connection, told.message)
        messages.deliver(connection, told.message, told.outcome, on=today(), actor="operator")
    _said(as_json, told.message, area, f"Taken down: {told.outcome}.")


def _said(as_json: bool, message: UUID, area: str, sentence: str) -> None:
    if as_json:
        click.echo(msgspec.json.encode({"message": message, "area": area}))
    else:
        out.print(sentence)
