"""When a connection goes, nobody knows what was committed. The answer must be right all the same."""

import threading
import time
from collections.abc import Iterator

import pytest
from network import SOMERSET, command
from proxy import Loss, Proxy

from events import ledger
from events.database import Connection, connect
from events.group_commit import GroupCommit, LedgerUnavailable
from events.ledger import Conflict
from events.settings import Settings

WARM = 3
"""Appends after which the statement is prepared: from then on each is one request and one reply."""


@pytest.fixture
def proxy(settings: Settings, connection: Connection) -> Iterator[Proxy]:
    ledger.open_ledger(connection, [SOMERSET])
    with Proxy.before(settings.database_url) as proxy:
        yield proxy


@pytest.fixture
def group(proxy: Proxy) -> Iterator[GroupCommit]:
    with GroupCommit(proxy.url, announce=lambda _: None) as group:
        for _ in range(WARM):
            group.append(command(SOMERSET))
        yield group


@pytest.mark.parametrize("loss", ["request", "reply"])
def test_a_command_whose_request_or_reply_was_lost_is_recorded_once(
    group: GroupCommit, proxy: Proxy, connection: Connection, loss: Loss
) -> None:
    asked = command(SOMERSET)
    proxy.lose = loss
    answer = group.append(asked)
    assert proxy.lost == 1
    assert (answer.first, answer.last, answer.again) == (WARM + 1, WARM + 1, loss == "reply")
    assert [each.command for each in ledger.read(connection, SOMERSET, after=WARM)] == [asked.id]


def test_a_conflict_stays_a_conflict_when_its_reply_was_lost(
    group: GroupCommit, proxy: Proxy, connection: Connection
) -> None:
    proxy.lose = "reply"
    with pytest.raises(Conflict):
        group.append(command(SOMERSET, expected=9))
    assert proxy.lost == 1
    assert len(ledger.read(connection, SOMERSET)) == WARM


def test_a_whole_batch_whose_reply_was_lost_is_answered_command_by_command(
    group: GroupCommit, proxy: Proxy, connection: Connection, settings: Settings
) -> None:
    answers: dict[int, int] = {}
    commands = {number: command(SOMERSET) for number in range(12)}

    def ask(number: int) -> None:
        answers[number] = group.append(commands[number]).first

    threads = [threading.Thread(target=ask, args=[number]) for number in commands]
    with connect(settings.database_url) as other, other.transaction():
        other.execute("lock table event in access exclusive mode")
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        proxy.lose = "reply"
    for thread in threads:
        thread.join(timeout=5)
    placed = {each.position: each.command for each in ledger.read(connection, SOMERSET)}
    assert len(placed) == WARM + 12
    assert {number: placed[position] for number, position in answers.items()} == {
        number: each.id for number, each in commands.items()
    }


def test_a_backend_killed_while_it_appends_is_asked_again(
    group: GroupCommit, settings: Settings, connection: Connection
) -> None:
    answers: list[int] = []
    with connect(settings.database_url) as other, other.transaction():
        other.execute("lock table event in access exclusive mode")
        waiting = threading.Thread(target=lambda: answers.append(group.append(command(SOMERSET)).first))
        waiting.start()
        time.sleep(0.1)
        other.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and query like '%append(%' and pid <> pg_backend_pid()"
        )
    waiting.join(timeout=5)
    assert answers == [WARM + 1]
    assert len(ledger.read(connection, SOMERSET)) == WARM + 1


def test_after_the_patience_has_run_out_asking_again_is_safe(
    proxy: Proxy, settings: Settings, connection: Connection
) -> None:
    asked = command(SOMERSET)
    with GroupCommit(proxy.url, announce=lambda _: None, patience=0.3) as group:
        group.append(command(SOMERSET))
        proxy.lose_every = "reply"
        with pytest.raises(LedgerUnavailable):
            group.append(asked)
    with GroupCommit(settings.database_url, announce=lambda _: None) as group:
        group.append(asked)
    assert [each.command for each in ledger.read(connection, SOMERSET, after=1)] == [asked.id]
