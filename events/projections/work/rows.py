"""What all rows of the work projection have in common."""

from collections.abc import Iterable, Sequence
from typing import TypeVar, get_args
from uuid import UUID

from msgspec import Struct

from events.base import Event
from events.ledger import Recorded


class Row(Struct, frozen=True, kw_only=True, gc=False):
    """A row of the table that is named after the class, its fields the columns."""

    area: str
    stream: UUID
    """What it follows from."""


E = TypeVar("E", bound=Event)


def of(entries: Sequence[Recorded], *kinds: type[E]) -> Iterable[tuple[Recorded, E]]:
    """The entries of these kinds, each with its event."""
    for entry in entries:
        if isinstance(entry.event, kinds):
            yield entry, entry.event


def kinds(union: object) -> frozenset[type[Event]]:
    """The types that a union of event types is made of."""
    return frozenset(get_args(union))
