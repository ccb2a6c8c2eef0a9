"""What enterprises hold, and hold again: most in time, some late, some not at all; evidence, looked at or waiting."""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

from events.base import Event, named_id
from events.enterprises import ListingVerified
from events.quality import StandardsSigned
from events.renewal_catalogue import Basis, Catalogue, Rules
from events.renewals import (
    EvidenceKind,
    EvidenceRejected,
    EvidenceSubmitted,
    EvidenceVerified,
    RejectionReason,
    RequirementRenewed,
    RequirementWaived,
    WaiverReason,
)
from events.training import CompetenceObserved, TrainingCompleted
from hub.simulate.facts import Period
from hub.simulate.lives import Life
from hub.simulate.plan import office_day
from hub.simulate.story import Seal, Story
from hub.simulate.training import Sessions

ON_PAPER = timedelta(days=420)
"""What was held before that is told in one entry for each requirement, as if taken from paper at that time."""

_DAY = timedelta(days=1)

_KINDS: Mapping[str, EvidenceKind] = {
    "DBS update service": "an online record",
    "MOT": "an online record",
    "data protection fee": "an online record",
    "confirmation statement": "an online record",
    "CIC34 report and accounts": "an online record",
    "CQC position": "a letter",
    "CIW position": "a letter",
    "Care Inspectorate position": "a letter",
    "RQIA position": "a letter",
}

_REFERENCES: Mapping[str, str] = {
    "public liability insurance": "Policy PL {}",
    "employers' liability insurance": "Policy EL {}",
    "business motor insurance": "Policy MV {}",
    "enhanced DBS check": "Certificate {}",
    "enhanced AccessNI check": "Certificate {}",
    "data protection fee": "Registration Z{}",
}

_WAIVED: Mapping[Basis, tuple[WaiverReason, ...]] = {
    "law": ("covered by another organisation",),
    "insurer": ("covered by another organisation",),
    "guidance": ("covered by another organisation", "not done at present", "the council agreed", "another reason"),
    "local": ("the council agreed", "another reason"),
}
_REJECTED: tuple[RejectionReason, ...] = ("unreadable", "out of date", "of something else")


class Renewals:
    """How one enterprise keeps up with what it must hold."""

    def __init__(
        self,
        random: Random,
        life: Life,
        catalogue: Catalogue,
        sessions: Sessions,
        story: Story,
        seal: Seal,
        until: date,
    ) -> None:
        self._random = random
        self._life = life
        self._catalogue = catalogue
        self._sessions = sessions
        self._story = story
        self._seal = seal
        self._until = until
        self._careful = random.random() < 0.9
        """One in ten forgets what most do in time."""

    def tell(self, needed: Mapping[str, list[Period]]) -> None:
        for word, periods in needed.items():
            held: date | None = None
            for starts, ends in periods:
                held = self._keep(self._catalogue.by_word[word], starts, ends, held)

    def _keep(self, rules: Rules, starts: date, ends: date, held: date | None) -> date | None:
        """From one day up to another; gives the last day for which it is held at the end of that."""
        random = self._random
        luck = random.random()
        if luck < 0.012:
            waived = office_day(starts + timedelta(days=random.randint(5, 60)))
            if waived < ends:
                until = None if random.random() < 0.5 else waived + timedelta(days=random.choice((180, 365, 730)))
                waiver = RequirementWaived(
                    requirement=rules.word, reason=random.choice(_WAIVED[rules.basis]), until=until
                )
                self._story.tell(self._life.stream, waiver, waived)
            return held
        if luck < 0.02:
            return held
        on = self._first(rules, starts)
        if on >= ends:
            return held
        if on < self._until - ON_PAPER < ends:
            on, last = self._on_paper(rules, on, ends)
        else:
            last = self._hold(rules, on, starts, ends, held)
        while last:
            held = last
            on = max(self._again(rules, last), on + _DAY)
            if on >= ends or ends <= self._until - ON_PAPER:
                break
            last = self._hold(rules, on, starts, ends, held)
        return held

    def _on_paper(self, rules: Rules, since: date, ends: date) -> tuple[date, date | None]:
        """It was held until then or nearly so. Gives the day on which that was told, and the last day of it."""
        told = office_day(self._until - ON_PAPER + timedelta(days=self._random.randint(0, 30)))
        on, until = self._span(rules, since, None)
        while until and until < told:
            on = max(self._again(rules, until), on + timedelta(days=30))
            until = self._span(rules, on, until)[1]
        if told < ends:
            renewed = RequirementRenewed(requirement=rules.word, valid_from=since, valid_to=until)
            self._story.tell(self._life.stream, renewed, told)
        return told, until

    def _first(self, rules: Rules, starts: date) -> date:
        life, random = self._life, self._random
        if starts < life.trading:
            share = random.uniform(0.1, 0.8) if rules.basis != "local" else random.uniform(0.05, 0.5)
            return office_day(starts + timedelta(days=3 + round((life.trading - starts).days * share)))
        return office_day(starts + timedelta(days=random.randint(2, 35)))

    def _again(self, rules: Rules, last: date) -> date:
        """When it sees to it again."""
        random, notice = self._random, max(rules.notice_days, 14)
        luck = random.random() * (1 if self._careful else 0.8)
        if luck > 0.2:
            return office_day(last - timedelta(days=random.randint(notice * 7 // 10, notice - 3)))
        if luck > 0.1:
            return office_day(last - timedelta(days=random.randint(2, notice // 2)))
        return office_day(last + timedelta(days=random.randint(3, 80)))

    def _hold(self, rules: Rules, on: date, starts: date, ends: date, held: date | None) -> date | None:
        """It is shown that it is held from a day on. Gives the last day of that, None for ever."""
        random, by = self._random, rules.met_by
        event: Event | None = None
        if by and by.course:
            first = max(on - timedelta(days=25), starts)
            session = self._sessions.take(self._life, by.course, first=first, last=min(on + timedelta(20), ends - _DAY))
            on = session.takes_place if session else on
            event = TrainingCompleted(course=by.course, session=session and session.stream)
        elif by and by.skill:
            event = CompetenceObserved(skill=by.skill)
        elif by:
            event = StandardsSigned(version=str(on.year)) if by.entry == "standards signed" else ListingVerified()
        if event:
            self._story.tell(self._life.stream, event, on)
            return rules.ends(on, held_until=held)
        valid_from, valid_to = self._span(rules, on, held)
        # what the Catalyst saw for themselves needs no evidence
        recent = on > self._until - ON_PAPER and random.random() < 0.75
        if rules.validity != "once" and not isinstance(rules.validity, str) and recent:
            return self._show(rules, on, ends, valid_from, valid_to, held)
        renewed = RequirementRenewed(requirement=rules.word, valid_from=valid_from, valid_to=valid_to)
        self._story.tell(self._life.stream, renewed, on)
        return valid_to

    def _span(self, rules: Rules, on: date, held: date | None) -> tuple[date, date | None]:
        if rules.its_own_day:
            last = (self._life.registered + timedelta(days=(len(rules.word) * 37) % 300)).replace(day=14)
            while last < (held or on) + timedelta(days=150 if held else 60):
                last = last.replace(year=last.year + 1)
            return on, last
        runs_on = held is not None and timedelta(0) <= held - on <= timedelta(rules.runs_on_days)
        if runs_on and held and rules.months:
            return held + _DAY, rules.ends(held + _DAY, held_until=held)
        return on, rules.ends(on, held_until=held)

    def _show(
        self, rules: Rules, on: date, ends: date, valid_from: date, valid_to: date | None, held: date | None
    ) -> date | None:
        """By evidence that somebody looks at, soon or not yet."""
        random, story, stream = self._random, self._story, self._life.stream
        number = 0
        while True:
            evidence = named_id("simulate", "evidence", str(stream), rules.word, str(on), str(number))
            pattern = _REFERENCES.get(rules.word)
            reference = None
            if pattern and random.random() < 0.4:
                reference = self._seal(stream, pattern.format(random.randint(1_000_000, 9_999_999)))
            submitted = EvidenceSubmitted(
                evidence=evidence,
                requirement=rules.word,
                kind=_KINDS.get(rules.word, "a certificate" if random.random() < 0.9 else "seen in person"),
                valid_from=valid_from,
                valid_to=valid_to,
                reference=reference,
            )
            story.tell(stream, submitted, on)
            looked = office_day(on + timedelta(days=random.choice((0, 0, 1, 1, 2, 3, 5, 8))))
            waits = looked > self._until - timedelta(days=3) or (
                on > self._until - timedelta(days=25) and random.random() < 0.5
            )
            if waits or looked >= ends:
                return valid_to
            if number or random.random() > 0.03:
                story.tell(stream, EvidenceVerified(evidence=evidence), looked)
                return valid_to
            story.tell(stream, EvidenceRejected(evidence=evidence, reason=random.choice(_REJECTED)), looked)
            on = office_day(looked + timedelta(days=random.randint(3, 14)))
            number += 1
            if on >= ends:
                return held
