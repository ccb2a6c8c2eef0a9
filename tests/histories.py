"""Any history that an area could have, and the plainest sum over it."""

import itertools
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import hypothesis.strategies as st
from msgspec import Struct
from msgspec.structs import replace
from network import Network, command, noon

from events import bulk, ledger
from events.areas import (
    AreaJoined,
    AreaLeft,
    ConditionConfirmed,
    ConditionWithdrawn,
    FigurePublished,
    SystemRiskClosed,
    SystemRiskMitigated,
    SystemRiskRaised,
)
from events.base import Event, area_stream, civil_day, named_id
from events.catalogue import EntryCorrected
from events.enterprises import (
    ActivityReported,
    EnterpriseClosed,
    EnterprisePaused,
    EnterpriseRegistered,
    EnterpriseResumed,
    MilestoneRecorded,
    StageReached,
)
from events.ledger import Recorded
from events.projections.in_force import catalogue
from events.projections.national import derived
from events.projections.national.measures import FACETS
from events.referrals import NeedClosed, NeedRecorded, ReferralMade, SupportStarted
from events.renewals import Applies, RequirementRenewed, RequirementsApplied
from events.training import TrainingCompleted

DAWN = date(2024, 1, 1)
DAYS = 400
"""Longer than a report holds, so that some go stale."""

Figures = dict[str, float]


def naive(events: Sequence[Recorded], *, on: date, known: date) -> Figures | None:
    """An area's figures of a day as known on another, in the plainest way; None if it takes no part then."""
    said: dict[int, tuple[Event, UUID, date]] = {}
    for event in events:
        if civil_day(event.recorded_at) > known:
            continue
        if not isinstance(event.event, EntryCorrected):
            said[event.position] = (event.event, event.stream, event.occurred_on)
        elif event.event.replacement is None:
            said.pop(event.event.corrects, None)
        else:
            said[event.event.corrects] = (event.event.replacement, event.stream, event.occurred_on)

    streams: dict[UUID, list[tuple[date, int, Event]]] = defaultdict(list)
    for position, (body, stream, day) in said.items():
        if day <= on:
            streams[stream].append((day, position, body))

    total: Figures = defaultdict(float)
    taking_part = False
    for entries in streams.values():
        active, report, met, withdrawn, risk = False, None, False, False, ""
        # a closing is the last thing of its day
        for day, _, body in sorted(entries, key=lambda e: (e[0], isinstance(e[2], EnterpriseClosed), e[1])):
            match body:
                case AreaJoined():
                    taking_part = True
                case AreaLeft():
                    taking_part = False
                case EnterpriseRegistered():
                    total["enterprises"] += 1
                    total[f"enterprises_{body.origin}"] += 1
                    active = True
                case EnterpriseResumed():
                    active = True
                case EnterprisePaused() | EnterpriseClosed():
                    active, report = False, None
                case MilestoneRecorded():
                    total["milestones"] += 1
                case TrainingCompleted():
                    total["trainings"] += 1
                case ConditionConfirmed():
                    met, withdrawn = True, False
                case ConditionWithdrawn():
                    met, withdrawn = False, True
                case SystemRiskRaised():
                    risk = "raised"
                case SystemRiskMitigated():
                    risk = "mitigated"
                case SystemRiskClosed():
                    risk = ""
                case ActivityReported():
                    report = (day, body)
                case _:
                    pass
        total["active"] += active
        total["conditions_met"] += met
        total["conditions_withdrawn"] += withdrawn
        total["risks"] += bool(risk)
        total["risks_mitigated"] += risk == "mitigated"
        if report and (on - report[0]).days < 180:
            for name in ("people_supported", "jobs", "volunteers", "hours_per_week"):
                value = getattr(report[1], name)
                if value is not None:
                    total[name] += value
                    total[f"{name} reported"] += 1
    total["areas"] = taking_part
    total |= naive_waits(said, on)
    total |= what_follows([each for each in events if civil_day(each.recorded_at) <= known], on)
    return total if taking_part else None


def naive_waits(said: dict[int, tuple[Event, UUID, date]], on: date) -> Figures:
    """Who waits on a day, and for how long, by needs and by what the referrals for them came to."""
    entries = sorted((day, position, body, stream) for position, (body, stream, day) in said.items())
    needs: dict[UUID, NeedRecorded] = {}
    referred: dict[UUID, UUID | None] = {}
    for _, _, body, stream in entries:
        if isinstance(body, NeedRecorded):
            needs.setdefault(stream, body)
        if isinstance(body, ReferralMade):
            referred.setdefault(stream, body.need)
    total: Figures = defaultdict(float)
    total["referrals"] = sum(isinstance(body, ReferralMade) for day, _, body, _ in entries if day <= on)
    began = {stream for day, _, body, stream in entries if isinstance(body, SupportStarted) and day <= on}
    total["starts"] = len(began & referred.keys())
    ended: dict[UUID | None, date] = {}
    for day, _, body, stream in entries:
        if isinstance(body, NeedClosed):
            ended.setdefault(stream, day)
        if isinstance(body, SupportStarted) and stream in referred:
            ended[referred[stream]] = min(day, ended.get(referred[stream], day))
    for need, recorded in needs.items():
        if recorded.waiting_since <= on < ended.get(need, date.max):
            total["waiting"] += recorded.people
            total["waiting_long"] += recorded.people if (on - recorded.waiting_since).days > 365 else 0
    return total


def what_follows(events: Sequence[Recorded], on: date) -> Figures:
    """What each enterprise must hold and renewed: here from its rules as they are, which have tests of their own."""
    histories: dict[UUID, list[Recorded]] = defaultdict(list)
    for event in events:
        histories[event.stream].append(event)
    total: Figures = defaultdict(float)
    for history in histories.values():
        for each in derived.follows(history, catalogue()):
            if each.facet in ("requirement", "renewal") and each.on <= on < each.until:
                for measure, amount in zip(FACETS[each.facet], each.amounts, strict=True):
                    total[measure] += amount or 0
    return total


class Step(Struct, frozen=True):
    """One event of a drawn history: what, to whom, when it happened and how long until it was learned."""

    kind: str
    enterprise: int
    day: int
    learned: int
    number: int


KINDS = (
    "register", "report", "report", "report", "milestone", "pause", "resume", "close", "stage", "join", "leave",
    "publish", "correct", "correct", "withdraw", "train", "confirm", "unconfirm", "risk", "mitigate", "unrisk",
    "need", "need", "close need", "refer", "start", "start", "apply", "renew", "renew",
)  # fmt: skip

STEPS = st.builds(
    Step,
    kind=st.sampled_from(KINDS),
    enterprise=st.integers(0, 3),
    day=st.integers(0, DAYS),
    learned=st.sampled_from([0, 0, 0, 1, 30, 200]),
    number=st.integers(0, 50),
)


def stream_of(kind: str, nth: int, area: str) -> UUID:
    if kind in OF_AREA:
        return area_stream(area)
    of = "need" if "need" in kind else "referral" if kind in ("refer", "start") else "enterprise"
    return named_id("cube", area, of, str(nth))


def event_of(step: Step, area: str) -> Event:
    n, stream = step.number, stream_of(step.kind, step.enterprise, area)
    match step.kind:
        case "register":
            origin = "new" if n % 2 else "established"
            return EnterpriseRegistered(
                enterprise=named_id("cube", str(step.enterprise)), name=f"{n}", origin=origin, legal_form="CIC"
            )
        case "report":
            return ActivityReported(
                period_starts=DAWN,
                people_supported=n,
                jobs=None if n % 3 else n,
                volunteers=None if n % 5 else n,
                hours_per_week=None if n % 2 else n / 4,
            )
        case "milestone":
            return MilestoneRecorded(kind=f"{n}")
        case "pause":
            return EnterprisePaused()
        case "resume":
            return EnterpriseResumed()
        case "close":
            return EnterpriseClosed()
        case "stage":
            return StageReached(stage="trading")
        case "leave":
            return AreaLeft()
        case "train":
            return TrainingCompleted(course="first aid")
        case "confirm":
            return ConditionConfirmed(condition="funding", evidence="a letter")
        case "unconfirm":
            return ConditionWithdrawn(condition="funding", evidence="a letter")
        case "risk":
            return SystemRiskRaised(risk="funding ends", owner="director")
        case "mitigate":
            return SystemRiskMitigated(risk="funding ends", action="asked")
        case "unrisk":
            return SystemRiskClosed(risk="funding ends")
        case "need":
            since = DAWN + timedelta(days=step.day - 8 * n)
            return NeedRecorded(need=stream, service="company", source="council data", waiting_since=since, people=n)
        case "close need":
            return NeedClosed(reason="moved away")
        case "refer":
            since = DAWN + timedelta(days=step.day)
            return ReferralMade(
                referral=stream, enterprise=stream, service="company", waiting_since=since, referrer="the council",
                need=stream_of("need", n % 4, area),
            )  # fmt: skip
        case "start":
            return SupportStarted()
        case "apply":
            insured = Applies(requirement="public liability insurance", because="it works with people")
            return RequirementsApplied(catalogue="1", applies=(insured,) if n % 4 else ())
        case "renew":
            since = DAWN + timedelta(days=step.day)
            return RequirementRenewed(
                requirement="public liability insurance", valid_from=since, valid_to=since + timedelta(days=9 * n)
            )
        case "publish":
            return FigurePublished(indicator="jobs", value=float(n), qualifier="about", source="a page")
        case _:
            return AreaJoined(gss_code=area, nation="England")


OF_AREA = ("join", "leave", "publish", "confirm", "unconfirm", "risk", "mitigate", "unrisk")


def history(area: str, steps: Sequence[Step]) -> tuple[list[ledger.Command], list[date]]:
    """Commands, and the day on which each is learned: never earlier than the one before it."""
    commands: list[ledger.Command] = []
    learned: list[date] = []
    versions: dict[UUID, int] = defaultdict(int)
    entries: list[tuple[int, UUID, Step]] = []
    known = DAWN
    first = Step("join", 0, 0, 0, 0)
    for position, step in enumerate((first, *steps), start=1):
        day = DAWN + timedelta(days=step.day)
        known = max(known, day + timedelta(days=step.learned))
        kind = step.kind
        if kind in ("correct", "withdraw"):
            corrects, stream, of = entries[step.number % len(entries)]
            # about the same thing as before: no correction can change what an entry is of
            instead = replace(of, day=step.day, number=step.number)
            replacement = event_of(instead, area) if kind == "correct" else None
            event: Event = EntryCorrected(corrects=corrects, reason="mistyped", replacement=replacement)  # pyright: ignore[reportArgumentType]
        else:
            stream = stream_of(kind, step.enterprise, area)
            event = event_of(step, area)
            entries.append((position, stream, step))
        commands.append(command(area, event, stream=stream, expected=versions[stream], on=day))
        versions[stream] += 1
        learned.append(known)
    return commands, learned


CODES = itertools.count(1)


def record(network: Network, drawn: Sequence[Sequence[Step]]) -> list[str]:
    areas: list[str] = []
    for steps in drawn:
        area = f"T{next(CODES):07}"
        ledger.open_ledger(network.connection, [area])
        commands, learned = history(area, steps)
        bulk.append_all(network.connection, commands, recorded=[noon(day) for day in learned])
        areas.append(area)
    return areas


HISTORIES = st.lists(st.lists(STEPS, min_size=1, max_size=14), min_size=1, max_size=2)
DAYS_ASKED = st.lists(st.tuples(st.integers(0, DAYS + 200), st.integers(0, DAYS + 260)), min_size=3, max_size=6)
