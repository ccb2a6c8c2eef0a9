"""What somebody's own account shows them: roles, passkeys, recovery codes, and the browsers they are signed in with."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect
from msgspec import Struct

from events.access import HeldRole, Principal
from events.base import NotFound, Refused, in_words, today
from events.database import Connection
from hub.access import passkeys, recovery
from hub.access.accounts import Account, account_of, area_in_words
from hub.access.attempts import COOKIE as ATTEMPT
from hub.access.attempts import NewPasskey, NotSignedIn, begin, finish
from hub.access.guard import SIGNED_IN, token_of
from hub.access.log import note
from hub.access.provider import has_identity
from hub.access.sessions import close_one, close_sessions, sessions_of
from hub.access.web import AFTER_SIGN_IN, NEW_PASSKEY, AnyRequest, account_id, check_ours, origin_of, page
from hub.db import Hub, notice


class RoleRow(Struct, frozen=True, kw_only=True):
    role: str
    where: str
    until: str


class MadePasskey(Struct, frozen=True, kw_only=True):
    name: str = ""
    credential: str = ""


class NewName(Struct, frozen=True, kw_only=True):
    name: str = ""


@get("/account", access=SIGNED_IN, sync_to_thread=True, include_in_schema=False)
def account(hub: NamedDependency[Hub], request: AnyRequest, who: NamedDependency[Principal]) -> Response[bytes]:
    """What one's own account is."""
    with hub.pool.connection() as connection:
        return account_page(connection, request, who)


def account_page(
    connection: Connection, request: AnyRequest, who: Principal, *, errors: dict[str, str] | None = None
) -> Response[bytes]:
    own = account_id(who)
    return page(
        "account.html",
        status=422 if errors else 200,
        account=found_account(connection, who),
        roles=_roles(found_account(connection, who)),
        passkeys=passkeys.passkeys_of(connection, own),
        identity=has_identity(connection, own),
        codes_left=recovery.codes_left(connection, own),
        sessions=sessions_of(connection, own, this=token_of(request) or ""),
        browser=browser_in_words,
        errors=errors or {},
        who=who,
        notice=notice(connection),
    )


@post("/account/sign-out-elsewhere", access=SIGNED_IN, sync_to_thread=True, include_in_schema=False, status_code=303)
def sign_out_elsewhere(
    hub: NamedDependency[Hub], request: AnyRequest, who: NamedDependency[Principal]
) -> Response[None]:
    own = account_id(who)
    with hub.pool.connection() as connection, connection.transaction():
        close_sessions(connection, own, but=token_of(request))
        note(connection, "signed out", "signed out everywhere else", who=who.id, account=own)
    return Redirect("/account", status_code=303)


@post(
    "/account/sessions/{id:uuid}/sign-out",
    access=SIGNED_IN,
    sync_to_thread=True,
    include_in_schema=False,
    status_code=303,
)
def sign_out_one(hub: NamedDependency[Hub], who: NamedDependency[Principal], id: FromPath[UUID]) -> Response[None]:
    own = account_id(who)
    with hub.pool.connection() as connection, connection.transaction():
        close_one(connection, own, id)
        note(connection, "signed out", "signed out in one browser", who=who.id, account=own)
    return Redirect("/account", status_code=303)


@get(NEW_PASSKEY, access=SIGNED_IN, fresh=NEW_PASSKEY, sync_to_thread=True, include_in_schema=False)
def new_passkey(hub: NamedDependency[Hub], request: AnyRequest, who: NamedDependency[Principal]) -> Response[bytes]:
    return new_passkey_page(hub, request, who)


def new_passkey_page(
    hub: Hub, request: AnyRequest, who: Principal, *, name: str = "", errors: dict[str, str] | None = None
) -> Response[bytes]:
    origin = origin_of(request, hub.settings)
    with hub.pool.connection() as connection:
        options, attempt = passkeys.to_register(connection, found_account(connection, who), origin=origin)
        kept = begin(connection, attempt)
        words = notice(connection)
        codes = recovery.codes_left(connection, account_id(who))
    return page(
        "new_passkey.html",
        status=422 if errors else 200,
        script=True,
        cookies=(kept,),
        options=options,
        by_name=passkeys.by_name(origin),
        codes_left=codes,
        name=name,
        errors=errors or {},
        who=who,
        notice=words,
    )


@post(
    "/account/passkeys",
    access=SIGNED_IN,
    fresh=NEW_PASSKEY,
    sync_to_thread=True,
    include_in_schema=False,
    status_code=303,
)
def add_passkey(
    hub: NamedDependency[Hub],
    request: AnyRequest,
    who: NamedDependency[Principal],
    data: Annotated[MadePasskey, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes] | Response[None]:
    own = account_id(who)
    with hub.pool.connection() as connection:
        asked = finish(connection, request.cookies.get(ATTEMPT), NewPasskey)
        if asked.account != own:
            raise NotSignedIn("Somebody else is signed in now. Start again.", reason="passkey: another account")
        try:
            origin = origin_of(request, hub.settings)
            passkeys.register(connection, asked, data.credential, origin=origin, name=data.name)
        except Refused as refused:
            sentence = str(refused)
        else:
            return Redirect("/account", status_code=303)
    return new_passkey_page(hub, request, who, name=data.name, errors={"name": sentence})


@post("/account/passkeys/{id:str}/name", access=SIGNED_IN, sync_to_thread=True, include_in_schema=False)
def name_passkey(
    hub: NamedDependency[Hub],
    request: AnyRequest,
    who: NamedDependency[Principal],
    id: FromPath[str],
    data: Annotated[NewName, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes] | Response[None]:
    with hub.pool.connection() as connection:
        try:
            passkeys.rename(connection, account_id(who), id, data.name)
        except Refused as refused:
            return account_page(connection, request, who, errors={f"name-{id}": str(refused)})
    return Redirect("/account", status_code=303)


@post(
    "/account/passkeys/{id:str}/remove",
    access=SIGNED_IN,
    fresh=AFTER_SIGN_IN,
    sync_to_thread=True,
    include_in_schema=False,
)
def remove_passkey(
    hub: NamedDependency[Hub], request: AnyRequest, who: NamedDependency[Principal], id: FromPath[str]
) -> Response[bytes] | Response[None]:
    with hub.pool.connection() as connection:
        try:
            passkeys.remove(connection, account_id(who), id)
        except Refused as refused:
            return account_page(connection, request, who, errors={f"name-{id}": str(refused)})
    return Redirect("/account", status_code=303)


@post(
    "/account/recovery-codes",
    access=SIGNED_IN,
    fresh=AFTER_SIGN_IN,
    sync_to_thread=True,
    include_in_schema=False,
    status_code=200,
)
def make_recovery_codes(
    hub: NamedDependency[Hub], request: AnyRequest, who: NamedDependency[Principal]
) -> Response[bytes]:
    """New recovery codes, on a page that is shown this once."""
    check_ours(request)
    with hub.pool.connection() as connection:
        codes = recovery.make_codes(connection, account_id(who))
        words = notice(connection)
    return page("recovery_codes.html", codes=codes, who=who, notice=words)


# Each browser claims to be those below it as well.
_BROWSERS = {
    "Edg/": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "an iPhone",
    "iPad": "an iPad",
    "CrOS": "a Chromebook",
    "Windows": "Windows",
    "Macintosh": "a Mac",
    "Linux": "Linux",
}


def browser_in_words(agent: str) -> str:
    """What a browser says of itself, as people call it: Firefox on Windows."""
    browser = next((name for mark, name in _BROWSERS.items() if mark in agent), "A browser")
    system = next((f" on {name}" for mark, name in _SYSTEMS.items() if mark in agent), "")
    return browser + system


def found_account(connection: Connection, who: Principal) -> Account:
    found = account_of(connection, account_id(who))
    if found is None:
        raise NotFound("There is no such account.")
    return found


def _roles(account: Account) -> list[RoleRow]:
    return [_role_row(held) for held in account.roles if held.ends is None or held.ends >= today()]


def _role_row(held: HeldRole) -> RoleRow:
    return RoleRow(
        role=held.role.capitalize(),
        where=area_in_words(held.area),
        until=f"until {in_words(held.ends)}" if held.ends else "no end set",
    )


ACCOUNT = [
    account,
    sign_out_elsewhere,
    sign_out_one,
    new_passkey,
    add_passkey,
    name_passkey,
    remove_passkey,
    make_recovery_codes,
]
