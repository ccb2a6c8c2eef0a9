"""What happened in some days, and what was learned in them about earlier days: of what few entries are about."""

from datetime import date
from typing import Literal, cast

from msgspec import Struct

from events.database import Connection

Turn = Literal["began", "ended", "went on"]
"""Whether it began, ended with nothing of its kind in its place, or took the place of the one before it."""


class Turned(Struct, frozen=True, kw_only=True):
    """An entry that began or ceased to hold."""

    area: str
    facet: str
    key: str
    position: int
    day: date
    turn: Turn
    amounts: tuple[int | None, int | None]
    """The first two of its facet."""
    said_anew: bool
    """Whether it is a correction that says so."""


# What begins where something of its kind ends took its place; what ends where nothing begins is over.
_TURNED = """
with standing as (
    select area, facet, key, position, said_at, occurred_on, ends_on, known_on, first, second from belief
    where known_on <= %(known)s and superseded_on > %(known)s and occurred_on > %(since)s and occurred_on <= %(on)s
      and facet in ('area', 'registered', 'post', 'condition', 'risk', 'lesson', 'practice')
    union
    select area, facet, key, position, said_at, occurred_on, ends_on, known_on, first, second from belief
    where known_on <= %(known)s and superseded_on > %(known)s and ends_on > %(since)s and ends_on <= %(on)s
      and facet in ('area', 'post', 'condition', 'risk', 'lesson', 'practice') and ends_on < '9999-12-31'
)
select area, facet, key, position, occurred_on,
       case when exists (
           select from standing b where b.area = s.area and b.facet = s.facet and b.key = s.key
             and b.ends_on = s.occurred_on and b.first is not distinct from s.first
             and s.facet in ('area', 'post', 'condition')
       ) then 'went on' else 'began' end as turn, first, second, said_at <> position
from standing s where occurred_on > %(since)s and occurred_on <= %(on)s
union all
select area, facet, key, position, ends_on, 'ended', first, second, said_at <> position
from standing s
where ends_on > %(since)s and ends_on <= %(on)s and not exists (
    select from standing b
    where b.area = s.area and b.facet = s.facet and b.key = s.key and b.occurred_on = s.ends_on
      and s.facet not in ('lesson', 'practice')
)
order by 5 desc, 1, 2, 3, 4
"""

# New beliefs about earlier days. A belief that only ends otherwise tells something new if it ended before these days.
_LATE = """
select area, facet, key, position, case when was.ended then ends_on else occurred_on end,
       case when was.ended then 'ended' else 'began' end, first, second, said_at <> position
from belief b, lateral (select exists (
    select from belief o where o.area = b.area and o.position = b.position and o.facet = b.facet and o.key = b.key
      and o.said_at = b.said_at and o.known_on <= b.known_on and o.known_at < b.known_at
) as ended) was
where known_on > %(since)s and known_on <= %(known)s and superseded_on > %(known)s and occurred_on <= %(before)s
  and facet in ('area', 'post', 'condition', 'risk', 'lesson', 'practice')
  and (not was.ended or ends_on <= %(before)s)
order by 5 desc, 1, 2, 3, 4
"""


def turned(connection: Connection, *, since: date, on: date, known: date) -> list[Turned]:
    """What began or ended after a day and up to another, as known at the end of a third; the latest first."""
    return _read(connection.execute(_TURNED, {"since": since, "on": on, "known": known}).fetchall())


def learned_late(connection: Connection, *, since: date, known: date, before: date) -> list[Turned]:
    """What was learned after a day and up to another about days up to a third."""
    return _read(connection.execute(_LATE, {"since": since, "known": known, "before": before}).fetchall())


def _read(rows: list[tuple[object, ...]]) -> list[Turned]:
    return [
        Turned(
            area=str(area),
            facet=str(facet),
            key=str(key),
            position=cast("int", position),
            day=cast("date", day),
            turn=cast("Turn", turn),
            amounts=(cast("int | None", first), cast("int | None", second)),
            said_anew=bool(anew),
        )
        for area, facet, key, position, day, turn, first, second, anew in rows
    ]
