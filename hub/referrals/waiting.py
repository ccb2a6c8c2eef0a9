"""The waiting clock, in words: from the day the person began to wait until support started."""

from datetime import date
from typing import Final

from msgspec import Struct

from events.base import in_words
from hub.look.words import count

LONG: Final = 365
"""Days after which a wait stands out."""


class Wait(Struct, frozen=True, kw_only=True):
    since: date
    until: date
    """The day on which support started; while it has not, the day on which somebody looks."""
    over: bool
    closed: str = ""
    """What ended the way to support without any: "the referral was declined"."""

    @property
    def days(self) -> int:
        return (self.until - self.since).days

    @property
    def long(self) -> bool:
        return self.days > LONG

    @property
    def words(self) -> str:
        waited = count(self.days, "day", "days")
        if self.closed:
            return f"Had waited {waited} by {in_words(self.until)}, when {self.closed}"
        if not self.over:
            return f"Has waited {waited}, since {in_words(self.since)}"
        if not self.days:
            return f"Support started on {in_words(self.until)}, the day the wait began"
        return f"Waited {waited}, {span(self.since, self.until)}, when support started"


def waiting(since: date, started_on: date | None, *, today: date, closed_on: date | None = None) -> Wait:
    """The wait of somebody whose support started on a day, or did not start yet, or whose need was closed."""
    if closed_on and started_on is None:
        return Wait(since=since, until=closed_on, over=False, closed="the need was closed")
    return Wait(since=since, until=started_on or today, over=started_on is not None)


def span(first: date, last: date) -> str:
    """From 1 May to 4 June 2026: the year twice only where there are two."""
    start = in_words(first)
    return f"from {start.removesuffix(f' {first.year}') if first.year == last.year else start} to {in_words(last)}"
