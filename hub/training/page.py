"""The page of a training session: when and where, who booked, and who completed it."""

from datetime import date
from uuid import UUID

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct
from psycopg.rows import class_row

from events import ledger
from events.access import Principal
from events.base import NotFound, today
from events.corrections import corrected
from events.places import place_name
from events.projections.work.enterprises import TrainingSession
from events.training import PlaceBooked
from hub.access.guard import Needs
from hub.db import Hub, notice
from hub.look.page import NO_STORE, render
from hub.naming import namer
from hub.timeline import timeline


class Completed(Struct, frozen=True, kw_only=True):
    enterprise: UUID
    name: str
    learner: str
    on_day: date


class Booked(Struct, frozen=True, kw_only=True):
    """What an enterprise took, all its bookings together."""

    enterprise: UUID
    name: str
    places: int


_SESSION = "select * from training_session where session = %s"

_COMPLETED = """
select t.enterprise, coalesce(e.name, 'An enterprise') as name, t.learner, t.on_day
from training t left join enterprise e using (area, enterprise)
where t.area = %s and t.session = %s order by t.on_day, name, t.position
"""

_NAMES = "select enterprise, name from enterprise where area = %s and enterprise = any (%s)"


@get("/sessions/{session:uuid}", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def session_page(
    hub: NamedDependency[Hub], who: NamedDependency[Principal], session: FromPath[UUID]
) -> Response[bytes]:
    """What is taught, where and when, how many places are free, and who was there."""
    with hub.reading("work", who) as connection:
        found = connection.cursor(row_factory=class_row(TrainingSession)).execute(_SESSION, [session]).fetchone()
        if found is None:
            raise NotFound("There is no such session here.")
        history = ledger.read_stream(connection, found.area, session)
        places: dict[UUID, int] = {}
        for each in corrected(history):
            if isinstance(each.event, PlaceBooked):
                places[each.event.enterprise] = places.get(each.event.enterprise, 0) + each.event.places
        names = {id: str(name) for id, name in connection.execute(_NAMES, [found.area, list(places)])}
        completed = (
            connection.cursor(row_factory=class_row(Completed)).execute(_COMPLETED, [found.area, session]).fetchall()
        )
        items = timeline(history, name_of=namer(connection, who))
        words = notice(connection)
    body = render(
        "training/pages/session.html",
        who=who,
        notice=words,
        it=found,
        area_name=place_name(found.area),
        free=max(0, found.places - found.booked),
        past=found.takes_place < today(),
        to_come=found.takes_place > today(),
        booked=[
            Booked(enterprise=id, name=names.get(id, "An enterprise"), places=taken) for id, taken in places.items()
        ],
        completed=completed,
        items=items,
        may_record=who.may("record", found.area),
        may_look=who.may("read people", found.area),
    )
    return Response(body, media_type=MediaType.HTML, headers=NO_STORE)
