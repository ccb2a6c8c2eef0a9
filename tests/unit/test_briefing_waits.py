"""An area's briefing travels: it tells how few people wait as little as anything else does."""

import pytest
from network import mutated

from hub.areas.page import Waits
from hub.briefings import area


def waits(waiting: int, started: int) -> Waits:
    return Waits(
        started=started,
        median=30.0,
        ninetieth=70.0,
        longer=0,
        waiting=waiting,
        waiting_with_need=waiting,
        needs=1,
        waiting_longer=0,
        longest=None,
    )


@pytest.mark.parametrize(("waiting", "words"), [(0, "Nobody waits"), (1, "Fewer than 5 people"), (4, "Fewer than 5"), (5, "5 people wait")])  # fmt: skip  # noqa: E501
def test_few_who_wait_are_fewer_than_five(waiting: int, words: str) -> None:
    assert area._waits(waits(waiting, 9)).sentences[0].startswith(words)


def test_how_long_few_people_waited_is_not_told() -> None:
    """With the mutant."""
    assert len(area._waits(waits(9, 4)).sentences) == 1
    assert len(area._waits(waits(9, 5)).sentences) == 2
    telling = mutated(area, "and not few(waits.started) ", "")
    assert len(telling._waits(waits(9, 4)).sentences) == 2
