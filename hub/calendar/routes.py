"""The addresses of calendars. Whoever knows one reads it: it holds names of enterprises, and of no person."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from events.access import EVERYWHERE, Grant, Principal
from events.base import NotFound, now, today
from events.places import place_name
from hub.access.accounts import account_of
from hub.access.guard import PUBLIC
from hub.calendar.addresses import Holder, holder_of
from hub.calendar.feed import calendar, entries
from hub.db import Hub
from hub.due.links import HEADERS
from hub.due.routes import LINKS

ICALENDAR = "text/calendar"


@get("/calendar/{file:str}", access=PUBLIC, limit=LINKS, sync_to_thread=True, include_in_schema=False)
def feed(hub: NamedDependency[Hub], file: FromPath[str]) -> Response[bytes]:
    """What falls due for an enterprise, or in the areas where somebody works now."""
    with hub.watching() as connection:
        holder = holder_of(connection, file.removesuffix(".ics"))
        who = _who(hub, holder)
    if holder.holder_kind == "enterprise":
        areas, enterprise, named = [holder.area], holder.holder, "What falls due"
    else:
        allowed = who.areas("read area")
        areas, enterprise = (None if EVERYWHERE in allowed else sorted(allowed)), None
        named = f"What falls due, {place_name(areas[0])}" if areas and len(areas) == 1 else "What falls due"
    with hub.reading("work", who) as connection:
        found = entries(connection, areas=areas, enterprise=enterprise, today=today())
    body = calendar(found, named=named, own=enterprise is not None, at=now())
    headers = HEADERS | {"Content-Disposition": 'inline; filename="trellis.ics"'}
    return Response(body, media_type=f"{ICALENDAR}; charset=utf-8", headers=headers)


def _who(hub: Hub, holder: Holder) -> Principal:
    """Who reads: whoever holds an account's role today, so that a calendar ends with the role."""
    if holder.holder_kind == "enterprise":
        return Principal(id="calendar", name="a calendar", grants=(Grant(frozenset({"read area"}), holder.area),))
    with hub.pool.connection() as connection:
        account = account_of(connection, holder.holder)
    if account is None or not account.principal.may("read area"):
        raise NotFound("There is no such calendar. Whoever it belonged to works here no more.")
    return account.principal


CALENDAR = [feed]
