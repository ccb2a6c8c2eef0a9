"""Which errors each address of the API answers with, for its description."""

from collections.abc import Iterator

from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.plugins import ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute

from hub.access.guard import SAFE, Needs
from hub.errors import PROBLEM, Problem

_WORDS = {
    400: "The request does not fit the description; the problem names the field.",
    401: "There is no key, or it opens nothing: it may have ended, or been revoked.",
    403: "The key is known, and this is not what it may be used for.",
    404: "There is no such thing, or it is not yours to see.",
    409: "Somebody else wrote to the same thing at the same time, again and again. Ask again.",
    410: "It is about a person whose data was erased, so nothing can be added.",
    413: "The request is too large. Send at most 1 MB at a time.",
    422: "It cannot be recorded; the problem says why. Or the Idempotency-Key was used for something else before.",
    429: "You asked too often. Retry-After says in how many seconds to ask again.",
    503: "The hub cannot do it now. Ask again in a minute; it is safe to.",
}


class DescribeProblems(ReceiveRoutePlugin):
    """Puts into the description of an address whether it takes a key, and the problems that it answers with."""

    def receive_route(self, route: BaseRoute) -> None:
        if isinstance(route, HTTPRoute):
            for handler, _ in route.route_handler_map.values():
                if handler.resolve_include_in_schema():
                    if isinstance(handler.opt.get("access"), Needs):
                        handler.security = [{"key": []}]
                    handler.responses = {
                        status: ResponseSpec(
                            Problem, description=_WORDS[status], media_type=PROBLEM, generate_examples=False
                        )
                        for status in sorted(_statuses(route, handler))
                    } | dict(handler.responses or {})


def _statuses(route: HTTPRoute, handler: HTTPRouteHandler) -> Iterator[int]:
    taken = set(handler.parsed_fn_signature.parameters)
    if "hub" not in taken and "desk" not in taken:
        return
    writes = not handler.http_methods <= SAFE
    if handler.opt.get("limit", True) is not None:
        yield 429
    yield 503
    if route.path_parameters or taken - set(handler.resolve_dependencies()):
        yield 400
    if isinstance(handler.opt.get("access"), Needs):
        yield from (401, 403)
    if route.path_parameters:
        yield 404
    if writes:
        yield from (409, 413, 422)
        if "enterprise" in route.path_parameters:
            yield 410
