"""Every event has words, and none of them tells what is sealed."""

from pathlib import Path

import pytest

from events import catalogue
from events.base import Event
from hub.telling import headline

LINES = (Path(__file__).parents[1] / "golden" / "events.jsonl").read_bytes().splitlines()


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_every_event_has_words_of_its_own(line: bytes) -> None:
    words = headline(catalogue.decode(line))
    assert words[0] == words[0].upper()
    assert "None" not in words
    assert "Sealed" not in words


def test_an_event_without_words_is_noticed() -> None:
    class Unheard(Event, frozen=True, tag="test.unheard"):
        pass

    with pytest.raises(AssertionError, match="Unheard"):
        headline(Unheard())
