"""Barriers that were resolved somewhere else."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from msgspec import Struct

from events.base import in_words
from events.nudging.rule import Day, Outcome, Reminder, Rule, Wanted
from events.places import place_name


class Resolved(Struct, frozen=True, kw_only=True):
    area: str
    barrier: UUID
    """The one that still stands."""
    other: UUID
    """The one on the same topic that was resolved."""
    resolved_on: date


# What was resolved before a barrier was raised, its page shows at once.
_QUERY = """
select mine.area, mine.barrier, other.barrier as other, other.resolved_on
from barrier other
join barrier mine on mine.topic = other.topic and mine.area <> other.area and mine.resolved_on is null
                 and mine.raised_on <= other.resolved_on
where other.resolved_on between %(oldest)s and %(today)s::date
  and mine.area = any (%(areas)s)
  and not exists (
    select from nudge n where n.area = mine.area and n.about = mine.barrier and n.rule = 'learning_barrier'
      and n.what = other.barrier::text and n.due = other.resolved_on and n.step = 0
  )
order by mine.area, mine.barrier, other.barrier
"""

_STILL = """
select asked.nth::integer as nth, mine.title as name, other.area as detail
from unnest(%(abouts)s::uuid[], %(whats)s::text[]) with ordinality asked (about, what, nth)
join barrier mine on mine.area = %(area)s and mine.barrier = asked.about
join barrier other on other.barrier = asked.what::uuid
where mine.resolved_on is null and other.resolved_on is not null
"""


def _nudges(row: Resolved, day: Day) -> Iterable[Wanted]:
    for step, on in filter(None, [day.latest([(0, day.from_(row.resolved_on))])]):
        yield Wanted(
            about=row.barrier,
            about_kind="barrier",
            what=str(row.other),
            due=row.resolved_on,
            step=step,
            on=on,
            to="catalyst",
        )


def _says(reminder: Reminder) -> str:
    where, when = place_name(reminder.detail), in_words(reminder.due)
    return f"{where} resolved a barrier like yours, “{reminder.name}”, on {when}. See how."


LEARNING_BARRIER = Rule(
    name="learning_barrier",
    version=1,
    sentence="The Catalyst of an area that raised a barrier is told when another area resolves one on the same topic.",
    optional=True,
    steps=(0,),
    row=Resolved,
    query=_QUERY,
    nudges=_nudges,
    still=_STILL,
    says=_says,
    outcome=Outcome(
        words="the barrier was resolved within 90 days",
        by_then="n.send_on + 90",
        done="""exists (
            select from barrier b where b.area = n.area and b.barrier = n.about and b.resolved_on <= n.by_then
        )""",
    ),
)
