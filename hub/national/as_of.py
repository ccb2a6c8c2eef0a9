"""Reading the form that chooses a picture: the day, and the day whose knowledge it is made from."""

from datetime import date

from msgspec import Struct

from hub.input import FIRST_DAY, day
from hub.look.words import in_words


class AsOf(Struct, frozen=True, kw_only=True):
    on: date
    known: date
    typed: dict[str, str]
    """What was typed, by field, to be shown again beside its error."""
    errors: dict[str, str]
    """A sentence for each field that could not be used; `on` or `known` is then today."""


def read_as_of(on: str | None, known: str | None, *, today: date) -> AsOf:
    """The days asked for. An empty or missing field means `today`."""
    days: dict[str, date] = {}
    errors: dict[str, str] = {}
    typed = {"on": (on or "").strip(), "known": (known or "").strip()}
    for field, text in typed.items():
        read = day(text) if text else today
        if read is None:
            errors[field] = "Enter a day such as 3 May 2026 or 2026-05-03."
        elif read > today:
            errors[field] = f"Choose today, {in_words(today)}, or an earlier day."
        elif read < FIRST_DAY:
            errors[field] = f"Choose {in_words(FIRST_DAY)} or a later day."
        days[field] = read if read and field not in errors else today
    return AsOf(**days, typed={field: text for field, text in typed.items() if field in errors}, errors=errors)
