"""From area to area: the tree of a lesson."""

from datetime import date

from events.projections.picture import Point
from hub.learning.spread import Node, Taken, course, median_days, reach, tree

SHARED = date(2026, 1, 1)
A, B, C, D, E = "E06000066", "E06000052", "E10000008", "W06000001", "S12000033"


def taken(area: str, from_area: str, *, state: str = "adopted", adopted_on: date | None = None) -> Taken:
    return Taken(
        area=area, state=state, since=SHARED, from_area=from_area, seen_on=None, trialled_on=None,
        adopted_on=adopted_on, abandoned_on=None, change="", why=None, takes_part=area != E,
    )  # fmt: skip


def shape(nodes: tuple[Node, ...]) -> list[object]:
    return [[node.area, shape(node.passed_on)] if node.passed_on else node.area for node in nodes]


def test_each_area_hangs_below_the_one_it_learned_from() -> None:
    assert shape(tree(A, [taken(B, A), taken(C, B), taken(D, A)], SHARED)) == [[A, [[B, [C]], D]]]
    assert shape(tree(A, [], SHARED)) == [A]


def test_an_area_that_passed_it_on_without_a_word_stands_beside() -> None:
    found = tree(A, [taken(B, C)], SHARED)
    assert shape(found) == [A, [C, [B]]]
    assert found[1].taken is None


def test_areas_that_learned_from_each_other_are_there_once() -> None:
    assert shape(tree(A, [taken(B, C), taken(C, B)], SHARED)) == [A, [B, [C]]]
    assert shape(tree(A, [taken(A, B), taken(B, A), taken(E, E)], SHARED)) == [[A, [B]], E]


def test_the_median_is_of_those_that_took_it_up() -> None:
    days = [
        taken(B, A, adopted_on=date(2026, 1, 11)),
        taken(C, A, adopted_on=date(2026, 1, 31)),
        taken(D, A, state="abandoned", adopted_on=date(2026, 1, 2)),
        taken(E, A, state="seen"),
    ]
    assert median_days(days, SHARED) == 20
    assert median_days(days[3:], SHARED) is None


def test_an_edge_says_how_long_it_took_from_the_area_it_came_from() -> None:
    (root,) = tree(
        A,
        [
            taken(B, A, adopted_on=date(2026, 1, 11)),
            taken(C, B, adopted_on=date(2026, 1, 31)),
            taken(D, B, adopted_on=date(2026, 1, 2)),
            taken(E, D, state="seen"),
        ],
        SHARED,
    )
    (first,) = root.passed_on
    assert first.days == 10, "since it was shared"
    assert [(each.area, each.days) for each in first.passed_on] == [(C, 20), (D, None)], "one had it before the other"
    assert first.passed_on[1].passed_on[0].days is None


def test_reach_counts_others_of_the_network_that_took_it_up() -> None:
    assert reach(A, [taken(A, B), taken(B, A), taken(C, A, state="abandoned"), taken(D, A), taken(E, A)]) == 2


def test_a_course_adds_up_changes_between_two_days() -> None:
    changes = [(date(2025, 12, 1), 1), (date(2026, 2, 1), 2), (date(2026, 3, 1), -1)]
    assert course(changes, since=SHARED, until=date(2026, 4, 1)) == [
        Point(SHARED, 1),
        Point(date(2026, 2, 1), 3),
        Point(date(2026, 3, 1), 2),
        Point(date(2026, 4, 1), 2),
    ]
    assert course([], since=SHARED, until=SHARED) == [Point(SHARED, 0)]
