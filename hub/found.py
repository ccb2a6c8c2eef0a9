"""What an id stands for: what people call it, and where its page is."""

from collections.abc import Mapping
from typing import Literal, LiteralString
from uuid import UUID

from msgspec import Struct

from events.base import NotFound
from events.database import Connection
from events.places import place_name

Kind = Literal["area", "enterprise", "session", "need", "referral", "lesson", "barrier", "feedback", "agenda item"]


class Found(Struct, frozen=True, kw_only=True):
    kind: Kind
    area: str
    id: UUID | None
    title: str
    href: str


_TITLES: Mapping[Kind, LiteralString] = {
    "enterprise": "select area, name from enterprise where enterprise = %s",
    "session": "select area, course || ' on ' || to_char(takes_place, 'FMDD FMMonth YYYY') from training_session"
    " where session = %s",
    "need": "select area, 'Need for ' || service from need where need = %s",
    "referral": "select r.area, 'Referral to ' || coalesce(e.name, 'an enterprise') from referral r"
    " left join enterprise e using (area, enterprise) where r.referral = %s",
    "lesson": "select area, title from lesson where lesson = %s",
    "barrier": "select area, title from barrier where barrier = %s",
    "feedback": "select m.area, coalesce('Feedback about ' || e.name, 'Feedback about the area') from matter m"
    " left join enterprise e using (area, enterprise) where m.matter = %s and m.kind = 'feedback'",
    "agenda item": "select area, title from matter where matter = %s and kind = 'agenda item'",
}

_ADDRESSES: Mapping[Kind, str] = {
    "enterprise": "/enterprises/",
    "session": "/sessions/",
    "need": "/needs/",
    "referral": "/referrals/",
    "lesson": "/learning/",
    "barrier": "/barriers/",
    "feedback": "/feedback/",
    "agenda item": "/feedback/",
}


def the_area(area: str) -> Found:
    return Found(kind="area", area=area, id=None, title=place_name(area), href=f"/areas/{area}")


def find(connection: Connection, kind: Kind, id: UUID, *, area: str | None = None) -> Found:
    """What has this id, read from the work projection. Raises `NotFound`, also of what is in an area not let in to.

    With `area` it has to be there, except for lessons and barriers, which all areas share.
    """
    row = connection.execute(_TITLES[kind], [id]).fetchone()
    if row is None or (area and row[0] != area and kind not in ("lesson", "barrier")):
        raise NotFound(f"There is no such {kind} here.")
    return Found(kind=kind, area=str(row[0]), id=id, title=str(row[1]), href=f"{_ADDRESSES[kind]}{id}")


_STREAMS = """
select 'enterprise', enterprise from enterprise where area = %(area)s and stream = %(stream)s
union all select 'session', session from training_session where area = %(area)s and stream = %(stream)s
union all select 'need', need from need where area = %(area)s and stream = %(stream)s
union all select 'referral', referral from referral where area = %(area)s and stream = %(stream)s
union all select 'lesson', lesson from lesson where area = %(area)s and stream = %(stream)s
union all select 'lesson', lesson from practice where area = %(area)s and stream = %(stream)s
union all select 'barrier', barrier from barrier where area = %(area)s and stream = %(stream)s
union all select kind, matter from matter where area = %(area)s and stream = %(stream)s
"""


def found_by_stream(connection: Connection, area: str, stream: UUID) -> Found:
    """What a stream of an area is about: the area itself unless it is something of its own, which is still there."""
    row = connection.execute(_STREAMS, {"area": area, "stream": stream}).fetchone()
    try:
        return find(connection, row[0], row[1]) if row else the_area(area)  # pyright: ignore[reportArgumentType]
    except NotFound:  # a practice of a lesson that was taken back
        return the_area(area)
