"""Which barriers stand where and since when, and who got past one on the same topic, by which lesson."""

from collections.abc import Sequence
from datetime import date
from typing import Final, get_args
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from msgspec import Struct
from psycopg.rows import class_row

from events.access import Principal
from events.base import today
from events.database import Connection
from events.learning import Topic
from events.places import place_name
from hub.access.guard import Needs
from hub.as_of import AsOf, read_as_of
from hub.db import Hub, notice
from hub.learning.page import page_of
from hub.look.words import count, in_words, listed

SHOWN: Final = 4
"""Of each topic, while all are shown."""
MOST: Final = 200
"""Of one topic, when it alone is asked for."""


class Met(Struct, frozen=True, kw_only=True):
    """A barrier that an area met."""

    area: str
    barrier: UUID
    topic: str
    title: str
    raised_on: date
    resolved_on: date | None
    lesson: UUID | None
    lesson_title: str | None
    """Of the lesson that helped."""


class Obstacle(Struct, frozen=True, kw_only=True):
    """A topic, with the barriers on it."""

    topic: str
    open: list[Met]
    """The oldest first."""
    resolved: list[Met]
    """The newest first."""

    @property
    def areas(self) -> int:
        """Where one is open."""
        return len({each.area for each in self.open})

    @property
    def helpers(self) -> int:
        """Where one was resolved."""
        return len({each.area for each in self.resolved})


_MET = """
select b.area, b.barrier, b.topic, b.title, b.raised_on, b.resolved_on, b.lesson, l.title as lesson_title
from barriers_on(%(on)s, %(known)s) b
join areas_on(%(on)s, %(known)s) a using (area)
left join lessons_on(%(on)s, %(known)s) l on l.lesson = b.lesson
where %(topic)s::text is null or b.topic = %(topic)s
"""


@get("/learning/barriers", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def in_the_way(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    topic: FromQuery[str] = "",
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    """The barriers of the areas taking part, topic by topic."""
    asked = read_as_of(on, known, today=today())
    topic = topic if topic in get_args(Topic) else ""
    with hub.reading("work", who) as connection:
        met = read_met(connection, asked, topic=topic)
        said = notice(connection)
    found = obstacles(met)
    return page_of(
        "in_the_way",
        asked=asked,
        who=who,
        notice=said,
        here="/learning",
        stands=stands(found, on=asked.on),
        obstacles=found,
        topic=topic,
        shown=MOST if topic else SHOWN,
        place_name=place_name,
    )


def read_met(connection: Connection, asked: AsOf, *, topic: str = "") -> list[Met]:
    """The barriers of the areas taking part on a day, open or not; only those on one topic if given."""
    day = {"on": asked.on, "known": asked.known, "topic": topic or None}
    return connection.cursor(row_factory=class_row(Met)).execute(_MET, day, prepare=False).fetchall()


def obstacles(met: Sequence[Met]) -> list[Obstacle]:
    """By topic: those open in the most areas first."""
    found = [
        Obstacle(
            topic=topic,
            open=sorted(
                (each for each in met if each.topic == topic and each.resolved_on is None),
                key=lambda each: (each.raised_on, each.area),
            ),
            resolved=sorted(
                (each for each in met if each.topic == topic and each.resolved_on is not None),
                key=lambda each: (each.resolved_on or date.min, each.area),
                reverse=True,
            ),
        )
        for topic in dict.fromkeys(each.topic for each in met)
    ]
    return sorted(found, key=lambda each: (-each.areas, -each.helpers, each.topic))


def stands(found: Sequence[Obstacle], *, on: date) -> str:
    """How much is in the way on a day, and of how much of it another area could tell; empty where nothing was met."""
    if not found:
        return ""
    barriers = [each for obstacle in found for each in obstacle.open]
    if not barriers:
        return f"On {in_words(on)} no barrier was open."
    areas = len({each.area for each in barriers})
    known = sum(
        any(other.area != each.area for other in obstacle.resolved) for obstacle in found for each in obstacle.open
    )
    most = found[0].areas
    first = [each.topic for each in found if each.areas == most]
    named = listed(first if len(first) < 4 else [*first[:2], f"{len(first) - 2} more"])
    return (
        f"On {in_words(on)} {count(len(barriers), 'barrier was', 'barriers were')} open in "
        f"{count(areas, 'area', 'areas')}. {named[:1].upper()}{named[1:]} stood in the way of most: "
        f"{count(most, 'area', 'areas')}{' each' if len(first) > 1 else ''}. For {known} of the {len(barriers)}, "
        "another area got past one on the same topic."
    )
