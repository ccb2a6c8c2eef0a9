"""Every event ever written can be read, every type of event has its places."""

from pathlib import Path
from typing import get_args, get_type_hints

import msgspec
import pytest

from events import catalogue
from events.base import Event
from events.corrections import corrected
from events.nudges import NudgeEvent
from events.people import PersonErased
from events.projections.national.measures import FACETS
from events.projections.national.says import NOTHING, says
from events.renewals import RequirementsApplied
from hub.corrections.routes import INPUTS

GOLDEN = Path(__file__).parents[1] / "golden" / "events.jsonl"
LINES = GOLDEN.read_bytes().splitlines()


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_every_shape_ever_written_is_read_and_written_alike(line: bytes) -> None:
    event = catalogue.decode(line)
    again = msgspec.json.decode(catalogue.encode(event))
    # a field added since has its default now; what the line held is held still
    assert msgspec.json.decode(line).items() <= again.items() or _nested(msgspec.json.decode(line), again)


def _nested(old: object, new: object) -> bool:
    if isinstance(old, dict) and isinstance(new, dict):
        return all(name in new and _nested(each, new[name]) for name, each in old.items())
    return old == new


@pytest.mark.parametrize("tag", sorted(catalogue.TAGS))
def test_every_type_of_event_has_a_golden_line_with_and_without_its_optional_fields(tag: str) -> None:
    found = [catalogue.decode(line) for line in LINES if msgspec.json.decode(line)["type"] == tag]
    assert found, f"add a line for {tag} to {GOLDEN.name}"
    for field in msgspec.structs.fields(type(found[0])):
        if not field.required:
            values = [getattr(event, field.name) for event in found]
            assert any(value == field.default for value in values), f"{tag} without {field.name}"
            assert any(value != field.default for value in values), f"{tag} with {field.name}"


def test_a_type_nobody_knows_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        catalogue.decode(b'{"type": "lesson.unheard_of"}')


def test_tags_are_words_and_no_two_types_share_one() -> None:
    tags = [catalogue.TAG_OF[each] for each in catalogue.TYPES]
    assert len(set(tags)) == len(tags)
    for tag in tags:
        noun, _, verb = tag.partition(".")
        assert noun.isidentifier()
        assert verb.isidentifier()
        assert tag == tag.lower()


def test_every_entry_can_be_corrected() -> None:
    # the hub's own follows from the others
    entries = set(catalogue.TYPES) - {
        catalogue.EntryCorrected,
        PersonErased,
        RequirementsApplied,
        *get_args(NudgeEvent),
    }
    assert set(INPUTS) == entries


def test_every_input_becomes_the_event_it_stands_for() -> None:
    for event, said in INPUTS.items():
        assert get_type_hints(said.event)["return"] is event


@pytest.mark.parametrize("type", catalogue.TYPES, ids=catalogue.TAG_OF.get)
def test_events_are_frozen_and_refuse_fields_they_do_not_know(type: type[Event]) -> None:
    config = type.__struct_config__
    assert config.frozen
    assert config.forbid_unknown_fields
    assert config.tag_field == "type"


def test_the_national_projection_takes_in_every_shape() -> None:
    for line in LINES:
        for said in says(catalogue.decode(line)):
            assert said.amounts is NOTHING or len(said.amounts) == len(FACETS[said.facet])
            assert all(amount is None or isinstance(amount, int) for amount in said.amounts)
    assert corrected([]) == []
