"""What one event says by itself, by facet."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from events.areas import (
    AreaBoundaryChanged,
    AreaJoined,
    AreaLeft,
    CatalystAppointed,
    CatalystLeft,
    ConditionConfirmed,
    ConditionWithdrawn,
    LoadTargetSet,
    SystemRiskClosed,
    SystemRiskMitigated,
    SystemRiskRaised,
)
from events.base import Event
from events.enterprises import (
    ActivityReported,
    EnterpriseClosed,
    EnterprisePaused,
    EnterpriseRegistered,
    EnterpriseResumed,
    MilestoneRecorded,
)
from events.learning import (
    BarrierRaised,
    BarrierResolved,
    LessonRetired,
    LessonShared,
    PracticeAbandoned,
    PracticeAdapted,
    PracticeAdopted,
    PracticeSeen,
    PracticeTrialled,
)
from events.projections.national.measures import HUNDREDTHS
from events.quality import QualityCheckCompleted
from events.referrals import ReferralAccepted, ReferralDeclined, ReferralMade
from events.training import TrainingCompleted

Amounts = tuple[int | None, ...]
"""One for each measure of a facet; None where nothing is said of it."""

NOTHING: Amounts = ()
"""What an ending says: from here on the entry before it no longer holds."""


class Said(NamedTuple):
    facet: str
    amounts: Amounts
    key: str = ""
    """Which of several of one facet, such as which condition."""
    starts: date | None = None
    """From when, if not from the day it happened."""
    until: date | None = None
    """The first day on which it no longer holds by itself."""


LARGEST = 2**28 - 1
"""The largest amount that the sums hold. Nothing that an enterprise or area can truly say comes near."""


def sound(amounts: Amounts) -> Amounts:
    """The same. Raises `OverflowError` for an amount that the sums cannot hold."""
    for amount in amounts:
        if amount is not None and abs(amount) > LARGEST:
            raise OverflowError
    return amounts


_ONE: Amounts = (1,)
_ACTIVE = Said("standing", _ONE)
_REGISTERED = {
    "new": (Said("registered", (1, 1, 0)), _ACTIVE),
    "established": (Said("registered", (1, 0, 1)), _ACTIVE),
}
_STOPPED = (
    # what it reported before no longer holds; if it resumes, it reports anew
    Said("standing", NOTHING),
    Said("activity", NOTHING),
)


def says(event: Event) -> tuple[Said, ...]:
    """What an event says. Nothing, for an event that no figure counts by itself."""
    says_so = _SAYS.get(type(event))
    return says_so(event) if says_so else ()


def _reported(event: ActivityReported) -> tuple[Said, ...]:
    hours = event.hours_per_week
    hundredths = None if hours is None else round(hours * HUNDREDTHS)
    return (Said("activity", sound((event.people_supported, event.jobs, event.volunteers, hundredths))),)


def _appointed(event: CatalystAppointed) -> tuple[Said, ...]:
    until = event.ends + timedelta(days=1)
    amounts = sound((1, event.cost, (until - event.starts).days))
    return (Said("post", amounts, event.post, event.starts, until),)


def _always(*said: Said) -> Callable[[Any], tuple[Said, ...]]:
    return lambda _: said


# by type, since the fold asks this of every event there is
_SAYS: Mapping[type[Event], Callable[[Any], tuple[Said, ...]]] = {
    EnterpriseRegistered: lambda event: _REGISTERED[event.origin],
    EnterpriseResumed: _always(_ACTIVE),
    EnterprisePaused: _always(*_STOPPED),
    EnterpriseClosed: _always(*_STOPPED),
    ActivityReported: _reported,
    MilestoneRecorded: _always(Said("milestone", _ONE)),
    TrainingCompleted: _always(Said("training", _ONE)),
    QualityCheckCompleted: _always(Said("check", _ONE)),
    ReferralMade: _always(Said("referral", _ONE)),
    ReferralAccepted: _always(Said("answer", (1, 1))),
    ReferralDeclined: _always(Said("answer", (1, 0))),
    AreaJoined: _always(Said("area", _ONE)),
    AreaLeft: _always(Said("area", NOTHING)),
    AreaBoundaryChanged: lambda event: (Said("code", _ONE, event.to_code),),
    CatalystAppointed: _appointed,
    CatalystLeft: lambda event: (Said("post", NOTHING, event.post),),
    LoadTargetSet: lambda event: (Said("target", sound((event.enterprises,))),),
    ConditionConfirmed: lambda event: (Said("condition", (1, 0), event.condition),),
    ConditionWithdrawn: lambda event: (Said("condition", (0, 1), event.condition),),
    SystemRiskRaised: lambda event: (Said("risk", (1, 0), event.risk),),
    SystemRiskMitigated: lambda event: (Said("risk", (1, 1), event.risk),),
    SystemRiskClosed: lambda event: (Said("risk", NOTHING, event.risk),),
    LessonShared: _always(Said("lesson", _ONE)),
    LessonRetired: _always(Said("lesson", NOTHING)),
    PracticeSeen: _always(Said("practice", NOTHING)),
    PracticeTrialled: _always(Said("practice", (1, 0))),
    PracticeAdopted: _always(Said("practice", (0, 1))),
    PracticeAdapted: _always(Said("practice", (0, 1))),
    PracticeAbandoned: _always(Said("practice", NOTHING)),
    BarrierRaised: _always(Said("barrier", _ONE)),
    BarrierResolved: _always(Said("barrier", NOTHING)),
}
