"""Who should talk to whom, and why. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final, Literal
from uuid import UUID

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from hub.alike import Circumstances, as_bits, points, why
from hub.look.words import count, in_words, year_earlier

SHOWN: Final = 20
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
    """Of an area those on one topic, the oldest first: that one is told of."""
    resolved: Sequence[Resolved]
    """Likewise, the newest first."""
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
    tells = _Telling(learned)
    used = [0] * len(areas)
    found: list[Introduction] = []
    while len(found) < most:
        row, column = divmod(int(np.argmax(score)), len(areas))
        if score[row, column] <= 0:
            break
        one, other = areas[row], areas[column]
        reasons = tells.reasons(one, other)
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
        score[row, column] = 0
        for at in (row, column):
            used[at] += 1
            if used[at] == each and areas[at].area != of:
                score[at, :] = score[:, at] = 0
    return found


def _things(areas: Sequence[Circumstances], learned: Learned) -> NDArray[np.float64]:
    """How many things each area (a column) could tell each other one (a row)."""
    at = {each.area: number for number, each in enumerate(areas)}
    stuck, past = ({each.area: set[str]() for each in areas} for _ in range(2))
    for met, where in ((learned.open, stuck), (learned.resolved, past)):
        for each in met:
            if each.area in at:
                where[each.area].add(each.topic)
    rows, columns = as_bits([*map(frozenset, stuck.values())], [*map(frozenset, past.values())])
    things = np.bitwise_count(rows[:, None] & columns[None, :]).astype(np.float64)
    for lesson in learned.tried:
        trying = [at[area] for area in lesson.trying if area in at]
        decided = [at[area] for area in (*lesson.took_up, *lesson.gave_up) if area in at]
        if trying and decided:
            things[np.ix_(trying, decided)] += 1
    quiet = np.array([_is_quiet(each, learned) for each in areas])
    lively = np.array([each.area in learned.taken_up for each in areas])
    things += quiet[:, None] & lively[None, :]
    return things


def _is_quiet(each: Circumstances, learned: Learned) -> bool:
    """Whether an area that had a year to do so took up no lesson in it."""
    return each.joined_on <= year_earlier(learned.on) and each.area not in learned.taken_up


class _Telling:
    """What one area could tell another, in words."""

    def __init__(self, learned: Learned) -> None:
        self._learned = learned
        self._open: dict[str, dict[str, Open]] = {}
        self._past: dict[str, dict[str, Resolved]] = {}
        self._tried: dict[str, list[Tried]] = {}
        for met in learned.open:
            self._open.setdefault(met.area, {}).setdefault(met.topic, met)
        for past in learned.resolved:
            self._past.setdefault(past.area, {}).setdefault(past.topic, past)
        for lesson in learned.tried:
            for area in lesson.trying:
                self._tried.setdefault(area, []).append(lesson)

    def reasons(self, one: Circumstances, other: Circumstances) -> tuple[Reason, ...]:
        both = ((one, other), (other, one))
        return (
            *(reason for asks, tells in both for reason in self._of_barriers(asks, tells)),
            *(reason for asks, tells in both for reason in self._of_lessons(asks, tells)),
            *(reason for asks, tells in both for reason in self._of_the_year(asks, tells)),
        )

    def _of_barriers(self, asks: Circumstances, tells: Circumstances) -> Iterator[Reason]:
        past = self._past.get(tells.area, {})
        for topic, met in self._open.get(asks.area, {}).items():
            if how := past.get(topic):
                lesson = f" with the lesson “{how.lesson_title}”" if how.lesson_title else ""
                yield Reason(
                    kind="barrier",
                    says=f"{asks.name} has been held up by “{met.title}” since {in_words(met.raised_on)}. "
                    f"{tells.name} got past a barrier about {topic} on {in_words(how.resolved_on)}{lesson}.",
                    href=f"/barriers/{how.barrier}",
                    link=f"How {tells.name} did",
                )

    def _of_lessons(self, asks: Circumstances, tells: Circumstances) -> Iterator[Reason]:
        for lesson in self._tried.get(asks.area, []):
            took_up = tells.area in lesson.took_up
            if took_up or tells.area in lesson.gave_up:
                yield Reason(
                    kind="lesson",
                    says=f"{asks.name} tries “{lesson.title}”, which {tells.name} {'took' if took_up else 'gave'} up.",
                    href=f"/learning/{lesson.lesson}",
                    link="The lesson",
                )

    def _of_the_year(self, asks: Circumstances, tells: Circumstances) -> Iterator[Reason]:
        taken_up = self._learned.taken_up.get(tells.area, 0)
        if taken_up and _is_quiet(asks, self._learned):
            yield Reason(
                kind="year",
                says=f"{asks.name} took up no lesson in the year to {in_words(self._learned.on)}. "
                f"{tells.name} took up {count(taken_up, 'lesson', 'lessons')}.",
            )
