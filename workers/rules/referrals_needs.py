"""Needs that nobody meets."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from msgspec import Struct

from events.base import in_words
from events.nudges import RecipientKind
from events.nudging.rule import Day, Outcome, Reminder, Rule, Wanted
from events.places import place_name

ENTERPRISES = 14
STEPS: dict[int, RecipientKind] = {ENTERPRISES: "enterprise", 90: "catalyst", 365: "national"}
"""Who is told after how many days of waiting."""


class Open(Struct, frozen=True, kw_only=True):
    area: str
    need: UUID
    waiting_since: date
    recorded_on: date
    shared_on: date | None
    step: int
    enterprise: UUID | None
    """One that may help, for the first step."""


# Enterprises hear of a need that was shared: the six likeliest of those that offer it, as its page finds them.
_QUERY = """
with found as materialized (
    select n.area, n.need, n.service, n.waiting_since, n.recorded_on, n.shared_on, s.step
    from unnest(%(steps)s::integer[]) s (step)
    join need n on n.waiting_since between %(oldest)s::date - s.step and %(today)s::date - s.step
                or n.recorded_on between %(oldest)s and %(today)s
                or n.shared_on between %(oldest)s and %(today)s
    where n.area = any (%(areas)s) and n.closed_on is null
      and greatest(n.waiting_since + s.step, n.recorded_on, case s.step when 14 then n.shared_on end)
          between %(oldest)s and %(today)s
      -- enterprises are asked for a favour: not late, and not each day anew where none offers it
      and (s.step > 14 or n.shared_on is not null
           and greatest(n.waiting_since + 14, n.recorded_on, n.shared_on) >= %(today)s::date - 12)
      and not exists (
        select from referral r where r.area = n.area and r.need = n.need
          and r.state not in ('declined', 'withdrawn', 'expired')
      )
      and not exists (
        select from nudge t where t.area = n.area and t.about = n.need and t.rule = 'referrals_needs'
          and t.what = '' and t.due = n.waiting_since and t.step = s.step
      )
)
select f.area, f.need, f.waiting_since, f.recorded_on, f.shared_on, f.step, likely.enterprise
from found f
left join lateral (
    select e.enterprise from enterprise e
    where f.step = 14 and e.area = f.area and e.standing = 'active' and e.can_take is distinct from 0
      and tsvector_to_array(to_tsvector('english', array_to_string(e.services, ' ')))
          && tsvector_to_array(to_tsvector('english', f.service))
      and not exists (select from answer a where a.area = f.area and a.need = f.need and a.enterprise = e.enterprise)
      and not exists (select from referral r where r.area = f.area and r.need = f.need and r.enterprise = e.enterprise)
    order by e.can_take desc nulls last, e.name, e.enterprise limit 6
) likely on true
where f.step > 14 or likely.enterprise is not null
order by f.area, f.need
"""

# an enterprise that answered or stopped since is not asked any more
_STILL = """
select asked.nth::integer as nth, '' as name, n.service as detail
from unnest(%(abouts)s::uuid[], %(recipients)s::uuid[]) with ordinality asked (about, recipient, nth)
join need n on n.area = %(area)s and n.need = asked.about
where n.closed_on is null and not exists (
    select from referral r where r.area = n.area and r.need = n.need
      and (r.state not in ('declined', 'withdrawn', 'expired') or r.enterprise = asked.recipient)
)
  and not exists (select from answer a where a.area = n.area and a.need = n.need and a.enterprise = asked.recipient)
  and not exists (
    select from enterprise e where e.area = n.area and e.enterprise = asked.recipient
      and (e.standing <> 'active' or e.can_take = 0)
)
"""


def _nudges(row: Open, day: Day) -> Iterable[Wanted]:
    # who had waited for long when the hub learned of it is told of then; enterprises hear once it was shared with them
    ladder = [(step, day.from_(max(row.waiting_since + timedelta(step), row.recorded_on))) for step in STEPS]
    ladder[0] = (ENTERPRISES, day.from_(max(ladder[0][1], row.shared_on or ladder[0][1])))
    # those who work with the hub are told whatever enterprises heard meanwhile
    reached = day.latest(ladder if row.step == ENTERPRISES else ladder[1:])
    if reached is None or reached[0] != row.step:
        return
    step, on = reached
    yield Wanted(
        about=row.need,
        about_kind="need",
        due=row.waiting_since,
        step=step,
        on=on,
        to=STEPS[step],
        recipient=row.enterprise,
    )


def _says(reminder: Reminder) -> str:
    since = in_words(reminder.due)
    if reminder.to == "enterprise":
        return f"Somebody near you has looked for {reminder.detail} since {since}. Tell us if you can help."
    where = f" in {place_name(reminder.area)}" if reminder.to == "national" else ""
    return f"Somebody{where} has looked for {reminder.detail} since {since}, and nobody has been found."


REFERRALS_NEEDS = Rule(
    name="referrals_needs",
    version=1,
    sentence="Of a need that nobody meets, up to six enterprises that offer what is needed hear after 14 days, if it "
    "was shared; the Catalyst after 90 days and the national team after 365.",
    optional=False,
    steps=tuple(STEPS),
    row=Open,
    query=_QUERY,
    nudges=_nudges,
    still=_STILL,
    wide=True,
    says=_says,
    outcome=Outcome(
        words="an enterprise accepted a referral for it within 28 days",
        by_then="n.send_on + 28",
        done="""exists (
            select from referral r where r.area = n.area and r.need = n.about
              and r.accepted_on between n.send_on and n.by_then
        )""",
    ),
)
