"""What stood on any day as known on any day, against folding just the entries known and happened by then."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from types import ModuleType
from uuid import UUID

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given, settings
from network import CORNWALL, SOMERSET, mutated, noon

from events.areas import AreaJoined, AreaLeft, LoadTargetSet
from events.base import Event, named_id
from events.catalogue import EntryCorrected
from events.corrections import corrected
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
from events.projections.work import any_day, areas, learning
from events.projections.work.rows import Row

DAWN = date(2024, 1, 1)
ID = named_id("test", "stream")

Rows = Callable[[Sequence[Recorded]], Iterable[Row]]

EVENTS: dict[str, tuple[Rows, type[Row], list[Event]]] = {
    "a practice": (
        learning.practice_rows,
        learning.PRACTICE_THEN,
        [
            PracticeSeen(lesson=ID, from_area=SOMERSET),
            PracticeTrialled(lesson=ID, from_area=SOMERSET),
            PracticeAdopted(lesson=ID, from_area=CORNWALL),
            PracticeAdapted(lesson=ID, from_area=SOMERSET, change="By boat"),
            PracticeAbandoned(lesson=ID, from_area=SOMERSET, why="no buy-in"),
        ],
    ),
    "a lesson": (
        learning.lesson_rows,
        learning.LESSON_THEN,
        [
            LessonShared(lesson=ID, title="A", tried="", context="", result="", topics=("rural",)),
            LessonRevised(title="B", tried="", context="", result=""),
            LessonRetired(reason="out of date"),
        ],
    ),
    "a barrier": (
        learning.barrier_rows,
        learning.BARRIER_THEN,
        [
            BarrierRaised(barrier=ID, topic="insurance", title="A"),
            BarrierRaised(barrier=ID, topic="money", title="B"),
            BarrierResolved(how="So", lesson=ID),
        ],
    ),
    "an area": (
        areas.area_rows,
        areas.AREA_THEN,
        [
            AreaJoined(gss_code=SOMERSET, nation="England", focus="villages"),
            AreaJoined(gss_code=SOMERSET, nation="England", focus="towns"),
            AreaLeft(),
        ],
    ),
}

STEPS = st.lists(
    st.tuples(
        st.integers(0, 9),  # which event, or which of those before is corrected
        st.sampled_from(["tell", "tell", "tell", "correct", "withdraw"]),
        st.integers(0, 20),  # the day on which it happened
        st.integers(0, 9),  # days until the next is learned
    ),
    min_size=1,
    max_size=8,
)


def history(events: Sequence[Event], steps: Sequence[tuple[int, str, int, int]]) -> list[Recorded]:
    told: list[Recorded] = []
    known = 0
    for position, (number, kind, day, later) in enumerate(steps, start=1):
        known += later
        event = events[number % len(events)]
        if kind != "tell" and told:
            corrects = told[number % len(told)].position
            replacement = event if kind == "correct" else None
            event = EntryCorrected(corrects=corrects, reason="mistyped", replacement=replacement)  # pyright: ignore[reportArgumentType]
        told.append(recorded(event, position=position, on=day, known=known))
    return told


def recorded(event: Event, *, position: int, on: int, known: int) -> Recorded:
    return Recorded(
        area=CORNWALL, position=position, stream=ID, version=position, event=event,  # pyright: ignore[reportArgumentType]
        occurred_on=DAWN + timedelta(on), recorded_at=noon(DAWN + timedelta(known)), actor="test", command=UUID(int=0),
        cause=None,
    )  # fmt: skip


def plain(told: Sequence[Recorded], rows: Rows, *, on: date, known: date) -> Row | None:
    standing = corrected([each for each in told if each.recorded_at.date() <= known])
    return next(iter(rows([each for each in standing if each.occurred_on <= on])), None)


def holding(found: Iterable[Row], kind: type[Row], *, on: date, known: date) -> Row | None:
    there = [
        each for each in map(msgspec.structs.asdict, found)
        if each["starts_on"] <= on < each["ends_on"] and each["known_on"] <= known < each["superseded_on"]
    ]  # fmt: skip
    assert len(there) <= 1
    return kind(**{name: there[0][name] for name in kind.__struct_fields__}) if there else None


def holds(kind: str, steps: Sequence[tuple[int, str, int, int]], *, by: ModuleType = any_day) -> None:
    rows, then_kind, events = EVENTS[kind]
    told = history(events, steps)
    found = list(by.then(told, rows, then_kind))
    keys = [(each.starts_on, each.known_on) for each in found]
    assert len(keys) == len(set(keys)), "what a table has one row for"
    for on in (DAWN + timedelta(day) for day in range(-1, 22, 2)):
        for known in {each.recorded_at.date() for each in told} | {DAWN - timedelta(1), date.max - timedelta(1)}:
            expected = plain(told, rows, on=on, known=known)
            assert holding(found, then_kind.__base__, on=on, known=known) == expected, (on, known)  # pyright: ignore[reportArgumentType]
    assert holding(found, then_kind.__base__, on=date.max - timedelta(1), known=date.max - timedelta(1)) == next(  # pyright: ignore[reportArgumentType]
        iter(rows(corrected(told))), None
    ), "today, as known today, is the row that stands"


@pytest.mark.parametrize("kind", EVENTS)
@settings(max_examples=150, derandomize=True, database=None)
@given(steps=STEPS)
def test_any_history_gives_for_any_two_days_what_was_known_and_had_happened(
    kind: str, steps: list[tuple[int, str, int, int]]
) -> None:
    holds(kind, steps)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<= known_on]", "< known_on]"),
        ("if each.occurred_on <= day]", "]"),
        ("starts_on, ends_on, since, known_on)", "starts_on, ends_on, since, FOR_GOOD)"),
    ],
)
def test_a_day_that_was_mixed_up_would_be_noticed(old: str, new: str) -> None:
    wrong = mutated(any_day, old, new)
    steps = [(0, "tell", 3, 1), (2, "tell", 9, 1), (1, "tell", 5, 3), (0, "withdraw", 5, 2)]
    with pytest.raises(AssertionError):
        holds("a practice", steps, by=wrong)


def test_of_an_area_only_that_it_joined_or_left_is_followed() -> None:
    joined = AreaJoined(gss_code=SOMERSET, nation="England")
    told = [
        recorded(joined, position=1, on=1, known=1),
        recorded(LoadTargetSet(enterprises=100, source="a page"), position=2, on=2, known=2),
        recorded(EntryCorrected(corrects=2, reason="mistyped", replacement=None), position=3, on=2, known=3),
        recorded(EntryCorrected(corrects=1, reason="mistyped", replacement=None), position=4, on=2, known=4),
        recorded(EntryCorrected(corrects=2, reason="mistyped", replacement=joined), position=5, on=2, known=5),
    ]
    assert [each.position for each in areas.taking_part(told)] == [1, 4, 5]
