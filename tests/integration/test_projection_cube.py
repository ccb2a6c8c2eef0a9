"""The national cube against the plainest possible sum over the raw events, for any history."""

import itertools
import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from msgspec import Struct
from network import SOMERSET, Fact, Network, closed, command, joined, noon, registered, reported

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
from events.base import Event, area_stream, civil_day, named_id, today
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
from events.projections import ALL, NATIONAL, believed, engine, picture
from events.projections.national import beliefs, cube, derived, read
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
    "need", "need", "close need", "refer", "start", "start",
)  # fmt: skip

STEPS = st.builds(
    Step,
    kind=st.sampled_from(KINDS),
    enterprise=st.integers(0, 3),
    day=st.integers(0, DAYS),
    learned=st.sampled_from([0, 0, 0, 1, 30, 200]),
    number=st.integers(0, 50),
)


def stream_of(kind: str, step: Step, area: str) -> UUID:
    if kind in OF_AREA:
        return area_stream(area)
    of = "need" if "need" in kind else "referral" if kind in ("refer", "start") else "enterprise"
    return named_id("cube", area, of, str(step.enterprise))


def event_of(kind: str, step: Step, area: str) -> Event:
    n, stream = step.number, stream_of(kind, step, area)
    match kind:
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
                need=stream_of("need", step, area),
            )  # fmt: skip
        case "start":
            return SupportStarted()
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
    entries: list[tuple[int, UUID, str]] = []
    known = DAWN
    first = Step("join", 0, 0, 0, 0)
    for position, step in enumerate((first, *steps), start=1):
        day = DAWN + timedelta(days=step.day)
        known = max(known, day + timedelta(days=step.learned))
        kind = step.kind
        if kind in ("correct", "withdraw"):
            corrects, stream, of = entries[step.number % len(entries)]
            replacement = event_of(of, step, area) if kind == "correct" else None
            event: Event = EntryCorrected(corrects=corrects, reason="mistyped", replacement=replacement)  # pyright: ignore[reportArgumentType]
        else:
            stream = stream_of(kind, step, area)
            event = event_of(kind, step, area)
            entries.append((position, stream, kind))
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


def courses(most: int, *, phases: Sequence[Phase] = tuple(Phase)) -> examples:
    """How many histories to draw; in CI the same each time."""
    return examples(
        max_examples=most,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=most < 100,
        database=None,
        phases=phases,
    )


def holds(network: Network, drawn: Sequence[Sequence[Step]], asked: Sequence[tuple[int, int]]) -> None:
    areas = record(network, drawn)
    network.project()
    raw = {area: network.events(area) for area in areas}
    with engine.reading(network.connection, "national"):
        for on, known in ((DAWN + timedelta(days=a), DAWN + timedelta(days=b)) for a, b in asked):
            found = picture.picture(network.connection, on=on, known=known)
            follow_the_course(network, on, known)
            shown = {each.area: each.figures for each in found.areas}
            for area in areas:
                expected = naive(raw[area], on=on, known=known)
                assert (area in shown) == (expected is not None), (area, on, known)
                if expected is None:
                    continue
                for name, indicator in picture.INDICATORS.items():
                    figure = shown[area][name]
                    silent = indicator.reported and not expected[f"{name} reported"]
                    assert figure.value == (None if silent else expected[name]), (name, on, known)
                    behind = picture.behind(
                        network.connection, name, on=on, known=known, after=(area, 0, ""), limit=1000
                    )
                    mine = [row.amount for row in behind if row.area == area]
                    assert sum(mine) == expected[name], ("behind", name, on, known)


def believed_step_by_step(network: Network, areas: Sequence[str], on: date, since: date) -> None:
    """What was believed of a day, at every step and between steps, is the picture of the day as known then."""
    for name in picture.INDICATORS:
        way, entries = believed.believed(network.connection, name, on=on, until=LAST)
        assert way[0].known == on
        assert sum(step.recorded + step.corrected + step.affected for step in way) == len(entries)
        for step in way:
            assert step.figure == picture.picture(network.connection, on=on, known=step.known).figures[name], (
                name,
                step,
            )
        assert way[-1].figure == picture.picture(network.connection, on=on, known=LAST).figures[name]
        assert len({each.known for each in way}) == len(way)
    # from any day of knowledge, also one before the day itself
    changes = believed.moved(network.connection, FACETS, on=on, since=since, until=LAST)
    start = read.read(network.connection, [on], known=since)
    learned = {civil_day(event.recorded_at) for area in areas for event in network.events(area)}
    for day in sorted(day for day in learned if day > since):
        then = picture.picture(network.connection, on=on, known=day).figures
        for name in ("enterprises", "people_supported", "waiting", "requirements"):
            until = [each for each in changes if each.learned_on <= day]
            assert believed.steps(start, until, name, on=on, known=since)[-1].figure == then[name], (name, on, day)


def follow_the_course(network: Network, on: date, known: date) -> None:
    """Every point of a course is the figure of the picture of its day."""
    course = picture.courses(network.connection, on=on, known=known)
    for day in {point.day for points in course.network.values() for point in points[-3:]}:
        then = picture.picture(network.connection, on=day, known=known)
        for name, points in course.network.items():
            value = next((point.value for point in points if point.day == day), None)
            assert value == then.figures[name].value or (not value and not then.areas), (name, day)
        for each in then.areas:
            of_area = [point.value for point in course.enterprises[each.area] if point.day == day]
            assert of_area in ([], [each.figures["enterprises"].value])


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that short histories have snapshots."""
    monkeypatch.setattr(cube, "BLOCK", 4)


def rebuilt_alike(network: Network) -> None:
    live = next(build for build in engine.builds(network.connection) if build.live)
    beside = engine.start_build(network.connection, NATIONAL)
    engine.catch_up_all(network.connection, ALL, folds=engine.Folds(), only=beside)
    assert engine.behind(network.connection, beside) == 0
    assert engine.differing(network.connection, NATIONAL, live, beside) == []
    assert engine.fingerprints(network.connection, NATIONAL, live) == engine.fingerprints(
        network.connection, NATIONAL, beside
    )


LAST = DAWN + timedelta(days=2 * DAYS)


def any_belief_holds(network: Network, how: examples) -> None:
    @how
    @given(drawn=HISTORIES, asked=DAYS_ASKED)
    def holding(drawn: list[list[Step]], asked: list[tuple[int, int]]) -> None:
        areas = record(network, drawn)
        network.project()
        with engine.reading(network.connection, "national"):
            on, since = (DAWN + timedelta(days=days) for days in asked[0])
            believed_step_by_step(network, areas, on, since)

    holding()


def any_history_holds(network: Network, how: examples) -> None:
    @how
    @given(drawn=HISTORIES, asked=DAYS_ASKED)
    def holding(drawn: list[list[Step]], asked: list[tuple[int, int]]) -> None:
        holds(network, drawn, asked)

    holding()


def test_any_history_gives_the_plain_sum_for_any_day_as_known_on_any_day(network: Network) -> None:
    any_history_holds(network, courses(60))
    rebuilt_alike(network)


@pytest.mark.full
def test_any_of_many_histories_gives_the_plain_sum(network: Network) -> None:
    any_history_holds(network, courses(600))
    rebuilt_alike(network)


@pytest.mark.parametrize("seed", range(4))
def test_bit_by_bit_gives_the_same_rows_as_all_at_once(
    network: Network, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    dice = random.Random(seed)
    steps = [
        Step(
            dice.choice(KINDS), dice.randrange(4), dice.randrange(DAYS), dice.choice((0, 0, 1, 200)), dice.randrange(50)
        )
        for _ in range(120)
    ]
    (area,) = record(network, [steps])
    folds = engine.Folds()
    live = next(build for build in engine.builds(network.connection) if build.live)
    while engine.behind(network.connection, live):
        if dice.random() < 0.5:
            folds = engine.Folds()  # as after a restart: nothing in memory
        with monkeypatch.context() as cut:
            cut.setattr(engine, "BATCH", dice.randint(1, 9))
            cut.setattr(engine, "ROUND", dice.randint(1, 20))
            engine.catch_up(network.connection, NATIONAL, live, area, folds=folds)
    rebuilt_alike(network)


def test_any_belief_of_a_day_is_the_picture_as_known_then(network: Network) -> None:
    any_belief_holds(network, courses(25))


def test_a_belief_that_forgets_what_it_held_before_would_be_noticed(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(believed, "_MOVED", believed._MOVED.replace("(superseded_on, -1)", "(known_on, 0)"))
    with pytest.raises(AssertionError):
        any_belief_holds(network, courses(60, phases=[Phase.generate]))


def test_what_is_not_superseded_would_be_noticed(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beliefs.Learned, "drop", lambda *_: None)
    with pytest.raises(AssertionError):
        any_history_holds(network, courses(60, phases=[Phase.generate]))


@pytest.mark.parametrize(
    ("guard", "mutant"),
    [
        pytest.param("s.known_on <= %(known)s", "true", id="a snapshot of what was not known yet"),
        pytest.param("n.block = coalesce(s.block, -1) + 1", "false", id="a block left out"),
        pytest.param("(at.month + 1) * 4", "(at.month + 1) * 4 + 1", id="the first quarter of a month left out"),
        pytest.param("at.month * 4 + 3", "at.month * 4 + 2", id="the last quarter of a month left out"),
    ],
)
def test_a_sum_read_otherwise_would_be_noticed(
    network: Network, monkeypatch: pytest.MonkeyPatch, guard: str, mutant: str
) -> None:
    assert guard in read._SUMS
    monkeypatch.setattr(read, "_SUMS", read._SUMS.replace(guard, mutant))
    with pytest.raises(AssertionError):
        any_history_holds(network, courses(60, phases=[Phase.generate]))


def test_changes_learned_later_would_be_noticed(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    learned_by = read._Learned.of_areas
    monkeypatch.setattr(read._Learned, "of_areas", lambda data, by: learned_by(data, by=max(by, LAST)))
    with pytest.raises(AssertionError):
        any_history_holds(network, courses(60, phases=[Phase.generate]))


WAITED = [Step("need", 0, 10, 0, 5), Step("refer", 0, 20, 0, 1), Step("start", 0, 30, 0, 1)]


def test_a_wait_ends_when_support_starts(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    holds(network, [WAITED], [(25, 40), (35, 40), (35, 25)])
    monkeypatch.setattr(derived, "_need_ends", lambda *_: date.max)
    with pytest.raises(AssertionError):
        holds(network, [WAITED], [(35, 40)])


def test_a_report_that_never_went_stale_would_be_noticed(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beliefs, "STALE_AFTER", timedelta(days=5000))
    with pytest.raises(AssertionError):
        any_history_holds(network, courses(60, phases=[Phase.generate]))


@pytest.mark.parametrize("first", ["the report", "the closing"])
def test_what_was_reported_on_the_day_of_closing_does_not_outlive_it(network: Network, first: str) -> None:
    told = [reported(people=9, on=DAWN), closed(on=DAWN)]
    network.given(joined(SOMERSET, on=DAWN), registered("Bay Tree", on=DAWN))
    network.given(*(told if first == "the report" else reversed(told)))
    area = network.national(on=DAWN).area(SOMERSET)
    assert area.active == 0
    assert area.people_supported is None


def test_a_referral_corrected_to_another_need_ends_the_wait_of_that_one(network: Network) -> None:
    """By a projector that was started in between: it reads back what the correction speaks of."""
    at = [Step("need", 0, 10, 0, 5), Step("need", 1, 10, 0, 7), Step("refer", 0, 20, 0, 1), Step("start", 0, 30, 0, 1)]
    (area,) = record(network, [at])
    network.project()
    referral = stream_of("refer", at[2], area)
    other = event_of("refer", Step("refer", 1, 20, 0, 1), area)
    assert isinstance(other, ReferralMade)
    mended = EntryCorrected(corrects=4, reason="mistyped", replacement=other)
    moved = command(area, mended, stream=referral, expected=2, on=DAWN + timedelta(days=20))
    bulk.append_all(network.connection, [moved])
    engine.catch_up_all(network.connection, ALL, folds=engine.Folds())
    with engine.reading(network.connection, "national"):
        found = picture.picture(network.connection, on=DAWN + timedelta(days=40), known=today())
    assert found.figures["waiting"].value == 5
    rebuilt_alike(network)


HELD = date(2024, 3, 31)
"""The last day of what the enterprise below holds."""


def enterprise_that_closes(on: date) -> list[Fact]:
    id = named_id("test", "Bay Tree")
    must = (Applies(requirement="public liability insurance", because="it works with people"),)
    told: list[tuple[Event, date]] = [
        (RequirementsApplied(catalogue="1", applies=must), DAWN),
        (RequirementRenewed(requirement="public liability insurance", valid_from=DAWN, valid_to=HELD), DAWN),
        (EnterpriseClosed(), on),
        (RequirementsApplied(catalogue="1", applies=()), on),
    ]
    facts = [Fact(event=event, on=day, area=SOMERSET, stream=id) for event, day in told]
    return [joined(SOMERSET, on=DAWN), registered("Bay Tree", on=DAWN), *facts]


def of_requirements(network: Network, on: date) -> list[int | float | None]:
    view = network.national(on=on)
    return [view.requirements, view.requirements_valid, view.renewals_due, view.renewals_on_time]


def test_what_an_enterprise_had_to_hold_is_counted_until_it_closed(network: Network) -> None:
    network.given(*enterprise_that_closes(date(2024, 5, 1)))
    assert of_requirements(network, HELD) == [1, 1, 0, 0]
    assert of_requirements(network, date(2024, 4, 30)) == [1, 0, 1, 0]
    assert of_requirements(network, date(2024, 5, 1)) == [0, 0, 1, 0]


def test_what_lapses_after_an_enterprise_closed_did_not_fall_due(network: Network) -> None:
    network.given(*enterprise_that_closes(date(2024, 3, 1)))
    assert of_requirements(network, date(2024, 4, 30)) == [0, 0, 0, 0]
