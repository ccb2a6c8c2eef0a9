"""Enterprises that reached nothing new for two months."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from msgspec import Struct

from events.base import in_words
from events.nudging.rule import Day, Outcome, Reminder, Rule, Trial, Wanted

AFTER = 60
"""Days without a milestone."""


class Quiet(Struct, frozen=True, kw_only=True):
    area: str
    enterprise: UUID
    since: date
    """Its latest milestone, or the day it began or came back where that is later."""


# after 60 days it goes on the next working day, which is at most 5 days later
_QUERY = """
select e.area, e.enterprise, greatest(e.milestone_on, e.standing_since) as since
from enterprise e
where e.area = any (%(areas)s) and e.standing = 'active'
  and greatest(e.milestone_on, e.standing_since)
      between %(today)s::date - 60 - %(kept)s - 5 and %(today)s::date - 60
  and not exists (
    select from nudge n where n.area = e.area and n.about = e.enterprise and n.rule = 'enterprises_no_milestone'
      and n.what = '' and n.due = greatest(e.milestone_on, e.standing_since) and n.step = 60
  )
order by e.area, e.enterprise
"""

_STILL = """
select asked.nth::integer as nth, e.name, coalesce(e.milestone, '') as detail
from unnest(%(abouts)s::uuid[], %(dues)s::date[]) with ordinality asked (about, due, nth)
join enterprise e on e.area = %(area)s and e.enterprise = asked.about
where e.standing = 'active' and greatest(e.milestone_on, e.standing_since) = asked.due
"""

_OUTCOME = """
select n.step::integer as step, n.held_out, count(*)::integer as number,
       count(*) filter (where exists (
           select from event v where v.area = n.area and v.stream = n.about and v.type = 'milestone.recorded'
             and v.occurred_on > n.due and v.occurred_on <= n.send_on + 30
       ))::integer as in_time
from (
    select area, about, due, step, held_out, min(send_on) as send_on from nudge
    where area = any (%(areas)s) and rule = 'enterprises_no_milestone' and planned_on >= %(since)s
    group by area, about, due, step, held_out
) n
where n.send_on + 30 < %(today)s::date
group by n.step, n.held_out
"""


def _nudges(row: Quiet, day: Day) -> Iterable[Wanted]:
    for step, on in filter(None, [day.latest([(AFTER, day.from_(row.since + timedelta(AFTER)))])]):
        yield Wanted(
            about=row.enterprise, about_kind="enterprise", due=row.since, step=step, on=on, to="catalyst"
        )  # fmt: skip


def _says(reminder: Reminder) -> str:
    if reminder.detail:
        return f"{reminder.name} has told of nothing new since “{reminder.detail}” on {in_words(reminder.due)}."
    return f"{reminder.name} has reached no milestone since {in_words(reminder.due)}."


ENTERPRISES_NO_MILESTONE = Rule(
    name="enterprises_no_milestone",
    version=1,
    sentence="The Catalyst is told when an active enterprise has reached no milestone for 60 days.",
    optional=True,
    trial=Trial(
        name="no milestone 2026",
        declared_on=date(2026, 1, 1),
        share=0.10,
        words="Do enterprises reach their next milestone sooner where the Catalyst is told that they have gone quiet?",
        outcome="a milestone within 30 days",
    ),
    row=Quiet,
    query=_QUERY,
    nudges=_nudges,
    still=_STILL,
    says=_says,
    outcome=Outcome(words="the enterprise reached a milestone within 30 days", query=_OUTCOME),
)
