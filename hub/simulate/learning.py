"""What areas taught each other: lessons and where they went, barriers and what overcame them."""

import tomllib
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from uuid import UUID

import msgspec
from msgspec import Struct

from events.base import Event, named_id
from events.learning import (
    AbandonReason,
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
    RetirementReason,
    Topic,
)
from hub.simulate.plan import Share, office_day

Entries = dict[str, list[tuple[UUID, Event, date]]]
"""What is told of learning, by area."""

_ABANDONED: tuple[AbandonReason, ...] = (
    "it did not work here", "too little time", "no buy-in", "too little money", "not needed any more",
)  # fmt: skip
_RETIRED: tuple[RetirementReason, ...] = ("out of date", "did not hold up", "replaced by another")


class Lesson(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    tried: str
    context: str
    result: str
    topics: tuple[Topic, ...]
    resolves: tuple[Topic, ...] = ()
    changes: tuple[str, ...] = ()
    """What areas that took it up changed."""
    revised: str = ""
    """What its area found out later."""


class Barrier(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    topic: Topic
    title: str
    detail: str = ""
    how: tuple[str, ...]
    """What overcame it, here and there."""


class Texts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    lessons: tuple[Lesson, ...]
    barriers: tuple[Barrier, ...]


@cache
def texts() -> Texts:
    text = files("hub.simulate").joinpath("learning.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Texts)


class Learning:
    """The learning of the whole network, which goes from area to area and so is thought up at one go."""

    def __init__(self, random: Random, shares: Sequence[Share], *, until: date) -> None:
        self.entries: Entries = {share.area: [] for share in shares}
        self._random = random
        self._shares = sorted(shares, key=lambda share: (share.joined, share.area))
        self._last = until - timedelta(days=12)
        self._first = self._shares[0].joined
        self._lessons: list[tuple[UUID, Lesson, date, date | None]] = []
        """Each with the days on which it was shared and retired."""
        for number, lesson in enumerate(random.sample(texts().lessons, len(texts().lessons))):
            self._share(number, lesson)
        for number in range(2 * len(shares) + 20):
            self._raise(number)

    def _tell(self, area: str, stream: UUID, event: Event, on: date) -> None:
        self.entries[area].append((stream, event, on))

    # ---- lessons

    def _share(self, number: int, lesson: Lesson) -> None:
        random = self._random
        days = (self._last - self._first).days
        reach = _reach(random, number)
        # what went far has had the time to
        share = (number + 0.5) / len(texts().lessons)
        on = office_day(self._first + timedelta(days=round(days * (0.1 + 0.86 * share**0.8))))
        if reach > 8:
            on = min(on, office_day(self._last - timedelta(days=900)))
        there = [each for each in self._shares if each.joined + timedelta(days=200) < on]
        if not there:
            there, on = self._shares[:1], office_day(self._first + timedelta(days=220))
        area = random.choice(there).area
        stream = named_id("simulate", "lesson", str(number))
        told = LessonShared(
            lesson=stream,
            title=lesson.title,
            tried=lesson.tried,
            context=lesson.context,
            result=lesson.result,
            topics=lesson.topics,
            resolves=lesson.resolves,
        )
        self._tell(area, stream, told, on)
        if lesson.revised:
            later = office_day(on + timedelta(days=random.randint(120, 500)))
            if later < self._last:
                result = f"{lesson.result}\n\n{lesson.revised}"
                self._tell(area, stream, _revised(told, result), later)
        retired = office_day(on + timedelta(days=random.randint(900, 1600))) if number % 19 == 5 else None
        if retired and retired < self._last:
            self._tell(area, stream, LessonRetired(reason=random.choice(_RETIRED)), retired)
        else:
            retired = None
        self._lessons.append((stream, lesson, on, retired))
        self._spread(stream, lesson, area, on, reach, retired or self._last)

    def _spread(self, stream: UUID, lesson: Lesson, author: str, shared: date, reach: int, end: date) -> None:
        """From area to area: some learn of it from the area that shared it, some from one that took it up since."""
        random = self._random
        teachers: list[tuple[str, date]] = [(author, shared)]
        others = [share for share in self._shares if share.area != author]
        unused = list(lesson.changes)
        for share in random.sample(others, min(len(others), round(reach * 1.5))):
            taught, since = random.choice(teachers)
            earliest = max(since, share.joined + timedelta(days=90))
            seen = office_day(earliest + timedelta(days=round(random.expovariate(1 / 130)) + 12))
            taken = self._take_up(stream, share.area, taught, seen, end, unused)
            if taken:
                teachers.append((share.area, taken))

    def _take_up(self, lesson: UUID, area: str, taught: str, seen: date, end: date, changes: list[str]) -> date | None:
        """What becomes of it in one area. Gives the day from which it does it."""
        random = self._random
        stream = named_id("practice", area, str(lesson))
        if seen >= end:
            return None
        self._tell(area, stream, PracticeSeen(lesson=lesson, from_area=taught), seen)
        if random.random() < 0.22:
            return None
        tried = office_day(seen + timedelta(days=random.randint(10, 90)))
        if random.random() < 0.8:
            if tried >= end:
                return None
            self._tell(area, stream, PracticeTrialled(lesson=lesson, from_area=taught), tried)
        decided = office_day(tried + timedelta(days=random.randint(25, 160)))
        if decided >= end:
            return None
        luck = random.random()
        if luck < 0.12 and tried < end:
            if self.entries[area][-1][1] != PracticeSeen(lesson=lesson, from_area=taught):
                why = random.choice(_ABANDONED)
                self._tell(area, stream, PracticeAbandoned(lesson=lesson, from_area=taught, why=why), decided)
            return None
        if luck < 0.45 and changes:
            change = changes.pop(random.randrange(len(changes)))
            self._tell(area, stream, PracticeAdapted(lesson=lesson, from_area=taught, change=change), decided)
        else:
            self._tell(area, stream, PracticeAdopted(lesson=lesson, from_area=taught), decided)
        return decided

    # ---- barriers

    def _raise(self, number: int) -> None:
        random = self._random
        kinds = texts().barriers
        barrier = kinds[number % len(kinds)]
        share = random.choice(self._shares)
        first = share.joined + timedelta(days=60)
        on = office_day(first + timedelta(days=round((self._last - first).days * random.random() ** 0.7)))
        if on >= self._last:
            return
        stream = named_id("simulate", "barrier", str(number))
        told = BarrierRaised(barrier=stream, topic=barrier.topic, title=barrier.title, detail=barrier.detail)
        self._tell(share.area, stream, told, on)
        over = office_day(on + timedelta(days=random.randint(30, 420)))
        if random.random() < 0.78 and over < self._last:
            how = barrier.how[(number // len(kinds)) % len(barrier.how)]
            by = self._helped(barrier.topic, over) if number % 2 else None
            self._tell(share.area, stream, BarrierResolved(how=how, lesson=by), over)

    def _helped(self, topic: Topic, on: date) -> UUID | None:
        """A lesson that helps with such a barrier and was known by then."""
        known = [
            stream
            for stream, lesson, shared, retired in self._lessons
            if topic in lesson.resolves and shared + timedelta(days=15) < on and (not retired or on < retired)
        ]
        return self._random.choice(known) if known else None


def _reach(random: Random, number: int) -> int:
    """Towards how many areas a lesson goes: one in seven far, one in four some way, most to a few."""
    if number % 7 == 2:
        return random.randint(17, 28)
    return random.randint(4, 8) if number % 4 == 1 else random.randint(0, 4)


def _revised(told: LessonShared, result: str) -> LessonRevised:
    return LessonRevised(
        title=told.title,
        tried=told.tried,
        context=told.context,
        result=result,
        topics=told.topics,
        resolves=told.resolves,
    )
