"""The lives of one area's enterprises: enquiring, trading, reporting, resting, ending."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from uuid import UUID

from msgspec import Struct

from events.base import Sealed
from events.enterprises import (
    ActivityReported,
    EnterpriseClosed,
    EnterprisePaused,
    EnterpriseRegistered,
    EnterpriseResumed,
    LegalForm,
    MilestoneRecorded,
    Owner,
    Stage,
    StageReached,
)
from hub.simulate import names
from hub.simulate.names import Trade
from hub.simulate.plan import Share, s_curve, split, working_day
from hub.simulate.story import Story, Told

FINAL = timedelta(days=9)
"""Nothing happens to an enterprise in the last days, so that all of it is known on the last."""


class Reach(Struct, frozen=True, kw_only=True):
    """What an enterprise does at its best."""

    people: int
    jobs: int
    volunteers: int | None
    half_hours: int | None


class Life(Struct, kw_only=True):
    stream: UUID
    name: str
    services: tuple[str, ...]
    trade: Trade
    form: LegalForm
    established: bool
    registered: date
    trading: date
    rests: tuple[date, date] | None = None
    """From and to when it paused."""
    stops: date | None = None
    closes: bool = False
    """Whether it closed on the day it stopped, or is only paused."""


def live(
    random: Random, share: Share, story: Story, *, until: date, seal: Callable[[UUID, Owner], Sealed[Owner]]
) -> None:
    """Tell the lives of an area's enterprises; what they report last adds up to the area's share.

    `seal` encrypts who owns the enterprise of an id.
    """
    lives = _begin(random, share, until)
    _end_some(random, lives, until)
    last_day = until - FINAL
    reporting = [life for life in lives if not life.stops and life.trading + timedelta(days=20) <= last_day]
    reaches = dict(zip([life.stream for life in reporting], _reaches(random, share, reporting), strict=True))
    for life in lives:
        owner = seal(life.stream, names.owner(random))
        _tell_beginning(random, life, story, owner, last_day)
        reach = reaches.get(life.stream)
        if reach:
            last = max(life.trading + timedelta(days=20), until - timedelta(days=random.randint(10, 100)))
            _tell_reports(random, life, story, reach, last=working_day(last))
        elif life.stops:
            reach = Reach(people=random.randint(2, 8), jobs=1, volunteers=None, half_hours=None)
            _tell_reports(random, life, story, reach, last=working_day(life.stops - timedelta(days=30)))
        _tell_end(random, life, story)


def _begin(random: Random, share: Share, until: date) -> list[Life]:
    first, last = share.joined + timedelta(days=40), until - timedelta(days=40)
    # those that were there before come to the Catalyst's notice early on
    early = range(round(share.enterprises * 0.7))
    established = set(random.sample(early, share.established))
    taken: set[str] = set()
    lives: list[Life] = []
    for n in range(share.enterprises):
        wobble = timedelta(days=random.randint(-25, 25))
        registered = working_day(max(first, first + s_curve(n / (share.enterprises - 1)) * (last - first) + wobble))
        trade = names.trade(random)
        name, services = names.enterprise(random, trade, share.nation, taken)
        lives.append(
            Life(
                stream=share.enterprise(n),
                name=name,
                services=services,
                trade=trade,
                form=random.choice(trade.forms),
                established=n in established,
                registered=registered,
                trading=registered + timedelta(days=random.randint(*((12, 45) if n in established else (75, 155)))),
            )
        )
    return lives


def _end_some(random: Random, lives: list[Life], until: date) -> None:
    """About one in fourteen closes, one in fifty is paused at the end, one in twenty paused and went on."""
    for life in lives:
        years = (until - life.trading).days / 365
        luck = random.random()
        if years > 1.2 and luck < 0.09:
            life.stops = working_day(life.trading + timedelta(days=random.randint(200, int(years * 365) - 60)))
            life.closes = True
        elif years > 1 and luck < 0.115:
            life.stops = working_day(until - timedelta(days=random.randint(20, 150)))
        elif years > 2 and luck < 0.18:
            starts = working_day(life.trading + timedelta(days=random.randint(150, int(years * 365) - 420)))
            life.rests = (starts, working_day(starts + timedelta(days=random.randint(40, 150))))


def _reaches(random: Random, share: Share, lives: list[Life]) -> list[Reach]:
    """What those who report come to at last, adding up to the area's share."""
    size = [random.lognormvariate(0, 0.45) * (2 if life.trade.volunteers else 1) for life in lives]
    people = split(share.people, size, least=[1] * len(lives))
    staff = [random.lognormvariate(0, 0.6) * (0.2 if life.form == "sole trader" else 1) for life in lives]
    jobs = split(share.jobs, staff, least=[0 if life.form == "unincorporated" else 1 for life in lives])
    helpers = [random.uniform(0.5, 1.5) if life.trade.volunteers else 0.001 for life in lives]
    volunteers = split(share.volunteers, helpers, least=[0] * len(lives))
    hours = [None] * len(lives)
    if share.hours is not None:
        week = [number * random.lognormvariate(0, 0.3) for number in people]
        hours = split(share.hours * 2, week, least=[1] * len(lives))
    return [
        Reach(
            people=people[n],
            jobs=jobs[n],
            # somebody who works alone is not asked about volunteers
            volunteers=volunteers[n] if volunteers[n] or life.trade.volunteers else None,
            half_hours=hours[n],
        )
        for n, life in enumerate(lives)
    ]


def _tell_beginning(random: Random, life: Life, story: Story, owner: Sealed[Owner], last_day: date) -> None:
    stream = life.stream
    story.tell(
        stream,
        EnterpriseRegistered(
            enterprise=stream,
            name=life.name,
            origin="established" if life.established else "new",
            legal_form=life.form,
            services=life.services,
            owner=owner,
        ),
        life.registered,
    )
    preparing = (life.trading - life.registered).days
    steps: list[tuple[Stage, float]] = [("checking", 0.3)]
    if not life.established:
        steps = [("enquiry", 0.0), ("exploring", 0.15), ("developing", 0.4), ("checking", 0.7)]
    end = life.stops or last_day
    for stage, at in steps:
        _stage(life, story, stage, life.registered + timedelta(days=round(preparing * at)), end)
    _stage(life, story, "trading", life.trading, end)
    _stage(life, story, "sustaining", life.trading + timedelta(days=random.randint(380, 700)), end)

    insured = life.registered + timedelta(days=round(preparing * random.uniform(0.75, 0.95)))
    since = life.trading
    reached = [
        ("insurance in place", insured, 0.95),
        ("checks complete", insured, 0.8),
        ("first customer", since + timedelta(days=random.randint(1, 30)), 0.95),
        ("fifth customer", since + timedelta(days=random.randint(40, 150)), 0.6),
        ("tenth customer", since + timedelta(days=random.randint(160, 500)), 0.35),
        ("first volunteer", since + timedelta(days=random.randint(20, 200)), 0.8 if life.trade.volunteers else 0),
        ("first employee", since + timedelta(days=random.randint(250, 900)), 0 if life.form == "sole trader" else 0.4),
        ("one year of trading", since + timedelta(days=365), 0.9),
        ("five years of trading", since + timedelta(days=5 * 365), 0.9),
    ]
    for kind, day, chance in reached:
        on = working_day(day)
        if on < end and random.random() < chance:
            told = story.tell(stream, MilestoneRecorded(kind=kind), on, late=random.random() < 0.03)
            if random.random() < 0.002:
                story.correct(told, reason="wrong enterprise", replacement=None)


def _stage(life: Life, story: Story, stage: Stage, day: date, end: date) -> None:
    on = working_day(day)
    if on < end:
        story.tell(life.stream, StageReached(stage=stage), on)


def _tell_reports(random: Random, life: Life, story: Story, reach: Reach, *, last: date) -> None:
    """A report about every four and a half months, growing towards the last, which gives all of its reach."""
    days = [last]
    while (before := working_day(days[-1] - timedelta(days=random.randint(115, 150)))) > life.trading + timedelta(30):
        days.append(before)
    days.reverse()
    starts = life.trading
    for n, on in enumerate(days, start=1):
        final = n == len(days)
        grown = 1.0 if final else _grown(n) / _grown(len(days)) * random.uniform(0.92, 1.06)
        report = ActivityReported(
            period_starts=min(starts, on),
            people_supported=max(1, round(reach.people * grown)),
            hours_per_week=None if reach.half_hours is None else max(1, round(reach.half_hours * grown)) / 2,
            jobs=reach.jobs if reach.jobs < 2 else max(1, round(reach.jobs * grown)),
            volunteers=None if reach.volunteers is None else round(reach.volunteers * grown),
        )
        starts = on + timedelta(days=1)
        resting = life.rests and life.rests[0] <= on < life.rests[1] + timedelta(days=20)
        if not resting:
            _tell_report(random, life, story, report, on, final=final)
    if life.rests:
        story.tell(life.stream, EnterprisePaused(reason=random.choice(names.PAUSES)), life.rests[0])
        story.tell(life.stream, EnterpriseResumed(), life.rests[1])


def _grown(reports: int) -> float:
    """How much of what it will come to an enterprise does by its first, second, third … report."""
    return min(1.0, 0.4 + 0.12 * reports)


def _tell_report(random: Random, life: Life, story: Story, report: ActivityReported, on: date, *, final: bool) -> None:
    luck = random.random()
    if final or luck > 0.02:
        story.tell(life.stream, report, on)
    elif luck > 0.0015:
        story.tell(life.stream, report, on, late=True)
    else:
        story.correct(_mistyped(life, story, report, on), reason="mistyped", replacement=report)


def _mistyped(life: Life, story: Story, report: ActivityReported, on: date) -> Told:
    people = report.people_supported
    assert people is not None
    wrong = ActivityReported(
        period_starts=report.period_starts,
        people_supported=people * 10,
        hours_per_week=report.hours_per_week,
        jobs=report.jobs,
        volunteers=report.volunteers,
    )
    return story.tell(life.stream, wrong, on)


def _tell_end(random: Random, life: Life, story: Story) -> None:
    if life.stops and life.closes:
        story.tell(life.stream, EnterpriseClosed(reason=random.choice(names.CLOSURES)), life.stops)
    elif life.stops:
        story.tell(life.stream, EnterprisePaused(reason=random.choice(names.PAUSES)), life.stops)
