"""Days and hours at which people are written to: working days of each nation, and never at night.

Everything takes the day or the moment it is asked about; nothing in here reads a clock. Days are those of
Europe/London, where the clocks change; moments are aware.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache

from holidays.countries.united_kingdom import GB

from events.areas import Nation
from events.base import LONDON, civil_day

OPENS, CLOSES = time(8), time(19)
"""Between these, nothing goes out before the one or from the other on."""

_SUBDIVISION: dict[Nation, str] = {"England": "ENG", "Scotland": "SCT", "Wales": "WLS", "Northern Ireland": "NIR"}
_DAY = timedelta(1)


@cache
def _bank_holidays(nation: Nation, year: int) -> frozenset[date]:
    return frozenset(GB(subdiv=_SUBDIVISION[nation], years=year))


def is_working_day(day: date, nation: Nation | None) -> bool:
    """Neither a Saturday, nor a Sunday, nor a bank holiday there; for the network as a whole those of England."""
    return day.weekday() < 5 and day not in _bank_holidays(nation or "England", day.year)


def working_day_from(day: date, nation: Nation | None) -> date:
    """The day itself, or the first working day after it."""
    return next(each for each in _days(day, _DAY) if is_working_day(each, nation))


def working_day_until(day: date, nation: Nation | None) -> date:
    """The day itself, or the last working day before it."""
    return next(each for each in _days(day, -_DAY) if is_working_day(each, nation))


def after_working_days(day: date, count: int, nation: Nation | None) -> date:
    """The day on which so many working days have passed since `day`: 3 after a Friday is the Wednesday."""
    for _ in range(count):
        day = working_day_from(day + _DAY, nation)
    return day


def served_until(day: date, nation: Nation | None) -> date:
    """The last day whose reminders are not put off: on the last working day before days off, the last of those."""
    return working_day_from(day + _DAY, nation) - _DAY


def is_quiet(moment: datetime) -> bool:
    return not OPENS <= moment.astimezone(LONDON).time() < CLOSES


def opens_on(day: date) -> datetime:
    """08:00 in London on a day, as an aware moment."""
    return datetime.combine(day, OPENS, tzinfo=LONDON)


def send_from(day: date, nation: Nation | None, now: datetime) -> datetime:
    """The first moment, no earlier than `now`, at which what is meant for `day` may go out: a working day, in the day.

    What is late goes out at once by day, and by night on the next working morning.
    """
    today = civil_day(now)
    if day > today:
        return opens_on(working_day_from(day, nation))
    if is_working_day(today, nation):
        if now < opens_on(today):
            return opens_on(today)
        if not is_quiet(now):
            return now
    return opens_on(working_day_from(today + _DAY, nation))


def last_open(now: datetime, nation: Nation | None) -> datetime:
    """The moment itself where people may be written to, or else the end of the last such hours before it."""
    if send_from(civil_day(now), nation, now) == now:
        return now
    day = civil_day(now)
    if not is_working_day(day, nation) or now < opens_on(day):
        day = working_day_until(day - _DAY, nation)
    return datetime.combine(day, CLOSES, tzinfo=LONDON) - timedelta(minutes=1)


def _days(start: date, by: timedelta) -> Iterator[date]:
    while True:
        yield start
        start += by
