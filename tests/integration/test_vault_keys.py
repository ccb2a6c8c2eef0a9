"""The keys of the vault: made once, wrapped, gone for good when destroyed."""

import base64
import os
import threading
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from network import Server

from events.database import Connection, connect
from events.vault import Erased, Vault, VaultDamaged, destroy_keys, seal, unseal

SECRET = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(scope="module")
def url(server: Server) -> str:
    return server.database("vault")


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    with connect(url) as connection:
        yield connection


def test_a_person_keeps_their_key(connection: Connection) -> None:
    somebody = uuid4()
    first = Vault(SECRET).keys(connection, [somebody])
    assert Vault(SECRET).keys(connection, [somebody]) == first
    assert len(first[somebody]) == 32


def test_no_key_is_stored_as_it_is(connection: Connection) -> None:
    somebody = uuid4()
    key = Vault(SECRET).keys(connection, [somebody])[somebody]
    row = connection.execute("select wrapped from subject_key where subject = %s", [somebody]).fetchone()
    assert row is not None
    assert isinstance(row[0], bytes)
    assert key not in row[0]


def test_all_who_ask_at_once_get_the_same_key(url: str) -> None:
    somebody = uuid4()
    found: list[bytes] = []

    def ask() -> None:
        with connect(url) as connection:
            found.append(Vault(SECRET).keys(connection, [somebody])[somebody])

    asking = [threading.Thread(target=ask) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_after_the_key_was_destroyed_nothing_opens_and_no_new_key_is_made(connection: Connection) -> None:
    somebody = uuid4()
    vault = Vault(SECRET)
    key = vault.keys(connection, [somebody])[somebody]
    assert unseal(seal("x", subject=somebody, key=key), key=key, type=str) == "x"
    destroy_keys(connection, [somebody])
    destroy_keys(connection, [somebody])  # twice is once
    for ask in (vault.keys, vault.existing_keys):
        with pytest.raises(Erased):
            ask(connection, [somebody])
    row = connection.execute("select wrapped, destroyed_at from subject_key where subject = %s", [somebody]).fetchone()
    assert row is not None
    assert row[0] is None
    assert row[1] is not None


def test_somebody_without_a_key_has_none(connection: Connection) -> None:
    assert Vault(SECRET).existing_keys(connection, [uuid4()]) == {}


def test_another_master_key_is_refused_in_a_sentence(connection: Connection) -> None:
    somebody = uuid4()
    Vault(SECRET).keys(connection, [somebody])
    with pytest.raises(VaultDamaged, match="another master key"):
        Vault(base64.b64encode(os.urandom(32)).decode()).existing_keys(connection, [somebody])


def test_a_key_that_was_changed_or_given_to_another_is_refused(connection: Connection) -> None:
    one, other = uuid4(), uuid4()
    vault = Vault(SECRET)
    vault.keys(connection, [one, other])
    connection.execute(
        "update subject_key set wrapped = (select wrapped from subject_key where subject = %s) where subject = %s",
        [one, other],
    )
    with pytest.raises(VaultDamaged):
        vault.existing_keys(connection, [other])
    connection.execute(
        "update subject_key set wrapped = set_byte(wrapped, 20, 255 - get_byte(wrapped, 20)) where subject = %s",
        [one],
    )
    with pytest.raises(VaultDamaged):
        vault.existing_keys(connection, [one])


def test_the_hubs_own_key_stays_the_same(connection: Connection) -> None:
    assert Vault(SECRET).digest_key(connection) == Vault(SECRET).digest_key(connection)
    assert Vault(SECRET).existing_keys(connection, [UUID(int=0)])
