"""Each list at its own address, and there as a file."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from psycopg import sql

from events.access import EVERYWHERE, Principal
from events.base import Refused, today
from events.database import Connection
from events.places import place_name
from hub.access.guard import Needs
from hub.db import Hub, notice
from hub.lists.catalogue import LISTINGS
from hub.lists.files import as_csv, as_xlsx
from hub.lists.listing import MOST_COUNTED, MOST_LINES, MOST_ROWS, PAGE, Listing, Row, asked, header, in_all, line, rows
from hub.look.page import NO_STORE, render
from hub.look.words import number
from hub.spreadsheet import XLSX

AnyRequest = Request[Any, Any, State]


def handlers_of(listing: Listing) -> list[HTTPRouteHandler]:
    """The page of a list, and the same as files: what is filtered is what they hold."""

    @get(f"/{listing.name}", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
    def page(request: AnyRequest, hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
        return _page(listing, request, hub, who)

    @get(f"/{listing.name}.csv", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
    def csv(request: AnyRequest, hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
        found = _all(listing, request, hub, who, most=MOST_LINES)
        return _file(listing, as_csv(header(listing), (line(listing, row) for row in found)), "csv", "text/csv")

    @get(f"/{listing.name}.xlsx", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
    def xlsx(request: AnyRequest, hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
        found = _all(listing, request, hub, who, most=MOST_ROWS)
        book = as_xlsx(listing.heading, header(listing), (line(listing, row) for row in found))
        return _file(listing, book, "xlsx", XLSX)

    return [page, csv, xlsx]


def _page(listing: Listing, request: AnyRequest, hub: Hub, who: Principal) -> Response[bytes]:
    with hub.reading("work", who) as connection:
        areas = _areas(connection, listing, who)
        wanted = asked(listing, _query(request), areas=list(areas))
        found, total = rows(
            connection,
            listing,
            wanted,
            areas=_whose(listing, who),
            today=today(),
            limit=PAGE,
            offset=(wanted.page - 1) * PAGE,
        )
        words = notice(connection)
    body = render(
        "lists/pages/list.html",
        who=who,
        notice=words,
        here=f"/{listing.name}",
        listing=listing,
        rows=found,
        total=total,
        most_counted=MOST_COUNTED,
        wanted=wanted,
        areas=areas,
        first=(wanted.page - 1) * PAGE + 1,
        last=(wanted.page - 1) * PAGE + len(found),
        place_name=place_name,
    )
    return Response(body, media_type=MediaType.HTML, headers=NO_STORE)


def _all(listing: Listing, request: AnyRequest, hub: Hub, who: Principal, *, most: int) -> Sequence[Row]:
    with hub.reading("work", who) as connection:
        wanted = asked(listing, _query(request), areas=list(_areas(connection, listing, who)))
        found, total = rows(connection, listing, wanted, areas=_whose(listing, who), today=today(), limit=most)
    if total > most:
        raise Refused(f"This list has more than {number(most)} rows. Filter it until it has no more.")
    return found


@get("/lists", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def all_lists(hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
    """All lists, and how much each holds of what whoever asks may read."""
    with hub.reading("work", who) as connection:
        totals = in_all(connection, LISTINGS, areas=_own(who))
        words = notice(connection)
    body = render(
        "lists/pages/lists.html", who=who, notice=words, here="/lists", lists=list(zip(LISTINGS, totals, strict=True))
    )
    return Response(body, media_type=MediaType.HTML, headers=NO_STORE)


def _query(request: AnyRequest) -> Mapping[str, str]:
    return {name: str(held) for name, held in request.query_params.items()}


def _own(who: Principal) -> Sequence[str] | None:
    """The areas that somebody may read; None for all."""
    codes = who.areas("read area")
    return None if EVERYWHERE in codes else sorted(codes)


def _whose(listing: Listing, who: Principal) -> Sequence[str] | None:
    """The areas whose rows somebody is shown; None for all."""
    return None if listing.national else _own(who)


def _areas(connection: Connection, listing: Listing, who: Principal) -> dict[str, str]:
    """The areas that somebody may choose from, by name."""
    codes = _whose(listing, who)
    if codes is None:
        table = sql.Identifier(listing.table if listing.national else "area")
        found = connection.execute(sql.SQL("select distinct area from {}").format(table))
        codes = [str(code) for (code,) in found]
    return dict(sorted(((code, place_name(code)) for code in codes), key=lambda each: each[1]))


def _file(listing: Listing, content: bytes, ending: str, media_type: str) -> Response[bytes]:
    name = f"{listing.name}-{today().isoformat()}.{ending}"
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


LISTS = [all_lists, *(handler for listing in LISTINGS for handler in handlers_of(listing))]
