"""Days that must not come before others."""

from datetime import date

from events.base import Refused, in_words


def not_before(on: date, since: date, what: str) -> None:
    """Raises `Refused` for a day before `since`; `what` says what happened then, such as “This risk was raised”."""
    if on < since:
        raise Refused(f"{what} on {in_words(since)}. Give that day or a later one.", field="on")


def within_reach(day: date, *, today: date, field: str) -> None:
    """Raises `Refused` for a day to come that nobody plans for yet, which is a year mistyped."""
    if day.year > today.year + 5:
        raise Refused(f"{in_words(day)} is too far ahead. Check the year.", field=field)
