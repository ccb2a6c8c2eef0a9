"""What a stream's entries say once its corrections are taken into account."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from events.base import civil_day
from events.catalogue import EntryCorrected
from events.enterprises import EnterpriseClosed
from events.ledger import Recorded
from events.referrals import NeedClosed, ReferralDeclined, ReferralExpired, ReferralWithdrawn, SupportEnded


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


def replaced_on(history: Sequence[Recorded]) -> Mapping[int, date]:
    """When what stands at a position was withdrawn or replaced, as it was recorded; what stands still is left out.

    A correction is replaced by the next correction of the same entry.
    """
    standing: dict[int, int] = {}
    replaced: dict[int, date] = {}
    for each in history:
        if isinstance(each.event, EntryCorrected):
            replaced[standing.get(each.event.corrects, each.event.corrects)] = civil_day(each.recorded_at)
            standing[each.event.corrects] = each.position
    return replaced


_ENDINGS = EnterpriseClosed | NeedClosed | SupportEnded | ReferralDeclined | ReferralWithdrawn | ReferralExpired


def ended_on(history: Sequence[Recorded]) -> date | None:
    """The day on which an enterprise or need closed or a referral came to its end, given its stream; None if not."""
    return next((each.occurred_on for each in corrected(history) if isinstance(each.event, _ENDINGS)), None)
