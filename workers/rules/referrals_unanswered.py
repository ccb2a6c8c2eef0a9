"""Referrals that nobody answered."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from msgspec import Struct

from events.base import in_words
from events.nudging.rule import Day, Outcome, Reminder, Rule, Wanted

TO_ENTERPRISE, TO_CATALYST = 3, 7
"""Working days after it was made."""


class Unanswered(Struct, frozen=True, kw_only=True):
    area: str
    referral: UUID
    enterprise: UUID
    made_on: date
    step: int


# seven working days are never more than 16 days, over Christmas too
_QUERY = """
select r.area, r.referral, r.enterprise, r.made_on, s.step
from referral r cross join unnest(%(steps)s::integer[]) s (step)
where r.area = any (%(areas)s) and r.state = 'made'
  and r.made_on between %(recent)s::date - 16 and %(through)s::date - s.step
  and not exists (
    select from nudge n where n.area = r.area and n.about = r.referral and n.rule = 'referrals_unanswered'
      and n.what = '' and n.due = r.made_on and n.step = s.step
  )
order by r.area, r.made_on, r.referral
"""

_STILL = """
select asked.nth::integer as nth, coalesce(e.name, 'An enterprise') as name, r.service as detail
from unnest(%(abouts)s::uuid[]) with ordinality asked (about, nth)
join referral r on r.area = %(area)s and r.referral = asked.about
left join enterprise e on e.area = r.area and e.enterprise = r.enterprise
where r.state = 'made'
"""


def _nudges(row: Unanswered, day: Day) -> Iterable[Wanted]:
    ladder = [(step, day.after_working_days(row.made_on, step)) for step in (TO_ENTERPRISE, TO_CATALYST)]
    reached = day.latest(ladder)
    if reached is None or reached[0] != row.step:
        return
    step, on = reached
    enterprise = step == TO_ENTERPRISE
    yield Wanted(
        about=row.referral,
        about_kind="referral",
        due=row.made_on,
        step=step,
        on=on,
        to="enterprise" if enterprise else "catalyst",
        recipient=row.enterprise if enterprise else None,
    )


def _says(reminder: Reminder) -> str:
    when = in_words(reminder.due)
    if reminder.to == "enterprise":
        return f"Somebody who was referred to you on {when} for {reminder.detail} waits for an answer."
    return f"{reminder.name} has not answered the referral for {reminder.detail} of {when}."


REFERRALS_UNANSWERED = Rule(
    name="referrals_unanswered",
    version=1,
    sentence="An enterprise that has not answered a referral is reminded after 3 working days; the Catalyst is told "
    "after 7.",
    optional=False,
    steps=(TO_ENTERPRISE, TO_CATALYST),
    row=Unanswered,
    query=_QUERY,
    nudges=_nudges,
    still=_STILL,
    says=_says,
    unit="working days",
    outcome=Outcome(
        words="the referral had an answer within 7 days of the reminder",
        by_then="n.send_on + 7",
        done="""exists (
            select from referral r where r.area = n.area and r.referral = n.about
              and r.state <> 'made' and coalesce(r.accepted_on, r.since) <= n.by_then
        )""",
    ),
)
