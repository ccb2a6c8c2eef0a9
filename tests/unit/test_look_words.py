from datetime import date

import pytest

from hub.look.words import change, count, number, signed, year_earlier


@pytest.mark.parametrize(
    ("value", "text"),
    [(1800, "1,800"), (0, "0"), (12.5, "12.5"), (2200.0, "2,200"), (12.87, "12.9"), (-3, "−3"), (-0.01, "0")],
)
def test_a_number_is_written_as_people_read_it(value, text):
    assert number(value) == text


def test_a_change_in_a_cell_carries_its_sign():
    assert [signed(56), signed(-3), signed(0), signed(0.0)] == ["+56", "−3", "0", "0"]


def test_a_change_is_said_in_words():
    assert change(156, 100, "3 months ago") == "56 more than 3 months ago"
    assert change(88, 100, "a year ago") == "12 fewer than a year ago"
    assert change(100, 100, "a year before") == "same as a year before"


def test_a_change_from_or_to_not_reported_is_never_counted_from_zero():
    assert change(100, None, "a year ago") == "not reported a year ago"
    assert change(None, 100, "a year ago") == "100 a year ago"
    assert change(None, None, "a year ago") == "not reported a year ago either"


def test_one_of_something_is_singular():
    assert [count(1, "area", "areas"), count(0, "area", "areas"), count(1200, "area", "areas")] == [
        "1 area",
        "0 areas",
        "1,200 areas",
    ]


def test_a_year_before_a_leap_day_is_the_last_of_february():
    assert year_earlier(date(2024, 2, 29)) == date(2023, 2, 28)
