"""The library of all lessons, with how far each went, on any day as known on any day."""

from collections.abc import Mapping, Sequence
from datetime import date
from statistics import median
from typing import Final, cast, get_args
from urllib.parse import urlencode
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
from hub.learning.page import active_areas, own_areas, page_of
from hub.look.words import count, in_words, listed, number, year_earlier

PAGE: Final = 20
"""Lessons on a page of the library."""

TOPICS: Final[tuple[str, ...]] = get_args(Topic)

ORDERS: Final[Mapping[str, str]] = {
    "": "the newest first",
    "reach": "those taken up most first",
    "days": "those taken up fastest first",
}

NAMED: Final = 4
"""Of the areas that took a lesson up."""

MOST_SEARCHED: Final = 200
"""Letters that are looked for."""


class Shelved(Struct, frozen=True, kw_only=True):
    """A lesson in the library."""

    area: str
    lesson: UUID
    title: str
    topics: list[str]
    resolves: list[str]
    shared_on: date
    retired_on: date | None
    fits: bool
    """Whether it has the words that are looked for."""
    rank: float
    """How well."""
    reach: int
    """Areas taking part that adopted or adapted it."""
    adapted: int
    abandoned: int
    trialled: int
    lately: int
    """Of its reach, how many adopted it in the year to the day asked for."""
    days: list[int]
    """From its sharing to its adoption, for each area that took it up since."""

    @property
    def median_days(self) -> int | None:
        return round(median(self.days)) if self.days else None

    def spread(self, areas: Sequence[str], active: int) -> str:
        """How far it went, in short sentences: to these areas at first, of so many taking part."""
        told = ["Not taken up elsewhere yet."]
        if self.reach:
            first = [place_name(area) for area in areas[:NAMED]]
            more = [f"{self.reach - NAMED} more"] if self.reach > NAMED else []
            changed = f", {number(self.adapted)} with a change" if self.adapted else ""
            reach = f"{number(self.reach)} of {count(active, 'area', 'areas')}{changed}"
            told = [f"Adopted or adapted in {reach}: {listed([*first, *more])}."]
        if self.days:
            days = count(self.median_days or 0, "day", "days")
            told.append(f"It took {days}." if len(self.days) == 1 else f"Half of them took {days} or less.")
        if self.trialled:
            told.append(f"{count(self.trialled, 'area tries', 'areas try')} it.")
        if self.abandoned:
            told.append(f"{count(self.abandoned, 'area', 'areas')} gave it up.")
        return " ".join(told)


_LIBRARY = """
with spread as (
    select p.lesson,
           count(*) filter (where p.state in ('adopted', 'adapted') and a.area is not null) as reach,
           count(*) filter (where p.state = 'adapted') as adapted,
           count(*) filter (where p.state = 'abandoned') as abandoned,
           count(*) filter (where p.state = 'trialled') as trialled,
           count(*) filter (where p.state in ('adopted', 'adapted') and a.area is not null
                              and p.adopted_on > %(year_ago)s) as lately,
           array_agg(p.adopted_on - l.shared_on)
               filter (where p.state in ('adopted', 'adapted') and p.adopted_on >= l.shared_on) as days
    from practices_on(%(on)s, %(known)s) p
    join lessons_on(%(on)s, %(known)s) l on l.lesson = p.lesson and l.area <> p.area
    left join areas_on(%(on)s, %(known)s) a on a.area = p.area
    where p.state <> 'seen'
    group by p.lesson
)
select l.area, l.lesson, l.title, l.topics, l.resolves, l.shared_on, l.retired_on,
       %(words)s::text is null or l.words @@ websearch_to_tsquery('english', %(words)s) as fits,
       case when %(words)s::text is null then 0
            else ts_rank_cd(l.words, websearch_to_tsquery('english', %(words)s)) end::float8 as rank,
       coalesce(s.reach, 0) as reach, coalesce(s.adapted, 0) as adapted, coalesce(s.abandoned, 0) as abandoned,
       coalesce(s.trialled, 0) as trialled, coalesce(s.lately, 0) as lately, coalesce(s.days, '{}') as days
from lessons_on(%(on)s, %(known)s) l left join spread s using (lesson)
order by l.shared_on desc, l.lesson
"""


_FIRST = """
select p.lesson, array_agg(p.area order by p.adopted_on, p.area)
from practices_on(%(on)s, %(known)s) p
join lessons_on(%(on)s, %(known)s) l on l.lesson = p.lesson and l.area <> p.area
join areas_on(%(on)s, %(known)s) a on a.area = p.area
where p.lesson = any (%(lessons)s) and p.state in ('adopted', 'adapted')
group by p.lesson
"""


def read_library(connection: Connection, *, on: date, known: date, words: str = "") -> list[Shelved]:
    """Every lesson shared by then, the newest first.

    Not prepared, as no query for any day is: PostgreSQL would plan for days it does not know, so for next to no row.
    """
    asked = {"on": on, "known": known, "year_ago": year_earlier(on), "words": words or None}
    return connection.cursor(row_factory=class_row(Shelved)).execute(_LIBRARY, asked, prepare=False).fetchall()


@get("/learning", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def library(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    q: FromQuery[str] = "",
    topic: FromQuery[str] = "",
    order: FromQuery[str] = "",
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
    page: FromQuery[int] = 1,
) -> Response[bytes]:
    """All lessons, or those that fit what is looked for, the best match first."""
    asked = read_as_of(on, known, today=today())
    words, topic, order = q.strip()[:MOST_SEARCHED], topic if topic in TOPICS else "", order if order in ORDERS else ""
    page = max(1, min(page, 1000))
    with hub.reading("work", who) as connection:
        lessons = read_library(connection, on=asked.on, known=asked.known, words=words)
        found = shelved(lessons, topic=topic, order=order)
        shown = found[(page - 1) * PAGE : page * PAGE]
        day = {"on": asked.on, "known": asked.known, "lessons": [each.lesson for each in shown]}
        rows = cast("list[tuple[UUID, list[str]]]", connection.execute(_FIRST, day, prepare=False).fetchall())
        active = active_areas(connection, asked)
        said = notice(connection)
    first = dict(rows)
    return page_of(
        "library",
        asked=asked,
        who=who,
        notice=said,
        here="/learning",
        travels=travels(lessons, on=asked.on),
        lessons=[(each, each.spread(first.get(each.lesson, []), active)) for each in shown],
        total=len(found),
        words=words,
        topic=topic,
        topics=TOPICS,
        order=order,
        orders=ORDERS,
        page=page,
        more=page * PAGE < len(found),
        query=_query(asked, q=words, topic=topic, order=order),
        areas=own_areas(who),
        place_name=place_name,
    )


def _query(asked: AsOf, **said: str) -> str:
    held = urlencode({name: text for name, text in said.items() if text})
    return "&".join(each for each in (held, asked.query) if each)


def shelved(lessons: Sequence[Shelved], *, topic: str, order: str) -> list[Shelved]:
    """The lessons that fit, those that match better first, then in the order asked for; retired ones come last."""
    found = [each for each in lessons if each.fits and (not topic or topic in (*each.topics, *each.resolves))]

    def place(each: Shelved) -> tuple[float, ...]:
        days = each.median_days
        by = {"reach": -each.reach, "days": float("inf") if days is None else days}.get(order, 0)
        return each.retired_on is not None, by, -each.rank

    return sorted(found, key=place)


def travels(lessons: Sequence[Shelved], *, on: date) -> str:
    """Which learning travelled in the year to a day, and how much of it nobody took up; empty without a lesson."""
    standing = [each for each in lessons if each.retired_on is None]
    if not lessons:
        return ""
    most = max((each.lately for each in lessons), default=0)
    first = [f"“{each.title}”" for each in lessons if each.lately == most]
    year = f"In the year to {in_words(on)}"
    if not most:
        told = f"{year} no area took up another’s lesson."
    elif len(first) == 1:
        told = f"{year} {first[0]} travelled furthest: {count(most, 'area', 'areas')} took it up."
    else:
        named = listed(first if len(first) < 4 else [*first[:2], f"{len(first) - 2} more"])
        told = f"{year} {named} travelled furthest: {count(most, 'area', 'areas')} took up each."
    idle = sum(not each.reach for each in standing)
    of = count(len(standing), "lesson", "lessons")
    if idle:
        return f"{told} {idle} of {of} {'has' if idle == 1 else 'have'} been taken up nowhere else yet."
    return f"{told} Every lesson was taken up somewhere." if standing else told
