"""Every type of event there is, how it is written down and how it is read back."""

from collections.abc import Callable
from typing import Literal, get_args

import msgspec

from events.areas import AreaEvent
from events.base import Event, Sealed
from events.enterprises import EnterpriseEvent
from events.learning import LearningEvent
from events.nudges import NudgeEvent
from events.participation import ParticipationEvent
from events.people import PeopleEvent
from events.quality import QualityEvent
from events.referrals import ReferralEvent
from events.renewals import RenewalEvent
from events.training import TrainingEvent

# What an entry may be replaced by: anything but another correction, an erasure, which cannot be taken back, and what
# the hub sent or somebody chose to be sent: that is chosen anew.
Entry = (
    AreaEvent
    | EnterpriseEvent
    | TrainingEvent
    | QualityEvent
    | RenewalEvent
    | ReferralEvent
    | LearningEvent
    | ParticipationEvent
)

CorrectionReason = Literal[
    "mistyped",
    "wrong enterprise",
    "wrong day",
    "entered twice",
    "told differently later",
    "did not happen",
    "undone at once",
]


class EntryCorrected(Event, frozen=True, tag="entry.corrected"):
    """An earlier entry of this stream was wrong: here is what it should have said, or nothing if it never happened.

    The day on which this event occurred is the day on which the corrected entry truly happened.
    """

    corrects: int
    """The position of the entry in the same area's ledger."""
    reason: CorrectionReason
    replacement: Entry | None = None
    note: Sealed[str] | None = None
    """Free text about the enterprise, sealed under its key; none on an area's own entries."""


AnyEvent = Entry | EntryCorrected | PeopleEvent | NudgeEvent

TYPES: tuple[type[Event], ...] = get_args(AnyEvent)


TAG_OF: dict[type[Event], str] = {each: str(each.__struct_config__.tag) for each in TYPES}

TAGS: frozenset[str] = frozenset(TAG_OF.values())


def tag_of(event: Event) -> str:
    """The stable word for an event's type, for example `milestone.recorded`."""
    return TAG_OF[type(event)]


encode: Callable[[Event], bytes] = msgspec.json.Encoder().encode
"""The event as JSON in UTF-8, its tag first under "type"."""


decode = msgspec.json.Decoder(AnyEvent).decode
"""The event that JSON text holds. Raises `msgspec.ValidationError` for a type or field this version does not know."""
