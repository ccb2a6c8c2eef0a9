"""How events are written down."""

from datetime import date
from uuid import UUID

import msgspec
import pytest

from events import catalogue
from events.areas import AreaJoined, CatalystAppointed
from events.base import Sealed, area_stream, named_id
from events.catalogue import EntryCorrected
from events.enterprises import EnterpriseResumed, MilestoneRecorded


def test_the_tag_comes_first() -> None:
    assert catalogue.encode(EnterpriseResumed()) == b'{"type":"enterprise.resumed"}'


def test_what_is_written_is_read_back() -> None:
    note: Sealed[str] = Sealed(subject=UUID(int=1), box=b"\x01\x00\xff")
    for event in (
        MilestoneRecorded(kind="insured", note=note),
        EntryCorrected(corrects=1, reason="mistyped", replacement=AreaJoined(gss_code="E06000066", nation="England")),
        CatalystAppointed(
            post="coast", employer="x", starts=date(2024, 4, 1), ends=date(2026, 4, 1), cost=1, locally_rooted=False
        ),
    ):
        assert catalogue.decode(catalogue.encode(event)) == event


@pytest.mark.parametrize(
    "text",
    [
        b"{}",
        b'{"type":"milestone.recorded"}',
        b'{"type":"milestone.recorded","kind":1}',
        b'{"type":"milestone.recorded","kind":"x","extra":1}',
        b'{"type":"entry.corrected","corrects":1,"reason":"mistyped","replacement":{"type":"entry.corrected","corrects":1,"reason":"mistyped"}}',
    ],
)
def test_what_no_version_wrote_is_refused(text: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        catalogue.decode(text)


def test_ids_made_from_words_never_change() -> None:
    assert str(area_stream("E06000066")) == "f1af2527-1285-5995-9e51-b5fd5b4b3e4f"
    assert str(named_id("owner", "x")) == "1fa39c68-4fed-5d5d-9d82-2930253520a4"
