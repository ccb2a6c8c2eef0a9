"""Reading the form that chooses a picture: the day, and the day whose knowledge it is made from."""

from datetime import date
from urllib.parse import urlencode

from msgspec import Struct

from hub.errors import BadField
from hub.input import FIRST_DAY, day
from hub.look.words import in_words


class AsOf(Struct, frozen=True, kw_only=True):
    on: date
    known: date
    typed: dict[str, str]
    """What was typed, by field, to be shown again beside its error."""
    errors: dict[str, str]
    """A sentence for each field that could not be used; `on` or `known` is then today."""
    today: date

    @property
    def now(self) -> bool:
        """Whether this is the picture of today, as known today."""
        return self.on == self.known == self.today

    @property
    def query(self) -> str:
        """What keeps an address at this picture: `on=…&known=…`; empty for today's, which moves on."""
        return "" if self.now else urlencode({"on": self.on.isoformat(), "known": self.known.isoformat()})

    @property
    def state(self) -> str:
        return state(on=self.on, known=self.known, today=self.today)

    def refused(self) -> "AsOf":
        """Itself, for a program. Raises `BadField` if a day could not be read."""
        for field, sentence in self.errors.items():
            raise BadField(field, sentence)
        return self


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
    kept = {field: text for field, text in typed.items() if field in errors}
    return AsOf(**days, typed=kept, errors=errors, today=today)


def state(*, on: date, known: date, today: date) -> str:
    """A line for a picture that is not today's: an earlier day, or an earlier knowledge of it."""
    if known < today:
        return (
            f"This is the picture on {in_words(on)} as it was known on {in_words(known)}. "
            "What has been recorded or corrected since then is left out."
        )
    return f"This is the picture on {in_words(on)}, with all that is known today." if on < today else ""
