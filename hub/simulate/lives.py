"""The lives of one area's enterprises, in outline: when each begins, rests and ends, and what it comes to."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from uuid import UUID

from msgspec import Struct

from events.enterprises import Circumstance, CircumstancesTold, LegalForm, LegalFormChanged
from hub.simulate import names
from hub.simulate.names import Trade
from hub.simulate.plan import Share, s_curve, split, working_day
from hub.simulate.story import Told

FINAL = timedelta(days=9)
"""No enterprise reports, rests or ends in the last days, so that all of it is known on the last."""

Turn = tuple[date, LegalFormChanged | CircumstancesTold]
"""Something changes that decides what an enterprise must hold."""


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
    """The legal form it begins with."""
    established: bool
    enquired: date | None
    """When somebody came with the idea, if the hub heard of that."""
    registered: date
    trading: date
    last_day: date
    """The last day of the history that is told of enterprises."""
    rests: tuple[date, date] | None = None
    """From and to when it paused."""
    stops: date | None = None
    closes: bool = False
    """Whether it closed on the day it stopped, or is only paused."""
    reach: Reach | None = None
    turns: list[Turn] = []
    beginning: Told | None = None
    """Its registration, once that is told."""

    @property
    def end(self) -> date:
        """The day before which everything happens that is told of it."""
        return self.stops or self.last_day

    def at_work(self, first: date, last: date) -> bool:
        """Whether it trades from one day to another, without rest."""
        resting = self.rests and self.rests[0] <= last and first < self.rests[1]
        return self.trading < first and last < self.end and not resting

    def circumstances(self) -> frozenset[Circumstance]:
        """Everything that was ever so of it."""
        told = (event.circumstances for _, event in self.turns if isinstance(event, CircumstancesTold))
        return frozenset(each for circumstances in told for each in circumstances)


def begin(random: Random, share: Share, *, until: date) -> list[Life]:
    """An area's enterprises. What those come to that go on adds up to the area's share."""
    lives = _begin(random, share, until)
    _end_some(random, lives, until)
    reporting = [life for life in lives if not life.stops and life.trading + timedelta(days=20) <= life.last_day]
    for life, reach in zip(reporting, _reaches(random, share, reporting), strict=True):
        life.reach = reach
    return lives


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
        enquired = working_day(max(share.joined, registered - timedelta(days=random.randint(20, 110))))
        lives.append(
            Life(
                stream=share.enterprise(n),
                name=name,
                services=services,
                trade=trade,
                form=random.choice(trade.forms),
                established=n in established,
                enquired=enquired if random.random() < (0.3 if n in established else 0.85) else None,
                registered=registered,
                trading=registered + timedelta(days=random.randint(*((12, 45) if n in established else (75, 155)))),
                last_day=until - FINAL,
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


def _reaches(random: Random, share: Share, lives: Sequence[Life]) -> list[Reach]:
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
