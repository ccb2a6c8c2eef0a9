"""Whether and how an entry may be corrected. Pure."""

from collections.abc import Sequence
from datetime import date

from events.areas import AreaJoined
from events.base import Refused, Sealed
from events.catalogue import CorrectionReason, Entry, EntryCorrected
from events.corrections import corrected
from events.enterprises import EnterpriseEvent, EnterpriseRegistered
from events.ledger import Recorded
from events.people import PersonErased


def correctable(entry: Recorded | None, position: int) -> Recorded:
    """The entry to correct. Raises `Refused` if there is none, or if it is a correction."""
    if entry is None:
        raise Refused(f"There is no entry at position {position} of this area.", field="position")
    if isinstance(entry.event, EntryCorrected):
        raise Refused(
            f"This entry is itself a correction, of position {entry.event.corrects}. Correct that one.",
            field="position",
        )
    if isinstance(entry.event, PersonErased):
        raise Refused("A person was erased here. That cannot be taken back.", field="position")
    return entry


def may_correct(entry: Recorded, history: Sequence[Recorded], *, noted: bool, withdrawn: bool) -> None:
    """Raises `Refused` for taking back what other entries build on, or for a note that no key can be had for."""
    if noted and not isinstance(entry.event, EnterpriseEvent):
        raise Refused("Only an enterprise's entry can have a note. Leave it out: the reason says enough.", field="note")
    if withdrawn and isinstance(entry.event, EnterpriseRegistered | AreaJoined) and len(corrected(history)) > 1:
        raise Refused("Other entries build on this one. Take those back first, or say what it should have been.")


def correct(
    entry: Recorded,
    history: Sequence[Recorded],
    *,
    reason: CorrectionReason,
    replacement: Entry | None,
    note: Sealed[str] | None,
    on: date | None,
) -> tuple[EntryCorrected, date]:
    """The correction, and the day on which the entry truly happened.

    Whether the replacement fits the rest of the stream is for people to see: a correction says what was wrong.
    """
    standing = {each.position: each for each in corrected(history)}
    day = on or (standing.get(entry.position) or entry).occurred_on
    return EntryCorrected(corrects=entry.position, reason=reason, replacement=replacement, note=note), day
