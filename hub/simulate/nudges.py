"""Whom the hub reminded lately, and what came of it: of what ran out, and of enterprises gone quiet.

Made from what was told anyway, so that no reminder changes what the network came to.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from events.areas import Nation
from events.base import LONDON, Event
from events.civil import working_day_from, working_day_until
from events.enterprises import EnterpriseClosed, EnterprisePaused, MilestoneRecorded
from events.nudges import NudgeActedOn, NudgeHeldOut, NudgePlanned, NudgeSent, RecipientKind, message_id, nudge_id
from events.nudging.rule import Trial
from events.renewal_catalogue import Catalogue
from events.renewals import EvidenceSubmitted, RequirementRenewed
from hub.access.demo import catalyst_of
from hub.nudges.rules import by_name
from hub.simulate.story import Told

LATELY: Final = timedelta(days=150)
TRIED: Final = timedelta(days=330)
"""For so long a trial holds some out."""
AHEAD: Final = timedelta(days=60)
QUIET: Final = timedelta(days=60)

MOST_RENEWALS, MOST_QUIET = 8, 26
"""In an area: enough to look at, and few enough for the first start to keep its time."""


def reminded(
    random: Random, area: str, nation: Nation, rules: Catalogue, told: Sequence[Told], *, until: date
) -> list[Told]:
    """What was told, and among it the reminders of the last months; all by when the hub learned of it."""
    renewals = [*_renewals(random, area, nation, rules, told, until)][-MOST_RENEWALS:]
    quiet = [*_quiet(area, nation, told, until)][-MOST_QUIET:]
    nudges = [each for group in (*renewals, *quiet) for each in group]
    return sorted([*told, *nudges], key=lambda each: each.recorded)


def _renewals(
    random: Random, area: str, nation: Nation, rules: Catalogue, told: Sequence[Told], until: date
) -> Iterator[list[Told]]:
    """Enterprises reminded 60 days before something ran out that they had not renewed by then."""
    before: dict[tuple[UUID, str], date | None] = {}
    for each in told:
        if not isinstance(each.event, RequirementRenewed | EvidenceSubmitted) or each.late:
            continue
        what = each.event.requirement
        due = before.get((each.stream, what))
        before[each.stream, what] = each.event.valid_to
        if due is None or not until - LATELY < due < until:
            continue
        send_on = working_day_until(due - AHEAD, nation)
        if send_on < each.on <= until - timedelta(days=3):
            answered = each if random.random() < 0.4 else None
            known = rules.by_word.get(what)
            yield _nudge(
                area,
                "renewals_local" if known and known.basis == "local" else "renewals_expiry",
                each.stream,
                to=("enterprise", each.stream),
                what=what,
                due=due,
                step=-AHEAD.days,
                send_on=send_on,
                answered=answered,
            )


def _quiet(area: str, nation: Nation, told: Sequence[Told], until: date) -> Iterator[list[Told]]:
    """Catalysts told of enterprises that reached nothing for 60 days, but for those held out."""
    rule = by_name().get("enterprises_no_milestone")
    trial = replace(rule.trial, declared_on=until - TRIED, ends_on=until) if rule and rule.trial else None
    catalyst = catalyst_of(area)
    reached: dict[UUID, list[Told]] = {}
    away = {each.stream for each in told if isinstance(each.event, EnterprisePaused | EnterpriseClosed)}
    for each in told:
        if isinstance(each.event, MilestoneRecorded) and not each.corrects and each.stream not in away:
            reached.setdefault(each.stream, []).append(each)
    for enterprise, milestones in reached.items():
        milestones.sort(key=lambda each: each.on)
        for last, following in pairwise([*milestones, None]):
            assert last
            send_on = working_day_from(last.on + QUIET, nation)
            if not until - TRIED < send_on < until - timedelta(days=9) or (following and following.on <= send_on):
                continue
            yield _nudge(
                area,
                "enterprises_no_milestone",
                enterprise,
                to=("catalyst", catalyst),
                what="",
                due=last.on,
                step=60,
                send_on=send_on,
                answered=None,
                trial=trial,
            )


def _nudge(
    area: str,
    rule: str,
    enterprise: UUID,
    *,
    to: tuple[RecipientKind, UUID],
    what: str,
    due: date,
    step: int,
    send_on: date,
    answered: Told | None,
    trial: Trial | None = None,
) -> list[Told]:
    """One reminder about an enterprise, from its planning to the answer, if there was one."""
    kind, recipient = to
    nudge = nudge_id(
        rule, area, about=enterprise, what=what, due=due, step=step, recipient_kind=kind, recipient=recipient
    )
    held_out = trial is not None and trial.holds_out(enterprise, on=send_on)
    said: dict[str, Any] = {
        "nudge": nudge,
        "rule": rule,
        "rule_version": 1,
        "about": enterprise,
        "about_kind": "enterprise",
        "what": what,
        "due": due,
        "step": step,
        "recipient_kind": kind,
        "recipient": recipient,
        "send_on": send_on,
    }
    if held_out and trial:
        return [_at(nudge, NudgeHeldOut(**said, trial=trial.name), send_on, minute=5)]
    message = message_id(area, recipient_kind=kind, recipient=recipient, way="email", send_on=send_on)
    told = [
        _at(nudge, NudgePlanned(**said), send_on, minute=5),
        _at(nudge, NudgeSent(message=message, channel="mailbox", attempt=1), send_on, minute=6),
    ]
    if answered and answered.recorded > told[-1].recorded:
        acted = _at(nudge, NudgeActedOn(how="renewed"), answered.recorded.date(), minute=0)
        acted.recorded = answered.recorded + timedelta(seconds=1)
        told.append(acted)
    return told


def _at(nudge: UUID, event: Event, on: date, *, minute: int) -> Told:
    told = Told(stream=nudge, event=event, on=on)
    told.recorded = datetime.combine(on, time(8, minute), LONDON).astimezone(UTC)
    return told
