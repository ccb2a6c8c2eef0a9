"""Whether an area takes part, as every capability asks before it records something there."""

from collections.abc import Sequence
from datetime import date

from events.areas import AreaJoined, AreaLeft
from events.base import Refused
from events.corrections import corrected
from events.ledger import Recorded
from events.places import place_name


def joined_on(history: Sequence[Recorded]) -> date | None:
    """Since when the area takes part, or None if it does not."""
    since: date | None = None
    for entry in corrected(history):
        if isinstance(entry.event, AreaJoined):
            since = entry.occurred_on
        elif isinstance(entry.event, AreaLeft):
            since = None
    return since


def taking_part(area: str, history: Sequence[Recorded]) -> None:
    """Raises `Refused` unless the area takes part now."""
    if joined_on(history) is None:
        raise Refused(f"{place_name(area)} does not take part. Record that it joined first.", field="area")
