"""The ledger's promises to whoever appends: dense, in order, once, each command with an answer of its own."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from network import CORNWALL, SOMERSET, command, mutated, rows

from events import group_commit, ledger
from events.base import named_id
from events.chain import EMPTY, link
from events.database import Connection, connect
from events.enterprises import MilestoneRecorded
from events.group_commit import GroupCommit, LedgerUnavailable
from events.ledger import Command, CommandReused, Conflict, UnknownArea
from events.settings import Settings
from events.verify import verify_area


@pytest.fixture
def announced() -> list[str]:
    return []


@pytest.fixture
def group(settings: Settings, connection: Connection, announced: list[str]) -> Iterator[GroupCommit]:
    ledger.open_ledger(connection, [SOMERSET, CORNWALL])
    with GroupCommit(settings.database_url, announce=announced.extend) as group:
        yield group


def kinds(connection: Connection, area: str) -> list[str]:
    return [each.event.kind for each in ledger.read(connection, area) if isinstance(each.event, MilestoneRecorded)]


def test_positions_of_an_area_are_dense_from_one(group: GroupCommit, connection: Connection) -> None:
    for area in (SOMERSET, CORNWALL, SOMERSET, SOMERSET):
        group.append(command(area))
    assert [each.position for each in ledger.read(connection, SOMERSET)] == [1, 2, 3]
    assert [each.position for each in ledger.read(connection, CORNWALL)] == [1]


def test_an_event_keeps_the_day_it_happened_and_the_moment_it_was_learned(
    group: GroupCommit, connection: Connection
) -> None:
    before = datetime.now(UTC)
    group.append(command(SOMERSET, on=date(2019, 5, 3)))
    (found,) = ledger.read(connection, SOMERSET)
    assert found.occurred_on == date(2019, 5, 3)
    assert before - timedelta(seconds=1) <= found.recorded_at <= datetime.now(UTC) + timedelta(seconds=1)


def test_the_hub_learns_nothing_earlier_than_what_it_learned_before_even_when_the_clock_is_set_back(
    group: GroupCommit, connection: Connection
) -> None:
    group.append(command(SOMERSET))
    connection.execute("update event set recorded_at = now() + interval '3 days'")
    group.append(command(SOMERSET))
    first, second = ledger.read(connection, SOMERSET)
    assert second.recorded_at >= first.recorded_at


def test_events_of_one_command_stand_together(group: GroupCommit, connection: Connection) -> None:
    group.append(command(SOMERSET))
    answer = group.append(command(SOMERSET, *(MilestoneRecorded(kind=kind) for kind in "abc")))
    assert (answer.first, answer.last) == (2, 4)
    assert [each.version for each in ledger.read(connection, SOMERSET, after=1)] == [1, 2, 3]


def test_who_decided_on_an_old_version_is_told_so_and_records_nothing(
    group: GroupCommit, connection: Connection
) -> None:
    stream = uuid4()
    group.append(command(SOMERSET, stream=stream))
    with pytest.raises(Conflict):
        group.append(command(SOMERSET, stream=stream, expected=0))
    with pytest.raises(Conflict):
        group.append(command(SOMERSET, stream=stream, expected=2))
    assert len(ledger.read(connection, SOMERSET)) == 1


def test_the_same_command_gets_the_same_answer(group: GroupCommit, connection: Connection) -> None:
    asked = command(SOMERSET)
    first = group.append(asked)
    group.append(command(SOMERSET, stream=asked.stream, expected=1))
    again = group.append(asked)
    assert (again.first, again.last, again.again) == (first.first, first.last, True)
    assert len(ledger.read(connection, SOMERSET)) == 2


def test_the_same_id_for_something_else_is_refused(group: GroupCommit, connection: Connection) -> None:
    asked = command(SOMERSET)
    group.append(asked)
    with pytest.raises(CommandReused):
        group.append(command(SOMERSET, id=asked.id, digest=b"something else"))
    assert len(ledger.read(connection, SOMERSET)) == 1


def test_the_same_id_in_another_area_is_another_command(group: GroupCommit, connection: Connection) -> None:
    asked = command(SOMERSET)
    group.append(asked)
    assert not group.append(command(CORNWALL, id=asked.id)).again


def test_an_area_without_a_ledger_is_refused(group: GroupCommit) -> None:
    with pytest.raises(UnknownArea, match="E06000001"):
        group.append(command("E06000001"))


def test_readers_are_told_of_the_areas_after_each_commit(group: GroupCommit, announced: list[str]) -> None:
    group.append(command(SOMERSET))
    with pytest.raises(UnknownArea):
        group.append(command("E06000001"))
    until = time.monotonic() + 2
    while not announced and time.monotonic() < until:
        time.sleep(0.01)
    assert announced == [SOMERSET]


def test_who_holds_one_area_does_not_delay_another(
    group: GroupCommit, settings: Settings, connection: Connection
) -> None:
    with connect(settings.database_url) as other, other.transaction():
        other.execute("select 1 from ledger where area = %s for update", [SOMERSET])
        answers: list[int] = []
        waiting = threading.Thread(target=lambda: answers.append(group.append(command(SOMERSET)).first))
        waiting.start()
        time.sleep(0.1)
        started = time.monotonic()
        group.append(command(CORNWALL))
        assert time.monotonic() - started < 0.5
        assert not answers
    waiting.join(timeout=5)
    assert answers == [1]


def test_who_waits_for_an_area_in_vain_is_told_so_and_may_ask_again(settings: Settings, connection: Connection) -> None:
    ledger.open_ledger(connection, [SOMERSET, CORNWALL])
    asked = [command(SOMERSET), command(SOMERSET)]
    refused: list[LedgerUnavailable] = []

    def ask(each: Command) -> None:
        with pytest.raises(LedgerUnavailable, match="import") as refusal:
            group.append(each)
        refused.append(refusal.value)

    with GroupCommit(settings.web_database_url, announce=lambda _: None, patience=0.4) as group:
        with connect(settings.database_url) as other, other.transaction():
            other.execute("select 1 from ledger where area = %s for update", [SOMERSET])
            started = time.monotonic()
            waiting = [threading.Thread(target=ask, args=[each]) for each in asked]
            waiting[0].start()
            time.sleep(0.2)
            waiting[1].start()  # while the first one waits already
            group.append(command(CORNWALL))
            for thread in waiting:
                thread.join(timeout=5)
            assert time.monotonic() - started < 2
        assert len(refused) == 2
        assert sorted(group.append(each).first for each in asked) == [1, 2]
    assert len(ledger.read(connection, SOMERSET)) == 2


def test_without_giving_up_it_would_wait_for_as_long_as_the_area_is_held(
    settings: Settings, connection: Connection
) -> None:
    """The mutant: 0 is no limit."""
    patient = mutated(group_commit, '[f"{self._patience}s"]', '["0"]')
    ledger.open_ledger(connection, [SOMERSET])
    answers: list[int] = []
    with patient.GroupCommit(settings.web_database_url, announce=lambda _: None, patience=0.2) as group:
        with connect(settings.database_url) as other, other.transaction():
            other.execute("select 1 from ledger where area = %s for update", [SOMERSET])
            waiting = threading.Thread(target=lambda: answers.append(group.append(command(SOMERSET)).first))
            waiting.start()
            waiting.join(timeout=1)
            assert waiting.is_alive()
        waiting.join(timeout=5)
    assert answers == [1]


def test_in_one_batch_a_conflict_never_fails_its_neighbours(connection: Connection) -> None:
    ledger.open_ledger(connection, [SOMERSET])
    asked = [command(SOMERSET), command(SOMERSET, expected=7), command("E06000001"), command(SOMERSET)]
    outcomes = ledger.append_batch(connection, asked, wait=True)
    assert [outcome for outcome, *_ in outcomes] == ["written", "conflict", "unknown", "written"]
    assert [(first, last) for outcome, first, last, _ in outcomes if outcome == "written"] == [(1, 1), (2, 2)]


def test_a_command_the_database_cannot_accept_never_fails_its_neighbours(
    group: GroupCommit, settings: Settings, connection: Connection
) -> None:
    outcomes: dict[int, object] = {}

    def ask(number: int) -> None:
        try:
            actor = "no bars | here" if number == 3 else "test:somebody"
            outcomes[number] = group.append(command(SOMERSET, actor=actor)).first
        except Exception as error:
            outcomes[number] = error

    with connect(settings.database_url) as other, other.transaction():
        other.execute("lock table event in access exclusive mode")  # holds the first batch, so that the rest share one
        threads = [threading.Thread(target=ask, args=[number]) for number in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
    for thread in threads:
        thread.join(timeout=5)
    assert isinstance(outcomes.pop(3), Exception)
    assert sorted(map(str, outcomes.values())) == [str(n) for n in range(1, 8)]


def test_commands_for_one_stream_keep_the_order_in_which_they_were_asked(
    group: GroupCommit, connection: Connection
) -> None:
    stream = named_id("a stream")
    for version in range(20):
        group.append(command(SOMERSET, MilestoneRecorded(kind=str(version)), stream=stream, expected=version))
    assert kinds(connection, SOMERSET) == [str(n) for n in range(20)]


def test_a_database_that_stays_away_is_said_so_in_a_sentence(settings: Settings) -> None:
    nowhere = settings.database_url.replace("host=", "host=/nowhere")
    with GroupCommit(nowhere, announce=lambda _: None, patience=0.2) as group, pytest.raises(LedgerUnavailable):
        group.append(command(SOMERSET))


def test_sql_and_python_chain_alike(group: GroupCommit, connection: Connection) -> None:
    for kind in AWKWARD:
        group.append(command(SOMERSET, MilestoneRecorded(kind=kind), MilestoneRecorded(kind=kind[::-1]), cause="UK/1"))
    head = EMPTY
    for area, position, stream, version, type, data, *rest, hash in rows(connection, SOMERSET):
        head = link(head, area, position, stream, version, type, data.encode(), *rest)
        assert hash == head
    assert verify_area(connection, SOMERSET, signed={}, progress=lambda _: None) is None


AWKWARD = (
    "back\\slash \\N \\x41 \\. end\\",
    "\"quotes\" and 'these'",
    "tab\tand\nline\r\nbreaks",
    "\u2028 and \u2029",
    "emoji 🧶👩🏽‍🌾",
    "Welsh ŵ ŷ Ŵ",
    "\x7f \x01 \u0085 \ufeff \ufffe",
    "|",
    "\\",
    "",
    "{}",
    "%s %(area)s",
)


@pytest.mark.parametrize("kind", AWKWARD, ids=range(len(AWKWARD)))
def test_text_comes_back_as_it_went_in(group: GroupCommit, connection: Connection, kind: str) -> None:
    group.append(command(SOMERSET, MilestoneRecorded(kind=kind)))
    assert kinds(connection, SOMERSET) == [kind]
