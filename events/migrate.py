"""Bring a database's tables up to date, and refuse to run on one that would not keep its promises."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import sha256
from importlib.resources import files
from typing import Literal

import psycopg
from psycopg.errors import InsufficientPrivilege

from events import catalogue
from events.base import CannotStart
from events.database import Connection, connect, value
from events.settings import Settings
from events.vault import Vault, VaultDamaged

Which = Literal["ledger", "vault"]

_LOCK = 7_261_001  # one migration at a time; the number only has to be ours

_TABLE = """
create table if not exists migration (
    number     integer primary key,
    name       text not null,
    digest     bytea not null,
    applied_at timestamptz not null default clock_timestamp()
)
"""


def migrations(which: Which) -> list[tuple[int, str, bytes]]:
    """The migrations this version has, in order: number, name, SQL."""
    found: list[tuple[int, str, bytes]] = []
    for file in files("events").joinpath("migrations", which).iterdir():
        match = re.fullmatch(r"(\d{4})_(\w+)\.sql", file.name)
        if match:
            found.append((int(match[1]), match[2], file.read_bytes()))
    return sorted(found)


def migrate(url: str, which: Which) -> list[str]:
    """Apply what is missing, each migration in one transaction. Returns the names applied.

    Raises `CannotStart` on a database changed by a newer version, or by a migration edited after it was applied.
    """
    done: list[str] = []
    with connect(url) as connection:
        connection.execute("select pg_advisory_lock(%s)", [_LOCK])
        connection.execute(_TABLE)
        applied = check_migrations(connection, which)
        for number, name, sql in migrations(which):
            if number not in applied:
                with connection.transaction():
                    connection.execute(sql)
                    connection.execute(
                        "insert into migration (number, name, digest) values (%s, %s, %s)",
                        [number, name, sha256(sql).digest()],
                    )
                done.append(f"{number:04}_{name}")
        connection.execute("select pg_advisory_unlock(%s)", [_LOCK])
    return done


def check_migrations(connection: Connection, which: Which) -> set[int]:
    """The numbers already applied, once it is sure that this version knows each of them."""
    known = {number: sha256(sql).digest() for number, _, sql in migrations(which)}
    applied = {int(str(n)): digest for n, digest in connection.execute("select number, digest from migration")}
    for number, digest in sorted(applied.items()):
        if number not in known:
            raise CannotStart(
                f"The {which} database has migration {number:04}, which this version of Trellis does not know. "
                "Run the newer version that made it, or restore a backup from before it."
            )
        if known[number] != digest:
            raise CannotStart(
                f"Migration {number:04} of the {which} database was applied with other content than this version has. "
                "Run the version that applied it."
            )
    return set(applied)


def check_ready(settings: Settings, *, vault: bool = True) -> None:
    """Refuse, in a sentence, a database that would lose what it promised to keep. `vault`: the vault is needed too.

    Raises `CannotStart` when durability is off, migrations are missing or from the future, the ledger holds a type of
    event this version cannot read, or the vault or its master key is missing or does not fit.
    """
    if vault:
        _check_vault_named(settings)
    with _reached(settings.database_url, "ledger", "HUB_DATABASE_URL") as connection:
        _check_ledger(connection, remember=True)
    if vault:
        with _reached(settings.vault_url, "vault", "HUB_VAULT_URL") as connection:
            _check_vault(connection, settings)


def check_ready_for_web(settings: Settings) -> None:
    """The same for pages and API, which reach the databases by logins that may look but not remember."""
    web = settings.as_web()
    _check_vault_named(web)
    name = "HUB_WEB_DATABASE_URL" if settings.web_database_url else "HUB_DATABASE_URL"
    with _reached(web.database_url, "ledger", name) as connection, _allowed(name):
        _check_ledger(connection, remember=False)
    name = "HUB_WEB_VAULT_URL" if settings.web_vault_url else "HUB_VAULT_URL"
    with _reached(web.vault_url, "vault", name) as connection, _allowed(name):
        _check_vault(connection, web)


def _check_vault_named(settings: Settings) -> None:
    if not settings.vault_url or not settings.vault_key:
        missing = "HUB_VAULT_URL" if not settings.vault_url else "HUB_VAULT_KEY (or HUB_VAULT_KEY_FILE)"
        raise CannotStart(f"The vault that keeps people's keys is missing: set {missing}.")


def _check_ledger(connection: Connection, *, remember: bool) -> None:
    _check_durable(connection)
    _check_migrated(connection, "ledger")
    unknown = sorted(_types(connection, remember=remember) - catalogue.TAGS)
    if unknown:
        raise CannotStart(
            f"The ledger holds events of a type this version cannot read: {', '.join(unknown)}. "
            "Run the version of Trellis that wrote them."
        )


def _check_vault(connection: Connection, settings: Settings) -> None:
    vault = Vault(settings.vault_key, before=settings.vault_key_before)
    _check_durable(connection)
    _check_migrated(connection, "vault")
    try:
        vault.digest_key(connection)
    except VaultDamaged as error:
        raise CannotStart(str(error)) from error


def _reached(url: str, which: Which, name: str) -> Connection:
    try:
        return connect(url)
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        raise CannotStart(
            f"The {which} database does not answer. Check that it runs and that {name} is right."
        ) from error


@contextmanager
def _allowed(name: str) -> Generator[None]:
    try:
        yield
    except InsufficientPrivilege as error:
        raise CannotStart(
            f"The login that {name} names may not do what pages and API do. Run `hub migrate`, and make it a member "
            "of trellis_app: deploy/README.md says how."
        ) from error


def _check_durable(connection: Connection) -> None:
    for setting in ("fsync", "synchronous_commit"):
        if value(connection, "select current_setting(%s)", [setting]) == "off":
            raise CannotStart(
                f"PostgreSQL runs with {setting} off, so a crash could lose what was already acknowledged. "
                f"Set {setting} = on and restart it."
            )


def _check_migrated(connection: Connection, which: Which) -> None:
    if value(connection, "select to_regclass('migration')") is None:
        raise CannotStart(f"The {which} database has no tables yet. Run `hub migrate` first.")
    if len(check_migrations(connection, which)) < len(migrations(which)):
        raise CannotStart(f"The {which} database misses migrations of this version. Run `hub migrate` first.")


_TYPES = "select distinct type from event_type"

# Only what was appended since somebody last looked is read.
_NEW_TYPES = """
with looked as (
    select l.area, coalesce(max(t.looked_to), 0) as looked_to
    from ledger l left join event_type t on t.area = l.area group by l.area
)
select e.area, e.type, max(e.position)
from looked l join event e on e.area = l.area and e.position > l.looked_to
group by e.area, e.type
"""

_REMEMBER = """
insert into event_type as t (area, type, looked_to) values (%s, %s, %s)
on conflict (area, type) do update set looked_to = greatest(t.looked_to, excluded.looked_to)
"""


def _types(connection: Connection, *, remember: bool) -> set[str]:
    known = {str(type) for (type,) in connection.execute(_TYPES)}
    new = connection.execute(_NEW_TYPES).fetchall()
    if remember:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(_REMEMBER, new)
    return known | {str(type) for _, type, _ in new}
