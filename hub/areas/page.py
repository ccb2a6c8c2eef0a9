"""The page of an area: what it has and lacks, who works there, its enterprises, needs, waits, quality and learning."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final, LiteralString, TypeVar
from uuid import UUID

import msgspec
from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.response import Redirect
from msgspec import Struct
from psycopg.rows import class_row

from events.access import Principal
from events.areas import Condition
from events.base import NotFound, today
from events.database import Connection
from events.places import place_name
from events.projections.picture import ledger_of
from hub.access.guard import Needs
from hub.areas.figures import CONDITIONS, Load, Spent, each, load, share, spent
from hub.db import Hub, notice
from hub.desk import AreaCode
from hub.look.page import NO_STORE, render
from hub.naming import namer

T = TypeVar("T", bound=Struct)

LATELY: Final = timedelta(days=365)
"""Waits are of support that started within this time."""

CASELOAD: Final = timedelta(days=90)
"""Whoever recorded something of an enterprise within this time has it in their caseload."""


class Joined(Struct, frozen=True, kw_only=True):
    joined_on: date | None
    left_on: date | None
    focus: str


class PostRow(Struct, frozen=True, kw_only=True):
    post: str
    employer: str
    starts: date
    ends: date
    cost: int
    locally_rooted: bool
    left_on: date | None
    reason: str | None

    def held_on(self, day: date) -> bool:
        return self.starts <= day <= self.ends and (self.left_on is None or day < self.left_on)


class ConditionRow(Struct, frozen=True, kw_only=True):
    condition: Condition
    met: bool
    since: date
    evidence: str


class RiskRow(Struct, frozen=True, kw_only=True):
    risk: str
    owner: str
    raised_on: date
    mitigated_on: date | None
    action: str
    closed_on: date | None


class Count(Struct, frozen=True, kw_only=True):
    words: str
    count: int


class Totals(Struct, frozen=True, kw_only=True):
    """Of the area's enterprises."""

    registered: int
    new: int
    active: int
    heard_of: int
    """Of those active, how many were heard of within 60 days."""
    checked: int
    """Of those active, how many had a quality check within a year."""
    trained: int
    """Of those active, how many completed a course within a year."""
    reported: int
    """Of those active, how many said within half a year what they do: those below are theirs."""
    people: int
    jobs: int
    hours: float

    @property
    def share_new(self) -> float | None:
        return share(self.new, self.registered)

    @property
    def averages(self) -> list[tuple[str, float | None]]:
        """For each enterprise that reported."""
        told = [("people supported", self.people), ("jobs", self.jobs), ("hours a week", self.hours)]
        return [(words, each(total, self.reported)) for words, total in told]


class Waits(Struct, frozen=True, kw_only=True):
    """In days, from the day on which the person began to wait."""

    started: int
    median: float | None
    ninetieth: float | None
    longer: int
    """How many of those waited for more than a year."""
    waiting: int
    """In people, as are those below: all of a need of several, and one for a referral without a need."""
    waiting_with_need: int
    needs: int
    waiting_longer: int
    longest: date | None


class Requirements(Struct, frozen=True, kw_only=True):
    applicable: int
    valid: int
    expired: int


class Caseload(Struct, frozen=True, kw_only=True):
    actor: str
    enterprises: int
    last_on: date


class LessonRow(Struct, frozen=True, kw_only=True):
    lesson: UUID
    title: str
    on: date
    words: str


class Standing(Struct, frozen=True, kw_only=True):
    """What there is to know of an area on a day."""

    joined: Joined
    posts: Sequence[PostRow]
    totals: Totals
    waits: Waits
    requirements: Requirements
    load: Load | None
    costs: Spent | None
    conditions: Mapping[Condition, ConditionRow]
    risks: Sequence[RiskRow]
    stages: Sequence[Count]
    caseloads: Sequence[tuple[str, Caseload]]
    shared: Sequence[LessonRow]
    taken_up: Sequence[LessonRow]
    barriers: Sequence[LessonRow]


_AREA = "select joined_on, left_on, focus from area where area = %(area)s"

_POSTS = """
select post, employer, starts, ends, cost, locally_rooted, left_on, reason from post where area = %(area)s
order by starts desc, position desc
"""

_TARGET = """
select enterprises from load_target where area in (%(area)s, 'UK') and since <= %(today)s
order by area = %(area)s desc, since desc, position desc limit 1
"""

_CONDITIONS = "select condition, met, since, evidence from condition where area = %(area)s"

_RISKS = """
select risk, owner, raised_on, mitigated_on, action, closed_on from risk where area = %(area)s
order by closed_on is not null, raised_on desc limit 20
"""

_STAGES = """
select coalesce(stage, 'not said') as words, count(*)::int as count from enterprise
where area = %(area)s and standing = 'active' group by 1
order by array_position(array['enquiry', 'exploring', 'developing', 'checking', 'trading', 'sustaining'], min(stage))
"""

_TOTALS = """
select count(*) filter (where registered_on is not null)::int as registered,
       count(*) filter (where origin = 'new')::int as new,
       count(*) filter (where standing = 'active')::int as active,
       count(*) filter (where standing = 'active' and told_on >= %(today)s::date - 60)::int as heard_of,
       count(*) filter (where standing = 'active' and checked_on >= %(year_ago)s)::int as checked,
       (select count(distinct enterprise)::int from training join enterprise e using (area, enterprise)
        where area = %(area)s and not observed and on_day >= %(year_ago)s and e.standing = 'active') as trained,
       count(*) filter (where lately)::int as reported,
       coalesce(sum(people_supported) filter (where lately), 0)::int as people,
       coalesce(sum(jobs) filter (where lately), 0)::int as jobs,
       coalesce(sum(hours_per_week) filter (where lately), 0)::float8 as hours
from (
    select *, standing = 'active' and reported_on >= %(today)s::date - 180 as lately from enterprise
) enterprise
where area = %(area)s
"""

# Who waits: all with a need until support starts, and who was referred without one, as the lists behind the figure say.
_WAITS = """
with waiting as (
    select n.people, n.waiting_since, true as need from need n
    where n.area = %(area)s and n.state not in ('met', 'closed')
    union all
    select 1, r.waiting_since, false from referral r
    where r.area = %(area)s and r.waits and r.need is null and not exists (
        select from referral later where later.area = r.area and later.instead_of = r.referral
          and later.reason is distinct from 'entered by mistake')
), started as (
    select r.started_on - coalesce(r.need_since, r.waiting_since) as days from referral r
    where r.area = %(area)s and r.started_on between %(year_ago)s and %(today)s
)
select (select count(*)::int from started) as started,
       (select percentile_cont(0.5) within group (order by days) from started) as median,
       (select percentile_cont(0.9) within group (order by days) from started) as ninetieth,
       (select count(*)::int from started where days > 365) as longer,
       coalesce(sum(people), 0)::int as waiting,
       coalesce(sum(people) filter (where need), 0)::int as waiting_with_need,
       count(*) filter (where need)::int as needs,
       coalesce(sum(people) filter (where waiting_since < %(year_ago)s), 0)::int as waiting_longer,
       min(waiting_since) as longest
from waiting
"""

_REQUIREMENTS = """
select count(*)::int as applicable,
       count(*) filter (where state in ('valid', 'in renewal window', 'waived'))::int as valid,
       count(*) filter (where state = 'expired')::int as expired
from (
    select requirement_state(r, %(today)s) as state from requirement r join enterprise e using (area, enterprise)
    where r.area = %(area)s and e.standing = 'active'
) standing
"""

_CASELOADS = """
select actor, count(*)::int as enterprises, max(last_on) as last_on from handled
where area = %(area)s and last_on >= %(today)s::date - %(caseload)s and actor like 'account:%%'
group by actor order by 2 desc, actor limit 20
"""

_SHARED = """
select l.lesson, l.title, l.shared_on as on,
       reach(l.lesson, l.area)::text as words
from lesson l where l.area = %(area)s and l.retired_on is null order by l.shared_on desc limit 8
"""

_TAKEN_UP = """
select p.lesson, l.title, p.since as on, p.state as words
from practice p join lesson l using (lesson)
where p.area = %(area)s and p.state <> 'seen' order by p.since desc limit 8
"""

_BARRIERS = """
select barrier as lesson, title, raised_on as on, topic as words from barrier
where area = %(area)s and resolved_on is null order by raised_on desc limit 8
"""


@get("/areas/{area:str}", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def area_page(hub: NamedDependency[Hub], who: NamedDependency[Principal], area: AreaCode) -> Response[bytes] | Redirect:
    """How an area stands today. Its code may be one that it got later; its ledger has the address."""
    day = today()
    with hub.reading("national") as connection:
        its = ledger_of(connection, area)
    if its != area and who.may("read area", its):
        return Redirect(f"/areas/{its}")
    with hub.reading("work", who) as connection:
        context = standing(connection, who, area, day)
        words = notice(connection)
    body = render(
        "areas/pages/area.html",
        who=who,
        notice=words,
        area=area,
        area_name=place_name(area),
        today=day,
        all_conditions=CONDITIONS,
        may_record=who.may("record", area),
        **msgspec.structs.asdict(context),
    )
    return Response(body, media_type=MediaType.HTML, headers=NO_STORE)


def standing(connection: Connection, who: Principal, area: str, day: date) -> Standing:
    """How an area stands on a day, as far as was recorded by now. Runs inside `reading("work")`.

    Raises `NotFound` where it never took part.
    """
    known = {"area": area, "today": day, "year_ago": day - LATELY, "caseload": CASELOAD.days}
    joined = _one(connection, Joined, _AREA, known)
    if joined is None or joined.joined_on is None:
        raise NotFound(f"No area with the code {area} takes part.", field="area")
    posts = _all(connection, PostRow, _POSTS, known)
    target = connection.execute(_TARGET, known).fetchone()
    totals = _one(connection, Totals, _TOTALS, known)
    waits = _one(connection, Waits, _WAITS, known)
    requirements = _one(connection, Requirements, _REQUIREMENTS, known)
    assert totals
    assert waits
    assert requirements
    name_of = namer(connection, who)
    return Standing(
        joined=joined,
        posts=posts,
        totals=totals,
        waits=waits,
        requirements=requirements,
        load=load(
            active=totals.active,
            posts=sum(post.held_on(day) for post in posts),
            target=int(str(target[0])) if target else None,
        ),
        costs=spent(
            [(post.cost, post.starts, post.ends, post.left_on) for post in posts],
            on=day,
            enterprises=totals.registered,
            new=totals.new,
        ),
        conditions={each.condition: each for each in _all(connection, ConditionRow, _CONDITIONS, known)},
        risks=_all(connection, RiskRow, _RISKS, known),
        stages=_all(connection, Count, _STAGES, known),
        caseloads=[(name_of(each.actor), each) for each in _all(connection, Caseload, _CASELOADS, known)],
        shared=_all(connection, LessonRow, _SHARED, known),
        taken_up=_all(connection, LessonRow, _TAKEN_UP, known),
        barriers=_all(connection, LessonRow, _BARRIERS, known),
    )


def _one(connection: Connection, kind: type[T], query: LiteralString, known: dict[str, object]) -> T | None:
    return connection.cursor(row_factory=class_row(kind)).execute(query, known).fetchone()


def _all(connection: Connection, kind: type[T], query: LiteralString, known: dict[str, object]) -> Sequence[T]:
    return connection.cursor(row_factory=class_row(kind)).execute(query, known).fetchall()
