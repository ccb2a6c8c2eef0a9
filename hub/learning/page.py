"""The library of lessons, and the page of one: what it says, how it spread, and what your area made of it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, get_args
from urllib.parse import urlencode
from uuid import UUID

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import Struct
from psycopg.rows import class_row

from events import ledger
from events.access import EVERYWHERE, Principal
from events.base import NETWORK, NotFound
from events.database import Connection, value
from events.learning import Topic
from events.places import place_name
from hub.access.guard import Needs
from hub.db import Hub, notice
from hub.learning.markdown import rendered
from hub.learning.spread import Taken, median_days, tree
from hub.look.page import NO_STORE, render
from hub.naming import namer
from hub.timeline import timeline

PAGE: Final = 20
"""Lessons on a page of the library."""

TOPICS: Final[tuple[str, ...]] = get_args(Topic)

MOST_SEARCHED: Final = 200
"""Letters that are looked for."""

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


class Shelved(Struct, frozen=True, kw_only=True):
    """A lesson in the library."""

    area: str
    lesson: UUID
    title: str
    topics: list[str]
    shared_on: date
    retired_on: date | None
    reach: int
    total: int


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
    reach: int


_LIBRARY = """
select l.area, l.lesson, l.title, l.topics, l.shared_on, l.retired_on, count(*) over () as total,
       reach(l.lesson, l.area) as reach
from lesson l
where (%(topic)s::text is null or %(topic)s = any (l.topics || l.resolves))
  and (%(words)s::text is null or l.words @@ websearch_to_tsquery('english', %(words)s))
order by l.retired_on is not null,
         ts_rank_cd(l.words, websearch_to_tsquery('english', coalesce(%(words)s::text, ''))) desc,
         l.shared_on desc, l.lesson
limit %(limit)s offset %(offset)s
"""

_ACTIVE_AREAS = "select count(*) from area where joined_on is not null and left_on is null"

_LESSON = """
select area, lesson, title, tried, context, result, topics, resolves, consented_on, shared_on, revised_on, retired_on,
       reason, reach(lesson, area) as reach
from lesson where lesson = %s
"""

_TAKEN = """
select area, state, since, from_area, seen_on, trialled_on, adopted_on, abandoned_on, change, why
from practice where lesson = %s
order by coalesce(adopted_on, trialled_on, seen_on, since), area
"""


@get("/learning", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def library(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    q: FromQuery[str] = "",
    topic: FromQuery[str] = "",
    page: FromQuery[int] = 1,
) -> Response[bytes]:
    """All lessons: the newest first, or those that fit best what is looked for."""
    words, topic = q.strip()[:MOST_SEARCHED], topic if topic in TOPICS else ""
    page = max(1, min(page, 1000))
    known = {"words": words or None, "topic": topic or None, "limit": PAGE, "offset": (page - 1) * PAGE}
    with hub.reading("work", who) as connection:
        found = connection.cursor(row_factory=class_row(Shelved)).execute(_LIBRARY, known).fetchall()
        active = active_areas(connection)
        said = notice(connection)
    total = found[0].total if found else 0
    asked = {"q": words, "topic": topic}
    return page_of(
        "library",
        who=who,
        notice=said,
        here="/learning",
        lessons=found,
        total=total,
        active=active,
        words=words,
        topic=topic,
        topics=TOPICS,
        page=page,
        more=page * PAGE < total,
        query=urlencode({name: held for name, held in asked.items() if held}),
        areas=own_areas(who),
        place_name=place_name,
    )


@get("/learning/{lesson:uuid}", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def lesson_page(hub: NamedDependency[Hub], who: NamedDependency[Principal], lesson: FromPath[UUID]) -> Response[bytes]:
    """What was learned, and how it went from area to area."""
    with hub.reading("work", who) as connection:
        found = connection.cursor(row_factory=class_row(Lesson)).execute(_LESSON, [lesson]).fetchone()
        if found is None:
            raise NotFound("There is no such lesson here.")
        taken = connection.cursor(row_factory=class_row(Taken)).execute(_TAKEN, [lesson]).fetchall()
        active = active_areas(connection)
        # of other areas the connection sees no entries
        items = timeline(ledger.read_stream(connection, found.area, lesson), name_of=namer(connection, who))
        said = notice(connection)
    may_record = who.may("record", found.area)
    return page_of(
        "lesson",
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
        tree=tree(found.area, taken),
        reach=found.reach,
        active=active,
        median=median_days(taken, found.shared_on),
        own=steps(found, taken, own_areas(who)),
        items=items,
        may_record=may_record,
        may_look=who.may("read people", found.area),
        place_name=place_name,
    )


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


def active_areas(connection: Connection) -> int:
    """How many areas take part now."""
    return int(str(value(connection, _ACTIVE_AREAS)))


def page_of(name: str, **context: Any) -> Response[bytes]:
    return Response(render(f"learning/pages/{name}.html", **context), media_type=MediaType.HTML, headers=NO_STORE)
