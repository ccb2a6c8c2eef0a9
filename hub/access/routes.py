"""Signing in and out, and what somebody's own account shows them."""

from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from litestar import MediaType, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery
from litestar.response import Redirect
from msgspec import Struct

from events.access import EVERYWHERE, HeldRole, Principal
from events.base import NotFound, today
from events.places import place_name
from hub.access.accounts import Account, account_of
from hub.access.demo import PERSONAS, account_of_persona, is_demo
from hub.access.guard import PUBLIC, SIGNED_IN, token_of
from hub.access.sessions import close_session, close_sessions, cookie, no_cookie, open_session, sessions_of
from hub.db import Hub, notice
from hub.look.page import render
from hub.look.words import in_words

AnyRequest = Request[Any, Any, State]

AFTER_SIGN_IN = "/account"


class ChosenPersona(Struct, frozen=True, kw_only=True):
    persona: str
    to: str = AFTER_SIGN_IN


@get("/sign-in", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def sign_in(
    hub: NamedDependency[Hub], request: AnyRequest, who: NamedDependency[Principal], to: FromQuery[str | None] = None
) -> Response[bytes]:
    with hub.pool.connection() as connection:
        personas = PERSONAS if open_demo(request, is_demo(connection)) else {}
        words = notice(connection)
    body = render("access/pages/sign_in.html", personas=personas, to=_local(to), who=who, notice=words)
    return Response(body, media_type=MediaType.HTML)


@post("/sign-in/demo", access=PUBLIC, sync_to_thread=True, include_in_schema=False, status_code=303)
def sign_in_as_persona(
    hub: NamedDependency[Hub],
    request: AnyRequest,
    data: Annotated[ChosenPersona, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """Become one of the three of the demonstration network; anywhere else there is nothing at this address."""
    persona = PERSONAS.get(data.persona)
    with hub.pool.connection() as connection, connection.transaction():
        if persona is None or not open_demo(request, is_demo(connection)):
            raise NotFound("There is nothing at this address.")
        account = account_of_persona(connection, persona)
        agent = request.headers.get("user-agent", "")
        token = open_session(connection, account, how="demo", agent=agent, before=token_of(request))
    return Redirect(_local(data.to), status_code=303, cookies=[cookie(token)])


@post("/sign-out", access=PUBLIC, sync_to_thread=True, include_in_schema=False, status_code=303)
def sign_out(hub: NamedDependency[Hub], request: AnyRequest, who: NamedDependency[Principal]) -> Response[None]:
    token = token_of(request)
    if token and who.signed_in:
        with hub.pool.connection() as connection:
            close_session(connection, token)
    answer: Response[None] = Redirect("/", status_code=303)
    answer.delete_cookie(**no_cookie())
    return answer


@post("/account/sign-out-elsewhere", access=SIGNED_IN, sync_to_thread=True, include_in_schema=False, status_code=303)
def sign_out_elsewhere(
    hub: NamedDependency[Hub], request: AnyRequest, who: NamedDependency[Principal]
) -> Response[None]:
    with hub.pool.connection() as connection:
        close_sessions(connection, account_id(who), but=token_of(request))
    return Redirect("/account", status_code=303)


class RoleRow(Struct, frozen=True, kw_only=True):
    role: str
    where: str
    until: str


@get("/account", access=SIGNED_IN, sync_to_thread=True, include_in_schema=False)
def account(hub: NamedDependency[Hub], request: AnyRequest, who: NamedDependency[Principal]) -> Response[bytes]:
    """What one's own account is: roles, and the browsers one is signed in with."""
    with hub.pool.connection() as connection:
        found = account_of(connection, account_id(who))
        sessions = sessions_of(connection, account_id(who), this=token_of(request) or "")
        words = notice(connection)
    if found is None:
        raise NotFound("There is no such account.")
    body = render(
        "access/pages/account.html", account=found, roles=_roles(found), sessions=sessions, who=who, notice=words
    )
    return Response(body, media_type=MediaType.HTML)


def _roles(account: Account) -> list[RoleRow]:
    return [_role_row(held) for held in account.roles if held.ends is None or held.ends >= today()]


def _role_row(held: HeldRole) -> RoleRow:
    return RoleRow(
        role=held.role.capitalize(),
        where="the whole network" if held.area == EVERYWHERE else place_name(held.area),
        until=f"until {in_words(held.ends)}" if held.ends else "no end set",
    )


def account_id(who: Principal) -> UUID:
    """The account of somebody who is signed in."""
    return UUID(who.id.removeprefix("account:"))


def open_demo(request: AnyRequest, demo: bool) -> bool:
    """Whether anybody may be anybody here: an invented network, on a hub that answers this machine only."""
    return demo and bool(request.app.state.open_here)


def _local(to: str | None) -> str:
    """Where to go after signing in: an address of this hub, whatever the link said."""
    if not to or not to.startswith("/") or to.startswith(("//", "/\\")) or urlsplit(to).netloc:
        return AFTER_SIGN_IN
    return to


ROUTES = [sign_in, sign_in_as_persona, sign_out, sign_out_elsewhere, account]
