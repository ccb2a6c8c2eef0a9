"""When a digest goes out, and what does not wait for it."""

from datetime import date, timedelta

import pytest

from events.nudges import Every
from events.nudging.preferences import Preference

WEDNESDAY = date(2026, 11, 25)
FAR = date(2029, 6, 1)


@pytest.mark.parametrize(
    ("every", "day", "goes"),
    [
        ("day", WEDNESDAY, WEDNESDAY),
        ("week", WEDNESDAY, date(2026, 11, 30)),
        ("week", date(2026, 11, 30), date(2026, 11, 30)),
        ("week", date(2026, 8, 28), date(2026, 9, 1)),  # 31 August is a bank holiday in England
        ("week", date(2026, 9, 1), date(2026, 9, 1)),
        ("month", WEDNESDAY, date(2026, 12, 1)),
        ("month", date(2026, 12, 1), date(2026, 12, 1)),
        ("month", date(2026, 12, 31), date(2027, 1, 4)),  # New Year's Day, and a weekend
        ("month", date(2028, 1, 31), date(2028, 2, 1)),
    ],
)
def test_a_digest_goes_on_the_first_working_day_of_the_week_or_the_month(every: Every, day: date, goes: date) -> None:
    assert Preference(every=every).send_on(day, "England", due=FAR, optional=False) == goes


@pytest.mark.parametrize("every", ["week", "month"])
def test_what_cannot_wait_for_the_digest_goes_at_once(every: Every) -> None:
    chosen = Preference(every=every)
    for due in (WEDNESDAY - timedelta(3), WEDNESDAY, WEDNESDAY + timedelta(5)):
        assert chosen.send_on(WEDNESDAY, "England", due=due, optional=False) == WEDNESDAY
        assert chosen.send_on(WEDNESDAY, "England", due=due, optional=True) > WEDNESDAY
