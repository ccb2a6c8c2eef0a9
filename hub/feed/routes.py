"""The feed's address, and what a page needs that follows it."""

from typing import Annotated, Any, Final

from litestar import Request, get
from litestar.datastructures import State
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from events.base import today
from events.database import Connection
from events.projections.standing import mark
from hub.access.guard import PUBLIC
from hub.edges.limits import counted_as
from hub.feed.feed import Feed
from hub.feed.moves import seen_by
from hub.look.page import CONTENT_SECURITY_POLICY

PROJECTION: Final = "national"

LIVE: Final = {"Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; script-src 'self'"}
"""Headers of a page that follows the feed."""

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # a proxy would hold events back until it has a buffer full of them
}

_LONGEST = 100
"""An id is far shorter."""


def shown(connection: Connection) -> str:
    """The id of what a page shows that is made on this connection, inside `hub.reading`."""
    return seen_by(mark(connection, PROJECTION), today())


@get("/feed", access=PUBLIC, sync_to_thread=False, include_in_schema=False)
def feed(
    request: Request[Any, Any, State],
    last_seen: Annotated[str, HeaderParameter(name="Last-Event-ID", max_length=_LONGEST)] = "",
    after: Annotated[str, QueryParameter(max_length=_LONGEST)] = "",
) -> Stream:
    """Server-sent events, one whenever national figures moved: areas with their positions, and the day.

    Goes on after the event that `Last-Event-ID` names, or `after` where there is no such header.
    """
    listening: Feed = request.app.state.feed
    address = counted_as(request.client.host if request.client else "")
    listening.check_room(address)
    return Stream(
        lambda: listening.stream(address, last_seen or after), media_type="text/event-stream", headers=_HEADERS
    )
