"""What areas learn from each other: lessons, the practices that spread, barriers and what resolved them.

What is shared is for the whole network: it stands open, names nobody, and carries consent where it tells of somebody.
"""

from typing import Literal
from uuid import UUID

from events.base import Event
from events.people import Consent

Topic = Literal[
    "homecare",
    "day opportunities",
    "rural",
    "recruitment",
    "direct payments",
    "insurance",
    "discharge",
    "buy-in",
    "transport",
    "premises",
    "money",
    "training",
    "finding customers",
    "co-production",
    "quality",
]
"""What a lesson is about, and what a barrier stands in the way of."""
RetirementReason = Literal["out of date", "did not hold up", "replaced by another", "consent withdrawn"]
AbandonReason = Literal[
    "it did not work here", "too little time", "no buy-in", "too little money", "not needed any more", "another reason"
]


class LessonShared(Event, frozen=True, tag="lesson.shared"):
    lesson: UUID
    """Its id, which is also its stream."""
    title: str
    tried: str
    """What we tried. This and the next two are Markdown."""
    context: str
    """In what circumstances."""
    result: str
    """What came of it."""
    topics: tuple[Topic, ...] = ()
    resolves: tuple[Topic, ...] = ()
    """The barriers it helps with."""
    consent: Consent | None = None
    """Of whoever it tells of."""


class LessonRevised(Event, frozen=True, tag="lesson.revised"):
    """What it says from now on; the way it stood before stays in the ledger."""

    title: str
    tried: str
    context: str
    result: str
    topics: tuple[Topic, ...] = ()
    resolves: tuple[Topic, ...] = ()
    consent: Consent | None = None
    """Of whoever it newly tells of; none takes nothing away from what was agreed before."""


class LessonRetired(Event, frozen=True, tag="lesson.retired"):
    reason: RetirementReason


class BarrierRaised(Event, frozen=True, tag="barrier.raised"):
    """Something stands in the way of an area, or of one enterprise there."""

    barrier: UUID
    """Its id, which is also its stream."""
    topic: Topic
    title: str
    detail: str = ""
    enterprise: UUID | None = None


class BarrierResolved(Event, frozen=True, tag="barrier.resolved"):
    how: str
    lesson: UUID | None = None
    """The lesson that helped, if one did."""


class PracticeSeen(Event, frozen=True, tag="practice.seen"):
    """Somebody here read a lesson. Each of these five is in the reading area's ledger, in a stream for each lesson."""

    lesson: UUID
    from_area: str
    """Where it was learned from: the area that shared it, or one that tried it since."""


class PracticeTrialled(Event, frozen=True, tag="practice.trialled"):
    lesson: UUID
    from_area: str


class PracticeAdopted(Event, frozen=True, tag="practice.adopted"):
    lesson: UUID
    from_area: str


class PracticeAdapted(Event, frozen=True, tag="practice.adapted"):
    """Adopted, with a change."""

    lesson: UUID
    from_area: str
    change: str


class PracticeAbandoned(Event, frozen=True, tag="practice.abandoned"):
    lesson: UUID
    from_area: str
    why: AbandonReason


LearningEvent = (
    LessonShared
    | LessonRevised
    | LessonRetired
    | BarrierRaised
    | BarrierResolved
    | PracticeSeen
    | PracticeTrialled
    | PracticeAdopted
    | PracticeAdapted
    | PracticeAbandoned
)
