"""The page of a need, the whole way from need to support on it, and the page of a referral."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct
from psycopg.rows import class_row

from events import ledger
from events.access import Principal
from events.base import NotFound, today
from events.corrections import corrected
from events.database import Connection
from events.ledger import Recorded
from events.places import place_name
from events.projections.work.referrals import Need, Referral
from events.referrals import NeedShared
from hub.access.guard import Needs
from hub.db import Hub, notice
from hub.look.page import NO_STORE, render
from hub.naming import namer
from hub.people.looking import erased_on
from hub.referrals.decide import State, came_to_nothing, may_come_next
from hub.referrals.waiting import Wait, waiting
from hub.timeline import timeline

OPEN: Final[tuple[State, ...]] = ("made", "accepted", "contact made", "support started")
"""The states of a referral that may yet lead to support, or that did and go on."""

COLOURS: Final[Mapping[str, str]] = {
    "made": "blue", "accepted": "yellow", "contact made": "yellow", "support started": "green", "completed": "green",
    "declined": "grey", "withdrawn": "grey", "expired": "grey", "ended early": "grey",
}  # fmt: skip

STEPS: Final[Mapping[State, tuple[str, str]]] = {
    "accepted": ("accept", "It was accepted"),
    "declined": ("decline", "It was declined"),
    "contact made": ("contact", "They were in contact"),
    "support started": ("support-started", "Support started"),
    "completed": ("support-ended", "Support ended"),
    "withdrawn": ("withdraw", "Withdraw it"),
    "expired": ("expire", "Close it unanswered"),
}
"""The form and the words of each step. Support that ended early is told in the same form as support completed."""


class Answered(Struct, frozen=True, kw_only=True):
    enterprise: UUID
    name: str
    answer: str
    on_day: date


class Made(Struct, frozen=True, kw_only=True):
    """A referral of the need, with the days of its steps."""

    referral: UUID
    enterprise: UUID
    name: str
    state: State
    since: date
    made_on: date
    accepted_on: date | None
    contact_on: date | None
    started_on: date | None
    ended_on: date | None
    reason: str | None
    person: bool

    @property
    def days(self) -> list[tuple[str, date]]:
        """What came of it, step by step."""
        steps = [
            ("Referred", self.made_on),
            ("Accepted", self.accepted_on),
            ("First contact", self.contact_on),
            ("Support started", self.started_on),
            ("Support ended", self.ended_on),
        ]
        found = [(words, on) for words, on in steps if on]
        return found if self.state not in ("declined", "withdrawn", "expired") else [*found, (_ended(self), self.since)]


def _ended(referral: Made) -> str:
    return f"{referral.state.capitalize()}{f' ({referral.reason})' if referral.reason else ''}"


class Shared(Struct, frozen=True, kw_only=True):
    on: date
    with_whom: tuple[tuple[UUID, str], ...]
    """Empty for all that offer such a service."""
    message: bool


class Helper(Struct, frozen=True, kw_only=True):
    """An enterprise that may be the one to refer to."""

    enterprise: UUID
    name: str
    answer: str | None
    offers: bool
    can_take: int | None
    not_held: int
    """How many of its requirements are expired or missing."""


_NEED = """
select area, stream, need, service, source, people, waiting_since, recorded_on, shared_on, answers, can_help, person,
       closed_on, closed_reason
from need where need = %s
"""

# The clock is that of the need, where it is for one.
_REFERRAL = """
select r.area, r.stream, r.referral, r.enterprise, r.need, r.service, r.referrer,
       coalesce(r.need_since, r.waiting_since) as waiting_since, r.made_on, r.state, r.since, r.actor, r.accepted_on,
       r.contact_on, r.started_on, r.ended_on, r.outcome, r.reason, r.person, r.instead_of, r.waits
from referral r
where r.referral = %s
"""

_ANSWERS = """
select a.enterprise, coalesce(e.name, 'An enterprise') as name, a.answer, a.on_day
from answer a left join enterprise e using (area, enterprise)
where a.area = %(area)s and a.need = %(need)s order by a.on_day, a.position
"""

_MADE = """
select r.referral, r.enterprise, coalesce(e.name, 'An enterprise') as name, r.state, r.since, r.made_on, r.accepted_on,
       r.contact_on, r.started_on, r.ended_on, r.reason, r.person
from referral r left join enterprise e using (area, enterprise)
where r.area = %(area)s and r.need = %(need)s order by r.made_on, r.referral
"""

# Alike are words with the same stem: "walking" is offered where somebody needs company on "walks".
_HELPERS = """
with able as (
    select e.enterprise, e.name, a.answer, e.can_take,
           tsvector_to_array(to_tsvector('english', array_to_string(e.services, ' ')))
           && tsvector_to_array(to_tsvector('english', %(service)s)) as offers,
           (select count(*) from requirement r where r.area = e.area and r.enterprise = e.enterprise
              and requirement_state(r, %(today)s) in ('expired', 'missing')) as not_held
    from enterprise e left join answer a on a.area = e.area and a.need = %(need)s and a.enterprise = e.enterprise
    where e.area = %(area)s and e.standing = 'active' and a.answer is distinct from 'cannot help'
      and not exists (select from referral r where r.area = e.area and r.need = %(need)s
                        and r.enterprise = e.enterprise and r.state not in ('expired', 'withdrawn'))
)
select * from able where offers or answer is not null
order by answer = 'can help' desc nulls last, offers desc, can_take is distinct from 0 desc, not_held = 0 desc,
         can_take desc nulls last, name
limit 6
"""

_NAMES = "select enterprise, name from enterprise where area = %s and enterprise = any (%s)"


@get("/needs/{need:uuid}", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def need_page(hub: NamedDependency[Hub], who: NamedDependency[Principal], need: FromPath[UUID]) -> Response[bytes]:
    """What is needed, who was asked, who answered, whom it was referred to, and how long somebody has waited."""
    with hub.reading("work", who) as connection:
        found = connection.cursor(row_factory=class_row(Need)).execute(_NEED, [need]).fetchone()
        if found is None:
            raise NotFound("There is no such need here.")
        known = {"area": found.area, "need": need, "service": found.service, "today": today()}
        answers = connection.cursor(row_factory=class_row(Answered)).execute(_ANSWERS, known).fetchall()
        made = connection.cursor(row_factory=class_row(Made)).execute(_MADE, known).fetchall()
        may_record = who.may("record", found.area)
        helpers = connection.cursor(row_factory=class_row(Helper)).execute(_HELPERS, known).fetchall()
        streams = {(found.area, need), *((found.area, each.referral) for each in made)}
        told = ledger.read_streams(connection, streams)
        shared = _shared(connection, found.area, told.get((found.area, need), []))
        history = sorted((each for stream in told.values() for each in stream), key=lambda each: each.position)
        items = timeline(history, name_of=namer(connection, who))
        words = notice(connection)
    started = min((each.started_on for each in made if each.started_on), default=None)
    standing = [each for each in made if each.state in OPEN]
    return _page(
        "need",
        who=who,
        notice=words,
        it=found,
        area_name=place_name(found.area),
        wait=waiting(found.waiting_since, started, today=today(), closed_on=found.closed_on),
        answers=answers,
        made=made,
        standing=standing,
        shared=shared,
        helpers=helpers if not standing and started is None and found.closed_on is None else [],
        colours=COLOURS,
        items=items,
        erased=erased_on(hub, need),
        may_record=may_record,
        may_look=who.may("read people", found.area),
    )


def _shared(connection: Connection, area: str, history: Sequence[Recorded]) -> list[Shared]:
    told = [(each.occurred_on, each.event) for each in corrected(history) if isinstance(each.event, NeedShared)]
    asked = list({id for _, event in told for id in event.enterprises})
    names = {id: str(name) for id, name in connection.execute(_NAMES, [area, asked])}
    return [
        Shared(
            on=on,
            with_whom=tuple((id, names.get(id, "An enterprise")) for id in event.enterprises),
            message=event.message is not None,
        )
        for on, event in told
    ]


class Beside(Struct, frozen=True, kw_only=True):
    """What stands around a referral."""

    name: str
    need_service: str | None
    need_closed: bool
    later: UUID | None
    """The referral that was made in place of this one."""
    later_name: str
    first: UUID
    """Of those made one in place of the other: whose key seals who waits."""
    person: bool
    """Whether somebody's details are kept with that one."""


_BESIDE = """
with recursive before as (
    select referral, instead_of, person, 0 as steps from referral where area = %(area)s and referral = %(referral)s
    union all
    select r.referral, r.instead_of, r.person, b.steps + 1
    from before b join referral r on r.area = %(area)s and r.referral = b.instead_of
    where b.steps < 50
), later as (
    select r.referral, e.name from referral r left join enterprise e using (area, enterprise)
    where r.area = %(area)s and r.instead_of = %(referral)s and r.reason is distinct from 'entered by mistake'
    order by r.made_on desc, r.referral limit 1
)
select coalesce(e.name, 'An enterprise') as name, n.service as need_service,
       n.closed_on is not null as need_closed, later.referral as later,
       coalesce(later.name, 'an enterprise') as later_name, first.referral as first, first.person
from referral r
left join enterprise e using (area, enterprise)
left join need n on n.area = r.area and n.need = r.need
left join later on true
cross join lateral (select referral, person from before order by steps desc limit 1) first
where r.area = %(area)s and r.referral = %(referral)s
"""


@get("/referrals/{referral:uuid}", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def referral_page(
    hub: NamedDependency[Hub], who: NamedDependency[Principal], referral: FromPath[UUID]
) -> Response[bytes]:
    """How a referral stands, and the steps that may come next."""
    with hub.reading("work", who) as connection:
        found = connection.cursor(row_factory=class_row(Referral)).execute(_REFERRAL, [referral]).fetchone()
        if found is None:
            raise NotFound("There is no such referral here.")
        known = {"area": found.area, "referral": referral}
        beside = connection.cursor(row_factory=class_row(Beside)).execute(_BESIDE, known).fetchone()
        name_of = namer(connection, who)
        items = timeline(ledger.read_stream(connection, found.area, referral), name_of=name_of)
        words = notice(connection)
    assert beside
    may_record = who.may("record", found.area)
    return _page(
        "referral",
        who=who,
        notice=words,
        it=found,
        area_name=place_name(found.area),
        beside=beside,
        person=found.person or beside.person,
        subject=found.need or beside.first,
        erased=erased_on(hub, found.need or beside.first),
        refer_again=may_record
        and found.need is None
        and beside.later is None
        and came_to_nothing(found.state, found.reason),
        by=name_of(found.actor),
        wait=wait_of(found, today=today()),
        steps=steps_after(found.state) if may_record else [],
        colours=COLOURS,
        items=items,
        may_record=may_record,
        may_look=who.may("read people", found.area),
    )


def steps_after(state: str) -> list[tuple[str, str]]:
    """The forms that may come next, each with its words."""
    return [STEPS[each] for each in may_come_next(state) if each in STEPS]  # pyright: ignore[reportArgumentType]


def wait_of(referral: Referral, *, today: date) -> Wait:
    """The wait of the person who was referred. It goes on after a refusal, but not by this referral."""
    if referral.state in ("declined", "withdrawn", "expired"):
        closed = "closed unanswered" if referral.state == "expired" else referral.state
        return Wait(since=referral.waiting_since, until=referral.since, over=False, closed=f"the referral was {closed}")
    return waiting(referral.waiting_since, referral.started_on, today=today)


def _page(name: str, **context: Any) -> Response[bytes]:
    return Response(render(f"referrals/pages/{name}.html", **context), media_type=MediaType.HTML, headers=NO_STORE)
