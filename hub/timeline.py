"""What happened to something: who told it, when it happened, when it was recorded, and what corrected it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct

from events.base import civil_day
from events.catalogue import EntryCorrected
from events.ledger import Recorded
from events.nudges import NudgeEvent
from events.people import PersonErased
from events.personal_data import sealed_in
from events.renewals import RequirementsApplied
from hub.telling import headline


class Fix(Struct, frozen=True, kw_only=True):
    """A correction of an entry."""

    reason: str
    words: str
    """What it says instead; empty if it was taken back."""
    on: date
    recorded_on: date
    who: str


class Item(Struct, frozen=True, kw_only=True):
    position: int
    words: str
    """As it stands now; of one taken back, as it stood."""
    on: date
    recorded_on: date
    who: str
    people: tuple[UUID, ...]
    """Whose key seals part of it: the way to what is not shown here."""
    fixes: tuple[Fix, ...]
    taken_back: bool
    correctable: bool
    """What the hub concluded follows from other entries, who was erased stays so, and what was told by a link is told
    anew."""

    @property
    def late(self) -> bool:
        """Whether the hub learned of it on another day than it happened."""
        return self.recorded_on != self.on


def timeline(history: Iterable[Recorded], *, name_of: Callable[[str], str]) -> list[Item]:
    """The newest first, by the day it happened. `name_of` says what to call whoever recorded it."""
    corrections: dict[int, list[Recorded]] = {}
    entries: list[Recorded] = []
    for each in history:
        if isinstance(each.event, EntryCorrected):
            corrections.setdefault(each.event.corrects, []).append(each)
        else:
            entries.append(each)
    items = [_item(entry, corrections.get(entry.position, []), name_of) for entry in entries]
    return sorted(items, key=lambda item: (item.on, item.position), reverse=True)


def _item(entry: Recorded, corrections: Sequence[Recorded], name_of: Callable[[str], str]) -> Item:
    fixes = tuple(_fix(each, name_of) for each in corrections)
    last = fixes[-1] if fixes else None
    replaced = next((fix for fix in reversed(fixes) if fix.words), None)
    sealed = [found for each in (entry, *corrections) for found in sealed_in(each.event)]
    return Item(
        position=entry.position,
        words=replaced.words if replaced else headline(entry.event),
        on=replaced.on if replaced else entry.occurred_on,
        recorded_on=civil_day(entry.recorded_at),
        who=name_of(entry.actor),
        people=tuple(dict.fromkeys(found.sealed.subject for found in sealed)),
        fixes=fixes,
        taken_back=last is not None and not last.words,
        correctable=not isinstance(entry.event, RequirementsApplied | PersonErased | NudgeEvent),
    )


def _fix(correction: Recorded, name_of: Callable[[str], str]) -> Fix:
    event = correction.event
    assert isinstance(event, EntryCorrected)
    return Fix(
        reason=event.reason,
        words=headline(event.replacement) if event.replacement else "",
        on=correction.occurred_on,
        recorded_on=civil_day(correction.recorded_at),
        who=name_of(correction.actor),
    )
