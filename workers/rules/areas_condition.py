"""Conditions that an area needs and no longer meets."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from msgspec import Struct

from events.base import in_words
from events.nudging.rule import Day, Outcome, Reminder, Rule, Wanted
from events.places import place_name


class Unmet(Struct, frozen=True, kw_only=True):
    area: str
    stream: UUID
    condition: str
    since: date


# told on the next working day, which is at most 5 days later
_QUERY = """
select c.area, c.stream, c.condition, c.since
from condition c
where c.area = any (%(areas)s) and not c.met
  and c.since between %(today)s::date - %(kept)s - 5 and %(today)s::date
  and not exists (
    select from nudge n where n.area = c.area and n.about = c.stream and n.rule = 'areas_condition'
      and n.what = c.condition and n.due = c.since and n.step = 0
  )
order by c.area, c.condition
"""

_STILL = """
select asked.nth::integer as nth, c.condition as name, c.evidence as detail
from unnest(%(whats)s::text[], %(dues)s::date[]) with ordinality asked (what, due, nth)
join condition c on c.area = %(area)s and c.condition = asked.what
where not c.met and c.since = asked.due
"""

_OUTCOME = """
select n.step::integer as step, n.held_out, count(*)::integer as number,
       count(*) filter (where c.met and c.since <= n.send_on + 90)::integer as in_time
from (
    select area, about, what, due, step, held_out, min(send_on) as send_on from nudge
    where area = any (%(areas)s) and rule = 'areas_condition' and planned_on >= %(since)s
    group by area, about, what, due, step, held_out
) n
left join condition c on c.area = n.area and c.condition = n.what
where n.send_on + 90 < %(today)s::date
group by n.step, n.held_out
"""


def _nudges(row: Unmet, day: Day) -> Iterable[Wanted]:
    for step, on in filter(None, [day.latest([(0, day.from_(row.since))])]):
        for to in ("lead", "national"):
            yield Wanted(
                about=row.stream, about_kind="area", what=row.condition, due=row.since, step=step, on=on, to=to
            )  # fmt: skip


def _says(reminder: Reminder) -> str:
    return f"{place_name(reminder.area)} has been without “{reminder.what}” since {in_words(reminder.due)}."


AREAS_CONDITION = Rule(
    name="areas_condition",
    version=1,
    sentence="The area lead and the national team are told when an area no longer meets a condition that it needs.",
    optional=False,
    row=Unmet,
    query=_QUERY,
    nudges=_nudges,
    still=_STILL,
    says=_says,
    outcome=Outcome(words="the condition was met again within 90 days", query=_OUTCOME),
)
