"""Whether and how an entry may be corrected. Pure."""

from collections.abc import Collection, Sequence
from datetime import date

import msgspec

from events.areas import AreaJoined
from events.base import Event, Refused, Sealed
from events.catalogue import CorrectionReason, Entry, EntryCorrected
from events.corrections import corrected
from events.enterprises import EnquiryReceived, EnterpriseEvent, EnterpriseRegistered
from events.learning import BarrierRaised, LessonShared
from events.ledger import Recorded
from events.participation import AgendaItemRaised, FeedbackGiven
from events.people import PersonErased
from events.personal_data import sealed_kinds
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
    | FeedbackGiven
    | AgendaItemRaised
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

    Whether the replacement fits what came before and after is for people to see: a correction says what was wrong.
    """
    day = on or happened(entry, history)
    standing = _standing(entry, history)
    if standing and replacement == standing.event and day == standing.occurred_on:
        raise Refused("This is what it says already.")
    return EntryCorrected(corrects=entry.position, reason=reason, replacement=replacement, note=note), day


def happened(entry: Recorded, history: Sequence[Recorded]) -> date:
    """The day on which an entry is held to have happened, corrections counted in."""
    return (_standing(entry, history) or entry).occurred_on


def stands(entry: Recorded, history: Sequence[Recorded]) -> Event:
    """What an entry says now, or said before it was taken back."""
    return (_standing(entry, history) or entry).event


def last_correction(position: int, history: Sequence[Recorded]) -> int:
    """Where the last correction of an entry stands; 0 if there is none."""
    corrections = (
        each for each in history if isinstance(each.event, EntryCorrected) and each.event.corrects == position
    )
    return max((each.position for each in corrections), default=0)


def unchanged(entry: Recorded, history: Sequence[Recorded], *, seen: int) -> None:
    """Raises `Refused` if somebody corrected the entry after the correction that was seen."""
    if last_correction(entry.position, history) != seen:
        raise Refused("Somebody corrected this in between, so nothing was undone. Look at what it says now.")


def sealed_fields(event: type[Event]) -> frozenset[str]:
    """The fields of a type of event that hold what is sealed."""
    return frozenset(name for within, name in sealed_kinds(event) if within is event)


def keeping(replacement: Entry, entry: Recorded, history: Sequence[Recorded], kept: Collection[str]) -> Entry:
    """The replacement, with these sealed fields as they stand, and with them why somebody's details may be held.

    Who corrects something by a form is not shown what is sealed, and so cannot say it again.
    """
    as_it_is = stands(entry, history)
    stay = {name: sealed for name in kept if (sealed := getattr(as_it_is, name, None)) is not None}
    if getattr(replacement, "who", None) == "the owner":
        stay.pop("person", None)  # the name is of somebody else, who helps
    if isinstance(replacement, NeedRecorded) and replacement.people > 1 and "person" in stay:
        raise Refused("One person's details are kept with this need, so it is of one.", field="people")
    if stay:
        stay |= {name: getattr(as_it_is, name) for name in ("lawful_basis", "consent") if hasattr(as_it_is, name)}
    return msgspec.structs.replace(replacement, **stay)


def others(entry: Recorded, history: Sequence[Recorded]) -> list[Recorded]:
    """The history without the entry and what it was corrected to."""
    return [
        each
        for each in history
        if each.position != entry.position
        and not (isinstance(each.event, EntryCorrected) and each.event.corrects == entry.position)
    ]


def _standing(entry: Recorded, history: Sequence[Recorded]) -> Recorded | None:
    return next((each for each in corrected(history) if each.position == entry.position), None)
