"""The page of a barrier: how it stands, and what helped elsewhere, the nearest circumstances first."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import Struct
from psycopg.rows import class_row

from events import ledger
from events.access import Principal
from events.base import NotFound
from events.places import place_name, places
from hub.access.guard import Needs
from hub.db import Hub, notice
from hub.learning.page import page_of
from hub.look.words import count
from hub.naming import namer
from hub.timeline import timeline

MOST_WORDS: Final = 4
"""Shared words that are named."""


class Barrier(Struct, frozen=True, kw_only=True):
    area: str
    barrier: UUID
    topic: str
    title: str
    detail: str
    enterprise: UUID | None
    enterprise_name: str | None
    """None where it is not for whoever asks to read."""
    raised_on: date
    resolved_on: date | None
    how: str
    lesson: UUID | None
    lesson_title: str | None


class Near(Struct, frozen=True, kw_only=True):
    """Something that helped elsewhere."""

    area: str
    id: UUID
    title: str
    how: str
    lesson: UUID | None
    lesson_title: str | None
    on_day: date
    same_nation: bool
    reach: int
    words: list[str] | None
    """Words that it shares with the barrier."""

    @property
    def why(self) -> str:
        """Why it comes where it comes, as a sentence."""
        words = (self.words or [])[:MOST_WORDS]
        reasons = [
            f"both speak of {', '.join(words)}" if words else "",
            f"also in {_nation(self.area)}" if self.same_nation and _nation(self.area) else "",
            f"taken up by {count(self.reach, 'area', 'areas')}" if self.reach else "",
        ]
        said = "; ".join(each for each in ("same topic", *reasons) if each)
        return f"{said[:1].upper()}{said[1:]}."


def _nation(area: str) -> str:
    place = places().get(area)
    return (place.nation if place else None) or ""


_BARRIER = """
select b.area, b.barrier, b.topic, b.title, b.detail, b.enterprise, e.name as enterprise_name, b.raised_on,
       b.resolved_on, b.how, b.lesson, l.title as lesson_title
from barrier b
left join enterprise e on e.area = b.area and e.enterprise = b.enterprise
left join lesson l on l.lesson = b.lesson
where b.barrier = %s
"""

# Of two texts, those words count as shared whose stems are the same. They are named as the barrier's own text has them.
_RESOLVED = """
with near as (
    select b.area, b.barrier as id, b.title, b.how, b.lesson, l.title as lesson_title, b.resolved_on as on_day,
           b.area = any (%(nation)s) as same_nation,
           coalesce(reach(l.lesson, l.area), 0) as reach,
           tsvector_to_array(to_tsvector('english', b.title || ' ' || b.detail)) as stems
    from barrier b left join lesson l on l.lesson = b.lesson
    where b.resolved_on is not null and b.area <> %(area)s and b.topic = %(topic)s
), ranked as (
    select near.*, (select count(*) from unnest(tsvector_to_array(to_tsvector('english', %(text)s))) stem
                    where stem = any (near.stems)) as shared
    from near
    order by shared desc, same_nation desc, reach desc, on_day desc, id limit 8
)
select area, id, title, how, lesson, lesson_title, on_day, same_nation, reach,
       (select array_agg(distinct word) from regexp_split_to_table(lower(%(text)s), '[^[:alpha:]]+') word
        where length(word) > 2 and tsvector_to_array(to_tsvector('english', word)) && ranked.stems) as words
from ranked order by shared desc, same_nation desc, reach desc, on_day desc, id
"""

_LESSONS = """
with near as (
    select l.area, l.lesson as id, l.title, '' as how, null::uuid as lesson, null::text as lesson_title,
           l.shared_on as on_day, l.area = any (%(nation)s) as same_nation,
           reach(l.lesson, l.area) as reach,
           tsvector_to_array(l.words) as stems
    from lesson l where l.retired_on is null and %(topic)s = any (l.resolves)
), ranked as (
    select near.*, (select count(*) from unnest(tsvector_to_array(to_tsvector('english', %(text)s))) stem
                    where stem = any (near.stems)) as shared
    from near
    order by shared desc, same_nation desc, reach desc, on_day desc, id limit 8
)
select area, id, title, how, lesson, lesson_title, on_day, same_nation, reach,
       (select array_agg(distinct word) from regexp_split_to_table(lower(%(text)s), '[^[:alpha:]]+') word
        where length(word) > 2 and tsvector_to_array(to_tsvector('english', word)) && ranked.stems) as words
from ranked order by shared desc, same_nation desc, reach desc, on_day desc, id
"""


@get("/barriers/{barrier:uuid}", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def barrier_page(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    barrier: FromPath[UUID],
    recorded: FromQuery[int | None] = None,
) -> Response[bytes]:
    """What stands in the way, and what helped others. `recorded` is the entry that brings somebody here."""
    with hub.reading("work", who) as connection:
        found = connection.cursor(row_factory=class_row(Barrier)).execute(_BARRIER, [barrier]).fetchone()
        if found is None:
            raise NotFound("There is no such barrier here.")
        known = {
            "area": found.area,
            "topic": found.topic,
            "text": f"{found.title} {found.detail}",
            "nation": _same_nation(found.area),
        }
        cursor = connection.cursor(row_factory=class_row(Near))
        resolved = cursor.execute(_RESOLVED, known).fetchall()
        lessons = cursor.execute(_LESSONS, known).fetchall()
        history = ledger.read_stream(connection, found.area, barrier)
        items = timeline(history, name_of=namer(connection, who))
        said = notice(connection)
    return page_of(
        "barrier",
        who=who,
        notice=said,
        it=found,
        area_name=place_name(found.area),
        resolved=resolved,
        lessons=lessons,
        items=items,
        recorded=recorded if any(each.position == recorded for each in history) else None,
        may_record=who.may("record", found.area),
        may_look=who.may("read people", found.area),
        place_name=place_name,
    )


def _same_nation(area: str) -> Sequence[str]:
    nation = _nation(area)
    return [place.code for place in places().values() if place.nation == nation and nation]
