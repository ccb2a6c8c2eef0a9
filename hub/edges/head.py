"""HEAD, which monitors and link checkers ask instead of GET."""

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send


def answering_head(app: ASGIApp) -> ASGIApp:
    """`app`, which also answers HEAD at every address that it answers GET at: alike, without the body."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != "HEAD":
            await app(scope, receive, send)
            return

        ended = False

        async def send_head(message: Message) -> None:
            nonlocal ended
            if ended:
                return
            if message["type"] == "http.response.body":
                # at the first piece, or the answer to a stream would never end
                message["body"], message["more_body"] = b"", False
                ended = True
            await send(message)

        asked = {**scope, "method": "GET"}
        await app(asked, receive, send_head)  # pyright: ignore[reportArgumentType]
        scope["path_template"] = asked.get("path_template", "")

    return answered
