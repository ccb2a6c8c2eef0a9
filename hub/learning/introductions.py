"""Who should talk to whom, and why. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal
from uuid import UUID

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from hub.alike import Circumstances, points, why
from hub.look.words import count, in_words, year_earlier

SHOWN: Final = 30
"""Pairs of areas on the page."""

EACH: Final = 2
"""An area is introduced to at most so many others, so that one does not stand everywhere."""

REASONS: Final = 3
"""Reasons that are told of a pair; the others are counted."""

EXPLAINED: Final = (
    "A pair scores one point for each thing that one could tell the other: for each topic on which one has an open "
    "barrier and the other got past one, for each lesson that one tries and the other took up or gave up, and for a "
    "year without taking up a lesson where the other took one up. To that comes how alike the two are."
)
"""What the ranking counts, for the page."""

Kind = Literal["barrier", "lesson", "year"]


class Open(Struct, frozen=True, kw_only=True):
    area: str
    topic: str
    title: str
    raised_on: date


class Resolved(Struct, frozen=True, kw_only=True):
    area: str
    topic: str
    barrier: UUID
    resolved_on: date
    lesson_title: str | None


class Tried(Struct, frozen=True, kw_only=True):
    """A lesson that somebody tries, with the areas that do and those that have decided."""

    lesson: UUID
    title: str
    trying: list[str]
    took_up: list[str]
    gave_up: list[str]


class Learned(Struct, frozen=True, kw_only=True):
    """What areas could tell each other on a day."""

    on: date
    open: Sequence[Open]
    """The oldest first, as far as topics of an area go."""
    resolved: Sequence[Resolved]
    """The newest first."""
    tried: Sequence[Tried]
    taken_up: Mapping[str, int]
    """How many lessons an area took up in the year to the day; areas that took up none are left out."""


class Reason(Struct, frozen=True, kw_only=True):
    kind: Kind
    says: str
    href: str = ""
    """Where more of it stands, if anywhere that all may look."""
    link: str = ""


class Introduction(Struct, frozen=True, kw_only=True):
    one: Circumstances
    other: Circumstances
    score: float
    alike: str
    """What the two have in common, as a sentence; may be empty."""
    reasons: tuple[Reason, ...]
    """The best first: somebody stuck before somebody trying before somebody quiet."""
    more: int
    """Reasons that are not told."""


def introductions(
    areas: Sequence[Circumstances], learned: Learned, *, of: str = "", most: int = SHOWN, each: int = EACH
) -> list[Introduction]:
    """Pairs with a reason to talk, those with the highest score first, each pair once; only those of one area if `of`.

    An area is in at most `each` of them, except the one asked for.
    """
    if len(areas) < 2:
        return []
    things = _things(areas, learned)
    things = np.triu(things + things.T, 1)
    score = np.where(things > 0, things + points(areas, areas), 0.0)
    if of:
        asked = np.array([each.area == of for each in areas])
        score = np.where(asked[:, None] | asked[None, :], score, 0.0)
    used = dict.fromkeys(range(len(areas)), 0)
    found: list[Introduction] = []
    for place in np.argsort(-score, axis=None, kind="stable").tolist():
        row, column = divmod(place, len(areas))
        if len(found) == most or score[row, column] <= 0:
            break
        one, other = areas[row], areas[column]
        if any(used[at] >= each and areas[at].area != of for at in (row, column)):
            continue
        used[row] += 1
        used[column] += 1
        reasons = _reasons(one, other, learned)
        found.append(
            Introduction(
                one=one,
                other=other,
                score=float(score[row, column]),
                alike=why(one, other, begin="Both"),
                reasons=reasons[:REASONS],
                more=max(len(reasons) - REASONS, 0),
            )
        )
    return found


def _things(areas: Sequence[Circumstances], learned: Learned) -> NDArray[np.float64]:
    """How many things each area (a column) could tell each other one (a row)."""
    at = {each.area: number for number, each in enumerate(areas)}
    things = np.zeros((len(areas), len(areas)))
    topics = sorted({each.topic for each in learned.open})
    stuck, past = (np.zeros((len(areas), len(topics)), dtype=bool) for _ in range(2))
    for met, where in ((learned.open, stuck), (learned.resolved, past)):
        for each in met:
            if each.area in at and each.topic in topics:
                where[at[each.area], topics.index(each.topic)] = True
    things += stuck.astype(float) @ past.T.astype(float)
    for lesson in learned.tried:
        decided = [at[area] for area in (*lesson.took_up, *lesson.gave_up) if area in at]
        for area in lesson.trying:
            if area in at:
                things[at[area], decided] += 1
    quiet = np.array([_is_quiet(each, learned) for each in areas])
    lively = np.array([each.area in learned.taken_up for each in areas])
    things += quiet[:, None] & lively[None, :]
    return things


def _is_quiet(each: Circumstances, learned: Learned) -> bool:
    """Whether an area that had a year to do so took up no lesson in it."""
    return each.joined_on <= year_earlier(learned.on) and each.area not in learned.taken_up


def _reasons(one: Circumstances, other: Circumstances, learned: Learned) -> tuple[Reason, ...]:
    both = ((one, other), (other, one))
    return (
        *(reason for asks, tells in both for reason in _of_barriers(asks, tells, learned)),
        *(reason for asks, tells in both for reason in _of_lessons(asks, tells, learned)),
        *(reason for asks, tells in both for reason in _of_the_year(asks, tells, learned)),
    )


def _of_barriers(asks: Circumstances, tells: Circumstances, learned: Learned) -> list[Reason]:
    found: dict[str, Reason] = {}
    past = {each.topic: each for each in reversed(learned.resolved) if each.area == tells.area}
    for each in learned.open:
        if each.area == asks.area and each.topic in past and each.topic not in found:
            how = past[each.topic]
            lesson = f" with the lesson “{how.lesson_title}”" if how.lesson_title else ""
            found[each.topic] = Reason(
                kind="barrier",
                says=f"{asks.name} has been held up by “{each.title}” since {in_words(each.raised_on)}. "
                f"{tells.name} got past a barrier about {each.topic} on {in_words(how.resolved_on)}{lesson}.",
                href=f"/barriers/{how.barrier}",
                link=f"How {tells.name} did",
            )
    return list(found.values())


def _of_lessons(asks: Circumstances, tells: Circumstances, learned: Learned) -> list[Reason]:
    return [
        Reason(
            kind="lesson",
            says=f"{asks.name} tries “{each.title}”, which {tells.name} "
            f"{'took up' if tells.area in each.took_up else 'gave up'}.",
            href=f"/learning/{each.lesson}",
            link="The lesson",
        )
        for each in learned.tried
        if asks.area in each.trying and (tells.area in each.took_up or tells.area in each.gave_up)
    ]


def _of_the_year(asks: Circumstances, tells: Circumstances, learned: Learned) -> list[Reason]:
    taken_up = learned.taken_up.get(tells.area, 0)
    if not taken_up or not _is_quiet(asks, learned):
        return []
    return [
        Reason(
            kind="year",
            says=f"{asks.name} took up no lesson in the year to {in_words(learned.on)}. {tells.name} took up "
            f"{count(taken_up, 'lesson', 'lessons')}.",
        )
    ]
