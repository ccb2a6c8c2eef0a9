"""One line for each request, for a program that reads logs: what was asked for and what came of it, never by whom else
than an id, and never what the address, the query, the headers or the body said."""

import logging
import time

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)


def logged(app: ASGIApp) -> ASGIApp:
    """`app`, and a line in the log once an answer is through."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, send_noting)
        finally:
            who = scope["state"].get("who")
            fields = {
                "method": scope["method"],
                "path": scope.get("path_template", ""),
                "status": status,
                "ms": round((time.perf_counter() - began) * 1000, 1),
                "who": who.id if who else "nobody",
            }
            log.info("request", extra={"fields": fields})

    return answered
