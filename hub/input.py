"""What may come in from outside: text of a line, text of a page, days, and the sentence for what does not fit."""

import re
from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from events.base import Refused, in_words

# No control characters: none has a meaning in a name, and NUL cannot be stored at all.
Line = Annotated[
    str, Meta(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*\Z")
]
OptionalLine = Annotated[str, Meta(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
Text = Annotated[str, Meta(max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*\Z")]
Count = Annotated[int, Meta(ge=0, le=100_000)]

AREA_CODE = r"^[A-Z][A-Z0-9]{1,11}\Z"

FORM_OF_WORDS = r"^([A-Z]{1,3} [0-9]{4}-(0[1-9]|1[0-2]))?\Z"

FIRST_DAY = date(1980, 1, 1)


class Input(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody says happened, before anything was decided about it."""

    on: date | None = None
    """The day it happened, in Europe/London; today unless given."""


def day(text: str) -> date | None:
    """The day that somebody wrote as 2026-05-03, 3/5/2026 or 3 May 2026; None if it is no day."""
    for form in ("%Y-%m-%d", "%d %B %Y", "%d %b %Y", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a civil day has no time zone
        except ValueError:
            continue
    return None


def happened_on(given: date | None, *, today: date, field: str = "on") -> date:
    """The day something happened. Raises `Refused` for a day to come, or one before anybody kept such records."""
    if given is None:
        return today
    if given > today:
        raise Refused(f"{in_words(given)} is in the future. Give the day it happened.", field=field)
    if given < FIRST_DAY:
        raise Refused(f"{in_words(given)} is too long ago. Check the year.", field=field)
    return given


def misfit(error: msgspec.ValidationError) -> tuple[str, str]:
    """The field a validation error is about and what is wrong with it, as a sentence."""
    return misfit_of(*str(error).partition(" - at `")[::2])


def misfit_of(message: str, path: str) -> tuple[str, str]:
    """The same from a message and the path that msgspec puts behind it, such as `$.owner.name`."""
    field = path.strip("`").removeprefix("$").lstrip(".")
    named = re.search(r"(?:unknown|required) field `(.*)`", message)
    if named:
        field = f"{field}.{named[1]}".lstrip(".")
    return field, _sentence(message)


def _sentence(message: str) -> str:
    for pattern, words in _WORDS:
        found = re.search(pattern, message)
        if found:
            return words.format(*found.groups())
    return message if message.endswith(".") else f"{message}."


_WORDS = (
    (r"unknown field", "There is no such field here. Take it out, or check its spelling."),
    (r"missing required field", "This is missing."),
    (re.escape(AREA_CODE.removesuffix(r"\Z")), "This is not the code of an area. Write it like E06000066."),
    (re.escape(FORM_OF_WORDS.removesuffix(r"\Z")), "This is not the name of a form of words. Write it like A 2026-05."),
    (r"matching regex", "This is empty, or holds a character that cannot be printed."),
    (r"RFC3339 encoded date|Expected `date", "This is not a date. Write it like 2026-05-03."),
    (r"of length >= 1", "This is empty."),
    (r"of length <= (\d+)", "This is too long: at most {0} characters."),
    (r"Expected `int` >= (\S+)", "This must be a whole number of at least {0}."),
    (r"Expected `int` <= (\S+)", "This must be a whole number of at most {0}."),
    (r"Expected `float` >= (\S+)", "This must be a number of at least {0}."),
    (r"Expected `float` <= (\S+)", "This must be a number of at most {0}."),
    (r"Expected `int(?: \| null)?`", "This must be a whole number."),
    (r"Expected `float(?: \| null)?`", "This must be a number."),
    (r"Expected `str(?: \| null)?`", "This must be text."),
    (r"Expected `bool", "This must be true or false."),
    (r"Expected `array", "This must be a list."),
    (r"Expected `object", "This must be a group of named fields."),
    # without what was said: people write into a reason what should not go round
    (r"Invalid enum value", "This is not one of the choices."),
    (r"Invalid UUID", "This is not an id."),
)
