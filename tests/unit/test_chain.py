"""The hash of an event follows from every field of it and from all that came before."""

from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from uuid import UUID

import pytest

from events.chain import EMPTY, link, microseconds

EVENT: dict[str, object] = {
    "area": "E06000066",
    "position": 1,
    "stream": UUID(int=1),
    "version": 1,
    "type": "milestone.recorded",
    "occurred_on": date(2026, 5, 3),
    "recorded_at": datetime(2026, 5, 3, 12, 0, 0, 1, tzinfo=UTC),
    "actor": "key:write",
    "command": UUID(int=2),
    "cause": None,
    "digest": None,
    "data": b"{}",
}


def hash_of(previous: bytes = EMPTY, **changes: object) -> bytes:
    return link(previous, **(EVENT | changes))  # pyright: ignore[reportArgumentType]


def test_the_hash_is_that_of_its_description() -> None:
    header = (
        "E06000066|1|00000000-0000-0000-0000-000000000001|1|milestone.recorded|20576|1777809600000001"
        "|key:write|00000000-0000-0000-0000-000000000002||"
    )
    assert hash_of() == sha256(header.encode() + sha256(b"{}").digest()).digest()


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("area", "E06000052"),
        ("position", 2),
        ("stream", UUID(int=3)),
        ("version", 2),
        ("type", "area.left"),
        ("occurred_on", date(2026, 5, 4)),
        ("recorded_at", datetime(2026, 5, 3, 12, 0, 0, 2, tzinfo=UTC)),
        ("actor", "key:read"),
        ("command", UUID(int=3)),
        ("cause", "UK/1"),
        ("digest", b"x" * 32),
        ("data", b"{ }"),
    ],
)
def test_every_field_is_in_the_hash(field: str, other: object) -> None:
    assert hash_of(**{field: other}) != hash_of()


def test_what_came_before_is_in_the_hash() -> None:
    assert hash_of(previous=hash_of()) != hash_of()


def test_an_id_hashes_alike_as_text_and_as_a_uuid() -> None:
    assert hash_of(stream=str(EVENT["stream"]), command=str(EVENT["command"])) == hash_of()


def test_a_moment_is_the_same_in_every_time_zone() -> None:
    moment = datetime(2026, 5, 3, 12, tzinfo=UTC)
    elsewhere = moment.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert microseconds(moment) == microseconds(elsewhere) == 1_777_809_600_000_000
    assert microseconds(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
