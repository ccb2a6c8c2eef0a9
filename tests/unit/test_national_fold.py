"""The national fold without a database: what each entry adds, and until when it holds."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from events.areas import AreaJoined, AreaLeft, FigurePublished, LoadTargetSet
from events.base import Event
from events.enterprises import (
    ActivityReported,
    EnterpriseClosed,
    EnterprisePaused,
    EnterpriseRegistered,
    EnterpriseResumed,
    MilestoneRecorded,
    StageReached,
)
from events.projections.national.beliefs import FOR_GOOD, STALE_AFTER, Belief, Learned, Timeline, holds_until
from events.projections.national.measures import FACETS
from events.projections.national.says import Amounts, says

DAY = date(2026, 5, 3)


def said(day: date, position: int, amount: int = 1, facet: str = "activity") -> Belief:
    return Belief(position, facet, position, day, (None, amount, None, None), position, DAY)


def told(entries: Sequence[Belief], *, then_remove: int | None = None) -> list[Belief]:
    """What is believed once these entries came in one by one, and one was taken back."""
    timeline, learned = Timeline(), Learned()
    for learned.at, each in enumerate(entries, start=1):
        each.known_at, learned.on = learned.at, DAY + timedelta(days=learned.at)
        timeline.add(each, learned)
    if then_remove:
        learned.at, learned.on = len(entries) + 1, DAY + timedelta(days=len(entries) + 1)
        timeline.remove(then_remove, learned)
    return learned.beliefs


def on(beliefs: Sequence[Belief], day: date) -> int:
    """The jobs on a day, as known in the end."""
    holding = [each for each in beliefs if each.on <= day < each.ends_on and each.superseded_on == FOR_GOOD]
    return sum(each.amounts[1] or 0 for each in holding)


def course(beliefs: Sequence[Belief]) -> list[int]:
    return [on(beliefs, DAY + timedelta(days=n)) for n in range(700)]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (AreaJoined(gss_code="E06000066", nation="England"), {"areas": 1}),
        (AreaLeft(), {}),
        (MilestoneRecorded(kind="x"), {"milestones": 1}),
        (EnterpriseResumed(), {"active": 1}),
        (EnterprisePaused(), {}),
        (EnterpriseClosed(), {}),
        (StageReached(stage="trading"), {}),
        (LoadTargetSet(enterprises=200, source="x"), {"load_target": 200}),
        (FigurePublished(indicator="jobs", value=1.0, qualifier="exact", source="x"), {}),
        (
            EnterpriseRegistered(enterprise=UUID(int=1), name="x", origin="new", legal_form="CIC"),
            {"enterprises": 1, "enterprises_new": 1, "active": 1},
        ),
        (ActivityReported(period_starts=DAY), {}),
        (
            ActivityReported(period_starts=DAY, jobs=0, hours_per_week=0.07),
            {"hours_per_week": 7},
        ),
    ],
)
def test_an_event_adds(event: Event, expected: dict[str, int]) -> None:
    assert {name: amount for each in says(event) for name, amount in by_name(each.facet, each.amounts)} == expected


def by_name(facet: str, said: Amounts) -> list[tuple[str, int]]:
    return [(name, amount) for name, amount in zip(FACETS[facet], said, strict=False) if amount]


def test_what_counts_counts_for_good_and_a_report_for_180_days_or_until_the_next() -> None:
    def until(facet: str, after: int | None) -> date:
        later = None if after is None else said(DAY + timedelta(days=after), 2, facet=facet)
        return holds_until(said(DAY, 1, facet=facet), later)

    assert until("milestone", 30) == FOR_GOOD
    assert until("standing", None) == FOR_GOOD
    assert until("standing", 30) == DAY + timedelta(days=30)
    assert until("activity", None) == DAY + STALE_AFTER
    assert until("activity", 30) == DAY + timedelta(days=30)
    assert until("activity", 300) == DAY + STALE_AFTER


def test_a_report_stops_holding_on_the_180th_day() -> None:
    beliefs = told([said(DAY, 1, 5)])
    assert on(beliefs, DAY - timedelta(days=1)) == 0
    assert on(beliefs, DAY + timedelta(days=179)) == 5
    assert on(beliefs, DAY + timedelta(days=180)) == 0


ENTRIES = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 9)), min_size=1, max_size=8)


def entries(drawn: Sequence[tuple[int, int]], facet: str) -> list[Belief]:
    return [said(DAY + timedelta(days=day), n, amount, facet) for n, (day, amount) in enumerate(drawn, start=1)]


@pytest.mark.parametrize("facet", ["milestone", "standing", "activity"])
@given(drawn=ENTRIES, order=st.randoms(use_true_random=False))
@settings(derandomize=True, database=None)
def test_entries_come_to_the_same_in_whatever_order_they_are_learned(facet, drawn, order) -> None:
    shuffled = entries(drawn, facet)
    order.shuffle(shuffled)
    assert course(told(shuffled)) == course(told(entries(drawn, facet)))


@pytest.mark.parametrize("facet", ["milestone", "standing", "activity"])
@given(drawn=ENTRIES, taken_back=st.integers(0, 7))
@settings(derandomize=True, database=None)
def test_an_entry_taken_back_leaves_what_would_be_without_it(facet, drawn, taken_back) -> None:
    gone = taken_back % len(drawn) + 1
    without = [each for each in entries(drawn, facet) if each.position != gone]
    assert course(told(entries(drawn, facet), then_remove=gone)) == course(told(without))


def test_what_was_believed_before_is_kept() -> None:
    first, later = said(DAY, 1, 5), said(DAY + timedelta(days=30), 2, 6)
    told([first, later])
    assert first.ends_on == DAY + STALE_AFTER, "for 180 days, as believed at first"
    assert first.superseded_on == DAY + timedelta(days=2), "until the next report came in"


def test_taking_back_what_was_never_said_changes_nothing() -> None:
    learned = Learned()
    Timeline().remove(7, learned)
    assert learned == Learned()
