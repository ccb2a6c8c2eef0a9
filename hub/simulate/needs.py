"""What people of one area lacked, whom they were referred to, and how long they waited."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from uuid import UUID

from msgspec import Struct

from events.base import Event, Sealed, named_id
from events.people import Consent, LawfulBasis
from events.referrals import (
    ContactMade,
    DeclineReason,
    EndReason,
    NeedAnswer,
    NeedClosed,
    NeedClosingReason,
    NeedRecorded,
    NeedResponded,
    NeedShared,
    NeedSource,
    Person,
    ReferralAccepted,
    ReferralDeclined,
    ReferralExpired,
    ReferralMade,
    ReferralWithdrawn,
    Referrer,
    SupportEnded,
    SupportStarted,
    WithdrawalReason,
)
from hub.simulate import names, wishes
from hub.simulate.lives import Life
from hub.simulate.plan import SOMERSET, Share, office_day
from hub.simulate.story import Seal, Story, Told

LATELY = timedelta(days=800)
"""Of people whose support ended before that, no details are kept any more, so none were sealed."""

_DAY = timedelta(days=1)

_SOURCES: tuple[NeedSource, ...] = (
    "the person or their family", "the person or their family", "a conversation", "a front-line worker",
    "a front-line worker", "council data", "an enterprise",
)  # fmt: skip
_REFERRERS: dict[NeedSource, tuple[Referrer, ...]] = {
    "the person or their family": ("the person or their family", "the Catalyst"),
    "a conversation": ("the Catalyst",),
    "a front-line worker": ("the council", "the health service"),
    "council data": ("the council",),
    "an enterprise": ("an enterprise", "the Catalyst"),
}
_DECLINED: tuple[DeclineReason, ...] = (
    "no room now", "no room now", "too far away", "not what it does", "not the right match", "another reason",
)  # fmt: skip
_WITHDRAWN: tuple[WithdrawalReason, ...] = (
    "no longer needed", "found help elsewhere", "asked by the person", "the enterprise could not take it on",
)  # fmt: skip
_CLOSED: dict[WithdrawalReason, tuple[NeedClosingReason, ...]] = {
    "no longer needed": ("no longer needed", "moved away"),
    "found help elsewhere": ("found help elsewhere",),
    "asked by the person": ("no longer needed", "could not be reached", "another reason"),
}
"""What a need is closed for, after a referral that was withdrawn."""
_CLOSED_IN_VAIN: tuple[NeedClosingReason, ...] = (
    "found help elsewhere", "found help elsewhere", "no longer needed", "moved away", "could not be reached",
    "another reason",
)  # fmt: skip
_ENDED: tuple[EndReason, ...] = (
    "needs changed", "needs changed", "chose other support", "moved away", "another reason",
)  # fmt: skip


class Need(Struct, kw_only=True):
    """What a need is told of with."""

    stream: UUID
    told: Told
    event: NeedRecorded
    person: Person | None
    last: date
    """The last day of what was told of it so far."""


class Needs:
    """The needs of one area, one after the other."""

    def __init__(
        self, random: Random, share: Share, lives: Sequence[Life], story: Story, seal: Seal, *, until: date
    ) -> None:
        self._random = random
        self._share = share
        self._lives = lives
        self._story = story
        self._seal = seal
        self._until = until
        self._last = until - timedelta(days=3)
        self._step: Told | None = None
        """What was told last of the need's referrals."""

    def tell(self) -> None:
        random = self._random
        years = (self._until - self._share.joined).days / 365
        count = round(random.uniform(22, 36) + 3 * years) * (4 if self._share.area == SOMERSET else 1)
        days = round(min(years, 7) * 365) - 200
        for n in range(count):
            ago = round(days * random.random() ** 1.8)
            self._tell_need(n, office_day(self._last - timedelta(days=1 + ago)))
        if self._share.area == SOMERSET:
            self._tell_one_who_waits(count)

    def _tell_need(self, n: int, on: date) -> None:
        random = self._random
        if on > self._last:
            return
        there = [life for life in self._lives if life.at_work(on, min(on + timedelta(60), life.last_day - _DAY))]
        if not there:
            return
        service = random.choice(random.choice(there).services)
        offering = [life for life in there if service in life.services]
        luck = random.random()
        waited = random.randint(0, 15) if luck < 0.9 else random.randint(16, 140)
        if luck > 0.99 and self._last - on > timedelta(days=120):
            waited = random.randint(300, 420)
        need = self._record(n, on, service, waited)
        self._step = None
        day = office_day(on + timedelta(days=random.randint(0, 4)))
        if day > self._last or (self._last - on < timedelta(60) and random.random() < 0.15):
            return
        able = self._share_it(need, offering, day)
        day = office_day(day + timedelta(days=random.randint(1, 9)))
        for attempt in range(3):
            if day > self._last:
                return
            going_on = [life for life in able or offering if life.stops is None or day < life.stops]
            if not going_on:
                break
            done = self._refer(need, random.choice(going_on), day, attempt)
            if done is None:
                return
            day = office_day(done + timedelta(days=random.randint(1, 8)))

        self._close_in_vain(need, day)

    def _close_after(self, need: Need, why: WithdrawalReason, day: date) -> None:
        reasons = _CLOSED.get(why)
        if reasons:
            self._close(need, _apart(need).choice(reasons), day)
        else:
            self._close_in_vain(need, day)

    def _close_in_vain(self, need: Need, day: date) -> None:
        """After months for which nobody was found, most people find another way."""
        apart = _apart(need)
        if apart.random() < 0.7:
            self._close(need, apart.choice(_CLOSED_IN_VAIN), day + timedelta(days=apart.randint(40, 150)))

    def _close(self, need: Need, reason: NeedClosingReason, day: date) -> None:
        on = office_day(max(day, need.last))
        if on <= self._last:
            self._story.tell(need.stream, NeedClosed(reason=reason), on, after=self._step)

    def _record(self, n: int, on: date, service: str, waited: int) -> Need:
        random = self._random
        stream = named_id("simulate", "need", self._share.area, str(n))
        several = random.random() < 0.08
        source: NeedSource = "council data" if several else random.choice(_SOURCES)
        person, basis, consent = None, None, None
        if not several and self._until - on < LATELY and random.random() < 0.85:
            name = names.person(random)
            contact = names.telephone(random)
            if random.random() < 0.4:
                contact = f"{random.choice(('daughter', 'son', 'neighbour', 'wife', 'husband', 'niece'))}, {contact}"
            person = Person(name=name, contact=contact, wants=wishes.wish(random, service))
            basis, consent = self._basis(on)
        event = NeedRecorded(
            need=stream,
            service=service,
            source=source,
            waiting_since=on - timedelta(days=waited),
            people=random.randint(2, 9) if several else 1,
            person=self._sealed(stream, person),
            lawful_basis=basis,
            consent=consent,
        )
        return Need(stream=stream, told=self._story.tell(stream, event, on), event=event, person=person, last=on)

    def _basis(self, on: date) -> tuple[LawfulBasis, Consent | None]:
        random = self._random
        if random.random() < 0.25:
            return "public task", None
        how = random.choice(("face to face", "face to face", "by telephone", "in writing", "online"))
        return "consent", Consent(given_on=on - timedelta(days=random.randint(0, 3)), how=how, wording="N 2021-04")

    def _sealed(self, stream: UUID, person: Person | None) -> Sealed[Person] | None:
        return self._seal(stream, person) if person else None

    def _share_it(self, need: Need, offering: Sequence[Life], day: date) -> list[Life]:
        """Ask enterprises whether they can help. Gives those that said so by the last day."""
        random = self._random
        asked = random.sample(offering, min(len(offering), random.randint(1, 4)))
        message = self._seal(need.stream, wishes.message(random)) if random.random() < 0.3 else None
        named = tuple(life.stream for life in asked) if random.random() < 0.6 else ()
        self._story.tell(need.stream, NeedShared(message=message, enterprises=named), day)
        need.last = day
        able: list[Life] = []
        for life in asked:
            on = office_day(day + timedelta(days=random.randint(0, 6)))
            if on > self._last or random.random() < 0.25:
                continue
            answers: tuple[NeedAnswer, ...] = ("can help", "cannot help", "has a question")
            answer = random.choices(answers, (65, 28, 7))[0]
            note = self._seal(need.stream, wishes.reply(random)) if random.random() < 0.12 else None
            said = NeedResponded(enterprise=life.stream, answer=answer, note=note)
            self._story.tell(need.stream, said, on)
            need.last = max(on, need.last)
            if answer == "can help":
                able.append(life)
        return able

    def _refer(self, need: Need, life: Life, day: date, attempt: int) -> date | None:
        """One referral. Gives the day on which it came to nothing, None if it did not or may yet come to something."""
        random, story = self._random, self._story
        stream = named_id("simulate", "referral", str(need.stream), str(attempt))
        alone = need.event.people == 1
        made = ReferralMade(
            referral=stream,
            enterprise=life.stream,
            service=need.event.service,
            waiting_since=need.event.waiting_since,
            referrer=random.choice(_REFERRERS[need.event.source]),
            need=need.stream,
            person=self._sealed(need.stream, need.person) if alone else None,
            lawful_basis=need.event.lawful_basis,
            consent=need.event.consent,
        )
        story.tell(stream, made, day, after=need.told)
        answered = office_day(day + timedelta(days=random.choice((0, 0, 1, 1, 1, 2, 2, 3, 4, 6))))
        fresh = self._last - day < timedelta(days=21)
        if answered > self._last or (fresh and random.random() < 0.3):
            return None
        luck = random.random() * (1 if attempt < 2 else 0.8)
        if luck > 0.92:
            over = office_day(day + timedelta(days=random.randint(14, 30)))
            return self._told(stream, ReferralExpired(), over)
        if luck > 0.8:
            return self._told(stream, ReferralDeclined(reason=random.choice(_DECLINED)), answered)
        story.tell(stream, ReferralAccepted(), answered)
        if random.random() < 0.05:
            over = office_day(answered + timedelta(days=random.randint(3, 20)))
            why = random.choice(_WITHDRAWN)
            if self._told(stream, ReferralWithdrawn(reason=why), over):
                self._close_after(need, why, over)
            return None
        contact = office_day(answered + timedelta(days=random.randint(0, 6)))
        if random.random() < 0.85 and self._told(stream, ContactMade(), contact) is None:
            return None
        starts = office_day(contact + timedelta(days=round(random.triangular(1, 18, 4))))
        if self._told(stream, SupportStarted(hours_per_week=self._hours()), starts) is None:
            return None
        self._end(stream, life, starts)
        return None

    def _hours(self) -> float | None:
        random = self._random
        return random.choice((1, 1.5, 2, 2, 3, 3, 4, 5, 6, 7.5, 10, 14)) if random.random() < 0.8 else None

    def _end(self, stream: UUID, life: Life, starts: date) -> None:
        random = self._random
        over = office_day(starts + timedelta(days=round(random.lognormvariate(5.3, 0.9)) + 5))
        if life.stops and over > life.stops:
            early = SupportEnded(outcome="ended early", reason="the enterprise could not go on")
            self._told(stream, early, max(starts, office_day(life.stops - timedelta(days=3))))
        elif random.random() < 0.75:
            early = random.random() < 0.3
            reason: EndReason = random.choice(_ENDED) if early else "what was wanted was done"
            self._told(stream, SupportEnded(outcome="ended early" if early else "completed", reason=reason), over)

    def _told(self, stream: UUID, event: Event, on: date) -> date | None:
        """The day, if it came before the last."""
        if on > self._last:
            return None
        self._step = self._story.tell(stream, event, on)
        return on

    def _tell_one_who_waits(self, n: int) -> None:
        """Somebody who has waited for more than a year, and waits still."""
        on = office_day(self._until - timedelta(days=190))
        need = self._record(n, on, "support at bedtime", 221)
        there = [life for life in self._lives if life.at_work(on, on + timedelta(days=30))]
        self._story.tell(need.stream, NeedShared(), office_day(on + _DAY))
        for life in self._random.sample(there, 3):
            said = NeedResponded(enterprise=life.stream, answer="cannot help")
            self._story.tell(need.stream, said, office_day(on + timedelta(days=5)))


def _apart(need: Need) -> Random:
    """Luck of its own, so that the rest of what is told stays as it is."""
    return Random(str(need.stream))  # noqa: S311
