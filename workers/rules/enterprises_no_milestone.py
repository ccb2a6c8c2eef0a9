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


_QUERY = """
select e.area, e.enterprise, greatest(e.milestone_on, e.standing_since) as since
from enterprise e
where e.area = any (%(areas)s) and e.standing = 'active'
  and greatest(e.milestone_on, e.standing_since)
      between %(oldest)s::date - 60 and %(today)s::date - 60
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
        declared_on=date(2026, 11, 22),
        ends_on=date(2027, 11, 21),
        share=0.10,
        words="Do enterprises reach their next milestone sooner where the Catalyst is told that they have gone quiet?",
    ),
    steps=(AFTER,),
    row=Quiet,
    query=_QUERY,
    nudges=_nudges,
    still=_STILL,
    says=_says,
    outcome=Outcome(
        words="the enterprise reached a milestone within 30 days",
        by_then="n.send_on + 30",
        done="""exists (
            select from event v where v.area = n.area and v.stream = n.about and v.type = 'milestone.recorded'
              and v.occurred_on > n.due and v.occurred_on <= n.by_then
        )""",
    ),
)
