"""Practices that spread among areas like one's own."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from msgspec import Struct

from events.nudging.rule import Day, Outcome, Reminder, Rule, Wanted


class Spread(Struct, frozen=True, kw_only=True):
    area: str
    """One that has not tried it."""
    lesson: UUID
    spread_on: date
    """When the second area like it took it up."""


# Alike are areas of one nation, the letter that their codes begin with, that raised barriers on a topic which the
# lesson resolves.
_QUERY = """
with recent as (
    select distinct p.lesson from practice p
    where p.adopted_on between %(oldest)s and %(today)s::date
),
alike as (
    select distinct mine.area, l.lesson, p.area as other, p.adopted_on
    from recent
    join lesson l using (lesson)
    join practice p on p.lesson = l.lesson and p.state in ('adopted', 'adapted') and p.area <> l.area
    join barrier theirs on theirs.area = p.area and theirs.topic = any (l.resolves)
    join barrier mine on mine.topic = theirs.topic and mine.area not in (p.area, l.area)
                     and left(mine.area, 1) = left(p.area, 1)
    where l.retired_on is null and mine.area = any (%(areas)s)
),
ranked as (
    select area, lesson, adopted_on as spread_on,
           row_number() over (partition by area, lesson order by adopted_on, other) as nth
    from alike
)
select r.area, r.lesson, r.spread_on
from ranked r
where r.nth = 2 and r.spread_on >= %(oldest)s
  and not exists (
    select from practice own where own.area = r.area and own.lesson = r.lesson and own.state <> 'seen'
  )
  and not exists (
    select from nudge n where n.area = r.area and n.about = r.lesson and n.rule = 'learning_practice'
      and n.what = '' and n.step = 2
  )
order by r.area, r.lesson
"""

_STILL = """
select asked.nth::integer as nth, l.title as name, reach(l.lesson, l.area)::text as detail
from unnest(%(abouts)s::uuid[]) with ordinality asked (about, nth)
join lesson l on l.lesson = asked.about
where l.retired_on is null and not exists (
    select from practice own where own.area = %(area)s and own.lesson = l.lesson and own.state <> 'seen'
)
"""

AREAS = 2
"""So many areas like one's own make it worth telling of."""


def _nudges(row: Spread, day: Day) -> Iterable[Wanted]:
    for step, on in filter(None, [day.latest([(AREAS, day.from_(row.spread_on))])]):
        yield Wanted(about=row.lesson, about_kind="lesson", due=row.spread_on, step=step, on=on, to="catalyst")


def _says(reminder: Reminder) -> str:
    return f"Areas like yours took up “{reminder.name}”, which you have not tried. {_so_many(reminder.detail)}"


def _so_many(reach: str) -> str:
    return f"So far {reach} areas did." if reach.isdigit() and int(reach) > 1 else "See what they did."


LEARNING_PRACTICE = Rule(
    name="learning_practice",
    version=1,
    sentence="The Catalyst is told when two areas of the same nation that met the same kind of barrier took up a "
    "practice that their own area has not tried.",
    optional=True,
    steps=(AREAS,),
    row=Spread,
    query=_QUERY,
    nudges=_nudges,
    still=_STILL,
    wide=True,
    says=_says,
    unit="areas",
    outcome=Outcome(
        words="the area tried it within 90 days",
        by_then="n.send_on + 90",
        done="""exists (
            select from practice p where p.area = n.area and p.lesson = n.about
              and least(p.trialled_on, p.adopted_on) <= n.by_then
        )""",
    ),
)
