"""Posts of Catalysts that end within half a year, so that there is time to find the money for the next."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from msgspec import Struct

from events.base import in_words
from events.nudging.rule import Day, Outcome, Reminder, Rule, Wanted
from events.places import place_name

BEFORE = 180
"""Days before its last day."""


class Post(Struct, frozen=True, kw_only=True):
    area: str
    stream: UUID
    post: str
    starts: date
    ends: date


# a post has a word of its own, as "coast"; whoever follows is appointed to the same
_QUERY = """
select p.area, p.stream, p.post, p.starts, p.ends
from post p join area a using (area)
where p.area = any (%(areas)s) and a.left_on is null and p.left_on is null and p.ends >= %(today)s
  and greatest(p.ends - 180, p.starts) between %(recent)s and %(through)s
  and not exists (select from post later where later.area = p.area and later.post = p.post and later.ends > p.ends)
  and not exists (
    select from nudge n where n.area = p.area and n.about = p.stream and n.rule = 'areas_post'
      and n.what = p.post and n.due = p.ends and n.step = -180
  )
order by p.area, p.post
"""

_STILL = """
select asked.nth::integer as nth, p.post as name, '' as detail
from unnest(%(whats)s::text[], %(dues)s::date[]) with ordinality asked (what, due, nth)
join post p on p.area = %(area)s and p.post = asked.what and p.ends = asked.due
where p.left_on is null
  and not exists (select from post later where later.area = p.area and later.post = p.post and later.ends > p.ends)
"""


def _nudges(row: Post, day: Day) -> Iterable[Wanted]:
    first = max(row.ends - timedelta(BEFORE), row.starts)
    for _, on in filter(None, [day.latest([(-BEFORE, day.until(first))])]):
        for to in ("national", "commissioner"):
            yield Wanted(
                about=row.stream, about_kind="area", what=row.post, due=row.ends, step=-BEFORE, on=on, to=to
            )  # fmt: skip


def _says(reminder: Reminder) -> str:
    where = place_name(reminder.area)
    return f"The Catalyst's post “{reminder.what}” in {where} ends on {in_words(reminder.due)}, and no other follows."


AREAS_POST = Rule(
    name="areas_post",
    version=1,
    sentence="The national team and the commissioner are told 180 days before a Catalyst's post ends, unless another "
    "follows.",
    optional=False,
    steps=(-BEFORE,),
    row=Post,
    query=_QUERY,
    nudges=_nudges,
    still=_STILL,
    says=_says,
    outcome=Outcome(
        words="another post followed without a gap",
        by_then="n.due",
        done="""exists (
            select from post p where p.area = n.area and p.post = n.what
              and p.ends > n.due and p.starts <= n.due + 1
        )""",
    ),
)
