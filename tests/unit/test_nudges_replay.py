"""What reminders on other days would have come to, from what was recorded of enterprises."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from events.base import Event, Refused, named_id
from events.enterprises import EnterpriseClosed, EnterpriseRegistered
from events.ledger import Recorded
from events.renewal_catalogue import read_catalogue
from events.renewals import RequirementRenewed
from hub.nudges.replay import Came, count, days_now, days_of, endings
from hub.nudges.rules import by_name

INSURANCE, DBS = "public liability insurance", "enhanced DBS check"
LOCAL = "listing verified"
TODAY_IS = date(2026, 11, 2)
DAY = timedelta(1)
ENDS = date(2026, 5, 29)  # a Friday
ID = named_id("test", "Bakery")


def history(*happened: tuple[Event, date]) -> list[Recorded]:
    begun = EnterpriseRegistered(enterprise=ID, name="Bakery", origin="new", legal_form="CIC")
    told = [(begun, date(2024, 1, 1)), *happened]
    return [
        Recorded(
            "E06000066", at, ID, at, event, on, datetime(on.year, on.month, on.day, 12, tzinfo=UTC), "a", uuid4(), None
        )
        for at, (event, on) in enumerate(told, start=1)
    ]


def renewed(starts: date, ends: date, *, on: date, word: str = INSURANCE) -> tuple[Event, date]:
    return RequirementRenewed(requirement=word, valid_from=starts, valid_to=ends), on


def came(entries: Sequence[Recorded], ladder: Sequence[int] = (60, 30, 7, 0), *, local: bool = False) -> Came:
    found = Came()
    for ending in endings(entries, read_catalogue(None), local=local, today=TODAY_IS):
        count(found, ending, ladder, "England", late=not local)
    return found


FIRST = renewed(ENDS - 364 * DAY, ENDS, on=ENDS - 364 * DAY)


def test_what_was_renewed_after_a_reminder_and_what_lapsed_after_all_of_them() -> None:
    in_time = history(FIRST, renewed(ENDS + DAY, ENDS + 365 * DAY, on=ENDS - 20 * DAY))
    assert came(in_time) == Came(reminders=2, renewed=1, renewed_reminded=1)
    assert came(in_time, (14,)) == Came(reminders=0, renewed=1, renewed_reminded=0)
    assert came(history(FIRST)) == Came(reminders=4, lapsed=1)


def test_what_was_told_of_late_had_only_the_latest_steps_and_the_first_of_them_late() -> None:
    assert came(history(renewed(ENDS - 364 * DAY, ENDS, on=ENDS - 35 * DAY))).reminders == 4
    assert came(history(renewed(ENDS - 364 * DAY, ENDS, on=ENDS - 27 * DAY))).reminders == 3
    assert came(history(renewed(ENDS - 364 * DAY, ENDS, on=ENDS - DAY)), (45, 14)) == Came(reminders=1, lapsed=1)


def test_of_what_one_may_do_without_nothing_goes_late_and_it_is_counted_by_itself() -> None:
    def told(ahead: int) -> Sequence[Recorded]:
        return history(renewed(ENDS - 180 * DAY, ENDS, on=ENDS - ahead * DAY, word=LOCAL))

    assert came(told(35)) == Came()
    assert came(told(35), local=True).reminders == 3
    assert came(told(27), local=True).reminders == 3, "within a week"
    assert came(told(1), (45, 14), local=True) == Came(lapsed=1, lapsed_silent=1)


def test_the_days_of_now_are_the_rules_own() -> None:
    rule = by_name()["renewals_expiry"]
    assert days_now(rule) == (60, 30, 7, 0)
    assert days_now(rule, notice=90) == (90, 60, 30, 7, 0)
    assert days_now(by_name()["renewals_local"], notice=90) == (60, 30, 7, 0)


def test_a_step_on_a_day_off_goes_on_the_working_day_before() -> None:
    monday = date(2026, 6, 1)
    entries = history(
        renewed(monday - 364 * DAY, monday, on=monday - 364 * DAY),
        renewed(monday + DAY, monday + 365 * DAY, on=monday - 2 * DAY),  # on the Saturday
    )
    assert came(entries, (2,)) == Came(reminders=1, renewed=1, renewed_reminded=1), "on the Friday"


def test_what_is_not_over_yet_and_who_had_closed_do_not_count() -> None:
    assert came(history(renewed(TODAY_IS - 10 * DAY, TODAY_IS, on=TODAY_IS - 10 * DAY))) == Came()
    assert came(history(FIRST, (EnterpriseClosed(), ENDS - DAY))) == Came()
    assert came(history(FIRST, (EnterpriseClosed(), ENDS + DAY))).lapsed == 1


def test_what_takes_long_to_renew_is_told_apart() -> None:
    entries = history(renewed(ENDS - 1000 * DAY, ENDS, on=date(2024, 2, 1), word=DBS))
    (ending,) = endings(entries, read_catalogue(None), local=False, today=TODAY_IS)
    assert ending.notice >= 90


@pytest.mark.parametrize("days", [[], [400], [-1], list(range(9))])
def test_days_that_make_no_sense_are_refused(days: list[int]) -> None:
    with pytest.raises(Refused, match="numbers of days"):
        days_of(days)
    assert days_of([14, 45, 14]) == (45, 14)
