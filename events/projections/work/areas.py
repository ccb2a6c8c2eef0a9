"""An area as it stands: its posts, targets, conditions and risks."""

from collections.abc import Iterator, Sequence
from datetime import date

from events.areas import (
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
from events.catalogue import EntryCorrected
from events.ledger import Recorded
from events.projections.work.any_day import then_of
from events.projections.work.rows import Row, of


class Area(Row, frozen=True, kw_only=True):
    joined_on: date | None
    left_on: date | None
    focus: str


class Post(Row, frozen=True, kw_only=True):
    position: int
    post: str
    employer: str
    starts: date
    ends: date
    cost: int
    locally_rooted: bool
    left_on: date | None
    reason: str | None


class LoadTarget(Row, frozen=True, kw_only=True):
    position: int
    enterprises: int
    source: str
    since: date


class Condition(Row, frozen=True, kw_only=True):
    condition: str
    met: bool
    since: date
    evidence: str


class Risk(Row, frozen=True, kw_only=True):
    position: int
    risk: str
    owner: str
    raised_on: date
    mitigated_on: date | None
    action: str
    closed_on: date | None


AREA_THEN = then_of(Area)

TABLES: tuple[type[Row], ...] = (Area, AREA_THEN, Post, LoadTarget, Condition, Risk)

_TAKING_PART = (AreaJoined, AreaLeft)


def rows(entries: Sequence[Recorded]) -> Iterator[Row]:
    """What an area's own entries, in the order in which they happened, come to."""
    yield from area_rows(entries)
    yield from _posts(entries)
    for entry, target in of(entries, LoadTargetSet):
        yield LoadTarget(
            area=entry.area,
            stream=entry.stream,
            position=entry.position,
            enterprises=target.enterprises,
            source=target.source,
            since=entry.occurred_on,
        )
    yield from _conditions(entries)
    yield from _risks(entries)


def taking_part(history: Sequence[Recorded]) -> list[Recorded]:
    """Of all that was recorded of an area what says whether it takes part."""
    kept = {each.position for each in history if isinstance(each.event, _TAKING_PART)}
    return [
        each
        for each in history
        if isinstance(each.event, _TAKING_PART)
        or (
            isinstance(each.event, EntryCorrected)
            and (each.event.corrects in kept or isinstance(each.event.replacement, _TAKING_PART))
        )
    ]


def area_rows(entries: Sequence[Recorded]) -> Iterator[Row]:
    if not entries:
        return
    area, stream = entries[0].area, entries[0].stream
    joined = next(((entry.occurred_on, event.focus) for entry, event in reversed([*of(entries, AreaJoined)])), None)
    left = max((entry.occurred_on for entry, _ in of(entries, AreaLeft)), default=None)
    if left and joined and left < joined[0]:
        left = None
    yield Area(
        area=area, stream=stream, joined_on=joined and joined[0], left_on=left, focus=joined[1] if joined else ""
    )


def _posts(entries: Sequence[Recorded]) -> Iterator[Row]:
    for entry, post in of(entries, CatalystAppointed):
        gone = next(
            (
                (later.occurred_on, left.reason)
                for later, left in of(entries, CatalystLeft)
                if left.post == post.post and (later.occurred_on, later.position) > (entry.occurred_on, entry.position)
            ),
            (None, None),
        )
        yield Post(
            area=entry.area,
            stream=entry.stream,
            position=entry.position,
            post=post.post,
            employer=post.employer,
            starts=post.starts,
            ends=post.ends,
            cost=post.cost,
            locally_rooted=post.locally_rooted,
            left_on=gone[0],
            reason=gone[1],
        )


def _conditions(entries: Sequence[Recorded]) -> Iterator[Row]:
    latest = {event.condition: (entry, event) for entry, event in of(entries, ConditionConfirmed, ConditionWithdrawn)}
    for name, (entry, event) in latest.items():
        yield Condition(
            area=entry.area,
            stream=entry.stream,
            condition=name,
            met=isinstance(event, ConditionConfirmed),
            since=entry.occurred_on,
            evidence=event.evidence,
        )


def _risks(entries: Sequence[Recorded]) -> Iterator[Row]:
    raised = [(entry, event) for entry, event in of(entries, SystemRiskRaised)]
    for number, (entry, event) in enumerate(raised):
        again = next((later.occurred_on for later, other in raised[number + 1 :] if other.risk == event.risk), date.max)
        mitigated_on, action, closed_on = None, "", None
        for later, other in of(entries, SystemRiskMitigated, SystemRiskClosed):
            if other.risk != event.risk or not entry.occurred_on <= later.occurred_on <= again:
                continue
            if isinstance(other, SystemRiskMitigated):
                mitigated_on, action = later.occurred_on, other.action
            else:
                closed_on = closed_on or later.occurred_on
        yield Risk(
            area=entry.area,
            stream=entry.stream,
            position=entry.position,
            risk=event.risk,
            owner=event.owner,
            raised_on=entry.occurred_on,
            mitigated_on=mitigated_on,
            action=action,
            closed_on=closed_on,
        )
