"""`hub user` and `hub key`: who may come in, said on the machine that runs the hub (noted as done by `local`)."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import cast
from urllib.parse import urlsplit

import click
import msgspec
from rich.console import Console
from rich.table import Table

from events.access import EVERYWHERE, LOCAL, NETWORK_ROLES, ROLES, Action, HeldRole, Role
from events.base import NotFound, in_words, today
from events.database import Connection, connect
from events.settings import Settings
from hub.access import accounts, invitations
from hub.access import keys as all_keys
from hub.access.log import OPERATOR

out = Console(highlight=False)

DAY = click.DateTime(["%Y-%m-%d"])
YEAR = timedelta(days=365)


def _reached() -> Settings:
    from hub.cli import reached  # which names these commands

    return reached()


@contextmanager
def _connection() -> Generator[Connection]:
    with connect(_reached().database_url) as connection:
        yield connection


def link(settings: Settings, path: str) -> str:
    """An address of this hub as people open it. Passkeys need a name, so this machine is called localhost."""
    base = settings.url or f"http://localhost:{settings.port}"
    if urlsplit(base).hostname in ("127.0.0.1", "::1"):
        base = f"http://localhost:{urlsplit(base).port or settings.port}"
    return base + path


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


def _held(role: str, area: str | None, starts: datetime | None, ends: datetime | None) -> HeldRole:
    where = EVERYWHERE if area is None and role in NETWORK_ROLES else (area or "")
    return HeldRole(role=cast("Role", role), area=where, starts=_day(starts) or today(), ends=_day(ends))


def _account(connection: Connection, email: str) -> accounts.Account:
    found = accounts.account_by_email(connection, email)
    if found is None:
        raise NotFound(f"There is no open account with the address {email}. `hub user list` shows all.")
    return found


# ---- people


@click.group()
def user() -> None:
    """Invite people, give and end their roles, close their accounts."""


_role = click.option("--role", type=click.Choice(list(ROLES)), help="What they are to be.")
_area = click.option("--area", help="Code of the area the role is held for; none for roles of the whole network.")
_starts = click.option("--from", "starts", type=DAY, help="First day of the role; today unless given.")
_ends = click.option("--until", "ends", type=DAY, help="Last day of the role; no end unless given.")


@user.command()
@click.argument("email")
@click.option("--name", default="", help="The person's name. Needed unless they have an account.")
@_role
@_area
@_starts
@_ends
def invite(
    email: str, name: str, role: str | None, area: str | None, starts: datetime | None, ends: datetime | None
) -> None:
    """Print a link with which one person gets in, once, within seven days.

    With --role it makes them an account; who has one holds the role at once, and no link is made. Without, it lets them
    back in to their account, and ends the passkeys, codes and identities they had. Pass it on to that person only.
    """
    settings = _reached()
    held = _held(role, area, starts, ends) if role else None
    with connect(settings.database_url) as connection:
        known = accounts.account_by_email(connection, email)
        if known and held:
            accounts.give_role(connection, known.id, held, given_by=LOCAL.id)
            out.print(
                f"{known.name} has an account already, and is now {accounts.role_in_words(held)}. No link was made."
            )
            return
        token = invitations.invite(connection, name=name, email=email, role=held, by=LOCAL.id)
    click.echo(link(settings, f"/invitations/{token}"))


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@_role
@_area
@_starts
@_ends
def add(
    email: str, name: str, role: str | None, area: str | None, starts: datetime | None, ends: datetime | None
) -> None:
    """Make an account ahead of time. `hub user invite EMAIL` then prints the link that lets the person in."""
    with _connection() as connection, connection.transaction():
        account = accounts.add_account(connection, name=name, email=email)
        if role:
            accounts.give_role(connection, account, _held(role, area, starts, ends), given_by=LOCAL.id)
    out.print(f"{name} has an account. To let them in, run: hub user invite {email}")


@user.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print the accounts as JSON.")
def list_users(as_json: bool) -> None:
    """Show the open accounts and the roles they hold."""
    with _connection() as connection:
        found = accounts.accounts(connection)
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    if not found:
        out.print("There are no accounts yet. `hub user invite` makes the first.")
        return
    table = Table("Name", "E-mail", "Roles")
    for each in found:
        table.add_row(each.name, each.email, "\n".join(map(accounts.role_in_words, each.roles)))
    out.print(table)


@user.command()
@click.argument("email")
@click.argument("role", type=click.Choice(list(ROLES)))
@_area
@_starts
@_ends
def role(email: str, role: str, area: str | None, starts: datetime | None, ends: datetime | None) -> None:
    """Give somebody a role. They are signed out, and sign in again with the new rights."""
    held = _held(role, area, starts, ends)
    with _connection() as connection:
        found = _account(connection, email)
        accounts.give_role(connection, found.id, held, given_by=LOCAL.id)
    out.print(f"{found.name} is {accounts.role_in_words(held)}.")


@user.command()
@click.argument("email")
@click.argument("role", type=click.Choice(list(ROLES)))
@_area
@click.option("--last", type=DAY, help="The last day of the role; today unless given.")
def end(email: str, role: str, area: str | None, last: datetime | None) -> None:
    """Let a role end. To shut somebody out at once, close their account.

    With the role of administrator, the invitations and keys that they made end now.
    """
    held = _held(role, area, None, None)
    day = _day(last) or today()
    with _connection() as connection:
        found = _account(connection, email)
        if not accounts.end_role(connection, found.id, role=held.role, area=held.area, last=day, by=LOCAL.id):
            raise NotFound(f"{found.name} does not hold this role there, or it ends before {in_words(day)} anyway.")
    out.print(f"{found.name} is {role} for {accounts.area_in_words(held.area)} until {in_words(day)}.")


@user.command()
@click.argument("email")
def close(email: str) -> None:
    """Shut somebody out at once. Their roles and the keys they made end too; what they recorded stays."""
    with _connection() as connection:
        found = _account(connection, email)
        accounts.close_account(connection, found.id, by=LOCAL.id)
    out.print(f"The account of {found.name} is closed.")


@user.command(name="open")
@click.argument("email")
def open_again(email: str) -> None:
    """Open a closed account again. Its roles, passkeys, codes and identities do not come back."""
    with _connection() as connection:
        found = accounts.closed_account(connection, email)
        if found is None:
            raise NotFound(f"There is no closed account with the address {email}.")
        accounts.open_account(connection, found.id, by=LOCAL.id)
    out.print(f"The account of {found.name} is open and holds no role. To let them in, run: hub user invite {email}")


# ---- programs


@click.group()
def key() -> None:
    """Make, list and revoke keys for programs of partners."""


@key.command()
@click.option("--name", required=True, help="Who uses it.")
@click.option(
    "--allow", "actions", multiple=True, required=True, type=click.Choice(all_keys.FOR_KEYS), help="What it may do."
)
@click.option("--area", "areas", multiple=True, required=True, help="Code of an area where it works; * for all.")
@click.option("--until", "ends", type=DAY, help="The last day it works; a year from now unless given.")
def make(name: str, actions: tuple[str, ...], areas: tuple[str, ...], ends: datetime | None) -> None:
    """Print a new key. It cannot be shown again."""
    with _connection() as connection:
        made = all_keys.make_key(
            connection,
            name=name,
            actions=cast("tuple[Action, ...]", actions),
            areas=areas,
            ends_on=_day(ends) or today() + YEAR,
            created_by=LOCAL.id,
        )
    click.echo(made)


@key.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print the keys as JSON.")
def list_keys(as_json: bool) -> None:
    """Show all keys ever made, by the start that names them."""
    with _connection() as connection:
        found = all_keys.keys(connection)
        names = {f"account:{id}": name for id, name in accounts.names(connection).items()} | {LOCAL.id: OPERATOR}
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    if not found:
        out.print("There are no keys. `hub key make` makes one.")
        return
    table = Table("Key", "Name", "Made by", "May", "Where", "Last day", "Last used")
    for each in found:
        table.add_row(
            each.prefix,
            each.name,
            names.get(each.made_by, each.made_by),
            ", ".join(each.actions),
            ", ".join(map(accounts.area_in_words, each.areas)),
            "revoked" if each.revoked else in_words(each.ends_on),
            f"{each.used_at:%Y-%m-%d %H:%M} UTC" if each.used_at else "never",
        )
    out.print(table)


@key.command()
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """Let a key open nothing from now on. PREFIX is what `hub key list` shows of it."""
    with _connection() as connection:
        if not all_keys.revoke_key(connection, prefix, by=LOCAL.id):
            raise NotFound(f"There is no key {prefix}. `hub key list` shows all.")
    out.print(f"The key {prefix} opens nothing any more.")
