"""Insurance, checks and training that run out."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from events.base import in_words
from events.nudging.rule import Day, Outcome, Reminder, Rule, Wanted


class Ending(Struct, frozen=True, kw_only=True):
    area: str
    enterprise: UUID
    requirement: str
    due: date
    """The last day."""
    early: bool
    """Whether it takes so long to renew that its enterprise is told 90 days ahead, as with a DBS check."""
    step: int
    """The one that was not planned yet."""


AHEAD = (-60, -30, -7, 0)
"""Days from its last day: the enterprise, and on the day the Catalyst."""

EARLY = -90
"""And of what takes long."""

TO_LEAD = 14


def ending(rule: LiteralString, kind: LiteralString) -> LiteralString:
    """What ends, for a rule of this name, of this kind of requirement.

    A span that begins after a gap is not the one in valid_to until its enterprise is told of again: those are few, and
    looked at one by one. What was planned for what may be due now was to go out lately, which keeps a full pass from
    reading all that was ever planned. What the next step has come for, this one is too late for.
    """
    return f"""
with step (step, following) as (
    select step, lead(step) over (order by step) from unnest(%(steps)s::integer[]) step
),
span (step, first, last) as (
    select step, greatest(%(recent)s::date - step - case when step > 0 then 5 else 0 end,
                          %(today)s::date - following - case when following > 0 then 5 else 0 end),
           %(through)s::date - step
    from step
),
ending as (
    select r.area, r.enterprise, r.requirement, r.valid_to as due, s.step
    from span s join requirement r on r.valid_to between s.first and s.last
    where r.area = any (%(areas)s) and {kind} and (s.step > -90 or r.valid_to - r.notice_from >= 90)
    union all
    select r.area, r.enterprise, r.requirement, requirement_held_to(r, %(today)s), s.step
    from requirement r join span s on requirement_held_to(r, %(today)s) between s.first and s.last
    where r.area = any (%(areas)s) and {kind} and upper(r.held) > r.valid_to + 1
      and requirement_held_to(r, %(today)s) <> r.valid_to
),
found as materialized (
    select d.* from ending d where not exists (
        select from nudge n where n.area = d.area and n.about = d.enterprise and n.rule = '{rule}'
          and n.what = d.requirement and n.due = d.due and n.step = d.step
          and n.area = any (%(areas)s) and n.send_on >= %(oldest)s
    )
)
select f.area, f.enterprise, f.requirement, f.due, one.early, f.step
from found f
-- one by one: PostgreSQL expects more of them than there are, and would read all that there is
cross join lateral (
    select r.valid_to - r.notice_from >= 90 as early
    from enterprise e join requirement r using (area, enterprise)
    where e.area = f.area and e.enterprise = f.enterprise and e.standing = 'active'
      and r.requirement = f.requirement and not %(today)s <@ r.awaiting
      and requirement_held_to(r, %(today)s) = f.due
      and requirement_state(r, %(today)s) in ('valid', 'in renewal window', 'expired')
    offset 0
) one
order by f.area, f.enterprise, f.requirement
"""  # noqa: S608 - both are of this code


STILL = """
select asked.nth::integer as nth, e.name, '' as detail
from unnest(%(abouts)s::uuid[], %(whats)s::text[], %(dues)s::date[]) with ordinality asked (about, what, due, nth)
join requirement r on r.area = %(area)s and r.enterprise = asked.about and r.requirement = asked.what
join enterprise e on e.area = r.area and e.enterprise = r.enterprise
where e.standing = 'active' and not %(today)s <@ r.awaiting
  and requirement_held_to(r, %(today)s) = asked.due
  and requirement_state(r, %(today)s) in ('valid', 'in renewal window', 'expired')
"""

# Those that closed had nothing to renew. On the day and after it, two weeks count as in time.
OUTCOME = Outcome(
    words="renewed by the day it ran out; where the reminder came on that day or later, within 14 days of it",
    by_then="case when n.step < 0 then n.due + 1 else n.send_on + 14 end",
    done="""exists (
        select from requirement r where r.area = n.area and r.enterprise = n.about and r.requirement = n.what
          and n.by_then <@ r.held
    )""",
    counts="""exists (
        select from enterprise e where e.area = n.area and e.enterprise = n.about
          and not (e.standing = 'closed' and e.standing_since <= n.by_then)
    )""",
)


def nudges(row: Ending, day: Day) -> Iterable[Wanted]:
    ahead = (EARLY, *AHEAD) if row.early else AHEAD
    ladder = [(step, day.until(row.due + timedelta(step))) for step in ahead]
    reached = day.latest([*ladder, (TO_LEAD, day.from_(row.due + timedelta(TO_LEAD)))])
    if reached is None or reached[0] != row.step:
        return
    step, on = reached

    def wanted(**whom: object) -> Wanted:
        return Wanted(
            about=row.enterprise,
            about_kind="enterprise",
            what=row.requirement,
            due=row.due,
            step=step,
            on=on,
            **whom,  # pyright: ignore[reportArgumentType]
        )

    if step <= 0:
        yield wanted(to="enterprise", recipient=row.enterprise)
    if step == 0:
        yield wanted(to="catalyst")
    if step > 0:
        yield wanted(to="lead")


def says(reminder: Reminder) -> str:
    whose = "Your" if reminder.to == "enterprise" else f"{reminder.name}:"
    if reminder.due < reminder.today:
        runs = f"ran out on {in_words(reminder.due)}"
    elif reminder.due == reminder.today:
        runs = "runs out today"
    else:
        runs = f"runs out on {in_words(reminder.due)}"
    return f"{whose} {reminder.what} {runs}."


RENEWALS_EXPIRY = Rule(
    name="renewals_expiry",
    version=1,
    sentence="An enterprise is reminded 60, 30 and 7 days before something it must hold runs out and on the day, of "
    "what takes long to renew 90 days before as well; the Catalyst is told on the day and the area lead 14 days after.",
    optional=False,
    steps=(EARLY, *AHEAD, TO_LEAD),
    early=(EARLY,),
    row=Ending,
    query=ending("renewals_expiry", "not r.local"),
    nudges=nudges,
    still=STILL,
    says=says,
    outcome=OUTCOME,
)
