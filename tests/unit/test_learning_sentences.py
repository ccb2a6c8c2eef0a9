"""Which learning travels, and what is in the way, in a sentence."""

from datetime import date
from typing import Any

import pytest

from events.base import named_id
from hub.learning.in_the_way import Met, obstacles, stands
from hub.learning.library import Shelved, travels

ON = date(2026, 5, 3)
A, B, C = "E06000066", "E06000052", "E10000008"


def lesson(title: str, *, lately: int = 0, **said: Any) -> Shelved:
    known: dict[str, Any] = {"retired_on": None, "reach": lately, "topics": [], "resolves": [], "days": []}
    return Shelved(
        area=A,
        lesson=named_id("test", title),
        title=title,
        shared_on=ON,
        fits=True,
        rank=0.0,
        adapted=0,
        abandoned=0,
        trialled=0,
        lately=lately,
        **(known | said),
    )


EVERY = "Every lesson was taken up somewhere."
YEAR = "In the year to 3 May 2026"


@pytest.mark.parametrize(
    ("lessons", "sentence"),
    [
        ([], ""),
        ([lesson("A", lately=2), lesson("B", lately=1)], f"{YEAR} “A” travelled furthest: 2 areas took it up. {EVERY}"),
        (
            [lesson("A", lately=1), lesson("B", lately=1), lesson("C")],
            f"{YEAR} “A” and “B” travelled furthest: 1 area took up each. "
            "1 of 3 lessons has been taken up nowhere else yet.",
        ),
        (
            [lesson(title, lately=1) for title in "ABCD"],
            f"{YEAR} “A”, “B” and 2 more travelled furthest: 1 area took up each. {EVERY}",
        ),
        (
            [lesson("A"), lesson("B", reach=3), lesson("C", retired_on=ON), lesson("D")],
            f"{YEAR} no area took up another’s lesson. 2 of 3 lessons have been taken up nowhere else yet.",
        ),
        ([lesson("A", retired_on=ON)], f"{YEAR} no area took up another’s lesson."),
    ],
)
def test_it_is_said_which_learning_travels(lessons: list[Shelved], sentence: str) -> None:
    assert travels(lessons, on=ON) == sentence


def met(area: str, topic: str, *, resolved_on: date | None = None) -> Met:
    return Met(
        area=area,
        barrier=named_id("test", area, topic),
        topic=topic,
        title="No",
        raised_on=ON,
        resolved_on=resolved_on,
        lesson=None,
        lesson_title=None,
    )


def test_it_is_said_what_stands_in_the_way_of_most_and_for_how_much_another_has_an_answer() -> None:
    assert stands([], on=ON) == ""
    assert stands(obstacles([met(A, "money", resolved_on=ON)]), on=ON) == "On 3 May 2026 no barrier was open."
    found = obstacles([met(A, "money"), met(B, "money"), met(A, "rural"), met(A, "money", resolved_on=ON)])
    assert stands(found, on=ON) == (
        "On 3 May 2026 3 barriers were open in 2 areas. Money stood in the way of most: 2 areas. "
        "For 1 of the 3, another area got past one on the same topic."
    )
    assert "Money and rural stood in the way of most: 1 area each." in stands(
        obstacles([met(A, "rural"), met(C, "money")]), on=ON
    )
