"""Headers that every answer carries, whoever made it: pages, files, errors."""

from collections.abc import Iterable

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from hub.access.sessions import COOKIE
from hub.look.page import CONTENT_SECURITY_POLICY

YEAR = 31_536_000

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

OVER_TLS = {"Strict-Transport-Security": f"max-age={YEAR}; includeSubDomains"}
"""Means nothing over plain HTTP, and must not be sent there (RFC 6797, 7.2)."""


def with_headers(app: ASGIApp, *, tls: bool) -> ASGIApp:
    """`app`, whose answers carry the headers above unless they set their own, and are kept by nobody if personal.

    `tls` says that people reach this hub over TLS even where the last step, from a proxy, is plain HTTP.
    """

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        wanted = HEADERS | OVER_TLS if tls or scope["scheme"] == "https" else HEADERS
        personal = _is_personal(scope["headers"])

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                for name, text in wanted.items():
                    headers.setdefault(name, text)
                if personal or headers.get("set-cookie"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await app(scope, receive, send_with_headers)

    return answered


def _is_personal(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the request says who asks, so that the answer may be for them alone."""
    return any(name == b"authorization" or (name == b"cookie" and COOKIE.encode() in text) for name, text in headers)
