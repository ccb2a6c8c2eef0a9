from datetime import date

import pytest
from growing import by_chance, exact, month_ends
from network import mutated

from events.projections.picture import Point
from hub.look.graphics import Expected
from hub.national.growth import score as scoring
from hub.national.growth.model import (
    SUBJECTS,
    BackTest,
    Growth,
    Parameters,
    Range,
    Refusal,
    last_month_end,
    months_on,
    rows,
    value_at,
)
from hub.national.growth.score import MOST, origins, score, study

ENTERPRISES = SUBJECTS["enterprises"]


def growth(value, low, high, *, after):
    """A forecast of the same number for every month."""
    heading = Range(value=value, low=low, high=high)
    curve = Parameters(
        shape="logistic",
        origin=after,
        size=value,
        rate=1,
        head_start=1,
        innovation=None,
        imitation=None,
        aicc={},
        scatter=1,
        heading_for=heading,
        fastest_on=after,
        half_on=None,
    )
    days = [months_on(after, n) for n in range(1, 25)]
    return Growth(curve=curve, fitted=[], expected=[Expected(day, value, low, high) for day in days])


def test_it_asks_for_what_was_known_on_each_day_and_for_nothing_later():
    points = exact(70)
    asked, given = [], []

    def known(day):
        asked.append(day)
        return [point for point in points if point.day <= day]

    def grow(then, subject):
        given.append(then[-1].day)
        return Refusal(title="no", why="No.")

    found = study(points, ENTERPRISES, known=known, grow=grow)
    assert asked == [date(2016, 10, 31), date(2015, 10, 31), date(2014, 10, 31), date(2013, 10, 31)]
    assert given == [date(2017, 10, 31), *asked]
    assert [test.about for test in found.tests] == [date(2017, 10, 31), *asked[:-1]]


def test_a_back_test_holds_what_was_known_then_against_what_is_known_now():
    now = month_ends([100 + 10 * n for n in range(37)])
    then = [Point(point.day, point.value - 5) for point in now[:25]]  # five were told late
    (test, *_) = study(
        now,
        ENTERPRISES,
        known=lambda day: [point for point in then if point.day <= day],
        grow=lambda points, subject: growth(444, 400, 480, after=points[-1].day),
    ).tests
    assert (test.made_on, test.about) == (date(2014, 1, 31), date(2015, 1, 31))
    assert test.actual == 460
    assert test.naive == 335 + 120
    assert test.naive_off == pytest.approx(-100 * 5 / 460)
    assert test.off == pytest.approx(-100 * 16 / 460)
    assert test.held


def test_a_back_test_that_knew_what_came_later_is_found_out():
    """The mutant reads today's course where it should read that day's."""
    now = month_ends([100 + 10 * n for n in range(37)])
    cheating = mutated(scoring, "_back_test(day, known(day), points,", "_back_test(day, points, points,")

    def naive(by):
        found = by.study(
            now,
            ENTERPRISES,
            known=lambda day: [point for point in now if point.day <= day],
            grow=lambda points, subject: Refusal(title="no", why="No."),
        )
        return found.tests[0].naive

    assert naive(scoring) == 340 + 120
    assert naive(cheating) != naive(scoring)


@pytest.mark.parametrize(("low", "high", "held"), [(450, 470, True), (460.4, 470, True), (461, 470, False)])
def test_it_held_when_what_happened_lay_within_the_band_in_whole_numbers(low, high, held):
    now = month_ends([100 + 10 * n for n in range(37)])
    found = study(
        now,
        ENTERPRISES,
        known=lambda day: [point for point in now if point.day <= day],
        grow=lambda points, subject: growth(460, low, high, after=points[-1].day),
    )
    assert found.tests[0].held is held


def a_test(off, naive_off, *, held=True, refused=False):
    return BackTest(
        made_on=date(2020, 1, 31),
        about=date(2021, 1, 31),
        actual=100,
        naive=100 + naive_off,
        naive_off=naive_off,
        forecast=None if refused else Range(value=100 + off, low=0, high=0),
        off=None if refused else off,
        held=None if refused else held,
    )


def test_both_ways_are_scored_over_the_same_years_those_with_a_forecast():
    found = score([a_test(4, -10), a_test(-2, 2, held=False), a_test(0, 90, refused=True)])
    assert (found.tests, found.off, found.naive_off, found.held) == (2, 3, 6, 1)
    assert found.beats_naive


def test_a_forecast_that_is_no_nearer_than_the_guess_does_not_beat_it():
    assert not score([a_test(3, 3)]).beats_naive
    assert not score([a_test(0, 9, refused=True)]).beats_naive
    assert not score([]).beats_naive


def test_only_a_forecast_that_beat_the_guess_is_relied_on():
    points = by_chance(110, seed=3)

    def of(forecast):
        return study(
            points,
            ENTERPRISES,
            known=lambda day: [point for point in points if point.day <= day],
            grow=lambda then, subject: growth(forecast(then), 0, 9e9, after=last_month_end(then[-1].day)),
        )

    assert of(lambda then: value_at(points, months_on(then[-1].day, 12))).relied_on
    assert of(lambda then: 2 * then[-1].value - value_at(then, months_on(then[-1].day, -12))).relied_on is None


def test_back_tests_go_back_by_years_from_the_last_whole_month_while_there_is_a_year_before_them():
    points = [*exact(49), Point(date(2016, 2, 10), 9)]
    assert origins(points) == [date(2015, 1, 31), date(2014, 1, 31), date(2013, 1, 31)]
    assert len(origins(exact(300))) == MOST
    assert origins([]) == origins(exact(3)) == []


def test_nothing_is_scored_against_nothing():
    now = month_ends([0] * 40)
    found = study(now, ENTERPRISES, known=lambda day: [], grow=lambda then, subject: Refusal(title="no", why="No."))
    assert found.tests == []


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 2, 28), -12, date(2024, 2, 29)),
        (date(2025, 12, 31), 1, date(2026, 1, 31)),
        (date(2025, 11, 30), 1, date(2025, 12, 31)),
        (date(2025, 1, 31), -1, date(2024, 12, 31)),
    ],
)
def test_months_are_counted_from_end_to_end(day, months, then):
    assert months_on(day, months) == then


def test_the_last_month_end_is_the_day_itself_only_if_it_ends_one():
    assert last_month_end(date(2024, 2, 29)) == date(2024, 2, 29)
    assert last_month_end(date(2026, 11, 22)) == date(2026, 10, 31)


def test_the_course_in_rows_goes_on_where_counting_ends():
    found = study(
        exact(20), ENTERPRISES, known=lambda day: [], grow=lambda then, subject: growth(50, 40, 60, after=then[-1].day)
    )
    course = rows(found)
    assert len(course) == 20 + 24
    assert course[19].counted is not None
    assert course[19].expected is None
    assert (course[20].counted, course[20].low, course[20].expected, course[20].high) == (None, 40, 50, 60)
