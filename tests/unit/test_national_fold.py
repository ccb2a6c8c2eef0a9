"""The national fold without a database: what each entry adds, and until when it holds."""

from collections import defaultdict
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
from events.projections.national import STALE_AFTER, Changes, Said, Timeline, holds_until, says

DAY = date(2026, 5, 3)


def on(changes: Changes, day: date, measure: str) -> int:
    return sum(change.get(measure, 0) for (happened, _), change in changes.items() if happened <= day)


def said(day: date, position: int, amount: int = 1) -> Said:
    return Said(day, position, position, DAY, {"jobs": amount})


@pytest.mark.parametrize(
    ("event", "amounts"),
    [
        (AreaJoined(gss_code="E06000066", nation="England"), {"areas": 1}),
        (AreaLeft(), {}),
        (MilestoneRecorded(kind="x"), {"milestones": 1}),
        (EnterpriseResumed(), {"active": 1}),
        (EnterprisePaused(), {}),
        (EnterpriseClosed(), {}),
        (StageReached(stage="trading"), {}),
        (LoadTargetSet(enterprises=200, source="x"), {}),
        (FigurePublished(indicator="jobs", value=1.0, qualifier="exact", source="x"), {}),
        (
            EnterpriseRegistered(enterprise=UUID(int=1), name="x", origin="new", legal_form="CIC"),
            {"enterprises": 1, "enterprises_new": 1, "active": 1},
        ),
        (ActivityReported(period_starts=DAY), {}),
        (
            ActivityReported(period_starts=DAY, jobs=0, hours_per_week=0.07),
            {"jobs": 0, "jobs_reports": 1, "hours_per_week": 7, "hours_per_week_reports": 1},
        ),
    ],
)
def test_an_event_adds(event: Event, amounts: dict[str, int]) -> None:
    assert {name: amount for _, each in says(event) for name, amount in each.items()} == amounts


def test_what_counts_counts_for_good_and_a_report_for_180_days_or_until_the_next() -> None:
    first, later = said(DAY, 1), said(DAY + timedelta(days=30), 2)
    assert holds_until("count", first, later) is None
    assert holds_until("standing", first, None) is None
    assert holds_until("standing", first, later) == later.on
    assert holds_until("activity", first, None) == DAY + STALE_AFTER
    assert holds_until("activity", first, later) == later.on
    assert holds_until("activity", first, said(DAY + timedelta(days=300), 2)) == DAY + STALE_AFTER


def test_a_report_stops_holding_on_the_180th_day() -> None:
    changes: Changes = defaultdict(dict)
    Timeline("activity").add(said(DAY, 1, 5), known_on=DAY, changes=changes)
    assert on(changes, DAY - timedelta(days=1), "jobs") == 0
    assert on(changes, DAY + timedelta(days=179), "jobs") == 5
    assert on(changes, DAY + timedelta(days=180), "jobs") == 0


ENTRIES = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 9)), min_size=1, max_size=8)


@pytest.mark.parametrize("facet", ["count", "standing", "activity"])
@given(drawn=ENTRIES, order=st.randoms(use_true_random=False))
@settings(derandomize=True, database=None)
def test_entries_come_to_the_same_in_whatever_order_they_are_learned(facet, drawn, order) -> None:
    entries = [said(DAY + timedelta(days=day), n, amount) for n, (day, amount) in enumerate(drawn, start=1)]

    def come_to(shuffled: list[Said]) -> dict[date, dict[str, int]]:
        timeline, changes = Timeline(facet), defaultdict(dict)
        for each in shuffled:
            timeline.add(each, known_on=DAY, changes=changes)
        kept = {day: {name: n for name, n in change.items() if n} for (day, _), change in changes.items()}
        return {day: change for day, change in kept.items() if change}

    shuffled = list(entries)
    order.shuffle(shuffled)
    assert come_to(shuffled) == come_to(entries)


@pytest.mark.parametrize("facet", ["count", "standing", "activity"])
@given(drawn=ENTRIES, taken_back=st.integers(0, 7))
@settings(derandomize=True, database=None)
def test_an_entry_taken_back_leaves_what_would_be_without_it(facet, drawn, taken_back) -> None:
    entries = [said(DAY + timedelta(days=day), n, amount) for n, (day, amount) in enumerate(drawn, start=1)]
    gone = entries[taken_back % len(entries)]

    def timeline(kept: list[Said], *, then_remove: int | None = None) -> dict[date, int]:
        line, changes = Timeline(facet), defaultdict(dict)
        for each in kept:
            line.add(each, known_on=DAY, changes=changes)
        if then_remove:
            line.remove(then_remove, known_on=DAY, changes=changes)
        return {day: n for (day, _), change in changes.items() if (n := change.get("jobs", 0))}

    without = timeline([each for each in entries if each is not gone])
    assert timeline(entries, then_remove=gone.position) == without


def test_taking_back_what_was_never_said_changes_nothing() -> None:
    changes: Changes = defaultdict(dict)
    Timeline("activity").remove(7, known_on=DAY, changes=changes)
    assert not changes
