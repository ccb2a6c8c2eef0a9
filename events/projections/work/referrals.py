"""Needs, what enterprises answered, and referrals with the waiting clock of the person."""

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date
from uuid import UUID

from events.base import Event
from events.database import Connection
from events.ledger import Recorded
from events.projections.work.rows import Row, of
from events.referrals import (
    ContactMade,
    NeedClosed,
    NeedRecorded,
    NeedResponded,
    NeedShared,
    ReferralAccepted,
    ReferralDeclined,
    ReferralExpired,
    ReferralMade,
    ReferralWithdrawn,
    SupportEnded,
    SupportStarted,
)

STATES: Mapping[type[Event], str] = {
    ReferralMade: "made",
    ReferralAccepted: "accepted",
    ReferralDeclined: "declined",
    ReferralWithdrawn: "withdrawn",
    ReferralExpired: "expired",
    ContactMade: "contact made",
    SupportStarted: "support started",
}
"""Those that an event leads to by itself; what `SupportEnded` leads to is its outcome."""


class Need(Row, frozen=True, kw_only=True):
    need: UUID
    service: str
    source: str
    people: int
    waiting_since: date
    recorded_on: date
    shared_on: date | None
    answers: int
    can_help: int
    person: bool
    closed_on: date | None
    closed_reason: str | None


class Answer(Row, frozen=True, kw_only=True):
    need: UUID
    enterprise: UUID
    answer: str
    on_day: date
    position: int


class Referral(Row, frozen=True, kw_only=True):
    referral: UUID
    enterprise: UUID
    need: UUID | None
    service: str
    referrer: str
    waiting_since: date
    made_on: date
    state: str
    since: date
    actor: str
    accepted_on: date | None
    contact_on: date | None
    started_on: date | None
    ended_on: date | None
    outcome: str | None
    reason: str | None
    person: bool
    instead_of: UUID | None
    waits: bool


TABLES: tuple[type[Row], ...] = (Need, Answer, Referral)


_NEEDS_OF = """
select need from need where area = %(area)s and stream = any (%(streams)s)
union select need from referral where area = %(area)s and stream = any (%(streams)s) and need is not null
"""

_OF_REFERRALS = """
update need set standing = found.standing, started_on = found.started_on
from (
    select n.need, count(r.referral) as standing, min(r.started_on) as started_on
    from need n left join referral r
      on r.area = n.area and r.need = n.need and r.state not in ('declined', 'withdrawn', 'expired')
    where n.area = %(area)s and n.need = any (%(needs)s) group by n.need
) found
where need.area = %(area)s and need.need = found.need
  and (need.standing, need.started_on) is distinct from (found.standing, found.started_on)
"""

_OF_NEEDS = """
update referral set need_since = found.waiting_since
from (
    select r.referral, n.waiting_since from referral r left join need n on n.area = r.area and n.need = r.need
    where r.area = %(area)s and r.need = any (%(needs)s)
) found
where referral.area = %(area)s and referral.referral = found.referral
  and referral.need_since is distinct from found.waiting_since
"""


def needs_of(connection: Connection, area: str, streams: Sequence[UUID]) -> set[UUID]:
    """The needs whose rows follow from these streams, or those of referrals for them."""
    found = connection.execute(_NEEDS_OF, {"area": area, "streams": list(streams)})
    return {UUID(str(need)) for (need,) in found}


def tie(connection: Connection, area: str, needs: Set[UUID]) -> None:
    """Let needs and the referrals for them say of each other what their rows say now: how they stand is asked for far
    more often than it changes, and for all needs it would take long to find out."""
    known = {"area": area, "needs": sorted(needs)}
    connection.execute(_OF_REFERRALS, known)
    connection.execute(_OF_NEEDS, known)


def need_rows(entries: Sequence[Recorded]) -> Iterator[Row]:
    recorded = next(iter(of(entries, NeedRecorded)), None)
    if recorded is None:
        return
    entry, need = recorded
    closed = next(((each.occurred_on, event.reason) for each, event in of(entries, NeedClosed)), None)
    answers = {event.enterprise: (each, event) for each, event in of(entries, NeedResponded)}
    yield Need(
        area=entry.area,
        stream=entry.stream,
        need=need.need,
        service=need.service,
        source=need.source,
        people=need.people,
        waiting_since=need.waiting_since,
        recorded_on=entry.occurred_on,
        shared_on=min((each.occurred_on for each, _ in of(entries, NeedShared)), default=None),
        answers=len(answers),
        can_help=sum(event.answer == "can help" for _, event in answers.values()),
        person=need.person is not None,
        closed_on=closed and closed[0],
        closed_reason=closed and closed[1],
    )
    for enterprise, (each, event) in answers.items():
        yield Answer(
            area=entry.area,
            stream=entry.stream,
            need=need.need,
            enterprise=enterprise,
            answer=event.answer,
            on_day=each.occurred_on,
            position=each.position,
        )


def referral_rows(entries: Sequence[Recorded]) -> Iterator[Row]:
    made = next(iter(of(entries, ReferralMade)), None)
    if made is None:
        return
    entry, referral = made
    days = {type(each.event): each.occurred_on for each in reversed(entries)}
    # a correction of a day does not undo what came after: the last step is the last one recorded, as in decisions
    last = max((each for each in entries if not isinstance(each.event, ReferralMade)), key=_position, default=entry)
    ended = last.event if isinstance(last.event, SupportEnded) else None
    yield Referral(
        area=entry.area,
        stream=entry.stream,
        referral=referral.referral,
        enterprise=referral.enterprise,
        need=referral.need,
        service=referral.service,
        referrer=referral.referrer,
        waiting_since=referral.waiting_since,
        made_on=entry.occurred_on,
        state=ended.outcome if ended else STATES[type(last.event)],
        since=last.occurred_on,
        actor=last.actor,
        accepted_on=days.get(ReferralAccepted),
        contact_on=days.get(ContactMade),
        started_on=days.get(SupportStarted),
        ended_on=days.get(SupportEnded),
        outcome=ended and ended.outcome,
        reason=getattr(last.event, "reason", None),
        person=referral.person is not None,
        instead_of=referral.instead_of,
        waits=_waits_after(last.event),
    )


def _waits_after(step: Event) -> bool:
    """Whether the person goes on waiting, by this way or by another one."""
    if isinstance(step, ReferralWithdrawn):
        return step.reason == "the enterprise could not take it on"
    return not isinstance(step, SupportStarted | SupportEnded)


def _position(entry: Recorded) -> int:
    return entry.position
