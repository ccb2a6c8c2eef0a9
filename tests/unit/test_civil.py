"""Working days, bank holidays and quiet hours, in a country whose clocks change."""

from datetime import UTC, date, datetime, timedelta

import pytest
from network import mutated

from events import civil
from events.areas import Nation
from events.base import LONDON, civil_day
from events.civil import after_working_days, is_quiet, is_working_day, last_open, send_from, served_until
from events.civil import working_day_from as on_or_after
from events.civil import working_day_until as on_or_before


def london(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=LONDON).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "nation", "works"),
    [
        (date(2027, 1, 4), "England", True),
        (date(2027, 1, 4), "Scotland", False),  # for 2 January, a Saturday
        (date(2026, 1, 2), "Scotland", False),
        (date(2026, 1, 2), "Wales", True),
        (date(2027, 3, 17), "Northern Ireland", False),
        (date(2027, 3, 17), "England", True),
        (date(2027, 3, 26), "England", False),  # Good Friday
        (date(2027, 3, 29), "England", False),  # Easter Monday
        (date(2027, 3, 29), "Scotland", True),
        (date(2027, 12, 27), "England", False),
        (date(2027, 12, 28), "Wales", False),
        (date(2028, 2, 29), "England", True),
        (date(2027, 11, 30), "Scotland", False),
    ],
)
def test_each_nation_has_its_own_days_off(day: date, nation: Nation, works: bool) -> None:
    assert is_working_day(day, nation) is works


def test_what_falls_on_days_off_goes_before_or_after_them() -> None:
    good_friday, easter_monday = date(2027, 3, 26), date(2027, 3, 29)
    assert on_or_before(easter_monday, "England") == date(2027, 3, 25)
    assert on_or_after(good_friday, "England") == date(2027, 3, 30)
    assert on_or_after(good_friday, "Scotland") == easter_monday
    assert on_or_before(date(2027, 12, 28), "England") == date(2027, 12, 24)
    assert on_or_after(date(2028, 2, 29), "England") == date(2028, 2, 29)
    assert served_until(date(2027, 3, 25), "England") == easter_monday
    assert served_until(date(2027, 3, 24), "England") == date(2027, 3, 24)


def test_working_days_are_counted_over_weekends_and_holidays() -> None:
    assert after_working_days(date(2026, 5, 8), 3, "England") == date(2026, 5, 13)
    assert after_working_days(date(2027, 12, 23), 3, "England") == date(2027, 12, 30)
    assert after_working_days(date(2026, 12, 31), 1, "Scotland") == date(2027, 1, 5)
    assert after_working_days(date(2026, 12, 31), 1, "England") == date(2027, 1, 4)
    assert after_working_days(date(2028, 2, 28), 1, "England") == date(2028, 2, 29)


def test_nothing_goes_out_at_night() -> None:
    assert is_quiet(london(2026, 5, 6, 7, 59))
    assert not is_quiet(london(2026, 5, 6, 8))
    assert not is_quiet(london(2026, 5, 6, 18, 59))
    assert is_quiet(london(2026, 5, 6, 19))


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31)])
def test_when_the_clocks_change_the_morning_begins_at_eight_all_the_same(day: date) -> None:
    """Both are Sundays, so the morning is Monday's; on the first, Easter Monday follows."""
    moment = send_from(day, "Scotland", datetime(2027, 1, 1, tzinfo=UTC))
    assert moment.astimezone(LONDON).hour == 8
    assert moment.astimezone(LONDON).date() == day + timedelta(1)
    assert moment.astimezone(UTC).hour == (7 if day.month == 3 else 8)


def test_each_hour_of_the_days_around_a_change_of_the_clocks_has_one_moment_to_send() -> None:
    for start in (datetime(2027, 3, 26, tzinfo=UTC), datetime(2027, 10, 29, tzinfo=UTC)):
        for hour in range(96):
            now = start + timedelta(hours=hour)
            moment = send_from(now.astimezone(LONDON).date(), "Scotland", now)
            assert moment >= now
            assert not is_quiet(moment)
            assert is_working_day(moment.astimezone(LONDON).date(), "Scotland")
            assert moment - now < timedelta(days=4)


def test_what_is_late_goes_at_once_by_day_and_in_the_morning_by_night() -> None:
    by_day, by_night, early = london(2026, 5, 6, 11), london(2026, 5, 6, 21), london(2026, 5, 6, 3)
    assert send_from(date(2026, 5, 1), "England", by_day) == by_day
    assert send_from(date(2026, 5, 6), "England", by_night) == london(2026, 5, 7, 8)
    assert send_from(date(2026, 5, 6), "England", early) == london(2026, 5, 6, 8)
    assert send_from(date(2026, 5, 6), "England", london(2026, 5, 8, 20)) == london(2026, 5, 11, 8)
    assert send_from(date(2026, 5, 20), "England", by_day) == london(2026, 5, 20, 8)


def test_a_day_is_one_of_london_and_not_of_utc() -> None:
    midnight_in_london = datetime(2026, 5, 5, 23, 30, tzinfo=UTC)  # 00:30 on the 6th there
    assert send_from(date(2026, 5, 6), "England", midnight_in_london) == london(2026, 5, 6, 8)


def test_a_morning_counted_in_utc_would_be_noticed() -> None:
    wrong = mutated(civil, "datetime.combine(day, OPENS, tzinfo=LONDON)", "datetime.combine(day, OPENS).astimezone()")
    summer = date(2026, 5, 20)
    assert wrong.opens_on(summer) != civil.opens_on(summer)


@pytest.mark.parametrize(
    ("moment", "open_until"),
    [
        ("2026-11-20 10:30", "2026-11-20 10:30"),
        ("2026-11-20 19:00", "2026-11-20 18:59"),
        ("2026-11-22 11:00", "2026-11-20 18:59"),
        ("2026-11-23 07:59", "2026-11-20 18:59"),
        ("2027-01-01 12:00", "2026-12-31 18:59"),
    ],
)
def test_the_last_moment_at_which_people_were_written_to(moment: str, open_until: str) -> None:
    asked, expected = (datetime.fromisoformat(each).replace(tzinfo=LONDON) for each in (moment, open_until))
    assert last_open(asked, "England") == expected


@pytest.mark.parametrize("day", [date(2026, 1, 15), date(2026, 3, 29), date(2026, 7, 31), date(2026, 10, 25)])
def test_every_moment_has_the_day_that_clocks_here_show(day: date) -> None:
    for minutes in range(0, 24 * 60, 10):
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes)
        assert civil_day(moment) == moment.astimezone(LONDON).date()
    assert civil_day(datetime(2026, 7, 31, 23, 10, tzinfo=UTC)) == date(2026, 8, 1)
