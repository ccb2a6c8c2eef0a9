"""What the hub refuses to start on: each in one sentence that says what to do."""

from collections.abc import Callable
from hashlib import sha256

import msgspec
import psycopg
import pytest
from network import SOMERSET, Server, command, eventually, hub

from events import ledger
from events.base import CannotStart
from events.database import connect
from events.migrate import check_ready, migrate, migrations
from events.settings import Settings


@pytest.fixture
def own(server: Server, settings: Settings) -> Settings:
    """A hub whose databases no other test uses, with one login for all."""
    return msgspec.structs.replace(
        settings,
        database_url=server.database("ledger"),
        vault_url=server.database("vault"),
        web_database_url="",
        web_vault_url="",
    )


def ready(settings: Settings) -> None:
    check_ready(settings)


def on_ledger(statement: str) -> Callable[[Settings], Settings]:
    def change(settings: Settings) -> Settings:
        with connect(settings.database_url) as connection:
            connection.execute(statement.encode())
        return settings

    return change


def on_vault(statement: str) -> Callable[[Settings], Settings]:
    def change(settings: Settings) -> Settings:
        with connect(settings.vault_url) as connection:
            connection.execute(statement.encode())
        return settings

    return change


def setting(**changes: str) -> Callable[[Settings], Settings]:
    return lambda settings: msgspec.structs.replace(settings, **changes)


def with_an_event_of_tomorrow(settings: Settings) -> Settings:
    with connect(settings.database_url) as connection:
        ledger.open_ledger(connection, [SOMERSET])
        ledger.append_batch(connection, [command(SOMERSET)], wait=True)
        connection.execute("update event set type = 'lesson.unheard_of'")
    return settings


def nowhere(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, database_url="postgresql://hub@/trellis?host=/nowhere")


REFUSED: dict[str, tuple[Callable[[Settings], Settings], str]] = {
    "synchronous_commit off for the database": (
        on_ledger(
            "do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$"
        ),
        "synchronous_commit off",
    ),
    "synchronous_commit off for the role": (
        on_ledger(
            "do $$ begin execute format('alter role hub in database %I set synchronous_commit = off',"
            " current_database()); end $$"
        ),
        "synchronous_commit off",
    ),
    "an unknown event": (with_an_event_of_tomorrow, "lesson.unheard_of"),
    "a migration from the future": (
        on_ledger("insert into migration (number, name, digest) values (9999, 'later', '')"),
        "9999",
    ),
    "an edited migration": (on_ledger("update migration set digest = '' where number = 1"), "0001"),
    "a missing migration": (on_ledger("delete from migration where number = 3"), "hub migrate"),
    "no tables": (on_ledger("drop table migration cascade"), "hub migrate"),
    "a vault from the future": (
        on_vault("insert into migration (number, name, digest) values (9999, 'later', '')"),
        "vault database has migration 9999",
    ),
    "a vault without tables": (on_vault("drop table migration"), "vault database has no tables"),
    "no vault": (setting(vault_url=""), "HUB_VAULT_URL"),
    "no vault key": (setting(vault_key=""), "HUB_VAULT_KEY"),
    "a vault that does not answer": (setting(vault_url="postgresql:///x?host=/nowhere"), "HUB_VAULT_URL"),
    "a database that does not answer": (nowhere, "HUB_DATABASE_URL"),
    "a database that is not there": (
        lambda settings: msgspec.structs.replace(settings, database_url=settings.database_url.replace("@/", "@/not_")),
        "HUB_DATABASE_URL",
    ),
}


def a_sentence(said: str) -> None:
    assert "\n" not in said.strip()
    assert said.strip().endswith(".")
    assert "Traceback" not in said


@pytest.mark.parametrize("what", REFUSED)
def test_the_hub_does_not_start_on(own: Settings, what: str) -> None:
    change, part = REFUSED[what]
    ready(own)
    with pytest.raises(CannotStart) as refusal:
        ready(change(own))
    assert part in str(refusal.value)
    a_sentence(str(refusal.value))


def refused(settings: Settings) -> bool:
    try:
        ready(settings)
    except CannotStart:
        return True
    return False


def test_the_hub_does_not_start_on_a_server_that_does_not_sync(server: Server, own: Settings) -> None:
    with psycopg.connect(own.database_url, autocommit=True) as admin:
        admin.execute("alter system set fsync = off")
        admin.execute("select pg_reload_conf()")
        try:
            eventually(lambda: refused(own))  # once the reload has arrived
            with pytest.raises(CannotStart, match="fsync off"):
                ready(own)
        finally:
            admin.execute("alter system reset fsync")
            admin.execute("select pg_reload_conf()")


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("serve", "no vault"),
        ("serve", "a database that does not answer"),
        ("serve", "a migration from the future"),
        ("project", "an edited migration"),
        ("tick", "no vault key"),
        ("tick", "a database that does not answer"),
        ("work", "an unknown event"),
    ],
)
def test_a_command_that_cannot_run_says_so_and_exits_with_2(own: Settings, command: str, what: str) -> None:
    change, part = REFUSED[what]
    settings = change(own)
    done = hub(settings, command)
    assert done.returncode == 2
    assert part in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr + done.stdout


def test_migrating_twice_applies_each_once(server: Server) -> None:
    url = server.database(None)
    assert migrate(url, "ledger") == [f"{number:04}_{name}" for number, name, _ in migrations("ledger")]
    assert migrate(url, "ledger") == []


def test_a_migration_that_fails_leaves_nothing_behind(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    url = server.database(None)
    broken = (9998, "broken", b"create table half (n int); select 1 / 0;")
    whole = migrations("ledger")
    monkeypatch.setattr("events.migrate.migrations", lambda _: [*whole, broken])
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(url, "ledger")
    with connect(url) as connection:
        assert connection.execute("select to_regclass('half')").fetchone() == (None,)
        assert connection.execute("select max(number) from migration").fetchone() == (whole[-1][0],)


def test_migrations_are_numbered_without_a_gap_and_remembered_by_content(server: Server) -> None:
    for which in ("ledger", "vault"):
        assert [number for number, *_ in migrations(which)] == list(range(1, len(migrations(which)) + 1))
    url = server.database("ledger")
    with connect(url) as connection:
        kept = connection.execute("select number, digest from migration order by number").fetchall()
    assert kept == [(number, sha256(sql).digest()) for number, _, sql in migrations("ledger")]
