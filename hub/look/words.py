"""Numbers and days as people read them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from events.base import LONDON, in_words

MINUS: Final = "\N{MINUS SIGN}"


def number(value: int | float) -> str:
    """1800 is 1,800 and 12.50 is 12.5: thousands apart, at most one decimal, no trailing zero."""
    text = f"{value:,.1f}".removesuffix(".0")
    return "0" if text == "-0" else text.replace("-", MINUS)


def signed(value: int | float) -> str:
    """A change in a table cell: +56, −3, 0."""
    text = number(value)
    return text if text == "0" or text.startswith(MINUS) else f"+{text}"


def change(now: int | float | None, then: int | float | None, since: str) -> str:
    """How a count moved: "56 more than 3 months ago", "same as 3 months ago". None means nobody had reported."""
    if now is None:
        return f"not reported {since} either" if then is None else f"{number(then)} {since}"
    if then is None:
        return f"not reported {since}"
    if now == then:
        return f"same as {since}"
    return f"{number(abs(now - then))} {'more' if now > then else 'fewer'} than {since}"


def count(value: int | float, one: str, many: str) -> str:
    """1 area, 50 areas."""
    return f"{number(value)} {one if value == 1 else many}"


def listed(parts: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def about(value: float) -> str:
    """A number that was worked out, to no more figures than it deserves: 1,946 is 1,950, 52.3 is 52."""
    return number(round(value, -1) if abs(value) >= 1000 else round(value))


def month(day: date) -> str:
    """March 2017."""
    return f"{day:%B %Y}"


def year_earlier(day: date) -> date:
    """The same day a year before; 28 February for 29 February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


__all__ = ["MINUS", "about", "change", "count", "in_words", "listed", "month", "number", "signed", "year_earlier"]


def at(moment: datetime) -> str:
    """A moment as people here write it, in London: 3 May 2026, 14:05."""
    local = moment.astimezone(LONDON)
    return f"{in_words(local.date())}, {local:%H:%M}"
