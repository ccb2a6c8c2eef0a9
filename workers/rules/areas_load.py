"""Areas whose Catalysts look after nearly as many enterprises as they can."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from msgspec import Struct

from events.nudging.rule import Day, Reminder, Rule, Wanted
from events.places import place_name

AT = 80
"""Percent of what they can look after."""


class Full(Struct, frozen=True, kw_only=True):
    area: str
    stream: UUID
    reached_on: date


# It reached the load on the day of the enterprise that was one too many, or when a post or the target changed later.
# Where it goes up and down, it is told of twice a year at most.
_QUERY = """
with able as (
    select a.area, a.stream, t.enterprises * p.posts as most, greatest(t.since, p.since) as since
    from area a
    cross join lateral (
        select l.enterprises, l.since from load_target l where l.area in (a.area, 'UK') and l.since <= %(today)s
        order by l.area = a.area desc, l.since desc, l.position desc limit 1
    ) t
    cross join lateral (
        select count(*) filter (where least(ends + 1, left_on) > %(today)s) as posts,
               max(case when least(ends + 1, left_on) > %(today)s then starts
                        else least(ends + 1, left_on) end) as since
        from post where post.area = a.area and post.starts <= %(today)s
    ) p
    where a.area = any (%(areas)s) and a.left_on is null and p.posts > 0
      and not exists (
        select from nudge n where n.area = a.area and n.about = a.stream and n.rule = 'areas_load'
          and n.what = '' and n.due > %(today)s::date - 180 and n.step = 80
    )
)
select able.area, able.stream, greatest(able.since, last.since) as reached_on
from able
cross join lateral (
    select e.standing_since as since from enterprise e
    where e.area = able.area and e.standing = 'active'
    order by e.standing_since offset greatest(ceil(able.most * 0.8)::bigint - 1, 0) limit 1
) last
where greatest(able.since, last.since) between %(oldest)s and %(today)s
order by able.area
"""

_STILL = """
select asked.nth::integer as nth, '' as name,
       able.active || ' active enterprises, of ' || able.most || ' that ' || case able.posts
           when 1 then 'one Catalyst' else able.posts || ' Catalysts' end || ' can look after' as detail
from unnest(%(abouts)s::uuid[]) with ordinality asked (about, nth)
cross join (
    select p.posts, p.posts * t.enterprises as most,
           (select count(*) from enterprise e where e.area = %(area)s and e.standing = 'active') as active
    from (
        select count(*) as posts from post
        where area = %(area)s and starts <= %(today)s and least(ends + 1, left_on) > %(today)s
    ) p, (
        select enterprises from load_target l where l.area in (%(area)s, 'UK') and l.since <= %(today)s
        order by l.area = %(area)s desc, l.since desc, l.position desc limit 1
    ) t
) able
where able.posts > 0 and able.active * 100 >= able.most * 80
"""


def _nudges(row: Full, day: Day) -> Iterable[Wanted]:
    for _, on in filter(None, [day.latest([(AT, day.from_(row.reached_on))])]):
        for to in ("lead", "national"):
            yield Wanted(about=row.stream, about_kind="area", due=row.reached_on, step=AT, on=on, to=to)


def _says(reminder: Reminder) -> str:
    return f"{place_name(reminder.area)} is nearly full: {reminder.detail}."


AREAS_LOAD = Rule(
    name="areas_load",
    version=1,
    sentence="The area lead and the national team are told when an area's Catalysts look after 80% of the enterprises "
    "that they can look after.",
    optional=False,
    steps=(AT,),
    row=Full,
    query=_QUERY,
    nudges=_nudges,
    still=_STILL,
    wide=True,
    says=_says,
    unit="percent",
)
