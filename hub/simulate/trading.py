"""What is told of an enterprise from its enquiry to its end: stages, milestones, reports, help, pauses."""

from datetime import date, timedelta
from random import Random
from uuid import UUID

import msgspec

from events.areas import Nation
from events.base import Sealed, named_id
from events.enterprises import (
    ActivityReported,
    CapacityUpdated,
    EnquiryReceived,
    EnterpriseClosed,
    EnterprisePaused,
    EnterpriseRegistered,
    EnterpriseResumed,
    Helper,
    MilestoneRecorded,
    Mode,
    Owner,
    PaymentMix,
    Stage,
    StageReached,
    SupportGiven,
    SupportKind,
)
from events.people import Consent
from hub.simulate import names
from hub.simulate.lives import Life, Reach
from hub.simulate.plan import Share, office_day, working_day
from hub.simulate.story import Seal, Story, Told

_RATES: dict[Nation, tuple[int, int]] = {
    "England": (21, 32),
    "Scotland": (20, 29),
    "Wales": (19, 28),
    "Northern Ireland": (18, 26),
}
"""Pounds asked for an hour now, from and to."""

_MODES: dict[str, tuple[Mode, ...]] = {
    "gardening": ("in people's homes",),
    "small repairs": ("in people's homes",),
    "outings": ("out and about",),
    "lifts to appointments": ("out and about",),
    "walking group": ("out and about",),
    "woodland days": ("out and about",),
    "companionship": ("in people's homes", "by telephone or online"),
    "meals brought home": ("in people's homes",),
}

_HELP: tuple[tuple[SupportKind, Helper, tuple[int, int]], ...] = (
    ("business planning", "the Catalyst", (45, 90)),
    ("money and prices", "the Catalyst", (30, 75)),
    ("money and prices", "an adviser", (45, 90)),
    ("insurance and checks", "the Catalyst", (20, 60)),
    ("training", "the Catalyst", (15, 40)),
    ("finding customers", "the Catalyst", (30, 60)),
    ("finding customers", "a peer", (40, 90)),
    ("a visit", "the Catalyst", (45, 120)),
    ("a visit", "a peer", (60, 120)),
    ("something else", "the Catalyst", (15, 45)),
)


def owner_of(enterprise: UUID) -> UUID:
    """Whose key the details of an enterprise's owner are sealed under, those of the enquiry too."""
    return named_id("owner", str(enterprise))


def tell_life(random: Random, share: Share, life: Life, story: Story, seal: Seal, *, until: date) -> None:
    """All of it; the report told last gives all of its reach."""
    owner = names.owner(random)
    _tell_enquiry(random, life, story, seal(owner_of(life.stream), owner) if life.enquired else None)
    _tell_registration(random, life, story, seal(owner_of(life.stream), owner))
    for day, event in life.turns:
        story.tell(life.stream, event, day)
    _tell_beginning(random, life, story)
    _tell_help(random, life, story)
    asks = _Price(random, share, life, until)
    if life.reach:
        last = max(life.trading + timedelta(days=20), until - timedelta(days=random.randint(10, 100)))
        _tell_reports(random, life, story, life.reach, asks, last=working_day(last))
    elif life.stops:
        reach = Reach(people=random.randint(2, 8), jobs=1, volunteers=None, half_hours=None)
        _tell_reports(random, life, story, reach, asks, last=working_day(life.stops - timedelta(days=30)))
    _tell_room(random, life, story, until)
    _tell_end(random, life, story)


def tell_ideas(random: Random, share: Share, story: Story, seal: Seal, *, until: date) -> None:
    """Enquiries that came to nothing, or have not come to anything yet."""
    taken: set[str] = set()
    years = (until - share.joined).days / 365
    for n in range(2 + round(years * random.uniform(0.7, 1.6))):
        stream = named_id("simulate", "idea", share.area, str(n))
        open_yet = n < 2 or random.random() < 0.1
        ago = random.randint(8, 80) if open_yet else random.randint(200, round(years * 365) - 30)
        on = office_day(until - timedelta(days=ago + 3))
        name, services = names.enterprise(random, names.trade(random), share.nation, taken)
        # of whoever asked years ago and never began nothing is kept
        enquirer = seal(owner_of(stream), names.owner(random)) if ago < 700 else None
        story.tell(stream, _enquiry(random, stream, name, services, enquirer, on), on)
        help_on = office_day(on + timedelta(days=random.randint(2, 6)))
        if help_on < until - timedelta(days=3):
            minutes = random.randrange(20, 75, 5)
            story.tell(stream, SupportGiven(minutes=minutes, kind="an idea talked through", by="the Catalyst"), help_on)
        if not open_yet:
            over = office_day(on + timedelta(days=random.randint(20, 110)))
            if random.random() < 0.6:
                story.tell(stream, StageReached(stage="signposted"), over)
            else:
                reason = random.choice(("other work", "moved away", "another reason"))
                story.tell(stream, EnterpriseClosed(reason=reason), over)
        elif ago > 40:
            story.tell(stream, StageReached(stage="exploring"), office_day(on + timedelta(days=random.randint(10, 30))))


def _enquiry(
    random: Random, stream: UUID, name: str, services: tuple[str, ...], enquirer: Sealed[Owner] | None, on: date
) -> EnquiryReceived:
    agreed = random.random() < 0.4
    consent = Consent(given_on=on, how=random.choice(("face to face", "online", "by telephone")), wording="E 2016-01")
    return EnquiryReceived(
        enterprise=stream,
        name=name,
        services=services,
        enquirer=enquirer,
        lawful_basis=("consent" if agreed else "public task") if enquirer else None,
        consent=consent if enquirer and agreed else None,
    )


def _tell_enquiry(random: Random, life: Life, story: Story, enquirer: Sealed[Owner] | None) -> None:
    if not life.enquired:
        return
    told = _enquiry(random, life.stream, life.name, life.services[:1], enquirer, life.enquired)
    story.tell(life.stream, told, life.enquired)
    wait = (life.registered - life.enquired).days
    talked = office_day(life.enquired + timedelta(days=min(wait, random.randint(1, 9))))
    minutes = random.randrange(20, 90, 5)
    if talked < life.registered:
        kind: SupportKind = "an idea talked through"
        story.tell(life.stream, SupportGiven(minutes=minutes, kind=kind, by="the Catalyst"), talked)


def _tell_registration(random: Random, life: Life, story: Story, owner: Sealed[Owner]) -> None:
    usual: tuple[Mode, ...] = ("at a place",) if life.trade.volunteers else ("in people's homes",)
    modes = _MODES.get(life.services[0], usual)
    if "shopping" in life.services and "out and about" not in modes:
        modes = (*modes, "out and about")
    life.beginning = story.tell(
        life.stream,
        EnterpriseRegistered(
            enterprise=life.stream,
            name=life.name,
            origin="established" if life.established else "new",
            legal_form=life.form,
            services=life.services,
            owner=owner,
            lawful_basis="public task",
            modes=modes,
        ),
        life.registered,
    )


def _tell_beginning(random: Random, life: Life, story: Story) -> None:
    preparing = (life.trading - life.registered).days
    steps: list[tuple[Stage, float]] = [("checking", 0.3)]
    if not life.established:
        steps = [("exploring", 0.05), ("developing", 0.4), ("checking", 0.7)]
        if not life.enquired:
            steps = [("enquiry", 0.0), ("exploring", 0.15), *steps[1:]]
    end = life.end
    for stage, at in steps:
        _stage(life, story, stage, life.registered + timedelta(days=round(preparing * at)))
    _stage(life, story, "trading", life.trading)
    _stage(life, story, "sustaining", life.trading + timedelta(days=random.randint(380, 700)))

    insured = life.registered + timedelta(days=round(preparing * random.uniform(0.75, 0.95)))
    since = life.trading
    reached = [
        ("insurance in place", insured, 0.95),
        ("checks complete", insured, 0.8),
        ("first customer", since + timedelta(days=random.randint(1, 30)), 0.95),
        ("fifth customer", since + timedelta(days=random.randint(40, 150)), 0.6),
        ("tenth customer", since + timedelta(days=random.randint(160, 500)), 0.35),
        ("first volunteer", since + timedelta(days=random.randint(20, 200)), 0.8 if life.trade.volunteers else 0),
        ("first employee", _first_employed(life) or end, 0.8),
        ("one year of trading", since + timedelta(days=365), 0.9),
        ("five years of trading", since + timedelta(days=5 * 365), 0.9),
    ]
    for kind, day, chance in reached:
        on = working_day(day)
        if on < end and random.random() < chance:
            told = story.tell(life.stream, MilestoneRecorded(kind=kind), on, late=random.random() < 0.03)
            if random.random() < 0.002:
                story.correct(told, reason="wrong enterprise", replacement=None)


def _first_employed(life: Life) -> date | None:
    return next((day for day, event in life.turns if "employs people" in getattr(event, "circumstances", ())), None)


def _stage(life: Life, story: Story, stage: Stage, day: date) -> None:
    on = working_day(day)
    if on < life.end:
        story.tell(life.stream, StageReached(stage=stage), on)


def _tell_help(random: Random, life: Life, story: Story) -> None:
    """Most of it in the first year."""
    for _ in range(random.choices((0, 1, 2, 4), (15, 45, 30, 10))[0]):
        kind, by, (least, most) = random.choice(_HELP)
        on = office_day(life.registered + timedelta(days=round(420 * random.random() ** 1.6) + 1))
        if on < life.end:
            minutes = random.randrange(least, most + 1, 5)
            story.tell(life.stream, SupportGiven(minutes=minutes, kind=kind, by=by), on)


class _Price:
    """What an enterprise asks for an hour and who pays, if it tells."""

    def __init__(self, random: Random, share: Share, life: Life, until: date) -> None:
        least, most = _RATES[share.nation]
        self._now = random.uniform(least, most)
        self._until = until
        self._says = not life.trade.volunteers and random.random() < 0.8
        self._paid_by = _mix(random, life) if random.random() < 0.6 else None

    def rate(self, on: date) -> float | None:
        """To the next half pound, about 4% more each year, and never less than £11."""
        if not self._says:
            return None
        before = self._now / 1.04 ** ((self._until - on).days / 365)
        return max(11.0, round(before * 2) / 2)

    def paid_by(self) -> PaymentMix | None:
        return self._paid_by


def _mix(random: Random, life: Life) -> PaymentMix:
    if life.trade.volunteers:
        free = random.randrange(20, 75, 5)
        return PaymentMix(own_money=100 - free - 10, council=10, free_of_charge=free)
    direct = random.randrange(0, 65, 5)
    council = random.choice((0, 0, 0, 5, 10))
    health = random.choice((0, 0, 0, 0, 5))
    return PaymentMix(
        own_money=100 - direct - council - health, direct_payments=direct, council=council, health_service=health
    )


def _tell_reports(random: Random, life: Life, story: Story, reach: Reach, asks: _Price, *, last: date) -> None:
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
            hourly_rate=asks.rate(on),
            paid_by=asks.paid_by(),
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
    return story.tell(life.stream, msgspec.structs.replace(report, people_supported=people * 10), on)


def _tell_room(random: Random, life: Life, story: Story, until: date) -> None:
    """How many more people it could take, asked about twice a year of late."""
    on = office_day(max(life.trading, until - timedelta(days=400)) + timedelta(days=random.randint(5, 170)))
    while on < life.end:
        if life.at_work(on, on):
            room = random.choices((0, 1, 2, 3, 5, 8), (30, 20, 20, 15, 10, 5))[0]
            story.tell(life.stream, CapacityUpdated(can_take=room), on)
        on = office_day(on + timedelta(days=random.randint(190, 290)))


def _tell_end(random: Random, life: Life, story: Story) -> None:
    if life.stops and life.closes:
        story.tell(life.stream, EnterpriseClosed(reason=random.choice(names.CLOSURES)), life.stops)
    elif life.stops:
        story.tell(life.stream, EnterprisePaused(reason=random.choice(names.PAUSES)), life.stops)
