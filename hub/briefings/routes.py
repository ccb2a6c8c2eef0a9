"""The address of an area's briefing."""

from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from psycopg.rows import class_row

from events.access import Principal
from events.base import NotFound, today
from hub import disclosure
from hub.access.guard import Needs
from hub.areas.page import standing
from hub.boundaries.keep import kept_boundaries
from hub.briefings.area import SOON, Due, area_briefing
from hub.db import Hub, notice
from hub.desk import AreaCode
from hub.look.briefing import printed
from hub.look.page import NO_STORE
from hub.look.words import year_earlier

_DUE: Final = """
select requirement, count(*) filter (where state = 'expired')::int as expired,
       count(*) filter (where held_to between %(today)s and %(today)s::date + %(soon)s)::int as soon,
       min(held_to) filter (where held_to >= %(today)s) as next_on
from (
    select r.requirement, requirement_state(r, %(today)s) as state, requirement_held_to(r, %(today)s) as held_to
    from requirement r join enterprise e using (area, enterprise)
    where r.area = %(area)s and e.standing = 'active'
) standing
where state = 'expired' or held_to between %(today)s and %(today)s::date + %(soon)s
group by requirement order by 2 desc, 3 desc, 1 limit 12
"""


@get("/areas/{area:str}/briefing.pdf", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def area_pdf(hub: NamedDependency[Hub], who: NamedDependency[Principal], area: AreaCode) -> Response[bytes]:
    """An area as it stands today, on two printed pages."""
    day = today()
    with hub.reading("work", who) as connection:
        stands = standing(connection, who, area, day)
        known = {"area": area, "today": day, "soon": SOON}
        due = connection.cursor(row_factory=class_row(Due)).execute(_DUE, known).fetchall()
    with hub.reading("national") as connection:
        picture = disclosure.picture(connection, on=day, known=day)
        its = next((each for each in picture.areas if each.area == area), None)
        if its is None:
            raise NotFound("This area takes no part today, so there is nothing to brief about.", field="area")
        briefing = area_briefing(
            its,
            picture,
            disclosure.picture(connection, on=year_earlier(day), known=day),
            disclosure.courses(connection, on=day, known=day).enterprises.get(area, []),
            stands,
            due,
            boundaries=kept_boundaries(connection),
            notice=notice(connection),
            source=f"Trellis, from what the area records. {hub.settings.url.rstrip('/')}/areas/{area}",
        )
    headers = {"Content-Disposition": f'attachment; filename="{area}-briefing-{day}.pdf"'}
    return Response(printed(briefing), media_type="application/pdf", headers=headers | NO_STORE)
