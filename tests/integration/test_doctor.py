"""`hub doctor` names what is unsafe, stops naming it once it is mended, and exits with 1 while anything is."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import psycopg
import pytest
from network import SOMERSET, Network, Server, hub, joined

from events.access import EVERYWHERE, HeldRole
from events.base import today
from events.database import connect
from events.heads import Sealer, signing_key
from events.migrate import migrate
from events.projections import ALL, engine
from events.settings import Settings
from hub.access.accounts import add_account, give_role
from hub.access.keys import make_key, revoke_key
from hub.doctor import Finding, about_settings, about_way, examine, is_safe

URL = "https://hub.example.org"
SAFE = {"url": URL, "trusted_proxy": "10.0.0.5/32"}


def names(found: list[Finding]) -> set[str]:
    return {each.name for each in found if each.unsafe}


def of_settings(settings: Settings, **changed: object) -> set[str]:
    return names(list(about_settings(msgspec.structs.replace(settings, **(SAFE | changed)))))


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({}, set()),
        ({"url": "", "write_key": ""}, {"open to this machine"}),
        ({"url": "http://localhost:8000"}, {"no TLS"}),
        ({"trusted_proxy": ""}, {"proxy not named"}),
        ({"write_key": "s3cret"}, {"write key"}),
        ({"signing_key": ""}, {"no signing key"}),
    ],
)
def test_an_unsafe_setting_is_named(settings: Settings, changed: dict[str, object], named: set[str]) -> None:
    assert of_settings(settings, **changed) == named


def test_whoever_can_take_over_the_database_or_finds_both_in_one_place_is_named(settings: Settings) -> None:
    assert {"ledger superuser", "vault superuser", "vault beside ledger"} <= names(examine(settings))


def test_an_administrator_who_can_sign_in_is_asked_for(network: Network, settings: Settings) -> None:
    connection = network.connection
    account = add_account(connection, name="Ann", email="ann@example.org")
    role = HeldRole(role="administrator", area=EVERYWHERE, starts=today())
    give_role(connection, account, role, given_by="test")
    assert "no administrator" in names(examine(settings))
    connection.execute(
        "insert into identity (issuer, subject, account) values ('https://id.example', 'ann', %s)", [account]
    )
    assert "no administrator" not in names(examine(settings))
    connection.execute("update held_role set starts = %s, ends = %s", [today() - timedelta(9), today() - timedelta(1)])
    assert "no administrator" in names(examine(settings))


def test_a_key_for_years_is_named_until_it_is_revoked(network: Network, settings: Settings) -> None:
    make_key(network.connection, name="x", actions=["record"], areas=["UK"], ends_on=today(), created_by="test")
    network.connection.execute("update api_key set ends_on = %s", [today() + timedelta(days=2000)])
    make_key(network.connection, name="y", actions=["record"], areas=["UK"], ends_on=today(), created_by="test")
    [found] = [each for each in examine(settings) if each.name == "key without end"]
    prefix = found.do.rpartition(" ")[2].strip("`.")
    assert revoke_key(network.connection, prefix, by="test")
    assert "key without end" not in names(examine(settings))


def test_the_demonstration_and_row_security_that_is_off_are_named(network: Network, settings: Settings) -> None:
    assert not {"demonstration", "row security"} & names(examine(settings))
    network.connection.execute("insert into notice (name, words) values ('demo', 'Invented.')")
    network.connection.execute("alter table event no force row level security")
    try:
        assert {"demonstration", "row security"} <= names(examine(settings))
    finally:
        network.connection.execute("alter table event force row level security")


def test_ledgers_and_heads_are_looked_at(network: Network, settings: Settings) -> None:
    network.given(joined(SOMERSET))
    network.project()
    assert {"unchecked ledger", "no signed heads"} <= names(examine(settings))
    network.connection.execute("insert into verification (area, events) values (%s, 1)", [SOMERSET])
    Sealer(settings.heads, signing_key(settings.signing_key)).seal(network.connection)
    assert not {"unchecked ledger", "no signed heads", "damaged ledger"} & names(examine(settings))
    assert "heads beside ledger" in names(examine(settings))
    network.connection.execute("update verification set fault = 'position 1 was changed'")
    assert "damaged ledger" in names(examine(settings))


def test_a_queue_that_is_open_or_away_is_named(settings: Settings) -> None:
    away = msgspec.structs.replace(settings, redis_url="redis://127.0.0.1:1/0")
    assert {"queue without password", "queue away"} <= names(examine(away))
    assert not {"queue without password", "queue away"} & names(examine(settings))


@contextmanager
def plain_role(server: Server, *databases: str) -> Iterator[list[str]]:
    """The addresses of these databases for a role that owns them and is no superuser."""
    role = f"owner_{uuid4().hex[:8]}"
    urls = [server.database(None) for _ in databases]
    with psycopg.connect(server.settings.database_url, autocommit=True) as admin:
        admin.execute(f"create role {role} login in role trellis_app".encode())
        for url in urls:
            name = url.partition("@/")[2].partition("?")[0]
            admin.execute(f"alter database {name} owner to {role}".encode())
    yield [url.replace("//hub@", f"//{role}@") for url in urls]


def test_a_hub_works_under_a_role_that_owns_its_databases_and_nothing_else(
    server: Server, settings: Settings, tmp_path: Path
) -> None:
    with plain_role(server, "ledger", "vault") as (ledger, vault):
        migrate(ledger, "ledger")
        migrate(vault, "vault")
        plain = msgspec.structs.replace(settings, database_url=ledger, vault_url=vault)
        with connect(ledger) as connection:
            engine.ensure_builds(connection, ALL)
        assert not {"ledger superuser", "vault superuser"} & names(examine(plain))


def test_one_login_for_all_is_named_until_pages_have_their_own(server: Server, settings: Settings) -> None:
    web = {"web login to ledger", "web login to vault"}
    assert not web & names(examine(settings))
    alone = msgspec.structs.replace(settings, web_database_url="", web_vault_url="")
    assert web <= names(examine(alone))
    with plain_role(server, "ledger", "vault") as (ledger, vault):
        migrate(ledger, "ledger")
        migrate(vault, "vault")
        plain = msgspec.structs.replace(alone, database_url=ledger, vault_url=vault)
        found = {each.name: each for each in examine(plain)}
        assert web <= found.keys()
        assert "who owns its tables" in found["web login to ledger"].words
        assert "HUB_WEB_VAULT_URL" in found["web login to vault"].do


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("postgresql://hub@/trellis?host=/run/postgresql", []),
        ("postgresql://hub@localhost/trellis", []),
        ("postgresql://hub@127.0.0.1,[::1]/trellis", []),
        ("postgresql://hub:pass@database.example.org/trellis", [("ledger without TLS", True)]),
        ("host=10.0.0.7 dbname=trellis sslmode=prefer", [("ledger without TLS", True)]),
        ("postgresql://hub@localhost,10.0.0.7/trellis?sslmode=allow", [("ledger without TLS", True)]),
        ("postgresql://hub@10.0.0.7/trellis?sslmode=require", [("ledger taken at its word", False)]),
        ("postgresql://hub@database/trellis?sslmode=disable", [("ledger in the open", False)]),
        ("postgresql://hub@database.example.org/trellis?sslmode=verify-full", []),
    ],
)
def test_a_way_to_a_database_that_others_could_listen_on_is_named(
    url: str, named: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGSSLMODE", raising=False)
    found = list(about_way("ledger", url))
    assert [(each.name, each.unsafe) for each in found] == named
    assert not any("pass" in each.words + each.do for each in found)


def test_tls_that_is_asked_for_by_the_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert list(about_way("vault", "postgresql://hub@10.0.0.7/trellis")) == []


def test_the_command_tells_people_and_programs_and_exits_with_1(settings: Settings) -> None:
    told, as_json = hub(settings, "doctor"), hub(settings, "doctor", "--json")
    assert (told.returncode, as_json.returncode) == (1, 1)
    assert "Unsafe: Whoever asks from this machine may record" in " ".join(told.stdout.split())
    found = msgspec.json.decode(as_json.stdout, type=list[Finding])
    assert not is_safe(found)
    assert [each["unsafe"] for each in json.loads(as_json.stdout)] == sorted(
        (each.unsafe for each in found), reverse=True
    )
    for secret in (settings.vault_key, settings.signing_key):
        assert secret not in told.stdout + as_json.stdout


def test_with_advice_alone_a_hub_is_safe() -> None:
    only_advice = Finding(name="x", unsafe=False, words="x", do="x")
    assert is_safe([only_advice])
    assert not is_safe([only_advice, msgspec.structs.replace(only_advice, unsafe=True)])
