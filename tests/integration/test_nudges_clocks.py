"""Reminders planned before the clocks change, or before 29 February, go out after it: at eight, once."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from network import Network
from reminding import Reminding, at

from events.settings import Settings

DAY = timedelta(1)
UTC = ZoneInfo("UTC")

CHANGES = {
    # planned in the evening, the first working morning after the change, and eight there by Greenwich
    "28 March 2027": (date(2027, 3, 25), date(2027, 3, 30), 7),
    "31 October 2027": (date(2027, 10, 29), date(2027, 11, 1), 8),
}


@pytest.fixture
def reminding(network: Network, settings: Settings) -> Iterator[Reminding]:
    found = Reminding(network, settings)
    yield found
    found.close()


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_planned_before_the_clocks_change_goes_out_at_eight_after_it(reminding: Reminding, change: str) -> None:
    evening, morning, eight = CHANGES[change]
    reminding.insured(ends=evening + 30 * DAY)
    reminding.now = at(evening, 22)
    reminding.plan()
    moment = datetime(morning.year, morning.month, morning.day, eight, tzinfo=UTC)
    hours = [moment - timedelta(hours=hours) for hours in range(90, 0, -1)]
    for now in [*hours, moment - timedelta(seconds=1)]:
        reminding.now = now
        assert reminding.plan().nudges == 0, "planned once, at every hour between"
        assert reminding.send() == 0, now
    reminding.now = moment
    assert reminding.send() == 1
    for hours_later in range(30):
        reminding.now = moment + timedelta(hours=hours_later)
        assert reminding.plan().nudges == reminding.send() == 0
    assert [row[1] for row in reminding.messages()] == ["sent"]


def test_what_runs_out_on_29_february_is_told_on_each_of_its_days_and_once(reminding: Reminding) -> None:
    ends = date(2028, 2, 29)
    reminding.insured(ends=ends)
    reminding.staff("lead")
    day = date(2027, 12, 25)
    while day < date(2028, 3, 20):
        reminding.plan(day)
        reminding.send()
        day += DAY
    assert [row[1:4] for row in reminding.nudges()] == [
        (-60, "sent", date(2027, 12, 31)),
        (-30, "sent", date(2028, 1, 28)),
        (-7, "sent", date(2028, 2, 22)),
        (0, "sent", ends),
        (14, "sent", date(2028, 3, 14)),
    ]
