"""Lessons, how far each area has come with a practice, and barriers: as they stand, and as they stood on any day."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from events.base import Event
from events.learning import (
    BarrierRaised,
    BarrierResolved,
    LessonRetired,
    LessonRevised,
    LessonShared,
    PracticeAbandoned,
    PracticeAdapted,
    PracticeAdopted,
    PracticeSeen,
    PracticeTrialled,
)
from events.ledger import Recorded
from events.projections.work.any_day import then_of
from events.projections.work.rows import Row, of

STATES: Mapping[type[Event], str] = {
    PracticeSeen: "seen",
    PracticeTrialled: "trialled",
    PracticeAdopted: "adopted",
    PracticeAdapted: "adapted",
    PracticeAbandoned: "abandoned",
}


class Lesson(Row, frozen=True, kw_only=True):
    lesson: UUID
    title: str
    tried: str
    context: str
    result: str
    topics: list[str]
    resolves: list[str]
    consented_on: date | None
    """When the people it tells of last agreed to it; none if it tells of nobody."""
    shared_on: date
    revised_on: date | None
    retired_on: date | None
    reason: str | None


class Practice(Row, frozen=True, kw_only=True):
    lesson: UUID
    state: str
    since: date
    from_area: str
    seen_on: date | None
    trialled_on: date | None
    adopted_on: date | None
    abandoned_on: date | None
    change: str
    why: str | None


class Barrier(Row, frozen=True, kw_only=True):
    barrier: UUID
    topic: str
    title: str
    detail: str
    enterprise: UUID | None
    raised_on: date
    resolved_on: date | None
    how: str
    lesson: UUID | None


LESSON_THEN = then_of(Lesson)
PRACTICE_THEN = then_of(Practice)
BARRIER_THEN = then_of(Barrier)


def lesson_rows(entries: Sequence[Recorded]) -> Iterator[Row]:
    shared = next(iter(of(entries, LessonShared)), None)
    if shared is None:
        return
    entry, first = shared
    revised = [(each.occurred_on, event) for each, event in of(entries, LessonRevised)]
    retired = next(((each.occurred_on, event.reason) for each, event in of(entries, LessonRetired)), (None, None))
    says = revised[-1][1] if revised else first
    consents = [event.consent for event in (first, *(event for _, event in revised)) if event.consent]
    yield Lesson(
        area=entry.area,
        stream=entry.stream,
        lesson=first.lesson,
        title=says.title,
        tried=says.tried,
        context=says.context,
        result=says.result,
        topics=list(says.topics),
        resolves=list(says.resolves),
        consented_on=consents[-1].given_on if consents else None,
        shared_on=entry.occurred_on,
        revised_on=revised[-1][0] if revised else None,
        retired_on=retired[0],
        reason=retired[1],
    )


def practice_rows(entries: Sequence[Recorded]) -> Iterator[Row]:
    steps = [*of(entries, PracticeSeen, PracticeTrialled, PracticeAdopted, PracticeAdapted, PracticeAbandoned)]
    if not steps:
        return
    # the last one recorded, as in decisions: a correction of a day does not undo what came after
    last, now = max(steps, key=lambda step: step[0].position)
    first_on = {STATES[type(event)]: entry.occurred_on for entry, event in reversed(steps)}
    adapted = next((event.change for _, event in reversed(steps) if isinstance(event, PracticeAdapted)), "")
    yield Practice(
        area=last.area,
        stream=last.stream,
        lesson=now.lesson,
        state=STATES[type(now)],
        since=last.occurred_on,
        from_area=now.from_area,
        seen_on=first_on.get("seen"),
        trialled_on=first_on.get("trialled"),
        adopted_on=min((first_on[word] for word in ("adopted", "adapted") if word in first_on), default=None),
        abandoned_on=first_on.get("abandoned"),
        change=adapted,
        why=now.why if isinstance(now, PracticeAbandoned) else None,
    )


def barrier_rows(entries: Sequence[Recorded]) -> Iterator[Row]:
    raised = next(iter(of(entries, BarrierRaised)), None)
    if raised is None:
        return
    entry, barrier = raised
    resolved = next(iter(of(entries, BarrierResolved)), None)
    yield Barrier(
        area=entry.area,
        stream=entry.stream,
        barrier=barrier.barrier,
        topic=barrier.topic,
        title=barrier.title,
        detail=barrier.detail,
        enterprise=barrier.enterprise,
        raised_on=entry.occurred_on,
        resolved_on=resolved and resolved[0].occurred_on,
        how=resolved[1].how if resolved else "",
        lesson=resolved[1].lesson if resolved else None,
    )
