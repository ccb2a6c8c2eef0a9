"""What is not fit for real people's data about the way this hub is set up, each in a sentence with what to do."""

import os
from collections.abc import Iterable, Iterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import redis
from msgspec import Struct
from psycopg.conninfo import conninfo_to_dict

from events.base import CannotStart, now, today
from events.database import Connection, connect, value
from events.heads import signing_key
from events.migrate import Which
from events.settings import Settings
from hub.access.demo import is_demo
from hub.db import open_redis
from hub.status.routes import status_of

LONGEST_KEY = timedelta(days=400)
"""A key for longer than this counts as one without an end."""


class Finding(Struct, frozen=True, kw_only=True):
    name: str
    """What was looked at, always in the same words, for programs."""
    unsafe: bool
    """Otherwise it is advice."""
    words: str
    do: str


def unsafe(name: str, words: str, do: str) -> Finding:
    return Finding(name=name, unsafe=True, words=words, do=do)


def advice(name: str, words: str, do: str) -> Finding:
    return Finding(name=name, unsafe=False, words=words, do=do)


def examine(settings: Settings) -> list[Finding]:
    """Everything found, the unsafe first. Raises `psycopg.OperationalError` when a database is out of reach."""
    found = list(about_settings(settings))
    with connect(settings.database_url) as ledger, connect(settings.vault_url) as vault:
        found += about_server("ledger", ledger)
        found += about_server("vault", vault)
        found += about_both(ledger, vault)
        found += about_access(ledger)
        found += about_ledgers(ledger)
        found += about_heads(settings.heads, ledger)
    web = settings.as_web()
    with connect(web.database_url) as ledger, connect(web.vault_url) as vault:
        found += about_web_login("ledger", ledger)
        found += about_web_login("vault", vault)
    # the same is said once, of however many logins
    found += dict.fromkeys(each for one in (settings, web) for each in about_way("ledger", one.database_url))
    found += dict.fromkeys(each for one in (settings, web) for each in about_way("vault", one.vault_url))
    found += about_queue(settings)
    return sorted(found, key=lambda each: not each.unsafe)


def about_settings(settings: Settings) -> Iterator[Finding]:
    if settings.only_here:
        yield unsafe(
            "open to this machine",
            "Whoever asks from this machine may record, without signing in.",
            "Set HUB_URL to the address people use, such as https://hub.example.org.",
        )
    elif not settings.url.startswith("https://"):
        yield unsafe(
            "no TLS",
            "HUB_URL is not an https address, so sessions and keys would travel in the open.",
            "Put a proxy that speaks TLS in front and set HUB_URL to its address.",
        )
    elif not settings.trusted_proxy:
        yield unsafe(
            "proxy not named",
            "All people look like one address, the proxy's: limits on attempts to sign in would lock out everybody.",
            "Set HUB_TRUSTED_PROXY to the proxy's address or network.",
        )
    if settings.write_key:
        yield unsafe(
            "write key",
            "HUB_WRITE_KEY may record everywhere, never ends, and the ledger does not tell who used it.",
            "Make a key for each program with `hub key make`, then unset HUB_WRITE_KEY.",
        )
    try:
        signing_key(settings.signing_key)
    except CannotStart:
        yield unsafe(
            "no signing key",
            "No key signs the heads of ledgers, so a ledger cut short or rewritten would not show.",
            "Set HUB_SIGNING_KEY_FILE for `hub tick`, `hub work` and here.",
        )
    if "HUB_BACKUP_DAYS" not in os.environ:
        yield advice(
            "backup days",
            f"People are told that erased data is gone after {settings.backup_days} days, which is a guess.",
            "Set HUB_BACKUP_DAYS to the days that backups of the vault are really kept.",
        )
    if not settings.contact:
        yield advice(
            "no contact",
            "Somebody who finds a weakness learns from nowhere whom to tell.",
            "Set HUB_CONTACT, such as mailto:security@example.org; it is shown at /.well-known/security.txt.",
        )


def about_server(which: Which, connection: Connection) -> Iterator[Finding]:
    off = connection.execute(
        "select name from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit')"
        " and setting = 'off' order by name"
    ).fetchall()
    if off:
        names = ", ".join(str(name) for (name,) in off)
        yield unsafe(
            f"{which} durability",
            f"The {which}’s server may lose what it said it kept: {names} is off.",
            f"Turn it on in postgresql.conf: {names}.",
        )
    if value(connection, "select rolsuper from pg_roles where rolname = session_user"):
        yield unsafe(
            f"{which} superuser",
            f"The hub works on the {which} as a superuser, whom nothing in the database holds back.",
            "Make a role that owns the database and is no superuser, and name it in the address.",
        )


# Whatever it is a member of it may become, whether or not it inherits from it.
_WEB_LOGIN = """
select rolname, rolsuper, rolbypassrls, rolcreaterole or rolreplication,
       exists (select from pg_class c where c.oid = any (%(tables)s::regclass[]) and c.relowner = r.oid),
       (select string_agg(o.rolname, ', ' order by o.rolname) from pg_roles o
        where o.oid <> r.oid and o.rolname <> 'trellis_app' and pg_has_role(r.oid, o.oid, 'member')),
       exists (select from unnest(%(tables)s::regclass[]) t
               where has_table_privilege(r.oid, t, 'delete, truncate')
                  or has_any_column_privilege(r.oid, t, 'update'))
from pg_roles r where rolname = session_user
"""

_KEPT: dict[Which, list[str]] = {"ledger": ["event", "look"], "vault": ["subject_key"]}
"""Tables that pages and API only read and add to."""


def about_web_login(which: Which, connection: Connection) -> Iterator[Finding]:
    """The connection is one by the login of pages and API."""
    row = connection.execute(_WEB_LOGIN, {"tables": _KEPT[which]}).fetchone()
    assert row is not None
    login, superuser, bypasses, makes, owns, others, changes = row
    reasons = {
        "is a superuser": superuser,
        "owns its tables": owns,
        "may pass by row-level security": bypasses,
        "may make roles or copies of the server": makes,
        f"may act as {others}": others,
        "may change what is kept": changes,
    }
    # what follows from the first is not told as well
    why = next((words for words, holds in reasons.items() if holds), None)
    if why:
        variable = "HUB_WEB_DATABASE_URL" if which == "ledger" else "HUB_WEB_VAULT_URL"
        yield unsafe(
            f"web login to {which}",
            f"Pages and API log in to the {which} as {login}, who {why}: whoever broke into them could do so too.",
            f"Make a login that is a member of trellis_app and of nothing else, and name it in {variable}: "
            "deploy/README.md says how.",
        )


_UNCHECKED = ("require", "verify-ca")


def about_way(which: Which, url: str) -> Iterator[Finding]:
    """Whether what is said to a database on another machine can be read or answered by others on the way."""
    told = conninfo_to_dict(url)
    hosts = [host for host in str(told.get("host") or told.get("hostaddr") or "").split(",") if not _is_here(host)]
    mode = str(told.get("sslmode") or os.environ.get("PGSSLMODE") or "prefer")
    best = "Let its address say sslmode=verify-full, with sslrootcert naming the certificate that vouches for it."
    if not hosts or mode == "verify-full":
        return
    if mode == "disable":
        yield advice(
            f"{which} in the open",
            f"The way to the {which} on {hosts[0]} is in the open, which is right only between containers of one "
            "machine.",
            f"If it is another machine: {best[0].lower()}{best[1:]}",
        )
    elif mode in _UNCHECKED:
        yield advice(
            f"{which} taken at its word",
            f"The way to the {which} on {hosts[0]} is encrypted, but with sslmode={mode} somebody else could answer "
            "in its place.",
            best,
        )
    else:
        yield unsafe(
            f"{which} without TLS",
            f"The way to the {which} on {hosts[0]} need not be encrypted, so others may read and change what is said "
            f"(sslmode={mode}).",
            best,
        )


def _is_here(host: str) -> bool:
    """A socket, or an address of this machine alone."""
    if host in ("", "localhost") or host.startswith(("/", "@")):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def about_both(ledger: Connection, vault: Connection) -> Iterator[Finding]:
    server = "select system_identifier from pg_control_system()"
    if value(ledger, server) == value(vault, server):
        yield unsafe(
            "vault beside ledger",
            "People's keys lie on the same server as what they open, so one backup holds both.",
            "Give the vault a server of its own, with backups of its own: HUB_VAULT_URL.",
        )


_ADMINISTRATORS = """
select count(distinct a.id)
from account a join held_role r on r.account = a.id
where a.closed_at is null and r.role = 'administrator' and r.starts <= %(on)s and (r.ends is null or r.ends >= %(on)s)
  and (exists (select from passkey p where p.account = a.id and p.stopped_at is null)
       or exists (select from identity i where i.account = a.id))
"""

_UNGUARDED = """
select distinct c.relname from pg_policy p join pg_class c on c.oid = p.polrelid
where not (c.relrowsecurity and c.relforcerowsecurity) order by 1
"""

_ENDLESS = "select prefix, name from api_key where revoked_at is null and ends_on > %s order by created_at"


def about_access(ledger: Connection) -> Iterator[Finding]:
    if not value(ledger, _ADMINISTRATORS, {"on": today()}):
        yield unsafe(
            "no administrator",
            "No administrator can sign in with a passkey or an identity provider.",
            "Run `hub user invite EMAIL --name NAME --role administrator` and open the link it prints.",
        )
    for prefix, name in ledger.execute(_ENDLESS, [today() + LONGEST_KEY]):
        yield unsafe(
            "key without end",
            f"The key {prefix} of {name} works for more than a year to come.",
            f"Make one that ends sooner, then run `hub key revoke {prefix}`.",
        )
    if is_demo(ledger):
        yield unsafe(
            "demonstration",
            "This is the invented network.",
            "Set HUB_DATA or the databases to new ones, and start with `hub up --empty` or `hub migrate`.",
        )
    for (table,) in ledger.execute(_UNGUARDED):
        yield unsafe(
            "row security",
            f"The database does not keep one area's rows of the table {table} from another's people.",
            f"Find out who switched row-level security off, then run: alter table {table} enable row level security, "
            "force row level security.",
        )


def about_ledgers(ledger: Connection) -> Iterator[Finding]:
    status = status_of(ledger, at=now(), queue=True)
    for each in status.damaged:
        yield unsafe("damaged ledger", f"The ledger of {each.name} is damaged: {each.fault}.", "Run `hub verify`.")
    if status.unchecked:
        names = ", ".join(each.name for each in status.unchecked[:3])
        more = f" and {len(status.unchecked) - 3} more" if len(status.unchecked) > 3 else ""
        yield unsafe(
            "unchecked ledger",
            f"Not checked in the last day and a half: {names}{more}.",
            "See that `hub tick` and `hub work` run.",
        )
    parked = sum(each.streams_parked for each in status.areas)
    if parked:
        yield advice(
            "figures left out",
            f"{parked} histories are left out of the figures, because this version cannot take them in.",
            "See `hub parked`. Upgrade, or once it is mended run `hub retry`.",
        )


def about_heads(folder: Path, ledger: Connection) -> Iterator[Finding]:
    if not (folder / "heads.jsonl").exists():
        yield unsafe(
            "no signed heads",
            f"There are no signed heads in {folder}.",
            "See that `hub tick` runs, and that HUB_HEADS names its folder here too.",
        )
    elif _disk(folder) == _disk(Path(str(value(ledger, _DATA)))):
        yield unsafe(
            "heads beside ledger",
            "Signed heads lie on the disk of the database that they vouch for.",
            "Set HUB_HEADS to a folder on another machine's disk, or copy it there every day.",
        )


_DATA = "select setting from pg_settings where name = 'data_directory'"  # none for who may not know


def _disk(path: Path) -> int | None:
    """None for a folder that is not on this machine, or not to be looked at."""
    try:
        return path.stat().st_dev
    except OSError:
        return None


def about_queue(settings: Settings) -> Iterator[Finding]:
    parts = urlsplit(settings.redis_url)
    if parts.scheme != "unix" and not parts.password:
        yield unsafe(
            "queue without password",
            "Whoever reaches the queue may read it and put jobs in.",
            "Give it a password, and write it in HUB_REDIS_URL.",
        )
    with open_redis(settings) as queue:
        try:
            queue.ping()
        except redis.RedisError:
            yield unsafe("queue away", "The queue does not answer, so nobody can sign in.", "Check HUB_REDIS_URL.")


def is_safe(found: Iterable[Finding]) -> bool:
    return not any(each.unsafe for each in found)
