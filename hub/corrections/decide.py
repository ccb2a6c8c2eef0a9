"""Whether and how an entry may be corrected. Pure."""

from collections.abc import Sequence
from datetime import date

from events.areas import AreaJoined
from events.base import Refused, Sealed
from events.catalogue import CorrectionReason, Entry, EntryCorrected
from events.corrections import corrected
from events.enterprises import EnquiryReceived, EnterpriseEvent, EnterpriseRegistered
from events.learning import BarrierRaised, LessonShared
from events.ledger import Recorded
from events.people import PersonErased
from events.referrals import NeedRecorded, ReferralMade
from events.renewals import RequirementsApplied
from events.training import SessionScheduled
from hub.enterprise_state import fits_enquiry

_FIRSTS = (
    AreaJoined
    | EnquiryReceived
    | EnterpriseRegistered
    | SessionScheduled
    | NeedRecorded
    | ReferralMade
    | LessonShared
    | BarrierRaised
)
"""What begins a stream, and all that comes later in it builds on."""


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
    if isinstance(entry.event, RequirementsApplied):
        raise Refused(
            "What an enterprise must hold follows from what is recorded about it. Correct that entry, or waive what it "
            "need not hold.",
            field="position",
        )
    return entry


def may_correct(entry: Recorded, history: Sequence[Recorded], *, noted: bool, withdrawn: bool) -> None:
    """Raises `Refused` for taking back what other entries build on, or for a note that no key can be had for."""
    if noted and not isinstance(entry.event, EnterpriseEvent):
        raise Refused("Only an enterprise's entry can have a note. Leave it out: the reason says enough.", field="note")
    if withdrawn and isinstance(entry.event, _FIRSTS) and _built_on(entry, history):
        raise Refused("Other entries build on this one. Take those back first, or say what it should have been.")


def _built_on(entry: Recorded, history: Sequence[Recorded]) -> bool:
    """Whether other entries would hang in the air. What the hub itself concluded does not count: it concludes anew."""
    others = [
        each.event
        for each in corrected(history)
        if each.position != entry.position and not isinstance(each.event, RequirementsApplied)
    ]
    if isinstance(entry.event, EnquiryReceived) and any(isinstance(each, EnterpriseRegistered) for each in others):
        return False
    if isinstance(entry.event, EnterpriseRegistered) and any(isinstance(each, EnquiryReceived) for each in others):
        return not all(map(fits_enquiry, others))
    return bool(others)


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
    day = on or happened(entry, history)
    return EntryCorrected(corrects=entry.position, reason=reason, replacement=replacement, note=note), day


def happened(entry: Recorded, history: Sequence[Recorded]) -> date:
    """The day on which an entry is held to have happened, corrections counted in."""
    standing = {each.position: each for each in corrected(history)}
    return (standing.get(entry.position) or entry).occurred_on
