"""The page that says who should talk to whom."""

from collections.abc import Sequence
from datetime import date
from typing import LiteralString, TypeVar

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from msgspec import Struct
from psycopg.rows import class_row

from events.access import Principal
from events.base import today
from events.database import Connection
from events.projections import picture as pictures
from hub.access.guard import Needs
from hub.alike import MEASURED, MEASURED_BY, MOST, Circumstances, circumstances
from hub.as_of import AsOf, read_as_of
from hub.db import Hub, notice
from hub.errors import BadField
from hub.learning.introductions import EACH, EXPLAINED, Introduction, Learned, Open, Resolved, Tried, introductions
from hub.learning.page import page_of
from hub.look.words import year_earlier

T = TypeVar("T", bound=Struct)

_OPEN = """
select area, topic, title, raised_on from barriers_on(%(on)s, %(known)s) where resolved_on is null
order by raised_on, area, barrier
"""

_RESOLVED = """
select distinct on (b.area, b.topic) b.area, b.topic, b.barrier, b.resolved_on, l.title as lesson_title
from barriers_on(%(on)s, %(known)s) b left join lessons_on(%(on)s, %(known)s) l on l.lesson = b.lesson
where b.resolved_on is not null
order by b.area, b.topic, b.resolved_on desc, b.barrier
"""

_TRIED = """
select l.lesson, l.title, t.trying, t.took_up, t.gave_up
from (
    select lesson,
           coalesce(array_agg(area) filter (where state = 'trialled'), '{}') as trying,
           coalesce(array_agg(area) filter (where state in ('adopted', 'adapted')), '{}') as took_up,
           coalesce(array_agg(area) filter (where state = 'abandoned'), '{}') as gave_up
    from practices_on(%(on)s, %(known)s) where state <> 'seen' group by lesson
) t
join lessons_on(%(on)s, %(known)s) l using (lesson)
where l.retired_on is null and t.trying <> '{}' and (t.took_up <> '{}' or t.gave_up <> '{}')
order by l.shared_on desc, l.lesson
"""

_TAKEN_UP = """
select area, count(*) from practices_on(%(on)s, %(known)s)
where adopted_on > %(year_ago)s group by area
"""


def read_learned(connection: Connection, *, on: date, known: date) -> Learned:
    """What areas could tell each other on a day, as known on another."""
    day = {"on": on, "known": known, "year_ago": year_earlier(on)}

    def rows(kind: type[T], query: LiteralString) -> list[T]:
        return connection.cursor(row_factory=class_row(kind)).execute(query, day, prepare=False).fetchall()

    return Learned(
        on=on,
        open=rows(Open, _OPEN),
        resolved=rows(Resolved, _RESOLVED),
        tried=rows(Tried, _TRIED),
        taken_up={str(area): int(str(number)) for area, number in connection.execute(_TAKEN_UP, day, prepare=False)},
    )


class Introduced(Struct, frozen=True, kw_only=True):
    found: list[Introduction]
    areas: Sequence[Circumstances]
    """All that take part."""
    notice: str


def read_introductions(hub: Hub, who: Principal, asked: AsOf, *, of: str) -> Introduced:
    """Who should talk to whom on a day; only pairs with one area if `of`. Raises `BadField` if it takes no part."""
    with hub.reading("national") as connection:
        picture = pictures.picture(connection, on=asked.on, known=asked.known, of_areas=MEASURED_BY)
    if of and of not in {each.area for each in picture.areas}:
        raise BadField("area", "Choose one of the areas taking part on that day.")
    with hub.reading("work", who) as connection:
        areas = circumstances(connection, picture)
        learned = read_learned(connection, on=asked.on, known=asked.known)
        return Introduced(found=introductions(areas, learned, of=of), areas=areas, notice=notice(connection))


@get("/learning/introductions", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def introducing(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    area: FromQuery[str] = "",
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Pairs of areas that could tell each other something, or those of one area."""
    asked = read_as_of(on, known, today=today())
    introduced = read_introductions(hub, who, asked, of=area)
    return page_of(
        "introductions",
        asked=asked,
        who=who,
        notice=introduced.notice,
        here="/learning",
        found=introduced.found,
        areas=introduced.areas,
        area=area,
        each=EACH,
        most=MOST,
        explained=EXPLAINED,
        measured=MEASURED,
    )
