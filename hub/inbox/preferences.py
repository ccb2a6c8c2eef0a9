"""How somebody who works with the hub wants to be reminded, and the address of their calendar."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import MediaType, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from litestar.response import Redirect
from msgspec import Struct
from psycopg.rows import class_row

from events.access import Principal
from events.database import Connection
from events.nudges import Every, Language, Way
from hub.access.guard import SIGNED_IN
from hub.access.web import account_id
from hub.calendar.addresses import OF_ACCOUNTS, address_of, make_address
from hub.db import Hub, notice
from hub.due.decide import EVERY, LANGUAGES
from hub.look.page import NO_STORE, render

WAYS: dict[Way, str] = {"email": "By e-mail", "hub": "Only in my inbox here"}
"""The hub knows no telephone numbers of staff."""

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]


class Chosen(Struct, frozen=True, kw_only=True):
    way: Way = "email"
    language: Language = "en"
    optional: bool = True
    every: Every = "day"


_FIND = "select way, language, optional, every from nudge_preference where account = %s"

_KEEP = """
insert into nudge_preference (account, way, language, optional, every)
values (%(account)s, %(way)s, %(language)s, %(optional)s, %(every)s)
on conflict (account) do update
set way = excluded.way, language = excluded.language, optional = excluded.optional, every = excluded.every,
    set_at = clock_timestamp()
"""


def chosen(connection: Connection, account: UUID) -> Chosen:
    return connection.cursor(row_factory=class_row(Chosen)).execute(_FIND, [account]).fetchone() or Chosen()


@get("/", access=SIGNED_IN, sync_to_thread=True, include_in_schema=False)
def reminders(hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
    return _page(hub, who)


@post("/", access=SIGNED_IN, sync_to_thread=True, include_in_schema=False, status_code=303)
def choose(hub: NamedDependency[Hub], who: NamedDependency[Principal], data: Form) -> Response[bytes] | Redirect:
    """Take down how they want to be reminded from now on."""
    try:
        said = msgspec.convert(
            {name: data.get(name) for name in ("way", "language", "every")}
            | {"optional": data.get("optional") == "yes"},
            Chosen,
        )
    except msgspec.ValidationError:
        return _page(hub, who, errors={"way": "Choose one of each."})
    if said.way not in WAYS:
        return _page(hub, who, errors={"way": "Choose one of these."})
    with hub.pool.connection() as connection:
        connection.execute(_KEEP, msgspec.structs.asdict(said) | {"account": account_id(who)})
    return Redirect("/account/reminders?saved=yes", status_code=303)


@post("/account/calendar", access=SIGNED_IN, sync_to_thread=True, include_in_schema=False, status_code=303)
def calendar(hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Redirect:
    """Make a secret address of their calendar, in place of the one before."""
    with hub.watching() as connection:
        make_address(hub, connection, OF_ACCOUNTS, "account", account_id(who))
    return Redirect("/account/reminders#calendar", status_code=303)


def _page(hub: Hub, who: Principal, *, errors: dict[str, str] | None = None) -> Response[bytes]:
    with hub.watching() as connection:
        now = chosen(connection, account_id(who))
        address = address_of(hub, connection, OF_ACCOUNTS, "account", account_id(who))
        words = notice(connection)
    body = render(
        "inbox/pages/reminders.html",
        who=who,
        notice=words,
        values={"way": now.way, "language": now.language, "every": now.every},
        optional=now.optional,
        errors=errors or {},
        calendar=address,
        choices=(
            ("way", "How", WAYS),
            ("every", "How often", EVERY),
            ("language", "In which language", LANGUAGES),
        ),
    )
    return Response(body, media_type=MediaType.HTML, status_code=422 if errors else 200, headers=NO_STORE)


PREFERENCES: list[Router | HTTPRouteHandler] = [
    Router("/account/reminders", route_handlers=[reminders, choose]),
    calendar,
]
