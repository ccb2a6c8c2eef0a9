"""How learning spread, for programs."""

from datetime import date
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from msgspec import Struct
from psycopg.rows import class_row

from events.access import Principal
from events.base import today
from events.places import place_name
from hub.access.guard import Needs
from hub.as_of import read_as_of
from hub.db import Hub
from hub.learning.library import read_library
from hub.learning.page import active_areas
from hub.learning.spread import Taken

_TAKEN = """
select lesson, area, state, since, from_area, seen_on, trialled_on, adopted_on, abandoned_on, change, why
from practices_on(%(on)s, %(known)s)
where %(lesson)s::uuid is null or lesson = %(lesson)s
order by lesson, coalesce(adopted_on, trialled_on, seen_on, since), area
"""


class TakenOf(Taken, frozen=True, kw_only=True):
    lesson: UUID


class Step(Struct, frozen=True, kw_only=True):
    """How far an area came with a lesson."""

    area: str
    name: str
    from_area: str
    """Where it learned of it."""
    state: str
    """seen, trialled, adopted, adapted or abandoned."""
    since: date
    adopted_on: date | None
    days: int | None
    """From the day the lesson was shared to the day it was adopted."""
    change: str
    """What it changed."""
    why: str | None
    """Why it gave it up."""


class SpreadOf(Struct, frozen=True, kw_only=True):
    """A lesson, and where it went."""

    lesson: UUID
    title: str
    area: str
    name: str
    """Of the area that shared it."""
    shared_on: date
    retired_on: date | None
    topics: list[str]
    resolves: list[str]
    reach: int
    """Areas taking part that adopted or adapted it."""
    median_days: int | None
    areas: list[Step]


class SpreadAnswer(Struct, frozen=True, kw_only=True):
    """All learning on a day, from what was known at the end of another; both days in Europe/London."""

    on: date
    known: date
    areas_active: int
    lessons: list[SpreadOf]


@get("/api/learning/spread", access=Needs("read area"), sync_to_thread=True)
def spread_api(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    lesson: FromQuery[UUID | None] = None,
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> SpreadAnswer:
    """Each lesson, or one of them, and the areas it went to: on any day, as known on any day."""
    asked = read_as_of(on, known, today=today()).refused()
    day = {"on": asked.on, "known": asked.known, "lesson": lesson}
    with hub.reading("work", who) as connection:
        lessons = read_library(connection, on=asked.on, known=asked.known)
        active = active_areas(connection, asked)
        taken = connection.cursor(row_factory=class_row(TakenOf)).execute(_TAKEN, day, prepare=False).fetchall()
    shared_on = {each.lesson: each.shared_on for each in lessons}
    steps: dict[UUID, list[Step]] = {}
    for each in taken:
        step = Step(
            area=each.area,
            name=place_name(each.area),
            from_area=each.from_area,
            state=each.state,
            since=each.since,
            adopted_on=each.adopted_on,
            days=each.days(shared_on.get(each.lesson)),
            change=each.change,
            why=each.why,
        )
        steps.setdefault(each.lesson, []).append(step)
    return SpreadAnswer(
        on=asked.on,
        known=asked.known,
        areas_active=active,
        lessons=[
            SpreadOf(
                lesson=each.lesson,
                title=each.title,
                area=each.area,
                name=place_name(each.area),
                shared_on=each.shared_on,
                retired_on=each.retired_on,
                topics=each.topics,
                resolves=each.resolves,
                reach=each.reach,
                median_days=each.median_days,
                areas=steps.get(each.lesson, []),
            )
            for each in lessons
            if lesson in (None, each.lesson)
        ],
    )
