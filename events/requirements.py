"""What an enterprise must hold, which follows from its facts, and how it stands with each of these. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct

from events.areas import Nation
from events.base import Event, now
from events.catalogue import AnyEvent, EntryCorrected
from events.corrections import corrected
from events.enterprises import (
    Circumstance,
    CircumstancesTold,
    EnterpriseClosed,
    EnterpriseRegistered,
    LegalForm,
    LegalFormChanged,
    ListingVerified,
)
from events.ledger import Happened, Recorded
from events.places import places
from events.quality import StandardsSigned
from events.renewal_catalogue import Catalogue, Change, Rules, When
from events.renewals import (
    Applies,
    EvidenceRejected,
    EvidenceSubmitted,
    EvidenceVerified,
    RequirementRenewed,
    RequirementsApplied,
    RequirementWaived,
)
from events.training import CompetenceObserved, TrainingCompleted

State = Literal["not needed", "missing", "submitted", "valid", "in renewal window", "expired", "waived"]

_DAY = timedelta(1)

# ---- which apply


class Facts(Struct, frozen=True, kw_only=True):
    """What decides which requirements an enterprise has to meet."""

    legal_form: LegalForm
    nation: Nation | None
    """None where the area's code is no authority's."""
    circumstances: frozenset[Circumstance]
    closed: bool
    since: date
    """The day from which all of this is so."""


def facts_of(history: Sequence[Recorded], area: str) -> Facts | None:
    """The facts that an enterprise's entries come to; None if it is not registered."""
    form: LegalForm | None = None
    circumstances: tuple[Circumstance, ...] = ()
    registered = closed = False
    since = date.min
    for entry in corrected(history):
        match entry.event:
            case EnterpriseRegistered():
                registered, form, since = True, entry.event.legal_form, entry.occurred_on
            case LegalFormChanged():
                form, since = entry.event.legal_form, entry.occurred_on
            case CircumstancesTold():
                circumstances, since = entry.event.circumstances, entry.occurred_on
            case EnterpriseClosed():
                closed, since = True, entry.occurred_on
            case _:
                pass
    if form is None or not registered:
        return None
    place = places().get(area)
    return Facts(
        legal_form=form,
        nation=place.nation if place else None,
        circumstances=frozenset(circumstances),
        closed=closed,
        since=since,
    )


def applies(facts: Facts, catalogue: Catalogue) -> tuple[Applies, ...]:
    """What has to be held, in the catalogue's order. An enterprise that closed has to hold nothing."""
    if facts.closed:
        return ()
    return tuple(
        Applies(requirement=rules.word, because=rules.because)
        for rules in catalogue.requirements
        if _is_so(rules.applies_when, facts)
    )


def _is_so(when: When, facts: Facts) -> bool:
    return (
        (not when.nations or facts.nation in when.nations)
        and (not when.any_form or facts.legal_form in when.any_form)
        and facts.circumstances.issuperset(when.all)
        and (not when.any or not facts.circumstances.isdisjoint(when.any))
        and facts.circumstances.isdisjoint(when.none)
    )


def last_applied(history: Iterable[Recorded]) -> Recorded | None:
    """The entry that says what applies now: the last one recorded, whatever day it speaks of."""
    found = (entry for entry in history if isinstance(entry.event, RequirementsApplied))
    return max(found, key=lambda entry: entry.version, default=None)


def applied(history: Iterable[Recorded]) -> Mapping[str, str]:
    """What has to be held as last recorded: the word of each requirement, and why."""
    last = last_applied(history)
    if last is None or not isinstance(last.event, RequirementsApplied):
        return {}
    return {each.requirement: each.because for each in last.event.applies}


def rederived(history: Sequence[Recorded], catalogue: Catalogue, area: str) -> RequirementsApplied | None:
    """What is to be recorded because facts or catalogue now make other requirements apply; None while they do not.

    A new version of the catalogue that changes nothing for this enterprise, or only the words of a reason, is no
    event in its life.
    """
    facts = facts_of(history, area)
    found = applies(facts, catalogue) if facts else ()
    if {each.requirement for each in found} == set(applied(history)):
        return None
    return RequirementsApplied(catalogue=catalogue.version, applies=found)


_BEARS_ON_FACTS = EnterpriseRegistered | LegalFormChanged | CircumstancesTold | EnterpriseClosed | EntryCorrected


def with_requirements(
    event: Event, on: date, *, area: str, stream: UUID, history: Sequence[Recorded], catalogue: Catalogue
) -> tuple[Happened, ...]:
    """What one command records: the event itself, and what then has to be held if that changed with it."""
    told = (Happened(event, on),)
    if not isinstance(event, _BEARS_ON_FACTS):
        return told
    changed = rederived([*history, _about_to_be(event, on, area, stream, history)], catalogue, area)
    return (*told, Happened(changed, not_before_last(on, history))) if changed else told


def not_before_last(on: date, history: Iterable[Recorded]) -> date:
    """The day for an entry of what applies. It follows those before it, so that the last one recorded is also the
    last one that happened."""
    last = last_applied(history)
    return max(on, last.occurred_on) if last else on


def _about_to_be(event: AnyEvent, on: date, area: str, stream: UUID, history: Sequence[Recorded]) -> Recorded:
    return Recorded(
        area=area,
        position=max((entry.position for entry in history), default=0) + 1,
        stream=stream,
        version=len(history) + 1,
        event=event,
        occurred_on=on,
        recorded_at=now(),
        actor="",
        command=UUID(int=0),
        cause=None,
    )


# ---- how it stands with each


class Span(Struct, frozen=True):
    """Days from one to another, both counted in; no last one: for ever."""

    starts: date
    ends: date | None

    def covers(self, day: date) -> bool:
        return self.starts <= day and (self.ends is None or day <= self.ends)


class Renewal(NamedTuple):
    """One time that a requirement was met, the day on which that was told, and the entry that told it."""

    span: Span
    told: date
    position: int


class Awaiting(Struct, frozen=True, kw_only=True):
    """Evidence that nobody has looked at yet."""

    evidence: UUID
    since: date
    span: Span


class Requirement(Struct, frozen=True, kw_only=True):
    """How an enterprise stands with one requirement, on any day, as known now."""

    word: str
    because: str
    """Empty where it does not apply now."""
    needed_since: date | None
    """None where it does not apply now."""
    held: tuple[Span, ...]
    """When it was held: what follows without a gap is one span."""
    waivers: tuple[Span, ...]
    awaiting: tuple[Awaiting, ...]
    notice_days: int = 0

    @property
    def valid_from(self) -> date | None:
        """Since when it is held without a gap, or was held last."""
        return self.held[-1].starts if self.held else None

    @property
    def valid_to(self) -> date | None:
        """The last day; none where it is not held, or for ever."""
        return self.held[-1].ends if self.held else None

    @property
    def notice_from(self) -> date | None:
        """The day from which it is time to renew it."""
        return self.valid_to - timedelta(self.notice_days) if self.valid_to else None

    def last_held(self, day: date) -> Span | None:
        """The last span that had begun by then, or else the first: on no day from then on is it due before that is."""
        begun = [span for span in self.held if span.starts <= day]
        return (begun[-1:] or [*self.held[:1], None])[0]

    def waived_on(self, day: date) -> Span | None:
        """The waiver that holds on a day: the last that began by then."""
        begun = [each for each in self.waivers if each.starts <= day]
        return begun[-1] if begun and begun[-1].covers(day) else None


def state(requirement: Requirement, on: date) -> State:
    """How it stands on a day. What is held counts before a waiver, a waiver before evidence that awaits a look."""
    if requirement.needed_since is None or on < requirement.needed_since:
        return "not needed"
    held = next((span for span in requirement.held if span.covers(on)), None)
    if held and (held.ends is None or on < held.ends - timedelta(requirement.notice_days)):
        return "valid"
    if requirement.waived_on(on):
        return "waived"
    if held:
        return "in renewal window"
    if any(each.since <= on and each.span.covers(on) for each in requirement.awaiting):
        return "submitted"
    return "expired" if any(span.starts <= on for span in requirement.held) else "missing"


def standing(history: Sequence[Recorded], catalogue: Catalogue) -> list[Requirement]:
    """How it stands with all that an enterprise has to hold, and then with what else was ever recorded of it.

    Given all entries of the enterprise. Requirements come in the catalogue's order, then those it no longer knows.
    """
    entries = corrected(history)
    reasons, since = applied(history), _needed_since(history)
    told = _Told(entries, catalogue)
    words = dict.fromkeys([*reasons, *told.held, *told.waivers, *told.awaiting])
    order = {word: number for number, word in enumerate(catalogue.by_word)}
    found: list[Requirement] = []
    for word in sorted(words, key=lambda word: (word not in reasons, order.get(word, len(order)), word)):
        rules = catalogue.by_word.get(word)
        changes = _changes(entries, rules.asked_again_when) if rules else ()
        found.append(
            Requirement(
                word=word,
                because=reasons.get(word, ""),
                needed_since=since.get(word),
                held=tuple(_joined(_cut(told.held.get(word, ()), changes))),
                waivers=tuple(told.waivers.get(word, ())),
                awaiting=tuple(told.awaiting.get(word, ())),
                notice_days=rules.notice_days if rules else 0,
            )
        )
    return found


def renewals(history: Sequence[Recorded], catalogue: Catalogue) -> Mapping[str, Sequence[Renewal]]:
    """Each time that each requirement of an enterprise was met, as told so far, by the days they begin."""
    return _Told(corrected(history), catalogue).renewals


def _needed_since(history: Sequence[Recorded]) -> dict[str, date]:
    """Since when each requirement that applies now has applied without a break."""
    return {word: last.starts for word, (*_, last) in needed(history).items() if last.ends is None}


class Needed(NamedTuple):
    """From which day until another, left out, a requirement applied, and the entry that began it."""

    starts: date
    ends: date | None
    position: int


def needed(history: Sequence[Recorded]) -> dict[str, list[Needed]]:
    """When each requirement applied, as known now, in the order of the days.

    What was recorded along with a fact applies since the day of that fact as it stands now.
    """
    found: dict[str, list[Needed]] = {}
    open_: dict[str, Needed] = {}
    standing = {entry.position: entry.occurred_on for entry in corrected(history)}
    before, latest = None, date.min
    for entry in sorted(history, key=lambda entry: entry.version):
        if isinstance(entry.event, RequirementsApplied):
            on = entry.occurred_on
            if before and before.command == entry.command:
                fact = before.event.corrects if isinstance(before.event, EntryCorrected) else before.position
                on = standing.get(fact, on)
            # as they are recorded, none before the last
            latest = max(latest, on)
            now_applies = {each.requirement for each in entry.event.applies}
            for word in open_.keys() - now_applies:
                began = open_.pop(word)
                if began.starts < latest:
                    found.setdefault(word, []).append(began._replace(ends=latest))
            open_ |= {word: Needed(latest, None, entry.position) for word in now_applies - open_.keys()}
        before = entry
    for word, began in open_.items():
        found.setdefault(word, []).append(began)
    return found


class _Told:
    """What an enterprise's standing entries say about each requirement, in the order of the days they speak of."""

    def __init__(self, entries: Sequence[Recorded], catalogue: Catalogue) -> None:
        self.held: dict[str, list[Span]] = {}
        self.waivers: dict[str, list[Span]] = {}
        self.awaiting: dict[str, list[Awaiting]] = {}
        looked_at = {
            entry.event.evidence: isinstance(entry.event, EvidenceVerified)
            for entry in entries
            if isinstance(entry.event, EvidenceVerified | EvidenceRejected)
        }
        given: list[tuple[str, date, date | None, Recorded]] = []
        self.renewals: dict[str, list[Renewal]] = {}
        for entry in entries:
            match entry.event:
                case RequirementWaived(requirement=word, until=until):
                    self.waivers.setdefault(word, []).append(Span(entry.occurred_on, until))
                case EvidenceSubmitted(evidence=id, requirement=word, valid_from=starts, valid_to=ends):
                    if looked_at.get(id):
                        given.append((word, starts, ends, entry))
                    elif id not in looked_at:
                        rules = catalogue.by_word.get(word)
                        span = Span(starts, ends or (rules.ends(starts) if rules else None))
                        waiting = Awaiting(evidence=id, since=entry.occurred_on, span=span)
                        self.awaiting.setdefault(word, []).append(waiting)
                case RequirementRenewed(requirement=word, valid_from=starts, valid_to=ends):
                    given.append((word, starts, ends, entry))
                case TrainingCompleted() | CompetenceObserved() | StandardsSigned() | ListingVerified():
                    given += [
                        (rules.word, entry.occurred_on, None, entry)
                        for rules in catalogue.requirements
                        if meets(rules, entry.event)
                    ]
                case _:
                    pass
        # by what they say, not by when they were recorded: whoever tells late comes to the same
        for word, starts, ends, told in sorted(given, key=lambda each: (each[0], each[1], each[2] or date.max)):
            spans = self.held.setdefault(word, [])
            rules = catalogue.by_word.get(word)
            span = Span(starts, ends or (rules.ends(starts, held_until=_held_until(spans)) if rules else None))
            spans.append(span)
            self.renewals.setdefault(word, []).append(Renewal(span, told.occurred_on, told.position))


def meets(rules: Rules, event: AnyEvent) -> bool:
    """Whether an entry by itself renews a requirement. What others learn does not stand in for the owner's learning."""
    by = rules.met_by
    if by is None:
        return False
    match event:
        case TrainingCompleted(course=course, who="the owner"):
            return by.course is not None and course.strip().casefold() == by.course.casefold()
        case CompetenceObserved(skill=skill, who="the owner"):
            return by.skill == skill
        case StandardsSigned():
            return by.entry == "standards signed"
        case ListingVerified():
            return by.entry == "listing verified"
        case _:
            return False


def _held_until(spans: Sequence[Span]) -> date | None:
    """The last day of all spans, None if there is none."""
    return max((span.ends for span in spans if span.ends), default=None)


def held_until(history: Sequence[Recorded], catalogue: Catalogue, word: str) -> date | None:
    """Until when a requirement is held as told so far; None where it never was, or for ever."""
    found = next((each for each in standing(history, catalogue) if each.word == word), None)
    return found.valid_to if found else None


def _changes(entries: Sequence[Recorded], kinds: Sequence[Change]) -> Iterator[date]:
    """The days on which something of these kinds changed."""
    if "the legal form changes" in kinds:
        yield from (entry.occurred_on for entry in entries if isinstance(entry.event, LegalFormChanged))
    if "it begins or ceases to employ people" in kinds:
        employs = False
        for entry in entries:
            if isinstance(entry.event, CircumstancesTold):
                before, employs = employs, "employs people" in entry.event.circumstances
                if before != employs:
                    yield entry.occurred_on


def _cut(spans: Iterable[Span], changes: Iterable[date]) -> Iterator[Span]:
    """The spans, each ended by the first change after its first day."""
    days = sorted(changes)
    for span in spans:
        change = next((day for day in days if day > span.starts and span.covers(day)), None)
        yield msgspec.structs.replace(span, ends=change - _DAY) if change else span


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The same days, with spans that overlap or follow each other made one."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda each: each.starts):
        last = found[-1] if found else None
        if last and (last.ends is None or span.starts <= last.ends + _DAY):
            ends = None if last.ends is None or span.ends is None else max(last.ends, span.ends)
            found[-1] = Span(last.starts, ends)
        else:
            found.append(span)
    return found
