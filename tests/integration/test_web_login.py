"""Pages and API log in to the databases as somebody who owns nothing, and cannot step out of row-level security."""

from collections.abc import Generator
from contextlib import contextmanager
from uuid import uuid4

import httpx
import msgspec
import psycopg
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from network import CORNWALL, SOMERSET, Network, Server, joined
from psycopg.errors import InsufficientPrivilege

from events.base import CannotStart
from events.database import Connection, connect, let_in, value
from events.migrate import check_ready, check_ready_for_web
from events.projections import ALL, engine
from events.settings import Settings
from events.vault import Vault
from hub.app import create_app
from hub.db import Hub
from hub.doctor import about_web_login

STEPS_OUT = [
    "set role hub",
    "set session authorization hub",
    "alter role current_user bypassrls",
    "create role mine superuser",
    "create role mine",
    "grant hub to current_user",
    "alter policy areas_let_in_to on event using (true)",
    "drop policy areas_let_in_to on event",
    "alter table event disable row level security",
    "alter table look no force row level security",
    "set row_security = off; select * from event",
    "update event set data = '{}'",
    "update event set data = data where false",
    "delete from event",
    "truncate event",
    "delete from look",
    "update look set who_name = 'Nobody'",
    "delete from access_log",
    "update ledger set area = 'E06000001'",
    "delete from ledger",
    "insert into event_type (area, type, looked_to) values ('UK', 'x', 1000000)",
    "insert into notice (name, words) values ('x', 'x')",
    "insert into verification (area, events) values ('UK', 0)",
    "update erasure set done_at = now()",
    "set trellis.areas = '*'; insert into erasure (area, id, subject, basis, asked_by, asked_name, approved,"
    " decided_at, decided_by) values ('UK', gen_random_uuid(), gen_random_uuid(), 'x', 'x', 'x', true, now(), 'y')",
    "set trellis.areas = '*'; insert into look (area, id, at, who, who_name, subject, why)"
    " values ('UK', gen_random_uuid(), '2020-01-01', 'x', 'x', gen_random_uuid(), 'x')",
    "insert into migration (number, name, digest) values (9999, 'x', '')",
    "drop function append",
    "create or replace function as_json(e event) returns text language sql as 'select null::text'",
    "create table mine (n integer)",
    "create schema mine",
    "delete from national_1.belief",
    "copy event to program 'true'",
    "select pg_read_file('/etc/hostname')",
]

STEPS_OUT_OF_VAULT = [
    "set role hub",
    "update subject_key set wrapped = null, destroyed_at = now()",
    "insert into subject_key (subject, wrapped, destroyed_at) values (gen_random_uuid(), null, now())",
    "delete from subject_key",
    "truncate subject_key",
    "update migration set digest = ''",
    "drop table subject_key",
]

GUARDED = "select c.oid::regclass::text from pg_policy p join pg_class c on c.oid = p.polrelid order by 1"


def went_through(url: str, statements: list[str]) -> set[str]:
    """What of all that this login may do, having put aside the role that it works under."""
    done: set[str] = set()
    with connect(url, for_others=True) as connection:
        connection.execute("set role none")  # `reset role` would go back to what it began as
        for statement in statements:
            try:
                with connection.transaction(force_rollback=True):
                    connection.execute(statement.encode())
            except InsufficientPrivilege:
                continue
            except psycopg.Error:
                pass  # it was let do it, and then it did not work
            done.add(statement)
    return done


def seen(url: str) -> dict[str, int]:
    """How many rows of each guarded table a login sees that nobody let in anywhere."""
    with connect(url, for_others=True) as connection:
        connection.execute("set role none")  # `reset role` would go back to what it began as
        tables = [str(name) for (name,) in connection.execute(GUARDED)]
        return {name: int(str(value(connection, f"select count(*) from {name}"))) for name in tables}  # pyright: ignore


@pytest.fixture
def filled(network: Network) -> Network:
    """Every guarded table holds something."""
    network.given(joined(SOMERSET))
    network.given(joined(CORNWALL))
    for statement in (
        "insert into look (area, id, who, who_name, subject, why) values ('UK', %(id)s, 'x', 'x', %(id)s, 'x')",
        "insert into erasure (area, id, subject, basis, asked_by, asked_name)"
        " values ('UK', %(id)s, %(id)s, 'x', 'x', 'x')",
        "insert into erasure_hold (area, id, subject, kind, placed_by, placed_name)"
        " values ('UK', %(id)s, %(id)s, 'x', 'x', 'x')",
        "insert into kept_long_enough (area, subject, due_on, found_on) values ('UK', %(id)s, now(), now())",
    ):
        network.connection.execute(statement.encode(), {"id": uuid4()})
    return network


@contextmanager
def a_login(server: Server, settings: Settings) -> Generator[tuple[str, Connection, str]]:
    """A login made like the one of pages and API: its name, the owner's connection, and its address of the ledger."""
    login = f"web_{uuid4().hex[:8]}"
    with psycopg.connect(settings.database_url, autocommit=True) as owner:
        owner.execute(f"create role {login} login in role trellis_app".encode())
        try:
            yield login, owner, settings.database_url.replace("//hub@", f"//{login}@")
        finally:
            owner.execute(f"reassign owned by {login} to hub".encode())
            owner.execute(f"drop owned by {login}".encode())
            owner.execute(f"drop role {login}".encode())


def a_client(settings: Settings) -> TestClient[Litestar]:
    return TestClient(create_app(settings), raise_server_exceptions=False)


def join(client: TestClient[Litestar]) -> httpx.Response:
    return client.post(f"/api/areas/{SOMERSET}/join", json={}, headers={"idempotency-key": str(uuid4())})


# ---- who logs in


_LOGINS = """
select distinct usename from pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and pid <> all (%s)
"""


def test_all_connections_of_a_serving_hub_are_of_the_web_s_login(settings: Settings, connection: Connection) -> None:
    with connect(settings.vault_url) as vault, a_client(settings) as client:
        assert join(client).status_code == 201
        ours = [connection.info.backend_pid, vault.info.backend_pid]
        assert connection.execute(_LOGINS, [ours]).fetchall() == [("trellis_web",)]
        assert vault.execute(_LOGINS, [ours]).fetchall() == [("trellis_web",)]


def test_it_is_a_member_of_trellis_app_alone_and_owns_nothing(settings: Settings) -> None:
    with connect(settings.web_database_url) as ledger, connect(settings.web_vault_url) as vault:
        assert value(ledger, "select session_user") == value(vault, "select session_user") == "trellis_web"
        assert [*about_web_login("ledger", ledger), *about_web_login("vault", vault)] == []
        assert value(ledger, "select count(*) from pg_class where pg_has_role(relowner, 'member')") == 0


# ---- stepping out


def test_it_cannot_step_out(filled: Network) -> None:
    assert went_through(filled.settings.web_database_url, STEPS_OUT) == set()


def test_it_sees_no_row_of_an_area_that_it_was_not_let_in_to(filled: Network) -> None:
    web = filled.settings.web_database_url
    found = seen(web)
    assert found.keys() >= {"erasure", "erasure_hold", "event", "kept_long_enough", "look", "work_1.enterprise"}
    assert not any(found.values())
    with connect(web, for_others=True) as connection, connection.transaction():
        let_in(connection, [SOMERSET])
        assert connection.execute("select distinct area from event").fetchall() == [(SOMERSET,)]


def test_it_finds_and_makes_keys_and_destroys_none(settings: Settings) -> None:
    keys, subject = Vault(settings.vault_key), uuid4()
    with connect(settings.web_vault_url, for_others=True) as vault:
        assert keys.keys(vault, [subject]) == keys.existing_keys(vault, [subject])
    assert went_through(settings.web_vault_url, STEPS_OUT_OF_VAULT) == set()


MADE_WORSE = {
    "is a superuser": "alter role {login} superuser",
    "may pass by row-level security": "alter role {login} bypassrls",
    "may make roles": "alter role {login} createrole",
    "may act as hub": "grant hub to {login}",
    "owns its tables": "alter table look owner to {login}",
    "may change what is kept": "grant update (data) on event to {login}",
}


@pytest.mark.parametrize("how", MADE_WORSE)
def test_a_login_that_is_more_steps_out_and_the_doctor_says_so(server: Server, filled: Network, how: str) -> None:
    """The mutants: with each of them one of the tests above would fail."""
    with a_login(server, filled.settings) as (login, owner, url):
        assert went_through(url, STEPS_OUT) == set()
        assert not any(seen(url).values())
        owner.execute(MADE_WORSE[how].format(login=login).encode())
        assert went_through(url, STEPS_OUT) or any(seen(url).values())
        with connect(url) as connection:
            [found] = about_web_login("ledger", connection)
        assert found.unsafe
        assert f"as {login}, who {how}" in found.words


# ---- what it can do


def test_it_reads_a_build_that_is_made_later(filled: Network) -> None:
    filled.project()
    build = engine.start_build(filled.connection, ALL[0])
    engine.catch_up_all(filled.connection, ALL, folds=engine.Folds())
    engine.switch(filled.connection, ALL, build)
    with Hub(filled.settings) as hub, hub.reading(ALL[0].name) as connection:
        assert value(connection, "select current_schema()") == build.schema
        assert value(connection, "select count(*) from belief") != 0


def test_it_starts_without_writing_down_what_it_looked_at(network: Network) -> None:
    network.given(joined(SOMERSET))
    check_ready_for_web(network.settings)
    assert value(network.connection, "select count(*) from event_type") == 0
    check_ready(network.settings)
    assert value(network.connection, "select count(*) from event_type") == 1
    check_ready_for_web(network.settings)
    network.connection.execute("update event set type = 'lesson.unheard_of'")
    network.connection.execute("delete from event_type")
    with pytest.raises(CannotStart, match=r"lesson\.unheard_of"):
        check_ready_for_web(network.settings)


@pytest.mark.parametrize("name", ["web_database_url", "web_vault_url"])
def test_a_login_that_is_no_member_is_refused_in_a_sentence(server: Server, settings: Settings, name: str) -> None:
    with a_login(server, settings) as (login, owner, _):
        owner.execute(f"revoke trellis_app from {login}".encode())
        stranger = getattr(settings, name).replace("//trellis_web@", f"//{login}@")
        with pytest.raises(CannotStart, match=rf"HUB_{name.upper()} .* member of trellis_app"):
            check_ready_for_web(msgspec.structs.replace(settings, **{name: stranger}))


def test_one_login_for_all_still_works(settings: Settings, connection: Connection) -> None:
    alone = msgspec.structs.replace(settings, web_database_url="", web_vault_url="")
    check_ready_for_web(alone)
    with a_client(alone) as client:
        assert join(client).status_code == 201
    with Hub(alone) as hub, hub.watching() as watching:
        assert watching.execute("select session_user, current_user").fetchone() == ("hub", "trellis_app")
