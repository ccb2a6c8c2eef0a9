"""What a stream's entries say once its corrections are taken into account."""

from collections.abc import Sequence
from datetime import date

import msgspec

from events.catalogue import EntryCorrected
from events.enterprises import EnterpriseClosed
from events.ledger import Recorded


def corrected(events: Sequence[Recorded]) -> list[Recorded]:
    """The entries that stand, each at its own position with what it was last corrected to, by the day they happened.

    Withdrawn entries and the corrections themselves are left out.
    """
    standing: dict[int, Recorded] = {}
    for event in events:
        if not isinstance(event.event, EntryCorrected):
            standing[event.position] = event
        elif event.event.replacement is None:
            standing.pop(event.event.corrects, None)
        else:
            entry = standing.get(event.event.corrects)
            standing[event.event.corrects] = msgspec.structs.replace(
                entry or event,
                position=event.event.corrects,
                event=event.event.replacement,
                occurred_on=event.occurred_on,
            )
    return sorted(standing.values(), key=lambda entry: (entry.occurred_on, entry.position))


def closed_on(history: Sequence[Recorded]) -> date | None:
    """The day on which an enterprise closed, given its stream; None if it did not."""
    return next((each.occurred_on for each in corrected(history) if isinstance(each.event, EnterpriseClosed)), None)
