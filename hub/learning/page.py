"""The page of a lesson: what it says, how it spread, and what your area made of it, on any day as known on any day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, cast
from uuid import UUID

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import Struct
from psycopg.rows import class_row

from events import ledger
from events.access import EVERYWHERE, Principal
from events.base import NETWORK, NotFound, today
from events.database import Connection, value
from events.places import place_name
from events.projections.picture import Point
from hub.access.guard import Needs
from hub.as_of import AsOf, read_as_of
from hub.db import Hub, notice
from hub.learning.markdown import rendered
from hub.learning.spread import Taken, course, median_days, reach, tree
from hub.look.page import NO_STORE, render
from hub.look.words import in_words
from hub.naming import namer
from hub.timeline import timeline

NEXT: Final[Mapping[str, tuple[str, ...]]] = {
    "": ("seen", "trialled", "adopted", "adapted"),
    "seen": ("trialled", "adopted", "adapted"),
    "trialled": ("adopted", "adapted", "abandoned"),
    "adopted": ("adapted", "abandoned"),
    "adapted": ("adapted", "abandoned"),
    "abandoned": ("trialled", "adopted", "adapted"),
}
"""What an area may record next, given how far it came: as `hub.learning.decide` decides."""

WORDS: Final[Mapping[str, str]] = {
    "seen": "We read it",
    "trialled": "We try it",
    "adopted": "We adopted it",
    "adapted": "We adapted it",
    "abandoned": "We gave it up",
}


class Lesson(Struct, frozen=True, kw_only=True):
    """A lesson as its page shows it."""

    area: str
    lesson: UUID
    title: str
    tried: str
    context: str
    result: str
    topics: list[str]
    resolves: list[str]
    consented_on: date | None
    shared_on: date
    revised_on: date | None
    retired_on: date | None
    reason: str | None


_ACTIVE_AREAS = "select count(*) from areas_on(%(on)s, %(known)s)"

_LESSON = """
select area, lesson, title, tried, context, result, topics, resolves, consented_on, shared_on, revised_on, retired_on,
       reason
from lessons_on(%(on)s, %(known)s) where lesson = %(lesson)s
"""

_SHARED_LATER = "select shared_on from lesson where lesson = %(lesson)s"

_TAKEN = """
select p.area, p.state, p.since, p.from_area, p.seen_on, p.trialled_on, p.adopted_on, p.abandoned_on, p.change, p.why,
       a.area is not null as takes_part
from practices_on(%(on)s, %(known)s) p left join areas_on(%(on)s, %(known)s) a using (area)
where p.lesson = %(lesson)s
order by coalesce(p.adopted_on, p.trialled_on, p.seen_on, p.since), p.area
"""

# Each area counts from the day on which it had adopted the lesson and took part to the day on which either ended.
_REACHED = """
select day, sum(sign)::bigint
from practice_then p
join area_then a on a.area = p.area and a.joined_on is not null and a.left_on is null
                and a.starts_on < p.ends_on and p.starts_on < a.ends_on
                and a.known_on <= %(known)s and a.superseded_on > %(known)s
cross join lateral (
    values (greatest(p.starts_on, a.starts_on), 1), (least(p.ends_on, a.ends_on), -1)
) as changes (day, sign)
where p.lesson = %(lesson)s and p.area <> %(area)s and p.state in ('adopted', 'adapted')
  and p.known_on <= %(known)s and p.superseded_on > %(known)s and day <= %(on)s
group by day having sum(sign) <> 0 order by day
"""


@get("/learning/{lesson:uuid}", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def lesson_page(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    lesson: FromPath[UUID],
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    """What was learned, and how it went from area to area."""
    asked = read_as_of(on, known, today=today())
    with hub.reading("work", who) as connection:
        found, taken = read_lesson(connection, lesson, asked)
        reached = reach_over_time(connection, found, asked)
        active = active_areas(connection, asked)
        # of other areas the connection sees no entries
        entries = ledger.read_stream(connection, found.area, lesson) if asked.now else []
        items = timeline(entries, name_of=namer(connection, who))
        said = notice(connection)
    may_record = asked.now and who.may("record", found.area)
    return page_of(
        "lesson",
        asked=asked,
        who=who,
        notice=said,
        here="/learning",
        it=found,
        area_name=place_name(found.area),
        parts=[
            ("What was tried", rendered(found.tried)),
            ("In what circumstances", rendered(found.context)),
            ("What came of it", rendered(found.result)),
        ],
        taken=taken,
        tree=tree(found.area, taken, found.shared_on),
        course=reached,
        reach=reach(found.area, taken),
        active=active,
        median=median_days(taken, found.shared_on),
        own=steps(found, taken, own_areas(who)) if asked.now else [],
        items=items,
        may_record=may_record,
        may_look=who.may("read people", found.area),
        place_name=place_name,
    )


def read_lesson(connection: Connection, lesson: UUID, asked: AsOf) -> tuple[Lesson, list[Taken]]:
    """A lesson on a day, and how far each area came with it. Raises `NotFound` for one that was not shared by then."""
    known = {"lesson": lesson, "on": asked.on, "known": asked.known}
    found = connection.cursor(row_factory=class_row(Lesson)).execute(_LESSON, known).fetchone()
    if found is None:
        later = value(connection, _SHARED_LATER, known)
        raise NotFound(
            f"This lesson was not known yet. It was shared on {in_words(cast('date', later))}."
            if later
            else "There is no such lesson here."
        )
    return found, connection.cursor(row_factory=class_row(Taken)).execute(_TAKEN, known, prepare=False).fetchall()


def reach_over_time(connection: Connection, lesson: Lesson, asked: AsOf) -> list[Point]:
    """In how many areas it was adopted or adapted, from the day it was shared to the day asked for."""
    known = {"lesson": lesson.lesson, "area": lesson.area, "on": asked.on, "known": asked.known}
    changes = [(cast("date", day), int(str(more))) for day, more in connection.execute(_REACHED, known, prepare=False)]
    return course(changes, since=lesson.shared_on, until=asked.on)


class Own(Struct, frozen=True, kw_only=True):
    """An area of whoever asks: how far it came, and what it may record next."""

    area: str
    name: str
    taken: Taken | None
    next: tuple[tuple[str, str], ...]
    """The state it leads to, and the words of its button."""
    from_area: str


def steps(lesson: Lesson, taken: Sequence[Taken], areas: Mapping[str, str]) -> list[Own]:
    """What may be recorded of a lesson where somebody records. One that was retired can only be given up."""
    by_area = {each.area: each for each in taken}
    found: list[Own] = []
    for area, name in areas.items():
        if area in (lesson.area, NETWORK):
            continue
        so_far = by_area.get(area)
        states = NEXT[so_far.state if so_far else ""]
        found.append(
            Own(
                area=area,
                name=name,
                taken=so_far,
                next=tuple((state, WORDS[state]) for state in states if not lesson.retired_on or state == "abandoned"),
                from_area=so_far.from_area if so_far else lesson.area,
            )
        )
    return found


def own_areas(who: Principal) -> dict[str, str]:
    """The areas where somebody records, by name."""
    return {area: place_name(area) for area in sorted(who.areas("record") - {EVERYWHERE})}


def active_areas(connection: Connection, asked: AsOf) -> int:
    """How many areas took part on a day."""
    return int(str(value(connection, _ACTIVE_AREAS, {"on": asked.on, "known": asked.known})))


def page_of(name: str, *, asked: AsOf | None = None, **context: Any) -> Response[bytes]:
    """A page of this capability; of one day, where it is `asked` for one, and refused if that could not be read."""
    body = render(f"learning/pages/{name}.html", asked=asked, **context)
    status = 400 if asked and asked.errors else 200
    return Response(body, media_type=MediaType.HTML, headers=NO_STORE, status_code=status)
