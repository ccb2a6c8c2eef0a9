"""Signing in and out."""

from typing import Annotated
from urllib.parse import quote, urlsplit

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery
from litestar.response import Redirect
from msgspec import Struct

from events.access import Principal
from events.base import NotFound, Refused
from hub.access import invitations, passkeys, provider, recovery
from hub.access.account_routes import ACCOUNT
from hub.access.accounts import role_in_words
from hub.access.attempts import COOKIE as ATTEMPT
from hub.access.attempts import NotSignedIn, WithPasskey, WithProvider, begin, finish
from hub.access.demo import PERSONAS, account_of_persona, is_demo
from hub.access.guard import PUBLIC, token_of
from hub.access.log import note
from hub.access.people_routes import PEOPLE_AND_ROLES
from hub.access.sessions import close_session, no_cookie
from hub.access.web import (
    AFTER_SIGN_IN,
    FORGET,
    NEW_PASSKEY,
    AnyRequest,
    account_id,
    check_ours,
    count_attempt,
    local,
    not_signed_in,
    origin_of,
    page,
    signed_in,
)
from hub.db import Hub, notice
from hub.edges.limits import Limit

CALLBACK = "/sign-in/provider/back"
SIGNED_OUT = "/signed-out"
WITH_PROVIDER = "identity provider"

NOT_GUESSED = Limit(name="sign-ins", times=200, seconds=300, needed=True)
"""By address, for what nobody can guess: a passkey, an invitation, the provider's answer. A whole council may share an
address, and sign in on Monday at nine."""


class ChosenPersona(Struct, frozen=True, kw_only=True):
    persona: str
    to: str = AFTER_SIGN_IN


class AnswerOfBrowser(Struct, frozen=True, kw_only=True):
    credential: str = ""


class RecoveryCode(Struct, frozen=True, kw_only=True):
    email: str
    code: str
    to: str = NEW_PASSKEY


@get("/sign-in", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def sign_in(
    hub: NamedDependency[Hub], request: AnyRequest, who: NamedDependency[Principal], to: FromQuery[str | None] = None
) -> Response[bytes]:
    with hub.pool.connection() as connection:
        personas = PERSONAS if open_demo(request, is_demo(connection)) else {}
        words = notice(connection)
    known = provider.provider_of(hub.settings) is not None
    return page("sign_in.html", personas=personas, provider=known, to=local(to), who=who, notice=words)


@post("/sign-in/demo", access=PUBLIC, sync_to_thread=True, include_in_schema=False, status_code=303)
def sign_in_as_persona(
    hub: NamedDependency[Hub],
    request: AnyRequest,
    data: Annotated[ChosenPersona, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """Become one of the three of the demonstration network; anywhere else there is nothing at this address."""
    check_ours(request)
    persona = PERSONAS.get(data.persona)
    with hub.pool.connection() as connection, connection.transaction():
        if persona is None or not open_demo(request, is_demo(connection)):
            raise NotFound("There is nothing at this address.")
        account = account_of_persona(connection, persona)
        return signed_in(connection, request, account, how="demo", to=local(data.to))


@post("/sign-out", access=PUBLIC, sync_to_thread=True, include_in_schema=False, status_code=303)
def sign_out(hub: NamedDependency[Hub], request: AnyRequest, who: NamedDependency[Principal]) -> Response[None]:
    check_ours(request)
    token, to = token_of(request), "/"
    if token and who.signed_in:
        own = account_id(who)
        with hub.pool.connection() as connection, connection.transaction():
            how = close_session(connection, token)
            note(connection, "signed out", "signed out", who=who.id, account=own)
        if how == WITH_PROVIDER and provider.provider_of(hub.settings):
            to = SIGNED_OUT
    return Redirect(to, status_code=303, cookies=[no_cookie()], headers=FORGET)


# ---- with an identity provider


def the_provider(hub: Hub) -> provider.Provider:
    found = provider.provider_of(hub.settings)
    if found is None:
        raise NotFound("There is nothing at this address.")
    return found


def to_provider(
    hub: Hub, request: AnyRequest, *, to: str, again: bool = False, invitation: bytes | None = None
) -> Response[None]:
    which, redirect = the_provider(hub), origin_of(request, hub.settings) + CALLBACK
    address, attempt = provider.ask(which, redirect=redirect, to=to, again=again, invitation=invitation)
    with hub.pool.connection() as connection:
        kept = begin(connection, attempt)
    return Redirect(address, status_code=303, cookies=[kept], headers={"Cache-Control": "no-store"})


@get(
    "/sign-in/provider", access=PUBLIC, limit=NOT_GUESSED, sync_to_thread=True, include_in_schema=False, status_code=303
)
def start_with_provider(
    hub: NamedDependency[Hub],
    request: AnyRequest,
    who: NamedDependency[Principal],
    to: FromQuery[str | None] = None,
) -> Response[None]:
    return to_provider(hub, request, to=local(to), again=who.signed_in)


@get(CALLBACK, access=PUBLIC, limit=NOT_GUESSED, sync_to_thread=True, include_in_schema=False, status_code=303)
def back_from_provider(hub: NamedDependency[Hub], request: AnyRequest) -> Response[None]:
    which, told = the_provider(hub), request.query_params
    with hub.pool.connection() as connection:
        attempt = finish(connection, request.cookies.get(ATTEMPT), WithProvider)
    redirect = origin_of(request, hub.settings) + CALLBACK
    if not told.get("code"):
        raise NotSignedIn("Your organisation's sign-in service did not let you in.", reason="provider refused")
    identity = provider.answered(
        which, attempt, redirect=redirect, code=told["code"], state=told.get("state", ""), issuer=told.get("iss")
    )
    with hub.pool.connection() as connection, connection.transaction():
        if attempt.invitation is None:
            account = provider.account_with(connection, identity)
        else:
            try:
                account = invitations.accept_digest(connection, attempt.invitation)
            except Refused as error:
                raise NotSignedIn(str(error), reason="invitation is over") from error
            provider.tie(connection, identity, account)
        proved_at, to = identity.proved_at, attempt.to
        return signed_in(connection, request, account, how=WITH_PROVIDER, to=to, proved_at=proved_at)


@get(SIGNED_OUT, access=PUBLIC, limit=NOT_GUESSED, sync_to_thread=True, include_in_schema=False)
def signed_out(hub: NamedDependency[Hub], request: AnyRequest, who: NamedDependency[Principal]) -> Response[bytes]:
    """Where somebody whom the provider signed in learns that it still knows them, and how to sign out there."""
    back = origin_of(request, hub.settings) + "/"
    address = provider.sign_out_address(the_provider(hub), back=back)
    with hub.pool.connection() as connection:
        words = notice(connection)
    host = urlsplit(address).hostname if address else ""
    return page("signed_out.html", address=address or "", host=host, who=who, notice=words)


# ---- with an invitation


@get("/invitations/{token:str}", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def show_invitation(
    hub: NamedDependency[Hub], who: NamedDependency[Principal], token: FromPath[str]
) -> Response[bytes]:
    """What one is invited to. Changes nothing: programs that check mail open links too."""
    found = _open_invitation(hub, token)
    with hub.pool.connection() as connection:
        words = notice(connection)
    role = role_in_words(found.role) if found.role else ""
    known = provider.provider_of(hub.settings) is not None
    return page("invitation.html", invitation=found, role=role, token=token, provider=known, who=who, notice=words)


@post(
    "/invitations/{token:str}",
    access=PUBLIC,
    limit=NOT_GUESSED,
    sync_to_thread=True,
    include_in_schema=False,
    status_code=303,
)
def accept_invitation(hub: NamedDependency[Hub], request: AnyRequest, token: FromPath[str]) -> Response[None]:
    check_ours(request)
    with hub.pool.connection() as connection, connection.transaction():
        try:
            account = invitations.accept(connection, token)
        except Refused as error:
            raise NotSignedIn(str(error), reason="invitation is over") from error
        return signed_in(connection, request, account, how="invitation", to=NEW_PASSKEY)


@get(
    "/invitations/{token:str}/provider",
    access=PUBLIC,
    limit=NOT_GUESSED,
    sync_to_thread=True,
    include_in_schema=False,
    status_code=303,
)
def accept_with_provider(hub: NamedDependency[Hub], request: AnyRequest, token: FromPath[str]) -> Response[None]:
    """Go to the identity provider; the invitation is accepted when one is back from there.

    A link on another site leads to the invitation instead: whoever follows it would be signed in unasked.
    """
    _open_invitation(hub, token)
    if request.headers.get("sec-fetch-site") != "same-origin":
        return Redirect(f"/invitations/{quote(token, safe='')}", status_code=303)
    return to_provider(hub, request, to=AFTER_SIGN_IN, invitation=invitations.digest(token))


def _open_invitation(hub: Hub, token: str) -> invitations.Invitation:
    with hub.pool.connection() as connection:
        try:
            return invitations.invitation_of(connection, token)
        except Refused as error:
            raise NotSignedIn(str(error), reason="invitation is over") from error


# ---- with a passkey


@get("/sign-in/passkey", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def ask_for_passkey(
    hub: NamedDependency[Hub], request: AnyRequest, who: NamedDependency[Principal], to: FromQuery[str | None] = None
) -> Response[bytes]:
    options, attempt = passkeys.to_sign_in(origin=origin_of(request, hub.settings), to=local(to))
    with hub.pool.connection() as connection:
        kept = begin(connection, attempt)
        words = notice(connection)
    by_name = passkeys.by_name(origin_of(request, hub.settings))
    return page("passkey.html", script=True, cookies=(kept,), options=options, by_name=by_name, who=who, notice=words)


@post(
    "/sign-in/passkey", access=PUBLIC, limit=NOT_GUESSED, sync_to_thread=True, include_in_schema=False, status_code=303
)
def sign_in_with_passkey(
    hub: NamedDependency[Hub],
    request: AnyRequest,
    data: Annotated[AnswerOfBrowser, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    check_ours(request)
    with hub.pool.connection() as connection:
        attempt = finish(connection, request.cookies.get(ATTEMPT), WithPasskey)
        origin = origin_of(request, hub.settings)
        account = passkeys.account_with(connection, attempt, data.credential, origin=origin)
        return signed_in(connection, request, account, how="passkey", to=attempt.to)


# ---- with a recovery code


@get("/sign-in/code", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def ask_for_code(
    hub: NamedDependency[Hub], who: NamedDependency[Principal], to: FromQuery[str | None] = None
) -> Response[bytes]:
    with hub.pool.connection() as connection:
        words = notice(connection)
    return page("code.html", to=local(to), who=who, notice=words)


@post("/sign-in/code", access=PUBLIC, sync_to_thread=True, include_in_schema=False, status_code=303)
def sign_in_with_code(
    hub: NamedDependency[Hub],
    request: AnyRequest,
    who: NamedDependency[Principal],
    data: Annotated[RecoveryCode, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    check_ours(request)
    count_attempt(request, data.email)
    with hub.pool.connection() as connection:
        account = recovery.use_code(connection, email=data.email, code=data.code)
        again = who.id == f"account:{account}"
        to = local(data.to) if again else NEW_PASSKEY
        return signed_in(connection, request, account, how="recovery code", to=to)


def open_demo(request: AnyRequest, demo: bool) -> bool:
    """Whether anybody may be anybody here: an invented network, on a hub that answers this machine only."""
    return demo and bool(request.app.state.open_here)


ROUTES = [
    Router(
        "/",
        route_handlers=[
            sign_in,
            sign_in_as_persona,
            sign_out,
            signed_out,
            start_with_provider,
            back_from_provider,
            show_invitation,
            accept_invitation,
            accept_with_provider,
            ask_for_passkey,
            sign_in_with_passkey,
            ask_for_code,
            sign_in_with_code,
            *ACCOUNT,
            *PEOPLE_AND_ROLES,
        ],
        exception_handlers={NotSignedIn: not_signed_in},
    )
]
