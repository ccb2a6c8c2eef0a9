"""A great many commands at once: the same checks, the same chain, all or none of them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from network import CORNWALL, SOMERSET, command, rows

from events import bulk, ledger
from events.bulk import BulkRefused
from events.database import Connection
from events.enterprises import MilestoneRecorded
from events.ledger import Command
from events.verify import verify_area

AWKWARD = (
    "back\\slash \\N \\.",
    '"quotes" \'',
    "tab\tline\r\nbreaks",
    "\u2028\u2029",
    "🧶👩🏽‍🌾",
    "ŵŷ",
    "\x01\x7f\ufffe",
)


@pytest.fixture(autouse=True)
def ledgers(connection: Connection) -> None:
    ledger.open_ledger(connection, [SOMERSET, CORNWALL])


def fault(connection: Connection, area: str) -> object:
    return verify_area(connection, area, signed={}, progress=lambda _: None)


def story(area: str, *, of: int = 5) -> list[Command]:
    stream = uuid4()
    return [
        command(
            area, MilestoneRecorded(kind=f"{n} {AWKWARD[n % len(AWKWARD)]}"), stream=stream, expected=n, cause="UK/1"
        )
        for n in range(of)
    ]


def test_all_are_written_in_order_and_chained(connection: Connection) -> None:
    asked = [each for pair in zip(story(SOMERSET, of=9), story(CORNWALL, of=9), strict=True) for each in pair]
    assert bulk.append_all(connection, asked) == 18
    for area in (SOMERSET, CORNWALL):
        found = ledger.read(connection, area)
        assert [each.position for each in found] == list(range(1, 10))
        assert [each.event for each in found] == [each.events[0].event for each in asked if each.area == area]
        assert fault(connection, area) is None


def test_single_appends_follow_bulk_and_bulk_follows_single_appends(connection: Connection) -> None:
    for _ in range(2):
        ledger.append_batch(connection, [command(SOMERSET), command(CORNWALL)], wait=True)
        bulk.append_all(connection, story(SOMERSET))
    assert len(ledger.read(connection, SOMERSET)) == 12
    assert fault(connection, SOMERSET) is None


def test_either_way_writes_the_same_rows(connection: Connection) -> None:
    def but_for_the_moment() -> list[tuple[object, ...]]:
        assert fault(connection, SOMERSET) is None
        return [row[:7] + row[8:11] for row in rows(connection, SOMERSET)]

    asked = story(SOMERSET, of=len(AWKWARD))
    bulk.append_all(connection, asked)
    by_copy = but_for_the_moment()
    connection.execute("truncate event")
    for each in asked:
        ledger.append_batch(connection, [each], wait=True)
    assert but_for_the_moment() == by_copy


def test_the_same_again_changes_nothing(connection: Connection) -> None:
    asked = story(SOMERSET)
    assert bulk.append_all(connection, asked) == 5
    before = rows(connection, SOMERSET)
    assert bulk.append_all(connection, asked) == 0
    assert rows(connection, SOMERSET) == before


def test_a_part_already_recorded_is_passed_over(connection: Connection) -> None:
    asked = story(SOMERSET)
    bulk.append_all(connection, asked[:3])
    assert bulk.append_all(connection, asked) == 2
    assert [each.version for each in ledger.read(connection, SOMERSET)] == [1, 2, 3, 4, 5]


def test_a_command_given_twice_in_one_go_is_written_once(connection: Connection) -> None:
    asked = command(SOMERSET)
    assert bulk.append_all(connection, [asked, asked]) == 1


@pytest.mark.parametrize(
    "wrong",
    [command("E06000001"), command(SOMERSET, expected=1), command(SOMERSET, actor="no | bars")],
    ids=["unknown area", "another version", "not acceptable"],
)
def test_one_that_cannot_be_written_leaves_nothing_behind(connection: Connection, wrong: Command) -> None:
    with pytest.raises(Exception) as refusal:  # noqa: PT011 - of three kinds, checked below
        bulk.append_all(connection, [*story(SOMERSET), wrong])
    assert not isinstance(refusal.value, BulkRefused) or refusal.value.number == 5
    assert ledger.heads(connection) == {"UK": 0, SOMERSET: 0, CORNWALL: 0}


def test_an_id_used_for_something_else_is_refused_by_its_number(connection: Connection) -> None:
    asked = command(SOMERSET)
    bulk.append_all(connection, [asked])
    with pytest.raises(BulkRefused) as refusal:
        bulk.append_all(connection, [command(SOMERSET), command(SOMERSET, id=asked.id, digest=b"other")])
    assert refusal.value.number == 1
    assert len(ledger.read(connection, SOMERSET)) == 1


def test_a_history_may_say_when_each_thing_was_learned_but_not_backwards(connection: Connection) -> None:
    early, late = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)
    bulk.append_all(connection, story(SOMERSET, of=2), recorded=[early, late])
    assert [each.recorded_at for each in ledger.read(connection, SOMERSET)] == [early, late]
    with pytest.raises(BulkRefused):
        bulk.append_all(connection, story(SOMERSET, of=1), recorded=[late - timedelta(seconds=1)])
    with pytest.raises(BulkRefused):
        bulk.append_all(connection, story(CORNWALL, of=2), recorded=[late, early])
    assert ledger.read(connection, CORNWALL) == []
    assert fault(connection, SOMERSET) is None


def test_a_clock_set_back_does_not_make_bulk_learn_things_earlier(connection: Connection) -> None:
    bulk.append_all(connection, story(SOMERSET, of=1))
    connection.execute("update event set recorded_at = now() + interval '3 days'")
    bulk.append_all(connection, story(SOMERSET, of=1))
    first, second = ledger.read(connection, SOMERSET)
    assert second.recorded_at >= first.recorded_at
