"""The words every capability shares: an event, who acted, a refusal, civil time."""

from datetime import UTC, date, datetime
from typing import Generic, TypeVar
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from msgspec import Struct

LONDON = ZoneInfo("Europe/London")
NETWORK = "UK"
"""The area code under which national facts are kept."""

_STREAMS = UUID("5c1b7f3e-52a6-4e0e-9d0d-0f6f2b8a7a11")

T = TypeVar("T")


class Event(Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True, gc=False):
    """A past fact. Each type has a fixed tag of the form `noun.verb`; fields added later carry defaults."""


class Sealed(Struct, Generic[T], frozen=True, gc=False):
    """A value that identifies a person, readable only while the vault holds the key of `subject`.

    `box` is one version byte, a 12-byte nonce, then AES-256-GCM ciphertext with its tag, over the JSON of a `T`.
    """

    subject: UUID
    box: bytes


class TrellisError(Exception):
    """Anything the hub says in a sentence to a person rather than in a traceback."""


class Refused(TrellisError):
    """A decision went against the request; `field` names the part of the input at fault, if one is."""

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


class NotFound(TrellisError):
    """Nothing of that name is here (also said of what belongs to somebody else); `field` as in `Refused`."""

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


class CannotStart(TrellisError):
    """The hub would not be safe to run; the sentence says what to do."""


def area_stream(area: str) -> UUID:
    """The stream of facts about the area itself."""
    return uuid5(_STREAMS, f"area/{area}")


def named_id(*words: str) -> UUID:
    """An id that the same words always give, so that the same file or form makes the same ids."""
    return uuid5(_STREAMS, "/".join(words))


def now() -> datetime:
    return datetime.now(UTC)


def civil_day(moment: datetime) -> date:
    """The calendar day in Europe/London at an aware `moment`."""
    if moment.tzinfo is UTC and moment.hour < 22:  # the same day here, whatever the clocks say; asked of every event
        return moment.date()
    return moment.astimezone(LONDON).date()


def today() -> date:
    return civil_day(now())


def in_words(day: date) -> str:
    """A day as people here write it: 3 May 2026."""
    return f"{day.day} {day:%B %Y}"
