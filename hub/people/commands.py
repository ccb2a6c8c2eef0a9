"""`hub export-person` and `hub erase`: what pages do, for whoever runs the hub's machine."""

import os
from collections.abc import Collection
from pathlib import Path
from typing import get_args
from uuid import UUID

import click
import msgspec
from rich.console import Console

from events import erasing
from events.access import EVERYWHERE, Grant, Principal
from events.base import Refused, in_words, now, today
from events.database import Connection, connect, value
from events.people import ErasureBasis
from events.personal_data import LOOKS_KEPT_YEARS, years_after
from events.settings import Settings
from hub.access.accounts import account_by_email
from hub.db import Hub
from hub.people import erasure
from hub.people.export import export
from hub.people.looking import looks_at, open_files, open_for

out = Console(highlight=False)

OPERATOR = Principal(
    id="operator",
    name="The operator of the hub's machine",
    grants=(Grant(frozenset({"read people"}), EVERYWHERE),),
)


def _reached() -> Settings:
    from hub.cli import reached  # which names these commands

    return reached()


@click.command(name="export-person")
@click.argument("subject", type=click.UUID)
@click.option("--reason", required=True, help="Why it is needed, without naming anybody; it stays on record.")
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="The folder to put it in.")
def export_person(subject: UUID, reason: str, to: Path) -> None:
    """Write all that is held about a person into a zip, for them. It counts as a look at their data."""
    with Hub(_reached()) as hub:
        opened = open_for(hub, OPERATOR, subject, action="read people", why=reason, exported=True)
        looks = looks_at(hub, OPERATOR, subject, action="read people")
        files = open_files(hub, OPERATOR, subject)
        with hub.acting(OPERATOR, "read people") as connection:
            noted = [each for of in erasure.notes_with(connection, subject).values() for each in of]
    file = to / f"person-{subject}.zip"
    _write_private(file, export(subject, opened, looks, files, made_at=now()))
    out.print(f"Wrote {file}. It is not encrypted: hand it over safely and delete it here.")
    if noted:
        words = "; ".join(str(each) for each in noted)
        out.print(f"What is noted about the enterprise they own, told and sent by its links too, has its own: {words}.")


@click.command()
@click.argument("subject", type=click.UUID)
@click.option("--area", required=True, help="The code of an area that holds something about the person.")
@click.option("--reason", required=True, type=click.Choice(get_args(ErasureBasis)))
@click.option("--asked-by", required=True, metavar="EMAIL", help="The account of whoever asks for it.")
@click.option("--approved-by", required=True, metavar="EMAIL", help="The account of whoever approves: somebody else.")
@click.option("--with-notes", is_flag=True, help="Erase the notes about the enterprises they own in the area as well.")
def erase(subject: UUID, area: str, reason: ErasureBasis, asked_by: str, approved_by: str, *, with_notes: bool) -> None:
    """Erase a person for good, as two people decided. Both must hold a role that lets them.

    Goes on where an earlier one was cut short.
    """
    settings = _reached()
    with Hub(settings) as hub:
        asking, approving = _by_operator(_account(hub, asked_by)), _by_operator(_account(hub, approved_by))
        with hub.acting(asking, "ask erasure", area) as connection:
            noted = erasure.notes_with(connection, subject).get(area, [])
            subjects = [subject, *noted] if with_notes else [subject]
            before = {each: _open(connection, each) for each in subjects}
        if other := next((order for order in before.values() if order and order.asked_by != asking.id), None):
            raise Refused(f"{other.asked_name} asked for this already. Give their e-mail address as --asked-by.")
        for each, order in before.items():
            if order is None:
                erasure.ask(hub, asking, area=area, subject=each, basis=reason, by_operator=True)
        with hub.acting(asking, "ask erasure", area) as connection:
            orders = [order for each in subjects if (order := _open(connection, each))]
        for order in orders:
            if order.approved is None:
                erasure.decide(hub, approving, area=area, id=order.id, approve=True, by_operator=True)
    _carry_out(settings, {order.id for order in orders})
    if noted and not with_notes:
        words = "; ".join(str(each) for each in noted)
        out.print(f"Notes about the enterprise they own are left: {words}. --with-notes erases these as well.")


def _open(connection: Connection, subject: UUID) -> erasure.Erasure | None:
    """What was asked for and not declined."""
    return next((each for each in erasure.erasures(connection, subject=subject) if each.approved is not False), None)


@click.command(name="forget-looks")
@click.option("--dry-run", is_flag=True, help="Only count them.")
def forget_looks(dry_run: bool) -> None:
    """Take out the records of looks that were kept long enough: six years."""
    before = years_after(today(), -LOOKS_KEPT_YEARS)
    with connect(_reached().database_url) as connection:
        if dry_run:
            found = value(connection, "select count(*) from look where at < %s", [before])
        else:
            found = connection.execute("delete from look where at < %s", [before]).rowcount
    done = "could be taken out" if dry_run else "were taken out"
    out.print(f"{found} records of looks from before {in_words(before)} {done}.")


def _account(hub: Hub, email: str) -> Principal:
    with hub.pool.connection() as connection:
        found = account_by_email(connection, email)
    if found is None:
        raise Refused("There is no account with one of these e-mail addresses.")
    return found.principal


def _by_operator(account: Principal) -> Principal:
    """The same, with a name that says who truly sat at the machine: nobody has signed in here."""
    return msgspec.structs.replace(account, name=f"{account.name} (by the operator)")


def _write_private(file: Path, content: bytes) -> None:
    """A file that only its owner can read. One that was there goes: somebody may have it open."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
        new.write(content)


def _carry_out(settings: Settings, orders: Collection[UUID]) -> None:
    with connect(settings.database_url) as connection, connect(settings.vault_url) as vault:
        for each in erasing.approved(connection):
            if each.id in orders:
                erasing.carry_out(connection, vault, each, folder=settings.heads, backup_days=settings.backup_days)
        done = [each for order in orders for each in erasure.erasures(connection, id=order)]
    until = max(each.backups_until for each in done if each.backups_until)
    out.print(f"Erased. The last backup of the vault that may hold the key expires on {until}.")
