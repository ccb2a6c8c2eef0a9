"""Insurance, checks and training that run out."""

from collections.abc import Iterable
from datetime import date, timedelta
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


# A span that begins after a gap is not the one in valid_to until its enterprise is told of again: those are few, and
# looked at one by one. What was planned for what may be due now was to go out lately, which keeps a full pass from
# reading all that was ever planned.
_QUERY = """
with step (step) as (values (-90), (-60), (-30), (-7), (0), (14)),
-- after the end it goes on the next working day, which is at most 5 days later
ending as (
    select r.area, r.enterprise, r.requirement, r.valid_to as due, s.step
    from step s
    join requirement r
         on r.valid_to between %(today)s::date - s.step - %(kept)s - case when s.step > 0 then 5 else 0 end
                           and %(through)s::date - s.step
    where r.area = any (%(areas)s) and (s.step > -90 or r.valid_to - r.notice_from >= 90)
    union all
    select r.area, r.enterprise, r.requirement, requirement_held_to(r, %(today)s), s.step
    from requirement r
    join step s on requirement_held_to(r, %(today)s)
         between %(today)s::date - s.step - %(kept)s - case when s.step > 0 then 5 else 0 end
             and %(through)s::date - s.step
    where r.area = any (%(areas)s) and upper(r.held) > r.valid_to + 1
      and requirement_held_to(r, %(today)s) <> r.valid_to
),
found as materialized (
    select d.* from ending d where not exists (
        select from nudge n where n.area = d.area and n.about = d.enterprise and n.rule = 'renewals_expiry'
          and n.what = d.requirement and n.due = d.due and n.step = d.step
          and n.area = any (%(areas)s) and n.send_on >= %(today)s::date - %(kept)s - 5
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
"""

_STILL = """
select asked.nth::integer as nth, e.name, '' as detail
from unnest(%(abouts)s::uuid[], %(whats)s::text[], %(dues)s::date[]) with ordinality asked (about, what, due, nth)
join requirement r on r.area = %(area)s and r.enterprise = asked.about and r.requirement = asked.what
join enterprise e on e.area = r.area and e.enterprise = r.enterprise
where e.standing = 'active' and not %(today)s <@ r.awaiting
  and requirement_held_to(r, %(today)s) = asked.due
  and requirement_state(r, %(today)s) in ('valid', 'in renewal window', 'expired')
"""

# Those that closed had nothing to renew. On the day and after it, two weeks count as in time.
_OUTCOME = """
select n.step::integer as step, n.held_out, count(*)::integer as number,
       count(*) filter (where by_then <@ r.held)::integer as in_time
from (
    select area, about, what, due, step, held_out,
           case when step < 0 then due + 1 else min(send_on) + 14 end as by_then
    from nudge
    where area = any (%(areas)s) and rule = 'renewals_expiry' and planned_on >= %(since)s
    group by area, about, what, due, step, held_out
) n
join enterprise e on e.area = n.area and e.enterprise = n.about
left join requirement r on r.area = n.area and r.enterprise = n.about and r.requirement = n.what
where n.by_then < %(today)s::date and not (e.standing = 'closed' and e.standing_since <= n.by_then)
group by n.step, n.held_out
"""


def _nudges(row: Ending, day: Day) -> Iterable[Wanted]:
    ahead = (-90, -60, -30, -7, 0) if row.early else (-60, -30, -7, 0)
    ladder = [(step, day.until(row.due + timedelta(step))) for step in ahead]
    reached = day.latest([*ladder, (14, day.from_(row.due + timedelta(14)))])
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


def _says(reminder: Reminder) -> str:
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
    row=Ending,
    query=_QUERY,
    nudges=_nudges,
    still=_STILL,
    says=_says,
    outcome=Outcome(
        words="renewed by the day it ran out; where the reminder came on that day or later, within 14 days of it",
        query=_OUTCOME,
    ),
)
