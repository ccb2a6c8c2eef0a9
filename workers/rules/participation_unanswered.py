"""Feedback and agenda items that nobody answered."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from msgspec import Struct

from events.base import in_words
from events.nudges import AboutKind, RecipientKind
from events.nudging.rule import Day, Outcome, Reminder, Rule, Wanted
from events.places import place_name

AFTER = 10
"""Days without an answer."""


class Unanswered(Struct, frozen=True, kw_only=True):
    area: str
    matter: UUID
    kind: AboutKind
    owner: RecipientKind
    raised_on: date
    recorded_on: date


# Where its owner was put right since, it was not planned for them before.
_QUERY = """
select found.area, found.matter, found.kind, found.owner, found.raised_on, found.recorded_on
from (
    select m.area, m.matter, m.kind, m.raised_on, m.recorded_on,
           case m.owner
               when 'the Catalyst' then 'catalyst' when 'the area lead' then 'lead'
               when 'the commissioner' then 'commissioner' when 'the national team' then 'national'
           end as owner
    from matter m
    where m.area = any (%(areas)s) and m.answered_on is null and m.raised_on <= %(today)s::date - 10
      and greatest(m.raised_on + 10, m.recorded_on) between %(oldest)s and %(today)s
) found
where not exists (
    select from nudge n where n.area = found.area and n.about = found.matter and n.rule = 'participation_unanswered'
      and n.what = found.kind and n.due = found.raised_on and n.step = 10 and n.recipient_kind = found.owner
)
order by found.area, found.raised_on, found.matter
"""

_STILL = """
select asked.nth::integer as nth, coalesce(e.name, '') as name, m.title as detail
from unnest(%(abouts)s::uuid[], %(dues)s::date[]) with ordinality asked (about, due, nth)
join matter m on m.area = %(area)s and m.matter = asked.about
left join enterprise e on e.area = m.area and e.enterprise = m.enterprise
where m.answered_on is null and m.raised_on = asked.due
"""


def _nudges(row: Unanswered, day: Day) -> Iterable[Wanted]:
    # of what the hub learned late, its owner is told then
    since = max(row.raised_on + timedelta(AFTER), row.recorded_on)
    for step, on in filter(None, [day.latest([(AFTER, day.from_(since))])]):
        yield Wanted(
            about=row.matter,
            about_kind=row.kind,
            what=row.kind,
            due=row.raised_on,
            step=step,
            on=on,
            to=row.owner,
        )


def _says(reminder: Reminder) -> str:
    since = in_words(reminder.due)
    if reminder.what == "feedback":
        return f"Feedback about {reminder.name or place_name(reminder.area)} has waited for your answer since {since}."
    where = f" in {place_name(reminder.area)}" if reminder.to == "national" else ""
    return f"The agenda item “{reminder.detail}”{where} has waited for your answer since {since}."


PARTICIPATION_UNANSWERED = Rule(
    name="participation_unanswered",
    version=1,
    sentence="Whoever has to answer feedback or an agenda item, such as the Catalyst or the area lead, is reminded "
    "when it has waited for 10 days.",
    optional=True,
    steps=(AFTER,),
    row=Unanswered,
    query=_QUERY,
    nudges=_nudges,
    still=_STILL,
    says=_says,
    outcome=Outcome(
        words="it was answered within 14 days of the reminder",
        by_then="n.send_on + 14",
        done="""exists (
            select from matter m where m.area = n.area and m.matter = n.about and m.answered_on <= n.by_then
        )""",
    ),
)
