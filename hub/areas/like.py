"""Areas like this one: those most alike to it in what is stated of them, with the reason."""

from typing import Final

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from events.access import Principal
from events.base import NotFound, today
from events.places import place_name
from events.projections import picture as pictures
from hub.access.guard import Needs
from hub.alike import MEASURED, MEASURED_BY, MOST, circumstances, nearest
from hub.as_of import read_as_of
from hub.db import Hub, notice
from hub.desk import AreaCode
from hub.look.page import NO_STORE, render

SHOWN: Final = 12


@get("/areas/{area:str}/like", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def like_page(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    area: AreaCode,
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    """The areas most alike to one, on any day as known on any day."""
    asked = read_as_of(on, known, today=today())
    with hub.reading("national") as connection:
        picture = pictures.picture(connection, on=asked.on, known=asked.known, of_areas=MEASURED_BY)
    with hub.reading("work", who) as connection:
        areas = circumstances(connection, picture)
        said = notice(connection)
    own = next((each for each in areas if each.area == area), None)
    if own is None and not asked.state:
        raise NotFound(f"No area with the code {area} takes part.", field="area")
    body = render(
        "areas/pages/like.html",
        who=who,
        notice=said,
        asked=asked,
        area=area,
        area_name=place_name(area),
        own=own,
        near=nearest(areas, area, most=SHOWN),
        measured=MEASURED,
        most=MOST,
    )
    return Response(body, media_type=MediaType.HTML, headers=NO_STORE, status_code=400 if asked.errors else 200)
