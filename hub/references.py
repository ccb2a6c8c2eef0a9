"""Whether what an input names was there, as desk and import ask before they record it."""

from collections.abc import Sequence
from datetime import date

from events.base import NotFound
from events.corrections import corrected
from events.ledger import Recorded
from events.referrals import NeedRecorded
from hub.days import not_before
from hub.enterprise_state import at_work
from hub.input import Reference


def there(named: Reference, history: Sequence[Recorded], on: date) -> None:
    """Raises `NotFound` or `Refused`, about its field, unless what is named was there on that day, by its history."""
    if named.kind == "enterprise":
        at_work(history, on, field=named.field)
        return
    need = next((entry for entry in corrected(history) if isinstance(entry.event, NeedRecorded)), None)
    if need is None:
        raise NotFound("There is no such need in this area.", field=named.field)
    not_before(on, need.occurred_on, "This need was recorded")
