"""Whether reminding helps is told with an interval, and not at all from too few."""

import pytest
from network import mutated

from hub.nudges import effect
from hub.nudges.effect import Arm, Effect, difference, step_in_words


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [  # Newcombe 1998, table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_the_interval_is_the_one_that_was_published(
    a: tuple[int, int], b: tuple[int, int], low: float, high: float
) -> None:
    found = difference(Arm(a[1], a[0]), Arm(b[1], b[0]))
    assert (found.low, found.high) == (pytest.approx(100 * low, abs=0.06), pytest.approx(100 * high, abs=0.06))


def told(reminded: tuple[int, int], held_out: tuple[int, int], *, trial: str | None = "t") -> str:
    arms = Arm(reminded[1], reminded[0]), Arm(held_out[1], held_out[0])
    return Effect(rule="r", step=0, unit="days", trial=trial, reminded=arms[0], held_out=arms[1]).finding


def test_too_few_tell_nothing() -> None:
    assert told((400, 500), (10, 49)) == "Not enough data"
    assert told((40, 49), (10, 50)) == "Not enough data"
    assert told((400, 500), (10, 50)) == "Reminding helps"
    assert told((0, 0), (0, 0)) == "Not enough data"


def test_an_effect_is_one_that_chance_could_not_make() -> None:
    assert told((255, 500), (25, 50)) == "No difference that chance could not make"
    assert told((100, 500), (40, 50)) == "Reminding does harm"
    assert told((400, 500), (0, 0), trial=None) == "Nobody is held out"


def test_without_the_least_number_a_handful_would_count() -> None:
    careless = mutated(effect, ">= LEAST", ">= 1")
    arms = careless.Arm(500, 400), careless.Arm(10, 1)
    found = careless.Effect(rule="r", step=0, unit="days", trial="t", reminded=arms[0], held_out=arms[1])
    assert found.finding == "Reminding helps"


def test_steps_in_words() -> None:
    assert [step_in_words(step, "days") for step in (-30, 0, 14)] == ["30 days before", "On the day", "14 days after"]
    assert step_in_words(3, "working days") == "3 working days after"
    assert (step_in_words(80, "percent"), step_in_words(2, "areas")) == ("At 80%", "After 2 areas")
