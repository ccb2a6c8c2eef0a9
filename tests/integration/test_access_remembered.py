"""Who is signed in is not asked at every page, and yet nobody goes on who may not, whoever changed it and where."""

import os
import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
import pytest
from askers import Asker, app, asker, client, closed
from litestar.testing import TestClient
from network import CORNWALL, SOMERSET, eventually, mutated

from events.database import Connection
from hub.access import guard, remembered, sessions
from hub.access.remembered import Remembered

__all__ = ["app", "client", "closed"]

LEDGER = f"/api/areas/{SOMERSET}/ledger"
_LISTENERS = (
    "select pid from pg_stat_activity where application_name = 'trellis listens' and datname = current_database()"
)


@dataclass
class Visitor:
    """Somebody with a browser, who is told how often the database was asked who they are."""

    client: TestClient
    asker: Asker
    asked: list[str] = field(default_factory=list)

    def get(self, path: str = LEDGER) -> int:
        return self.client.get(path, headers=self.asker.headers, follow_redirects=False).status_code

    def post(self, path: str) -> int:
        return self.client.post(path, headers=self.asker.headers, follow_redirects=False).status_code

    def is_remembered(self) -> bool:
        """Whether one more page is given without the database being asked."""
        before = len(self.asked)
        return self.get() == 200 and len(self.asked) == before


@pytest.fixture
def ann(client: TestClient, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """A Catalyst in Somerset, whom the hub remembers."""
    monkeypatch.setattr(remembered, "LOOK_EVERY", 0.1)
    monkeypatch.setattr(remembered, "UNHEARD", 0.5)
    visitor = Visitor(client, asker(connection, "catalyst"))

    def noted(database: Connection, token: str) -> object:
        visitor.asked.append(token)
        return sessions.principal_of(database, token)

    monkeypatch.setattr(guard, "principal_of", noted)
    eventually(visitor.is_remembered)
    return visitor


# ---- the database says what changed


CHANGES = {
    "delete from session": ("session", "said_when_over", 401),
    "truncate session": ("session", "said_when_emptied", 401),
    "update session set ends_at = clock_timestamp()": ("session", "said_when_over_sooner", 401),
    "update session set seen_at = seen_at - interval '3 hours'": ("session", "said_when_over_sooner", 401),
    "update account set closed_at = clock_timestamp()": ("account", "said_when_changed", 401),
    "update held_role set starts = starts - 9, ends = starts - 1": ("held_role", "said_when_changed", 403),
    "delete from held_role": ("held_role", "said_when_changed", 403),
    f"update held_role set area = '{CORNWALL}'": ("held_role", "said_when_changed", 404),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_ends_somebodys_rights_is_known_at_once(ann: Visitor, connection: Connection, change: str) -> None:
    connection.execute(change.encode())
    eventually(lambda: ann.get() == CHANGES[change][2], within=2)


@pytest.mark.parametrize("change", CHANGES)
def test_it_would_not_be_known_if_the_database_did_not_say_so(
    ann: Visitor, connection: Connection, change: str
) -> None:
    """The mutants."""
    table, trigger, _ = CHANGES[change]
    with quiet(connection, table, trigger):
        connection.execute(change.encode())
        time.sleep(0.3)
        assert ann.is_remembered()


def test_a_new_role_opens_its_area_at_once(ann: Visitor, connection: Connection) -> None:
    elsewhere = f"/api/areas/{CORNWALL}/ledger"
    assert ann.get(elsewhere) == 404
    connection.execute(
        "insert into held_role select account, role, %s, starts, ends, given_by from held_role", [CORNWALL]
    )
    eventually(lambda: ann.get(elsewhere) == 200, within=2)


def test_being_seen_again_forgets_nobody(ann: Visitor, connection: Connection) -> None:
    connection.execute("update session set seen_at = clock_timestamp(), proved_at = clock_timestamp()")
    time.sleep(0.3)
    assert ann.is_remembered()


@contextmanager
def quiet(connection: Connection, table: str, trigger: str) -> Generator[None]:
    connection.execute(f"alter table {table} disable trigger {trigger}".encode())
    try:
        yield
    finally:
        connection.execute(f"alter table {table} enable trigger {trigger}".encode())


# ---- who changes something


def test_whoever_changes_something_is_asked_for_anew_and_everybody_after_it(
    ann: Visitor, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the mutant."""
    with quiet(connection, "session", "said_when_over"):
        connection.execute("delete from session")
        assert ann.is_remembered()
        hasty = mutated(guard, 'connection.scope.get("method") not in SAFE:\n        # what', "False:\n        # what")
        with monkeypatch.context() as mutant:
            mutant.setattr(guard, "_holder", hasty._holder)
            assert ann.post("/account/sign-out-elsewhere") == 303
            assert ann.is_remembered()
        ann.post("/account/sign-out-elsewhere")
        assert ann.get() == 401


# ---- when the database is not heard


def listener(connection: Connection) -> int:
    (row,) = connection.execute(_LISTENERS).fetchall()
    assert isinstance(row[0], int)
    return row[0]


def lost(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection breaks, and none comes about again."""

    def refused(*_: str) -> None:
        raise psycopg.OperationalError

    monkeypatch.setattr(remembered, "listening_to", refused)
    connection.execute("select pg_terminate_backend(%s)", [listener(connection)])


def hushed(connection: Connection, _: pytest.MonkeyPatch) -> None:
    """The connection stays open, and nothing comes over it."""
    os.kill(listener(connection), signal.SIGSTOP)


@pytest.mark.parametrize(("happens", "unheard"), [(lost, 60.0), (hushed, 0.5)])
def test_nobody_is_remembered_while_the_database_is_not_heard(
    ann: Visitor,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[Connection, pytest.MonkeyPatch], None],
    unheard: float,
) -> None:
    pid = listener(connection)
    with monkeypatch.context() as outage:
        outage.setattr(remembered, "UNHEARD", unheard)
        happens(connection, outage)
        try:
            eventually(lambda: not ann.is_remembered(), within=2)
            connection.execute("delete from held_role")
            assert ann.get() == 403
        finally:
            if happens is hushed:
                os.kill(pid, signal.SIGCONT)
    connection.execute(_ROLE, [SOMERSET])
    eventually(ann.is_remembered)


_ROLE = "insert into held_role select id, 'catalyst', %s, current_date, null, 'test' from account"


@pytest.mark.parametrize("forgets", [True, False], ids=["", "mutant"])
def test_what_changed_while_nothing_was_heard_is_known_when_it_is_heard_again(
    ann: Visitor, connection: Connection, monkeypatch: pytest.MonkeyPatch, forgets: bool
) -> None:
    before = listener(connection)
    with monkeypatch.context() as outage:
        lost(connection, outage)
        eventually(lambda: not connection.execute(_LISTENERS).fetchall())
        connection.execute("delete from held_role")
    if not forgets:
        monkeypatch.setattr(Remembered, "forget", lambda _: None)
    eventually(lambda: bool(connection.execute(_LISTENERS).fetchall()))
    assert listener(connection) != before
    time.sleep(0.3)
    assert ann.get() == (403 if forgets else 200)
