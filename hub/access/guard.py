"""Who is asking, and whether the address is theirs to use. Every address declares what it needs; see `hub.app`."""

from hmac import compare_digest
from typing import Any, Final, cast
from urllib.parse import quote, urlsplit

from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Scope
from msgspec import Struct

from events.access import EVERYWHERE, LOCAL, NOBODY, Action, Grant, NotAllowed, Principal
from events.base import NotFound
from hub.access.keys import holder_of
from hub.access.remembered import Remembered
from hub.access.sessions import COOKIE, hash_of, is_fresh, principal_of
from hub.db import Hub

AnyConnection = ASGIConnection[Any, Any, Any, State]

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Public(Struct, frozen=True):
    """Open to everybody."""


class SignedIn(Struct, frozen=True):
    """Open to any person with an account, for what is their own."""


class Needs(Struct, frozen=True):
    """Open to whoever may do this: in the area that the address names, or anywhere if it names none."""

    action: Action


PUBLIC: Final = Public()
SIGNED_IN: Final = SignedIn()

Access = Public | SignedIn | Needs


_OPERATOR: Final = Principal(
    id="key:write", name="the hub's own key", grants=(Grant(frozenset({"read area", "record"}), EVERYWHERE),)
)


class SignInFirst(Exception):
    """A page needs to know who is asking. `path` is where they wanted to go."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path


async def authorise(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Guard of every address. What it finds out about who asks is handed on as the dependency `who`.

    An address that declares nothing is open to nobody. In an area where somebody may not do what they may do
    elsewhere, the answer is the same as for an area that does not exist. With `fresh=PAGE`, whoever signed in a while
    ago does so again, and is back at that page; `{id}` in it is the one of the address.
    """
    needed = cast("Access | None", handler.opt.get("access"))
    who = connection.scope["state"]["who"] = await _who(connection)
    match needed:
        case Public():
            return
        case SignedIn():
            if not who.signed_in:
                raise _who_are_you(connection)
        case Needs(action):
            if not who.may(action) and who in (NOBODY, LOCAL):
                raise _who_are_you(connection)
            who.check(action)
            area = connection.path_params.get("area")
            if area is not None and not who.may(action, str(area)):
                raise NotFound(f"No area with the code {area} takes part.", field="area")
        case None:
            raise NotAllowed("This address is open to nobody.")
    page = cast("str | None", handler.opt.get("fresh"))
    if page is not None and not await sync_to_thread(signed_in_lately, connection):
        raise SignInFirst(page.format_map(connection.path_params))


def signed_in_lately(connection: AnyConnection) -> bool:
    """Whether whoever asks showed lately that it is them, and did not only find a browser that was left open."""
    hub: Hub = connection.app.state.hub
    with hub.pool.connection() as database:
        return is_fresh(database, token_of(connection) or "")


def who(scope: Scope) -> Principal:
    """Dependency: who asks, as the guard found out."""
    return scope["state"]["who"]


def token_of(connection: AnyConnection) -> str | None:
    """What the browser holds to show that somebody is signed in."""
    return connection.cookies.get(COOKIE)


async def _who(connection: AnyConnection) -> Principal:
    hub: Hub = connection.app.state.hub
    bearer, token = connection.headers.get("authorization"), token_of(connection)
    if bearer is not None:
        return await sync_to_thread(_program, hub, bearer)
    if token is not None and may_come_from_there(connection):
        found = await _holder(connection, token)
        if found is not None:
            return found
    asked_from_elsewhere = connection.headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
    return LOCAL if connection.app.state.open_here and not asked_from_elsewhere else NOBODY


async def _holder(connection: AnyConnection, token: str) -> Principal | None:
    """Who is signed in. Only to look at a page is it enough that they were a moment ago; see `Remembered`."""
    hub: Hub = connection.app.state.hub
    remembered: Remembered = connection.app.state.remembered
    if connection.scope.get("method") not in SAFE:
        # what they may look at next follows from what they change now
        remembered.forget()
        return await sync_to_thread(_find, hub, token)
    key = hash_of(token)
    if known := remembered.get(key):
        return known
    asking = remembered.asking()
    found = await sync_to_thread(_find, hub, token)
    if found is not None:
        remembered.keep(key, found, asking)
    return found


def _find(hub: Hub, token: str) -> Principal | None:
    with hub.pool.connection() as database:
        return principal_of(database, token)


def _program(hub: Hub, bearer: str) -> Principal:
    scheme, _, key = bearer.partition(" ")
    if scheme.lower() == "bearer":
        if hub.settings.write_key and compare_digest(key.encode(), hub.settings.write_key.encode()):
            return _OPERATOR
        with hub.pool.connection() as database:
            found = holder_of(database, key)
        if found is not None:
            return found
    raise _no_key("This key opens nothing: it may have ended, or been revoked.")


def may_come_from_there(connection: AnyConnection) -> bool:
    """Whether a cookie counts. For what changes something it does only if one of our own pages asked.

    Browsers say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin`; neither can be set by a page.
    Programs have keys, so `/api/` takes no cookie for a change.
    """
    if connection.scope.get("method") in SAFE:
        return True
    if connection.url.path.startswith("/api/"):
        return False
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    return urlsplit(connection.headers.get("origin", "")).netloc == connection.headers.get("host")


def _who_are_you(connection: AnyConnection) -> Exception:
    if connection.url.path.startswith("/api/"):
        return _no_key("Send a key: Authorization: Bearer KEY.")
    query = f"?{connection.url.query}" if connection.url.query else ""
    return SignInFirst(quote(f"{connection.url.path}{query}", safe="/"))


def _no_key(sentence: str) -> NotAuthorizedException:
    return NotAuthorizedException(sentence, headers={"WWW-Authenticate": "Bearer"})
