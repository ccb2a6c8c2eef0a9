"""What a channel is: it hands one message over to whatever carries it, and says what came of that."""

from collections.abc import Mapping
from typing import Literal, Protocol
from uuid import UUID

from msgspec import Struct

from events.nudges import FailedBecause, Language, Way


class Address(Struct, frozen=True, kw_only=True):
    """Where somebody is reached. It lives as long as a message is being sent; no log and no error shows it."""

    area: str
    subject: UUID
    """Under whose key it was sealed, or the account."""
    name: str
    email: str
    phone: str = ""
    language: Language = "en"

    def at(self, way: Way) -> str:
        """Where they are reached in that way; empty if they are not."""
        return {"email": self.email, "sms": self.phone, "hub": str(self.subject)}[way]

    def __repr__(self) -> str:
        return f"Address of {self.subject}"


class Mail(Struct, frozen=True, kw_only=True):
    """A message in all the forms that a channel may need."""

    subject: str
    text: str
    """The whole of it, as plain text."""
    html: str
    brief: str
    """All of it in a line or two, for a text message."""
    language: Language = "en"
    """Of its words, whatever language whoever gets it would rather read."""
    headers: Mapping[str, str] = {}
    """Those of e-mail beyond the usual, such as List-Unsubscribe."""


class Outcome(Struct, frozen=True):
    """What came of one attempt."""

    kind: Literal["sent", "later", "failed", "doubtful"]
    """later: not now, and certainly not sent. failed: never. doubtful: it may have been sent, or not."""
    why: FailedBecause | None = None
    """Of one that failed."""
    away: bool = False
    """Of one for later: whether whatever carries messages is away, so that there is no use in trying the next."""


SENT = Outcome("sent")
LATER = Outcome("later")
AWAY = Outcome("later", away=True)
DOUBTFUL = Outcome("doubtful")


class Channel(Protocol):
    @property
    def name(self) -> str:
        """What the ledger calls it."""
        ...

    @property
    def idempotent(self) -> bool:
        """Whether it carries a message once however often it is handed over under the same key."""
        ...

    @property
    def disturbs(self) -> bool:
        """Whether it reaches people wherever they are, so that it is not to be called at night or on days off."""
        ...

    def send(self, to: Address, mail: Mail, *, key: UUID, again: bool = False) -> Outcome:
        """Hand a message over. It raises nothing that it expects to happen, and takes well under `send.LEASE`.

        `again`: under this key it was called before, and what came of that may not be known.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds open: called after each batch."""
        ...
