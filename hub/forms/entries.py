"""An entry that is looked at again: what it says now, what it is about, and in which form it was said."""

from msgspec import Struct

from events import ledger
from events.access import Principal
from events.base import Event, NotFound, Refused
from events.catalogue import EntryCorrected
from events.corrections import corrected
from events.ledger import Recorded
from hub.corrections.decide import last_correction
from hub.corrections.routes import INPUTS
from hub.db import Hub
from hub.forms.catalogue import FORMS
from hub.forms.form import Form
from hub.found import Found, found_by_stream


class Looked(Struct, frozen=True, kw_only=True):
    """An entry, and how it stands."""

    entry: Recorded
    standing: Recorded | None
    """As corrected; none if it was taken back."""
    about: Found
    seen: int
    """Where its last correction is; 0 if there is none."""

    @property
    def shown(self) -> Recorded:
        return self.standing or self.entry


def look_at(hub: Hub, who: Principal, area: str, position: int) -> Looked:
    """The entry at a position. Raises `NotFound`, also of a correction."""
    with hub.reading("work", who) as connection:
        entry = next(iter(ledger.read_positions(connection, area, [position])), None)
        if entry is None or isinstance(entry.event, EntryCorrected):
            raise NotFound("There is no such entry here.")
        history = ledger.read_stream(connection, area, entry.stream)
        about = found_by_stream(connection, area, entry.stream)
    standing = next((each for each in corrected(history) if each.position == position), None)
    return Looked(entry=entry, standing=standing, about=about, seen=last_correction(position, history))


def form_of(entry: Recorded) -> Form:
    """The form in which somebody said what an entry says. Raises `Refused` if nobody did."""
    input = INPUTS.get(type(entry.event))
    found = next((form for form in FORMS.values() if form.input is input), None)
    if found is None:
        raise Refused("This entry was made by the hub itself and follows from others. Correct those.")
    return found


def event_of(form: Form) -> type[Event]:
    """The type of event that a form records."""
    return next(event for event, input in INPUTS.items() if input is form.input)
