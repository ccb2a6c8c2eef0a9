"""What follows from several entries together: requirements in date, renewals on time, who waits and who waited. Pure.

A case is an enterprise with all that bears on what it must hold, or a person's wait: a need and the referrals for it,
or a referral without a need and those made in its place. What it comes to is worked out anew with each entry of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple, get_args
from uuid import UUID

from events.base import Event
from events.catalogue import AnyEvent, EntryCorrected
from events.corrections import corrected
from events.enterprises import (
    CircumstancesTold,
    EnterpriseClosed,
    EnterprisePaused,
    EnterpriseRegistered,
    EnterpriseResumed,
    LegalFormChanged,
    ListingVerified,
)
from events.ledger import Recorded
from events.projections.national.beliefs import FOR_GOOD
from events.projections.national.says import Amounts, sound
from events.quality import StandardsSigned
from events.referrals import (
    ContactMade,
    NeedClosed,
    NeedRecorded,
    ReferralAccepted,
    ReferralDeclined,
    ReferralExpired,
    ReferralMade,
    ReferralWithdrawn,
    SupportEnded,
    SupportStarted,
)
from events.renewal_catalogue import Catalogue
from events.renewals import RenewalEvent, RequirementsApplied
from events.requirements import Requirement, Span, needed, renewals, standing
from events.training import CompetenceObserved, TrainingCompleted

LONG = timedelta(days=366)
"""Who waits from this day on has waited for more than 365 days."""

_DAY = timedelta(days=1)

_OF_ENTERPRISE = (
    RenewalEvent
    | EnterpriseRegistered
    | EnterprisePaused
    | EnterpriseResumed
    | EnterpriseClosed
    | LegalFormChanged
    | CircumstancesTold
    | TrainingCompleted
    | CompetenceObserved
    | StandardsSigned
    | ListingVerified
)
_OF_WAIT = (
    NeedRecorded
    | NeedClosed
    | ReferralMade
    | ReferralAccepted
    | ReferralDeclined
    | ReferralWithdrawn
    | ReferralExpired
    | ContactMade
    | SupportStarted
    | SupportEnded
)


_BEARING = frozenset({*get_args(_OF_ENTERPRISE), *get_args(_OF_WAIT), EntryCorrected})


class Follows(NamedTuple):
    """What follows from a case: an entry of it adds amounts to a facet from one day until another."""

    position: int
    facet: str
    key: str
    on: date
    until: date
    amounts: Amounts


def bears_on_case(event: AnyEvent) -> bool:
    """Whether an entry may change what its case comes to."""
    return type(event) in _BEARING


def is_wait(event: Event) -> bool:
    return isinstance(event, _OF_WAIT)


def follows(history: Sequence[Recorded], catalogue: Catalogue) -> set[Follows]:
    """What a case comes to, given all its entries in the order of their recording."""
    if any(is_wait(each.event) for each in history):
        return {each for each in _of_wait(history) if each.on < each.until}
    if any(isinstance(each.event, RequirementsApplied) for each in history):
        return {each for each in _of_enterprise(history, catalogue) if each.on < each.until}
    return set()


# ---- what an enterprise must hold

Days = tuple[date, date]
"""From a day until another, which is left out."""


def _of_enterprise(history: Sequence[Recorded], catalogue: Catalogue) -> Iterator[Follows]:
    active = list(_active(corrected(history)))
    good = {each.word: _good(each) for each in standing(history, catalogue)}
    needed_in: dict[str, list[Days]] = {}
    for word, spans in needed(history).items():
        for span in spans:
            days = list(_within([(span.starts, span.ends or FOR_GOOD)], active))
            needed_in.setdefault(word, []).extend(days)
            for (starts, ends), met in _met(days, good.get(word, [])):
                yield Follows(span.position, "requirement", word, starts, ends, (1, int(met)))
    for word, met in renewals(history, catalogue).items():
        for each, after in pairwise([*met, None]):
            # what nobody had to hold on its last day did not fall due
            if each and (last := each.span.ends) and any(a <= last < b for a, b in needed_in.get(word, ())):
                due = last + _DAY
                on_time = after is not None and after.span.starts <= due
                yield Follows(each.position, "renewal", word, due, FOR_GOOD, (1, int(on_time)))


def _active(entries: Sequence[Recorded]) -> Iterator[Days]:
    """When an enterprise was registered and neither paused nor closed."""
    since: date | None = None
    for entry in entries:
        match entry.event:
            case EnterpriseRegistered() | EnterpriseResumed():
                since = since or entry.occurred_on
            case EnterprisePaused() | EnterpriseClosed() if since:
                yield since, entry.occurred_on
                since = None
            case _:
                pass
    if since:
        yield since, FOR_GOOD


def _good(requirement: Requirement) -> list[Days]:
    """When a requirement was held or waived. A waiver counts until the next one begins."""
    waived = [
        _days(each, until=after.starts if after else FOR_GOOD) for each, after in pairwise([*requirement.waivers, None])
    ]
    return _united([*(_days(each) for each in requirement.held), *waived])


def _days(span: Span | None, until: date = FOR_GOOD) -> Days:
    assert span is not None
    ends = FOR_GOOD if span.ends is None or span.ends == FOR_GOOD else span.ends + _DAY
    return span.starts, min(ends, until)


def _united(days: Iterable[Days]) -> list[Days]:
    united: list[Days] = []
    for starts, ends in sorted(days):
        if united and starts <= united[-1][1]:
            united[-1] = (united[-1][0], max(ends, united[-1][1]))
        elif starts < ends:
            united.append((starts, ends))
    return united


def _within(days: Sequence[Days], others: Sequence[Days]) -> Iterator[Days]:
    for starts, ends in days:
        for from_day, to_day in others:
            if max(starts, from_day) < min(ends, to_day):
                yield max(starts, from_day), min(ends, to_day)


def _met(needed: Sequence[Days], good: Sequence[Days]) -> Iterator[tuple[Days, bool]]:
    """What is needed, cut into what is met and what is not."""
    for starts, ends in needed:
        at = starts
        for from_day, to_day in _within([(starts, ends)], good):
            if at < from_day:
                yield (at, from_day), False
            yield (from_day, to_day), True
            at = to_day
        if at < ends:
            yield (at, ends), False


# ---- who waits

_CAME_TO_NOTHING = ReferralDeclined | ReferralWithdrawn | ReferralExpired


def wait_of(history: Sequence[Recorded], case_of: Mapping[UUID, UUID]) -> UUID | None:
    """The case of a need or referral, given its own entries and the cases of those it may be made in place of."""
    stood = next((each for each in corrected(history) if isinstance(each.event, NeedRecorded | ReferralMade)), None)
    if stood is None:
        return None
    if isinstance(stood.event, NeedRecorded):
        return stood.stream
    assert isinstance(stood.event, ReferralMade)
    if stood.event.need is None and stood.event.instead_of:
        return case_of.get(stood.event.instead_of, stood.event.instead_of)
    return stood.event.need or stood.stream


def _of_wait(history: Sequence[Recorded]) -> Iterator[Follows]:
    streams: dict[UUID, list[Recorded]] = {}
    for each in corrected(history):
        streams.setdefault(each.stream, []).append(each)
    need = next((each for each in corrected(history) if isinstance(each.event, NeedRecorded)), None)
    referrals = [_Referral(entries) for entries in streams.values() if _made(entries)]
    since = need.event.waiting_since if need and isinstance(need.event, NeedRecorded) else None
    for each in referrals:
        if each.started:
            waited = (each.started.occurred_on - (since or each.made.waiting_since)).days
            amounts = (1, waited, int(waited > 365))
            yield Follows(each.started.position, "start", "", each.started.occurred_on, FOR_GOOD, amounts)
    if need and isinstance(need.event, NeedRecorded):
        yield from _waits(need.position, need.event.waiting_since, _need_ends(history, referrals), need.event.people)
        return
    replaced = {each.made.instead_of for each in referrals if each.withdrawn_for != "entered by mistake"}
    for each in referrals:
        # a referral for a need that is not here (yet) waits with that need
        if each.made.need is None and each.made.referral not in replaced:
            yield from _waits(each.position, each.made.waiting_since, each.waited_until, 1)


def _made(entries: Sequence[Recorded]) -> bool:
    return any(isinstance(each.event, ReferralMade) for each in entries)


def _waits(position: int, since: date, until: date, people: int) -> Iterator[Follows]:
    long = min(since + LONG, until)
    yield Follows(position, "waiting", "", since, long, sound((people, 0)))
    yield Follows(position, "waiting", "", long, until, (people, people))


def _need_ends(history: Sequence[Recorded], referrals: Sequence["_Referral"]) -> date:
    closed = [each.occurred_on for each in corrected(history) if isinstance(each.event, NeedClosed)]
    started = [each.started.occurred_on for each in referrals if each.started and not each.came_to_nothing]
    return min([*closed, *started], default=FOR_GOOD)


class _Referral:
    """How a referral went, given the entries of it that stand, one of which made it."""

    def __init__(self, entries: Sequence[Recorded]) -> None:
        first = next(each for each in entries if isinstance(each.event, ReferralMade))
        assert isinstance(first.event, ReferralMade)
        self.made = first.event
        self.position = first.position
        # a correction of a day does not undo what came after: the last step is the last one recorded
        last = max((each for each in entries if each is not first), key=lambda each: each.position, default=first)
        self.started = next((each for each in entries if isinstance(each.event, SupportStarted)), None)
        self.came_to_nothing = isinstance(last.event, _CAME_TO_NOTHING)
        self.withdrawn_for = last.event.reason if isinstance(last.event, ReferralWithdrawn) else None
        ended = isinstance(last.event, SupportStarted | SupportEnded) or self.withdrawn_for not in (
            None,
            "the enterprise could not take it on",
        )
        self.waited_until = (self.started or last).occurred_on if ended else FOR_GOOD
