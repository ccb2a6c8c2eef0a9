"""What an enterprise does, told again before it stops being counted."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from msgspec import Struct

from events.base import in_words
from events.nudging.rule import Day, Outcome, Reminder, Rule, Trial, Wanted

EVERY = timedelta(180)
"""So long is a report counted; then another one is due."""

TO_CATALYST = 14


class ReportDue(Struct, frozen=True, kw_only=True):
    area: str
    enterprise: UUID
    due: date
    step: int


# Of enterprises that do something to report.
_QUERY = """
select e.area, e.enterprise, e.since + 180 as due, s.step
from unnest(%(steps)s::integer[]) s (step)
cross join lateral (
    select area, enterprise, greatest(coalesce(reported_on, stage_since), standing_since) as since from enterprise
    where area = any (%(areas)s) and standing = 'active'
      and (reported_on is not null or stage in ('trading', 'sustaining'))
      and greatest(coalesce(reported_on, stage_since), standing_since)
          between %(oldest)s::date - 180 - s.step and %(today)s::date - 180 - s.step
    offset 0  -- so that an index finds them step by step
) e
where not exists (
    select from nudge n where n.area = e.area and n.about = e.enterprise and n.rule = 'enterprises_report'
      and n.what = '' and n.due = e.since + 180 and n.step = s.step
)
order by e.area, e.enterprise
"""

_STILL = """
select asked.nth::integer as nth, e.name, '' as detail
from unnest(%(abouts)s::uuid[], %(dues)s::date[]) with ordinality asked (about, due, nth)
join enterprise e on e.area = %(area)s and e.enterprise = asked.about
where e.standing = 'active' and (e.reported_on is not null or e.stage in ('trading', 'sustaining'))
  and greatest(coalesce(e.reported_on, e.stage_since), e.standing_since) + 180 = asked.due
"""


def _nudges(row: ReportDue, day: Day) -> Iterable[Wanted]:
    reached = day.latest([(step, day.from_(row.due + timedelta(step))) for step in (0, TO_CATALYST)])
    if reached is None or reached[0] != row.step:
        return
    step, on = reached
    yield Wanted(
        about=row.enterprise,
        about_kind="enterprise",
        due=row.due,
        step=step,
        on=on,
        to="catalyst" if step else "enterprise",
        recipient=None if step else row.enterprise,
    )


def _says(reminder: Reminder) -> str:
    if reminder.to == "enterprise":
        return "It is time to tell again what you do: how many people you support, for how many hours a week."
    return f"{reminder.name} has not told what it does since {in_words(reminder.due - EVERY)}."


ENTERPRISES_REPORT = Rule(
    name="enterprises_report",
    version=1,
    sentence="An enterprise is asked to tell again what it does when its last report is 180 days old and no longer "
    "counted; the Catalyst is told 14 days after.",
    optional=True,
    trial=Trial(
        name="activity report 2026",
        declared_on=date(2026, 11, 22),
        ends_on=date(2027, 11, 21),
        share=0.10,
        words="Do more enterprises report what they do where they are asked to?",
    ),
    steps=(0, TO_CATALYST),
    row=ReportDue,
    query=_QUERY,
    nudges=_nudges,
    still=_STILL,
    says=_says,
    outcome=Outcome(
        words="the enterprise reported within 14 days",
        by_then="n.send_on + 14",
        # a report happened on the last day of what it tells of: any newer than the one before was told since
        done="""exists (
            select from event v where v.area = n.area and v.stream = n.about and v.type = 'activity.reported'
              and v.occurred_on > n.due - 180 and v.occurred_on <= n.by_then
        )""",
    ),
)
