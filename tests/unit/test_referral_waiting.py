"""The waiting clock in words."""

from datetime import date

from hub.referrals.waiting import Wait, span, waiting

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 4)


def test_a_wait_that_ended_says_from_when_to_when() -> None:
    assert waiting(MAY, JUNE, today=date(2026, 8, 1)).words == (
        "Waited 34 days, from 1 May to 4 June 2026, when support started"
    )
    assert waiting(MAY, MAY, today=JUNE).words == "Support started on 1 May 2026, the day the wait began"


def test_a_wait_goes_on_until_support_starts() -> None:
    found = waiting(date(2025, 5, 1), None, today=date(2026, 6, 1))
    assert (found.words, found.long) == ("Has waited 396 days, since 1 May 2025", True)
    assert waiting(MAY, None, today=date(2026, 5, 2)).words == "Has waited 1 day, since 1 May 2026"


def test_a_wait_is_long_after_365_days_and_not_before() -> None:
    assert not waiting(date(2025, 6, 4), JUNE, today=JUNE).long
    assert waiting(date(2025, 6, 3), JUNE, today=JUNE).long


def test_a_referral_that_came_to_nothing_says_how_long_had_been_waited() -> None:
    found = Wait(since=MAY, until=JUNE, over=False, closed="the referral was declined")
    assert found.words == "Had waited 34 days by 4 June 2026, when the referral was declined"


def test_the_wait_for_what_was_closed_ends_that_day_unless_support_started() -> None:
    closed = waiting(MAY, None, today=date(2026, 8, 1), closed_on=JUNE)
    assert closed.words == "Had waited 34 days by 4 June 2026, when the need was closed"
    assert waiting(MAY, JUNE, today=date(2026, 8, 1), closed_on=date(2026, 7, 1)).over


def test_a_year_is_said_twice_only_where_there_are_two() -> None:
    assert span(date(2025, 12, 30), date(2026, 1, 2)) == "from 30 December 2025 to 2 January 2026"
