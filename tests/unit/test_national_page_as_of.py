from datetime import date

import pytest

from hub.as_of import read_as_of

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize("text", ["2020-09-30", "30 September 2020", " 30 Sep 2020 ", "30/09/2020"])
def test_a_day_may_be_written_in_the_usual_ways(text):
    assert read_as_of(text, None, today=TODAY).on == date(2020, 9, 30)


def test_nothing_asked_for_is_today():
    asked = read_as_of(None, "", today=TODAY)
    assert (asked.on, asked.known, asked.errors, asked.typed) == (TODAY, TODAY, {}, {})


@pytest.mark.parametrize("text", ["31 February 2020", "yesterday", "2020-13-01", "\x00", "9" * 5000, "0000-01-01"])
def test_what_is_no_day_is_kept_with_a_sentence_and_today_stands_in(text):
    asked = read_as_of(text, "2020-01-01", today=TODAY)
    assert asked.on == TODAY
    assert asked.known == date(2020, 1, 1)
    assert asked.errors == {"on": "Enter a day such as 3 May 2026 or 2026-05-03."}
    assert asked.typed == {"on": text}


def test_a_day_that_has_not_come_is_refused():
    asked = read_as_of(None, "2026-11-22", today=TODAY)
    assert asked.errors == {"known": "Choose today, 21 November 2026, or an earlier day."}
