"""Whoever comes back to the feed is told of all they missed."""

from datetime import date

from events.projections.standing import Standing
from hub.feed.moves import KEPT, Moves

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def standing(build: int = 1, parked: int = 0, **positions: int) -> Standing:
    return Standing(build, positions, parked)


def taken(*steps: Standing, day: date = MONDAY) -> tuple[Moves, list[str]]:
    moves, ids = Moves(), list[str]()
    for step in steps:
        assert moves.take(step, day)
        ids.append(moves.id)
    return moves, ids


def test_who_saw_all_there_is_is_told_of_nothing() -> None:
    moves, (_, last) = taken(standing(A=1), standing(A=2))
    assert moves.since(last) is None
    assert not moves.take(standing(A=2), MONDAY)


def test_who_missed_some_steps_is_told_of_the_areas_that_moved_since() -> None:
    moves, (first, second, _) = taken(standing(A=1, B=1, C=1), standing(A=2, B=1, C=1), standing(A=2, B=2, C=1))
    assert moves.since(first) == {"A": 2, "B": 2}
    assert moves.since(second) == {"B": 2}


def test_who_has_been_away_too_long_or_comes_from_elsewhere_is_told_of_every_area() -> None:
    moves, ids = taken(*(standing(A=n, B=1) for n in range(1, KEPT + 3)))
    assert moves.since(ids[0]) == {"A": KEPT + 2, "B": 1}
    assert moves.since("20200101.9.9.9") == {"A": KEPT + 2, "B": 1}


def test_an_area_that_is_new_has_moved() -> None:
    moves, (first, _) = taken(standing(A=1), standing(A=1, B=1))
    assert moves.since(first) == {"B": 1}


def test_another_build_may_show_other_figures_in_every_area() -> None:
    moves, (first, _) = taken(standing(A=1, B=1), standing(build=2, A=1, B=1))
    assert moves.since(first) == {"A": 1, "B": 1}


def test_midnight_and_what_comes_back_after_being_left_out_move_figures_too() -> None:
    moves, (first, second) = taken(standing(parked=1, A=1), standing(A=1))
    assert moves.since(first) == {}
    assert moves.take(standing(A=1), TUESDAY)
    assert moves.since(second) == {}


def test_before_anything_is_known_nobody_is_told_of_anything() -> None:
    assert Moves().since("20261123.1.1.0") is None
