"""What helps when a form cannot be sent: a worker for the browser, and the page that it shows then."""

from functools import cache
from hashlib import sha256
from typing import Any, Final, TypeGuard, TypeVar
from urllib.parse import urlencode
from uuid import uuid4

from litestar import MediaType, Request, Response, get
from litestar.datastructures import Cookie, State
from litestar.response import Redirect

from hub.access.guard import PUBLIC
from hub.look.page import STATIC, render

DAYS: Final = 7
"""How long a browser keeps what was typed, at most."""

ANSWERED: Final = "__Host-answered"
"""Cookie by which the browser learns which form the hub has answered, whichever page it was led to."""

_WORKER_POLICY: Final = "default-src 'none'; connect-src 'self'"

Answer = TypeVar("Answer", bound=Response)


def is_key(text: str | None) -> TypeGuard[str]:
    """Whether this can tell one filling in of a form from others."""
    return text is not None and 1 <= len(text) <= 100 and text.isascii() and text.isprintable()


def under_a_key(request: Request[Any, Any, State]) -> Redirect:
    """To the same form under a key of its own. It stands in the address, so that who goes back sends the same again."""
    query = [(name, text) for name, text in request.query_params.multi_items() if name != "key"]
    return Redirect(f"{request.url.path}?{urlencode([*query, ('key', str(uuid4()))])}", status_code=303)


@get("/drafts-worker.js", access=PUBLIC, limit=None, sync_to_thread=False, include_in_schema=False)
def worker() -> Response[bytes]:
    """At the top, as a worker serves addresses below its own. It changes whenever the page that it keeps does."""
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": _WORKER_POLICY}
    return Response(_worker(), media_type="text/javascript", headers=headers)


@get("/no-connection", access=PUBLIC, limit=None, sync_to_thread=False, include_in_schema=False)
def no_connection() -> Response[bytes]:
    """What the worker shows when a form could not be sent. It puts in what was typed."""
    return Response(_page(), media_type=MediaType.HTML, headers={"Cache-Control": "no-cache"})


def answered(answer: Answer, key: str) -> Answer:
    """The answer to a form that was sent under this key, of which a draft need be kept no longer."""
    if key.replace("-", "").isalnum():
        answer.set_cookie(
            Cookie(key=ANSWERED, value=key, path="/", secure=True, samesite="lax", max_age=DAYS * 24 * 3600)
        )
    return answer


@cache
def _page() -> bytes:
    return render("forms/pages/no_connection.html", days=DAYS)


@cache
def _worker() -> bytes:
    version = f'const VERSION = "{sha256(_page()).hexdigest()[:10]}";\n'
    return version.encode() + (STATIC / "drafts-worker.js").read_bytes()
