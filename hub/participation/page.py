"""The page of feedback or of an agenda item: how it stands, and the way to answer it."""

from datetime import date
from uuid import UUID

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct
from psycopg.rows import class_row

from events import ledger
from events.access import Principal
from events.base import NotFound
from events.places import place_name
from hub.access.guard import Needs
from hub.db import Hub, notice
from hub.look.page import NO_STORE, render
from hub.naming import namer
from hub.people.looking import erased_on
from hub.timeline import timeline


class Matter(Struct, frozen=True, kw_only=True):
    area: str
    matter: UUID
    kind: str
    title: str
    raised_by: str | None
    owner: str
    enterprise: UUID | None
    enterprise_name: str | None
    raised_on: date
    answered_on: date | None
    answer: str


_MATTER = """
select m.area, m.matter, m.kind, m.title, m.raised_by, m.owner, m.enterprise, e.name as enterprise_name, m.raised_on,
       m.answered_on, m.answer
from matter m
left join enterprise e on e.area = m.area and e.enterprise = m.enterprise
where m.matter = %s
"""


@get("/feedback/{matter:uuid}", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def matter_page(hub: NamedDependency[Hub], who: NamedDependency[Principal], matter: FromPath[UUID]) -> Response[bytes]:
    """What was raised, who has to answer, and what was answered; what is sealed stays so."""
    with hub.reading("work", who) as connection:
        found = connection.cursor(row_factory=class_row(Matter)).execute(_MATTER, [matter]).fetchone()
        if found is None:
            raise NotFound("There is no such feedback or agenda item here.")
        items = timeline(ledger.read_stream(connection, found.area, matter), name_of=namer(connection, who))
        said = notice(connection)
    body = render(
        "participation/pages/matter.html",
        who=who,
        notice=said,
        it=found,
        area_name=place_name(found.area),
        items=items,
        erased=erased_on(hub, matter) if found.kind == "feedback" else None,
        may_record=who.may("record", found.area),
        may_look=who.may("read people", found.area),
    )
    return Response(body, media_type=MediaType.HTML, headers=NO_STORE)
