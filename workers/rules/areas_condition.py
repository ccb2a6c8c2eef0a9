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


_QUERY = """
select c.area, c.stream, c.condition, c.since
from condition c
where c.area = any (%(areas)s) and not c.met
  and c.since between %(oldest)s and %(today)s::date
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
    steps=(0,),
    row=Unmet,
    query=_QUERY,
    nudges=_nudges,
    still=_STILL,
    says=_says,
    outcome=Outcome(
        words="the condition was met again within 90 days",
        by_then="n.send_on + 90",
        done="""exists (
            select from condition c where c.area = n.area and c.condition = n.what
              and c.met and c.since <= n.by_then
        )""",
    ),
)
