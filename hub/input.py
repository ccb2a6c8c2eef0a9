"""What may come in from outside: text of a line, text of a page, days, and the sentence for what does not fit."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal, Protocol, TypeVar
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from events.base import Refused, Sealed, in_words
from events.catalogue import Entry
from events.enterprises import Owner
from events.people import Consent, ConsentGiven, LawfulBasis

T = TypeVar("T")

# No control characters: none has a meaning in a name, and NUL cannot be stored at all.
Line = Annotated[
    str, Meta(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*\Z")
]
OptionalLine = Annotated[str, Meta(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
Text = Annotated[str, Meta(max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*\Z")]
Count = Annotated[int, Meta(ge=0, le=100_000)]

AREA_CODE = r"^[A-Z][A-Z0-9]{1,11}\Z"

FORM_OF_WORDS = r"^([A-Z]{1,3} [0-9]{4}-(0[1-9]|1[0-2]))?\Z"
FormOfWords = Annotated[
    str, Meta(pattern=FORM_OF_WORDS, description="The name of what they were told and agreed to, such as A 2026-05.")
]

Note = Annotated[Text, Meta(description="Free text, kept under a key of its own, which can be destroyed.")]

FIRST_DAY = date(1980, 1, 1)


class Sealing(Protocol):
    """Where an input is about to be recorded, and how what it says of people is encrypted there."""

    area: str
    stream: UUID

    def note(self, text: str) -> Sealed[str] | None:
        """Under the key of what the stream is about: an enterprise, a need."""
        ...

    def owner(self, owner: Owner | None) -> Sealed[Owner] | None:
        """Under the key of whoever of this name owns the enterprise already, else under a new one."""
        ...

    def person(self, plain: T | None) -> Sealed[T] | None:
        """Under a new person's key."""
        ...

    def under(self, subject: UUID, plain: T | None) -> Sealed[T] | None:
        """Under the key of somebody or something known."""
        ...


class Reference(Struct, frozen=True, kw_only=True):
    """Something with a stream of its own in the same area, which an input names."""

    kind: Literal["enterprise", "need"]
    id: UUID
    field: str


class Input(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody says happened, before anything was decided about it."""

    on: date | None = None
    """The day it happened, in Europe/London; today unless given."""

    def check(self, *, today: date) -> None:
        """Raises `Refused` where its parts do not fit together, whatever was recorded before."""

    def check_day(self, on: date) -> None:
        """Raises `Refused` or `NotFound` where they do not fit the day on which it happened."""

    def check_area(self, area: str) -> None:
        """Raises `Refused` where they do not fit the area that tells it."""

    def refers_to(self) -> Sequence[Reference]:
        """What must be there before this can be recorded, also in place of something else."""
        return ()

    def event(self, sealing: Sealing) -> Entry:
        """What is recorded of it."""
        raise NotImplementedError


class ConsentInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That the person agreed, and to what."""

    given_on: date
    how: ConsentGiven
    wording: FormOfWords = ""

    def plain(self) -> Consent:
        return Consent(given_on=self.given_on, how=self.how, wording=self.wording)


class AboutPerson(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Part of what is said of a person: why it may be held."""

    # unset rather than null: what was asked before there were these fields is still the same request
    lawful_basis: LawfulBasis | UnsetType = UNSET
    """After article 6 of the UK GDPR."""
    consent: ConsentInput | UnsetType = UNSET

    def may_hold(self, *, today: date, within: str) -> None:
        """Raises `Refused` where lawful basis and consent do not fit together; `within` is the field that this is."""
        if not self.consent:
            if self.lawful_basis == "consent":
                raise Refused("Say when and how consent was given.", field=f"{within}.consent.given_on")
            return
        if self.lawful_basis != "consent":
            raise Refused("Consent was given, so the lawful basis is consent.", field=f"{within}.lawful_basis")
        if self.consent.given_on > today:
            raise Refused("Consent cannot be given on a day to come.", field=f"{within}.consent.given_on")

    @property
    def basis(self) -> LawfulBasis | None:
        return self.lawful_basis or None

    @property
    def agreed(self) -> Consent | None:
        return self.consent.plain() if self.consent else None


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
