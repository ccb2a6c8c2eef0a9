"""How forecasts made on earlier days, from what was known on those days, did against what then happened. Pure."""

from collections.abc import Callable, Sequence
from datetime import date

from events.projections.picture import Point
from hub.national.growth.model import (
    BackTest,
    Growth,
    Range,
    Refusal,
    Score,
    Study,
    Subject,
    last_month_end,
    months_on,
    value_at,
)

MOST = 8
"""Back-tests at most; each asks for the whole course anew."""

Known = Callable[[date], Sequence[Point]]
"""The course up to a day, from what was known at the end of it."""


def study(
    points: Sequence[Point],
    subject: Subject,
    *,
    known: Known,
    grow: Callable[[Sequence[Point], Subject], Growth | Refusal],
) -> Study:
    """What comes of the growth so far, and how well the same way of telling would have done."""
    growth = grow(points, subject)
    tests = [
        test
        for day in origins(points)
        if (test := _back_test(day, known(day), points, growth_then=lambda then: grow(then, subject)))
    ]
    return Study(of=subject.name, points=list(points), growth=growth, tests=tests, score=score(tests))


def origins(points: Sequence[Point]) -> list[date]:
    """The month ends a whole number of years before the last one, latest first, with a year of points before them."""
    if not points:
        return []
    end = last_month_end(points[-1].day)
    return [day for years in range(1, MOST + 1) if months_on(day := months_on(end, -12 * years), -12) >= points[0].day]


def _back_test(
    day: date,
    then: Sequence[Point],
    now: Sequence[Point],
    *,
    growth_then: Callable[[Sequence[Point]], Growth | Refusal],
) -> BackTest | None:
    """None where nothing was known on that day, or nothing was there a year later."""
    about = months_on(day, 12)
    actual = value_at(now, about)
    if not actual or not then:
        return None
    last = then[-1].value
    naive = 2 * last - value_at(then, months_on(day, -12))
    growth = growth_then(then)
    made = next((each for each in growth.expected if each.day == about), None) if isinstance(growth, Growth) else None
    return BackTest(
        made_on=day,
        about=about,
        actual=actual,
        naive=naive,
        naive_off=_off(naive, actual),
        forecast=Range(value=made.value, low=made.low, high=made.high) if made else None,
        off=_off(made.value, actual) if made else None,
        held=round(made.low) <= actual <= round(made.high) if made else None,
        refusal=growth.title if isinstance(growth, Refusal) else "",
    )


def _off(said: float, actual: float) -> float:
    return 100 * (said - actual) / actual


def score(tests: Sequence[BackTest]) -> Score:
    """Both ways over the same years: those in which there would have been a forecast."""
    made = [test for test in tests if test.off is not None]
    return Score(
        tests=len(made),
        off=sum(abs(test.off or 0) for test in made) / max(len(made), 1),
        naive_off=sum(abs(test.naive_off) for test in made) / max(len(made), 1),
        held=sum(bool(test.held) for test in made),
    )
