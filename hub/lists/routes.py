"""Each list at its own address, and there as a file."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler

from events.access import EVERYWHERE, Principal
from events.base import today
from events.places import place_name, places
from hub.access.guard import Needs
from hub.db import Hub, notice
from hub.lists.catalogue import LISTINGS
from hub.lists.files import as_csv, as_xlsx
from hub.lists.listing import MOST_ROWS, PAGE, Asked, Listing, Row, asked, header, line, rows
from hub.look.page import render

NO_STORE: Final = {"Cache-Control": "no-store"}

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

AnyRequest = Request[Any, Any, State]


def handlers_of(listing: Listing) -> list[HTTPRouteHandler]:
    """The page of a list, and the same as files: what is filtered is what they hold."""

    @get(f"/{listing.name}", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
    def page(request: AnyRequest, hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
        return _page(listing, request, hub, who)

    @get(f"/{listing.name}.csv", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
    def csv(request: AnyRequest, hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
        found = _all(listing, request, hub, who)
        return _file(listing, as_csv(header(listing), (line(listing, row) for row in found)), "csv", "text/csv")

    @get(f"/{listing.name}.xlsx", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
    def xlsx(request: AnyRequest, hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
        found = _all(listing, request, hub, who)
        book = as_xlsx(listing.heading, header(listing), (line(listing, row) for row in found))
        return _file(listing, book, "xlsx", XLSX)

    return [page, csv, xlsx]


def _page(listing: Listing, request: AnyRequest, hub: Hub, who: Principal) -> Response[bytes]:
    areas = _areas(who)
    wanted = asked(listing, _query(request), areas=list(areas))
    with hub.reading("work", who) as connection:
        found, total = rows(connection, listing, wanted, today=today(), offset=(wanted.page - 1) * PAGE)
        words = notice(connection)
    body = render(
        "lists/pages/list.html",
        who=who,
        notice=words,
        here=f"/{listing.name}",
        listing=listing,
        rows=found,
        total=total,
        wanted=wanted,
        areas=areas,
        first=(wanted.page - 1) * PAGE + 1,
        last=(wanted.page - 1) * PAGE + len(found),
        place_name=place_name,
    )
    return Response(body, media_type=MediaType.HTML, headers=NO_STORE)


def _all(listing: Listing, request: AnyRequest, hub: Hub, who: Principal) -> Sequence[Row]:
    wanted: Asked = asked(listing, _query(request), areas=list(_areas(who)))
    with hub.reading("work", who) as connection:
        return rows(connection, listing, wanted, today=today(), limit=MOST_ROWS)[0]


def _query(request: AnyRequest) -> Mapping[str, str]:
    return {name: str(held) for name, held in request.query_params.items()}


def _areas(who: Principal) -> dict[str, str]:
    """The areas that somebody may read and so choose from, by name."""
    codes = who.areas("read area")
    if EVERYWHERE in codes:
        codes = frozenset(place.code for place in places().values() if place.nation and not place.to_year)
    return dict(sorted(((code, place_name(code)) for code in codes), key=lambda each: each[1]))


def _file(listing: Listing, content: bytes, ending: str, media_type: str) -> Response[bytes]:
    name = f"{listing.name}-{today().isoformat()}.{ending}"
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


LISTS = [handler for listing in LISTINGS for handler in handlers_of(listing)]
