"""Histories to decide on, and a look at what a refusal says."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from events.base import Event, NotFound, Refused
from events.catalogue import EntryCorrected
from events.enterprises import EnquiryReceived, EnterpriseRegistered
from events.ledger import Recorded

AREA = "E06000066"
DAY = date(2026, 5, 3)
LATER = date(2026, 5, 4)
LONG_AGO = date(2000, 1, 1)

REGISTERED = EnterpriseRegistered(enterprise=UUID(int=1), name="Bakery", origin="new", legal_form="CIC")
ENQUIRED = EnquiryReceived(enterprise=UUID(int=1), name="Bakery")


def history(*events: Event | tuple[Event, date]) -> list[Recorded]:
    """The entries of one stream, each on `DAY` unless another is given."""
    return [
        Recorded(
            area=AREA,
            position=number,
            stream=UUID(int=1),
            version=number,
            event=each[0] if isinstance(each, tuple) else each,  # pyright: ignore[reportArgumentType]
            occurred_on=each[1] if isinstance(each, tuple) else DAY,
            recorded_at=datetime(2026, 5, 3, 12, tzinfo=UTC),
            actor="test:somebody",
            command=UUID(int=number),
            cause=None,
        )
        for number, each in enumerate(events, start=1)
    ]


def fix(position: int, replacement: Event | None = None) -> EntryCorrected:
    return EntryCorrected(corrects=position, reason="mistyped", replacement=replacement)  # pyright: ignore[reportArgumentType]


def refused(part: str, decide: Callable[[], object], *, field: str | None = None) -> None:
    """Whether it is refused in a sentence that has this part, about this field if one is given."""
    with pytest.raises((Refused, NotFound)) as refusal:
        decide()
    assert part in str(refusal.value)
    assert str(refusal.value).endswith(".")
    if field:
        assert refusal.value.field == field
