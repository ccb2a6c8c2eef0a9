"""How long a request may work: what takes too long is stopped, answers so in plain words, and can be asked again."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from threading import Thread

import httpx
import psycopg
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from network import SOMERSET, Network, joined

from events import database
from events.database import Connection, connect, value
from events.settings import Settings
from hub.app import create_app
from hub.db import Hub
from hub.errors import problem_of


def a_client(settings: Settings) -> TestClient[Litestar]:
    return TestClient(create_app(settings), raise_server_exceptions=False)


def join(client: TestClient[Litestar], *, key: str) -> httpx.Response:
    return client.post(f"/api/areas/{SOMERSET}/join", json={}, headers={"idempotency-key": key})


@contextmanager
def holding(settings: Settings, table: str) -> Generator[None]:
    """Nobody else gets at a table."""
    with connect(settings.database_url) as other, other.transaction():
        other.execute(f"lock table {table} in access exclusive mode".encode())
        yield


def test_what_takes_too_long_is_stopped_and_says_so(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "STATEMENT_SECONDS", 0.3)
    network.given(joined(SOMERSET))
    network.project()
    with a_client(network.settings) as client:
        with holding(network.settings, "national_1.belief"):
            told, page = client.get("/api/national"), client.get("/", headers={"accept": "text/html"})
        for answer in (told, page):
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "60"
            assert "This took too long, so it was stopped." in answer.text
        assert told.headers["content-type"] == "application/problem+json"
        assert "Nothing recorded is lost." in page.text
        assert client.get("/api/national").status_code == client.get("/").status_code == 200


def test_without_the_limit_it_would_go_on_for_ever(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: 0 is no limit."""
    monkeypatch.setattr(database, "STATEMENT_SECONDS", 0)
    network.given(joined(SOMERSET))
    network.project()
    answers: list[int] = []
    with a_client(network.settings) as client:
        with holding(network.settings, "national_1.belief"):
            asking = Thread(target=lambda: answers.append(client.get("/api/national").status_code))
            asking.start()
            asking.join(timeout=1.0)
            assert answers == []
        asking.join(timeout=10)
    assert answers == [200]


def test_what_was_stopped_while_it_was_recorded_can_be_asked_again(
    settings: Settings, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "STATEMENT_SECONDS", 0.3)
    with a_client(settings) as client:
        with holding(settings, "event"):
            stopped = join(client, key="once")
        assert (stopped.status_code, stopped.headers["retry-after"]) == (503, "60")
        assert value(connection, "select count(*) from event") == 0
        assert [join(client, key="once").json()["again"] for _ in range(2)] == [False, True]
    assert value(connection, "select count(*) from event") == 1


def leave_open(hub: Hub, *, seconds: float) -> None:
    with hub.watching() as connection:
        time.sleep(seconds)
        connection.execute("select 1")


def test_a_transaction_that_is_left_open_is_ended_and_the_next_one_works(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "STATEMENT_SECONDS", 0.2)
    with Hub(settings) as hub:
        with pytest.raises(psycopg.Error) as ended:
            leave_open(hub, seconds=0.5)
        assert problem_of(ended.value).status == 503
        with hub.watching() as connection:
            assert value(connection, "select 1") == 1


def test_work_that_nobody_waits_for_is_not_cut_off(settings: Settings) -> None:
    asked = "select current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout')"
    with connect(settings.database_url) as connection:
        assert connection.execute(asked).fetchone() == ("0", "0")
    with connect(settings.web_database_url, for_others=True) as connection:
        assert connection.execute(asked).fetchone() == ("20s", "20s")
