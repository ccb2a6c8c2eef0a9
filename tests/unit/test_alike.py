"""How alike areas are, and why."""

from datetime import date
from typing import Any

import pytest
from network import CORNWALL, DEVON, SOMERSET, mutated

from hub import alike
from hub.alike import MOST, Circumstances, nearest, points, why

WALES, SCOTLAND = "W06000001", "S12000033"


def area(code: str, **stated: Any) -> Circumstances:
    known: dict[str, Any] = {"nation": "England", "focus": "", "joined_on": date(2019, 5, 3), "a_year": 10.0}
    return Circumstances(area=code, name=code, **(known | stated))


def score(one: Circumstances, other: Circumstances) -> float:
    found = points([one], [other])[0, 0]
    assert found == points([other], [one])[0, 0], "both ways"
    return float(found)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({}, 0.0),
        ({"nation": "England"}, 1.0),
        ({"focus": "Help at home"}, 1.0),
        ({"joined_on": date(2019, 12, 31)}, 1.0),
        ({"a_year": 5.0}, 0.5),
        ({"topics": frozenset({"insurance"})}, 0.5),
        ({"topics": frozenset({"insurance", "money"})}, 1.0),
        ({"topics": frozenset({"insurance", "rural", "transport"})}, 0.25),
    ],
)
def test_each_thing_in_common_counts_up_to_one(stated: dict[str, Any], expected: float) -> None:
    one = area(SOMERSET, focus="help at home", topics=frozenset({"insurance", "money"}))
    unlike: dict[str, Any] = {"nation": "Wales", "joined_on": date(2022, 1, 1), "a_year": 0.0}
    assert score(one, area(WALES, **(unlike | stated))) == expected
    assert score(one, one) == MOST


def test_what_is_not_stated_is_like_nothing_and_two_noughts_are_alike() -> None:
    nowhere: dict[str, Any] = {"nation": "", "a_year": 0.0}
    one, other = area(SOMERSET, **nowhere), area(WALES, **nowhere, joined_on=date(2022, 1, 1))
    assert score(one, other) == 1.0
    assert why(one, other) == ""


def test_an_unknown_nation_that_counted_would_be_noticed() -> None:
    wrong = mutated(alike, "number[word] if word else 0 for", "number[word] if word else -1 for")
    one = area(SOMERSET, nation="")
    assert points([one], [area(WALES, nation="Wales")])[0, 0] == 2.0
    assert wrong.points([one], [area(WALES, nation="")])[0, 0] > points([one], [area(WALES, nation="")])[0, 0]


def test_the_reason_says_what_they_have_in_common() -> None:
    one = area(SOMERSET, focus="unpaid carers", topics=frozenset({"insurance", "rural"}))
    other = area(CORNWALL, focus="Unpaid carers", a_year=12.0, topics=frozenset({"insurance", "rural", "money"}))
    assert why(one, other) == (
        "Also in England, joined in the same year (2019), of a similar size, with the same focus (Unpaid carers) "
        "and held up by the same (insurance and rural)."
    )
    assert why(one, area(WALES, nation="Wales", a_year=14.0), begin="Both") == "Both joined in the same year (2019)."


def test_the_nearest_come_first_and_where_as_near_by_name() -> None:
    areas = [
        area(SCOTLAND, nation="Scotland"),
        area(DEVON),
        area(SOMERSET),
        area(CORNWALL),
        area(WALES, nation="Wales", joined_on=date(2022, 1, 1)),
    ]
    assert [each.it.area for each in nearest(areas, SOMERSET, most=3)] == [CORNWALL, DEVON, SCOTLAND]
    assert nearest(areas, "E99999999", most=3) == []
    assert nearest([area(SOMERSET)], SOMERSET, most=3) == []
