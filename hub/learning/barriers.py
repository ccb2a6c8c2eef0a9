"""The page of a barrier: how it stands, and what helped elsewhere, the nearest circumstances first."""

from collections.abc import Mapping
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
from events.base import NotFound, today
from events.places import place_name
from events.projections import picture as pictures
from hub.access.guard import Needs
from hub.alike import MEASURED_BY, circumstances, nearest
from hub.alike import Near as Alike
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
    reach: int
    words: list[str] | None
    """Words that it shares with the barrier."""

    def why(self, alike: Mapping[str, Alike]) -> str:
        """Why it comes where it comes, as a sentence, given how alike other areas are."""
        words = (self.words or [])[:MOST_WORDS]
        near = alike.get(self.area)
        reasons = [
            f"both speak of {', '.join(words)}" if words else "",
            f"{near.why[:1].lower()}{near.why[1:-1]}" if near else "",
            f"taken up by {count(self.reach, 'area', 'areas')}" if self.reach else "",
        ]
        said = "; ".join(each for each in ("same topic", *reasons) if each)
        return f"{said[:1].upper()}{said[1:]}."


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
with alike as (
    select * from unnest(%(areas)s::text[], %(points)s::int[]) as alike (area, points)
), near as (
    select b.area, b.barrier as id, b.title, b.how, b.lesson, l.title as lesson_title, b.resolved_on as on_day,
           coalesce((select a.points from alike a where a.area = b.area), 0) as alike,
           coalesce(reach(l.lesson, l.area), 0) as reach,
           tsvector_to_array(to_tsvector('english', b.title || ' ' || b.detail)) as stems
    from barrier b left join lesson l on l.lesson = b.lesson
    where b.resolved_on is not null and b.area <> %(area)s and b.topic = %(topic)s
), ranked as (
    select near.*, (select count(*) from unnest(tsvector_to_array(to_tsvector('english', %(text)s))) stem
                    where stem = any (near.stems)) as shared
    from near
    order by shared desc, alike desc, reach desc, on_day desc, id limit 8
)
select area, id, title, how, lesson, lesson_title, on_day, reach,
       (select array_agg(distinct word) from regexp_split_to_table(lower(%(text)s), '[^[:alpha:]]+') word
        where length(word) > 2 and tsvector_to_array(to_tsvector('english', word)) && ranked.stems) as words
from ranked order by shared desc, alike desc, reach desc, on_day desc, id
"""

_LESSONS = """
with alike as (
    select * from unnest(%(areas)s::text[], %(points)s::int[]) as alike (area, points)
), near as (
    select l.area, l.lesson as id, l.title, '' as how, null::uuid as lesson, null::text as lesson_title,
           l.shared_on as on_day,
           coalesce((select a.points from alike a where a.area = l.area), 0) as alike,
           reach(l.lesson, l.area) as reach,
           tsvector_to_array(l.words) as stems
    from lesson l where l.retired_on is null and %(topic)s = any (l.resolves)
), ranked as (
    select near.*, (select count(*) from unnest(tsvector_to_array(to_tsvector('english', %(text)s))) stem
                    where stem = any (near.stems)) as shared
    from near
    order by shared desc, alike desc, reach desc, on_day desc, id limit 8
)
select area, id, title, how, lesson, lesson_title, on_day, reach,
       (select array_agg(distinct word) from regexp_split_to_table(lower(%(text)s), '[^[:alpha:]]+') word
        where length(word) > 2 and tsvector_to_array(to_tsvector('english', word)) && ranked.stems) as words
from ranked order by shared desc, alike desc, reach desc, on_day desc, id
"""


@get("/barriers/{barrier:uuid}", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def barrier_page(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    barrier: FromPath[UUID],
    recorded: FromQuery[int | None] = None,
) -> Response[bytes]:
    """What stands in the way, and what helped others. `recorded` is the entry that brings somebody here."""
    day = today()
    with hub.reading("national") as connection:
        picture = pictures.picture(connection, on=day, known=day, of_areas=MEASURED_BY)
    with hub.reading("work", who) as connection:
        found = connection.cursor(row_factory=class_row(Barrier)).execute(_BARRIER, [barrier]).fetchone()
        if found is None:
            raise NotFound("There is no such barrier here.")
        areas = circumstances(connection, picture)
        alike = {near.it.area: near for near in nearest(areas, found.area, most=len(areas))}
        known = {
            "area": found.area,
            "topic": found.topic,
            "text": f"{found.title} {found.detail}",
            "areas": [*alike],
            # in whole points, so that among those about as near what went further comes first
            "points": [round(near.points) for near in alike.values()],
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
        resolved=[(each, each.why(alike)) for each in resolved],
        lessons=[(each, each.why(alike)) for each in lessons],
        items=items,
        recorded=recorded if any(each.position == recorded for each in history) else None,
        may_record=who.may("record", found.area),
        may_look=who.may("read people", found.area),
        place_name=place_name,
    )
