"""From area to area: the tree of a lesson."""

from datetime import date

from hub.learning.spread import Node, Taken, median_days, tree

SHARED = date(2026, 1, 1)
A, B, C, D, E = "E06000066", "E06000052", "E10000008", "W06000001", "S12000033"


def taken(area: str, from_area: str, *, state: str = "adopted", adopted_on: date | None = None) -> Taken:
    return Taken(
        area=area, state=state, since=SHARED, from_area=from_area, seen_on=None, trialled_on=None,
        adopted_on=adopted_on, abandoned_on=None, change="", why=None,
    )  # fmt: skip


def shape(nodes: tuple[Node, ...]) -> list[object]:
    return [[node.area, shape(node.passed_on)] if node.passed_on else node.area for node in nodes]


def test_each_area_hangs_below_the_one_it_learned_from() -> None:
    assert shape(tree(A, [taken(B, A), taken(C, B), taken(D, A)])) == [[A, [[B, [C]], D]]]
    assert shape(tree(A, [])) == [A]


def test_an_area_that_passed_it_on_without_a_word_stands_beside() -> None:
    found = tree(A, [taken(B, C)])
    assert shape(found) == [A, [C, [B]]]
    assert found[1].taken is None


def test_areas_that_learned_from_each_other_are_there_once() -> None:
    assert shape(tree(A, [taken(B, C), taken(C, B)])) == [A, [B, [C]]]
    assert shape(tree(A, [taken(A, B), taken(B, A), taken(E, E)])) == [[A, [B]], E]


def test_the_median_is_of_those_that_took_it_up() -> None:
    days = [
        taken(B, A, adopted_on=date(2026, 1, 11)),
        taken(C, A, adopted_on=date(2026, 1, 31)),
        taken(D, A, state="abandoned", adopted_on=date(2026, 1, 2)),
        taken(E, A, state="seen"),
    ]
    assert median_days(days, SHARED) == 20
    assert median_days(days[3:], SHARED) is None
