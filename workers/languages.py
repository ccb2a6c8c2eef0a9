"""What messages say in each language: the files beside their templates, one for each.

English sentences are those of the rules. An enterprise that asked for another language gets it where that has words for
all that it is reminded of; else the whole message is in English, never half of it.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from events.nudges import Language
from events.nudging.rule import Reminder


class Words(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the files."""

    language: Language
    checked: bool
    """Whether somebody who speaks it has read it."""
    months: tuple[str, ...]
    hello: str
    network: str
    button: str
    button_staff: str
    fallback: str
    why: str
    why_staff: str
    by: str
    ask: str
    stop: str
    several: str
    more: str
    says: Mapping[str, str]
    """A sentence for each rule, to an enterprise."""
    requirements: Mapping[str, str]
    """The words of the renewal catalogue; one that is missing stays as it is."""

    def sentence(self, rule: str, reminder: Reminder) -> str | None:
        """What a rule says to an enterprise; None where there are no words for it."""
        when = "after" if reminder.due < reminder.today else "before" if reminder.due > reminder.today else "today"
        said = self.says.get(rule) or self.says.get(f"{rule} {when}")
        if said is None or reminder.to != "enterprise":
            return None
        what = self.requirements.get(reminder.what, reminder.what)
        return said.format(what=what, detail=reminder.detail, due=self.day(reminder.due))

    def day(self, day: date) -> str:
        """A day as people write it."""
        return f"{day.day} {self.months[day.month - 1]} {day.year}"


@cache
def words_in(language: Language) -> Words:
    file = Path(__file__).parent / "mails" / f"{language}.toml"
    return msgspec.toml.decode(file.read_bytes(), type=Words)
