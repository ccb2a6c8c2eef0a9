"""Training sessions of one area, who booked them, and what else people learned and were seen to do well."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from uuid import UUID

from msgspec import Struct

from events.base import named_id
from events.training import CompetenceObserved, PlaceBooked, SessionScheduled, Skill, TrainingCompleted
from hub.simulate import names
from hub.simulate.lives import Life
from hub.simulate.plan import Share, office_day, working_day
from hub.simulate.story import Seal, Story

LATELY = timedelta(days=420)
"""Of sessions before that nothing is told: what was learned there is."""

_EVERY: dict[str, int] = {
    "safeguarding adults": 100,
    "first aid": 190,
    "food hygiene": 230,
    "moving people": 210,
    "medication": 240,
    "basic life support": 220,
    "mental capacity": 300,
    "infection control": 330,
    "equality": 280,
}
"""Days from one session to the next."""

_ALSO = ("starting out in business", "prices and bookkeeping", "dementia awareness", "talking to new customers")

VENUES = (
    "the library", "the town hall", "the village hall", "the leisure centre", "the children's centre",
    "the fire station", "the health centre", "the college", "a community centre", "the rugby club",
    "the parish rooms", "online",
)  # fmt: skip

_SEEN: dict[str, Skill] = {
    "gives personal care": "personal care",
    "moves people": "moving people",
    "handles food": "preparing food",
}


class Session(Struct, kw_only=True):
    stream: UUID
    course: str
    takes_place: date
    places: int
    venue: str
    booked: list[Life] = []


class Sessions:
    """What is offered in an area, filled as enterprises look for a place."""

    def __init__(self, random: Random, share: Share, until: date) -> None:
        self._random = random
        self._last = until - timedelta(days=3)
        self._sessions: dict[str, list[Session]] = {}
        first = max(share.joined + timedelta(days=90), until - LATELY)
        for course, every in [*_EVERY.items(), *((course, 420) for course in _ALSO)]:
            day = first + timedelta(days=random.randint(0, every))
            while day < until + timedelta(days=50):
                sessions = self._sessions.setdefault(course, [])
                sessions.append(
                    Session(
                        stream=named_id("simulate", "session", share.area, course, str(len(sessions))),
                        course=course,
                        takes_place=office_day(day),
                        places=random.randint(8, 16),
                        venue=random.choice(VENUES),
                    )
                )
                day += timedelta(days=round(every * random.uniform(0.85, 1.15)))

    def take(self, life: Life, course: str, *, first: date, last: date) -> Session | None:
        """A place in a session between two days, where there is one."""
        for session in self._sessions.get(course, ()):
            if first <= session.takes_place <= last and len(session.booked) < session.places:
                session.booked.append(life)
                return session
        return None

    def fill(self, lives: Sequence[Life]) -> None:
        """Sessions that no requirement makes anybody go to, and those to come, are booked, too."""
        going_on = [life for life in lives if life.stops is None and life.trading < life.last_day]
        for session in (each for sessions in self._sessions.values() for each in sessions):
            day, there = session.takes_place, going_on
            if day <= self._last and session.course in _ALSO:
                there = [life for life in lives if life.at_work(day, day)]
            elif day <= self._last:
                continue
            count = min(len(there), session.places, self._random.randint(1, 6))
            session.booked = self._random.sample(there, count)

    def tell(self, story: Story) -> None:
        for sessions in self._sessions.values():
            for session in sessions:
                if session.booked:
                    self._tell(story, session)

    def _tell(self, story: Story, session: Session) -> None:
        random = self._random
        scheduled = min(session.takes_place - timedelta(days=random.randint(24, 60)), self._last - timedelta(days=9))
        scheduled = office_day(scheduled)
        story.tell(
            session.stream,
            SessionScheduled(
                session=session.stream,
                course=session.course,
                takes_place=session.takes_place,
                places=session.places,
                venue=session.venue,
            ),
            scheduled,
        )
        latest = min(session.takes_place, self._last)
        for life in session.booked:
            first = max(scheduled, life.registered)
            days = (latest - first).days
            if days >= 0:
                on = working_day(first + timedelta(days=random.randint(0, days)))
                if on <= latest and (on < life.end or life.stops is None):
                    story.tell(session.stream, PlaceBooked(enterprise=life.stream), on, after=life.beginning)


def tell_learning(random: Random, life: Life, sessions: Sessions, story: Story, seal: Seal, *, until: date) -> None:
    """What is learned besides what must be: courses of choice, courses of helpers, skills seen."""
    for course in random.sample(_ALSO, random.choice((0, 0, 0, 1, 2))):
        on = office_day(life.registered + timedelta(days=random.randint(20, 500)))
        if on < life.end:
            story.tell(life.stream, TrainingCompleted(course=course), on)
    circumstances = life.circumstances()
    for circumstance, skill in _SEEN.items():
        on = office_day(life.trading + timedelta(days=random.randint(20, 300)))
        if circumstance in circumstances and random.random() < 0.4 and on < life.end:
            story.tell(life.stream, CompetenceObserved(skill=skill), on)
    if "employs people" not in circumstances and not life.trade.volunteers:
        return
    for n in range(random.choice((0, 1, 1, 2, 3))):
        first = max(life.trading + timedelta(days=60), until - LATELY)
        days = (life.end - first).days - 4
        if days < 1:
            return
        course = random.choice(("safeguarding adults", "safeguarding adults", "first aid", "food hygiene", "equality"))
        on = office_day(first + timedelta(days=random.randint(0, days)))
        found = sessions.take(life, course, first=on - timedelta(days=40), last=min(on, life.end - timedelta(days=1)))
        if found and found.takes_place > life.trading:
            on = found.takes_place
        else:
            found = None
        person = seal(named_id("simulate", "helper", str(life.stream), str(n)), names.person(random))
        helper = "somebody who helps"
        if on < life.end:
            learned = TrainingCompleted(course=course, who=helper, person=person, session=found and found.stream)
            story.tell(life.stream, learned, on)
