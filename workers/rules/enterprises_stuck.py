"""Enterprises and ideas that stay at one stage on the way to trading."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from msgspec import Struct

from events.base import in_words
from events.nudging.rule import Day, Outcome, Reminder, Rule, Wanted

AFTER = 90
"""Days at one stage."""


class Stuck(Struct, frozen=True, kw_only=True):
    area: str
    enterprise: UUID
    stage: str
    since: date
    """When it came to the stage, or came back where that is later."""


# Whoever trades has arrived. What is only an enquiry is at that stage; where no stage was said, nothing is known.
_QUERY = """
select e.area, e.enterprise, coalesce(e.stage, e.standing) as stage, greatest(e.stage_since, e.standing_since) as since
from enterprise e
where e.area = any (%(areas)s) and e.standing in ('active', 'enquiry')
  and coalesce(e.stage, e.standing) in ('enquiry', 'exploring', 'developing', 'checking')
  and greatest(e.stage_since, e.standing_since)
      between %(oldest)s::date - 90 and %(today)s::date - 90
  and not exists (
    select from nudge n where n.area = e.area and n.about = e.enterprise and n.rule = 'enterprises_stuck'
      and n.what = coalesce(e.stage, e.standing) and n.due = greatest(e.stage_since, e.standing_since) and n.step = 90
  )
order by e.area, e.enterprise
"""

_STILL = """
select asked.nth::integer as nth, e.name, '' as detail
from unnest(%(abouts)s::uuid[], %(whats)s::text[], %(dues)s::date[]) with ordinality asked (about, what, due, nth)
join enterprise e on e.area = %(area)s and e.enterprise = asked.about
where e.standing in ('active', 'enquiry') and coalesce(e.stage, e.standing) = asked.what
  and greatest(e.stage_since, e.standing_since) = asked.due
"""


def _nudges(row: Stuck, day: Day) -> Iterable[Wanted]:
    for step, on in filter(None, [day.latest([(AFTER, day.from_(row.since + timedelta(AFTER)))])]):
        yield Wanted(
            about=row.enterprise,
            about_kind="enterprise",
            what=row.stage,
            due=row.since,
            step=step,
            on=on,
            to="catalyst",
        )


def _says(reminder: Reminder) -> str:
    return f"{reminder.name} has been at the stage “{reminder.what}” since {in_words(reminder.due)}."


ENTERPRISES_STUCK = Rule(
    name="enterprises_stuck",
    version=1,
    sentence="The Catalyst is told when an enterprise, or an idea that somebody asked about, has stayed at one stage "
    "before trading for 90 days.",
    optional=True,
    steps=(AFTER,),
    row=Stuck,
    query=_QUERY,
    nudges=_nudges,
    still=_STILL,
    says=_says,
    outcome=Outcome(
        words="it came to another stage within 60 days",
        by_then="n.send_on + 60",
        done="""exists (
            select from event v where v.area = n.area and v.stream = n.about and v.type = 'enterprise.stage_reached'
              and v.occurred_on > n.due and v.occurred_on <= n.by_then
        )""",
    ),
)
