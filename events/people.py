"""What happens to people's data: on what basis it is held, and that it was erased."""

from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct

from events.base import Event

LawfulBasis = Literal[
    "consent", "contract", "public task", "legitimate interests", "legal obligation", "vital interests"
]
"""Why personal data may be held: article 6(1) of the UK GDPR."""

ConsentGiven = Literal["in writing", "online", "by telephone", "face to face"]

ErasureBasis = Literal["asked by the person", "consent withdrawn", "kept long enough", "recorded by mistake"]

HoldKind = Literal["legal claim", "safeguarding", "open complaint"]
"""Why a person must not be erased yet: articles 17(3) and 18 of the UK GDPR."""


class Consent(Struct, frozen=True, kw_only=True):
    """That somebody agreed, and to what."""

    given_on: date
    how: ConsentGiven
    wording: str = ""
    """The name of the form of words they agreed to, such as "A 2026-05". The words themselves are kept elsewhere."""


class PersonErased(Event, frozen=True, tag="person.erased"):
    """The key of a person was destroyed. What was sealed for them can never be read again, in any copy."""

    subject: UUID
    basis: ErasureBasis


PeopleEvent = PersonErased
