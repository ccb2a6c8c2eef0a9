"""What the pages about access share: where this hub is, who asks from where, and how somebody ends up signed in."""

import logging
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from litestar import MediaType, Request, Response
from litestar.background_tasks import BackgroundTask
from litestar.datastructures import Cookie, State
from litestar.response import Redirect

from events.access import NotAllowed, Principal
from events.base import Refused
from events.database import Connection
from events.settings import Settings
from hub.access.attempts import NotSignedIn
from hub.access.guard import may_come_from_there, token_of
from hub.access.log import note, note_refused
from hub.access.sessions import cookie, open_session
from hub.db import Hub
from hub.edges.limits import ATTEMPTS_ON_ACCOUNT, Limits
from hub.look.page import CONTENT_SECURITY_POLICY, render

AnyRequest = Request[Any, Any, State]

AFTER_SIGN_IN: Final = "/account"
NEW_PASSKEY: Final = "/account/passkeys/new"

WITH_SCRIPT: Final = f"{CONTENT_SECURITY_POLICY}; script-src 'self'"
"""Policy of the pages that ask a browser for a passkey. No other page runs a script."""

FORGET: Final = {"Clear-Site-Data": '"storage"'}
"""What forms kept in a browser goes when somebody signs out, or somebody else in."""

_LAST: Final = "__Host-last"
"""Cookie that tells whether the one who signs in is the one who did so last in this browser, and not who that is."""

_LAST_SECONDS: Final = 7 * 24 * 3600
"""As long as a browser keeps a draft."""

log = logging.getLogger(__name__)


def page(
    template: str, *, status: int = 200, script: bool = False, cookies: tuple[Cookie, ...] = (), **context: object
) -> Response[bytes]:
    """A page for one person: kept by no cache."""
    headers = {"Cache-Control": "no-store"} | ({"Content-Security-Policy": WITH_SCRIPT} if script else {})
    body = render(f"access/pages/{template}", **context)
    return Response(body, media_type=MediaType.HTML, status_code=status, headers=headers, cookies=list(cookies))


def origin_of(request: AnyRequest, settings: Settings) -> str:
    """Scheme and host that people know this hub by. What a request says of it counts on this machine only.

    Raises `Refused` where that leaves it unknown.
    """
    if settings.url:
        return settings.url
    if not settings.only_here:
        raise Refused("This hub was not told its own address. Whoever runs it has to set HUB_URL first.")
    return f"{request.url.scheme}://{request.headers['host']}"


def local(to: str | None) -> str:
    """Where to go after signing in: an address of this hub, whatever the link said."""
    if not to or not to.startswith("/") or to.startswith(("//", "/\\")) or urlsplit(to).netloc or not to.isprintable():
        return AFTER_SIGN_IN
    return to


def check_ours(request: AnyRequest) -> None:
    """Raises `NotAllowed` for a form of another site, which would sign somebody in as whom that site wants."""
    if not may_come_from_there(request):
        raise NotAllowed("This was sent from another site. Open the page here and send it again.")


def count_attempt(request: AnyRequest, email: str) -> None:
    """Count an attempt to sign in as somebody, from wherever. Raises 429, or `CannotCount` without Redis."""
    limits: Limits | None = request.app.state.limits
    if limits is not None:
        limits.count(ATTEMPTS_ON_ACCOUNT, email.strip().lower())


def signed_in(
    connection: Connection,
    request: AnyRequest,
    account: UUID,
    *,
    how: str,
    to: str,
    proved_at: datetime | None = None,
) -> Redirect:
    """Sign somebody in, in this browser, and send them on. `proved_at` as in `open_session`."""
    agent = request.headers.get("user-agent", "")
    token = open_session(connection, account, how=how, agent=agent, before=token_of(request), proved_at=proved_at)
    note(connection, "signed in", f"signed in by {how}", who=f"account:{account}", account=account)
    last, this = request.cookies.get(_LAST), sha256(b"last " + account.bytes).hexdigest()
    headers = {"Cache-Control": "no-store"} | (FORGET if last not in (None, this) else {})
    kept = Cookie(key=_LAST, value=this, path="/", max_age=_LAST_SECONDS, secure=True, httponly=True, samesite="lax")
    return Redirect(to, status_code=303, cookies=[cookie(token), kept], headers=headers)


def account_id(who: Principal) -> UUID:
    """The account of somebody who is signed in."""
    return UUID(who.id.removeprefix("account:"))


def not_signed_in(request: AnyRequest, error: NotSignedIn) -> Response[bytes]:
    """Says so, and notes it if it is known whom they tried to be: afterwards, so that the time taken tells nothing."""
    log.warning("somebody was not signed in: %s", error.reason)
    answer = page("not_signed_in.html", status=403, sentence=str(error), notice="")
    if error.account:
        answer.background = BackgroundTask(_note_refused, request.app.state.hub, error.account, error.reason)
    return answer


def _note_refused(hub: Hub, account: UUID, reason: str) -> None:
    with hub.pool.connection() as connection:
        note_refused(connection, f"refused a sign-in ({reason})", account=account)
