"""Characters that nothing asked for here can hold: NUL, which cannot be stored at all, and others that only control a
terminal. They are refused before anything reads what was sent."""

import re
from typing import Any, cast

from litestar import Request
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import BodyKwarg

from hub.errors import BadField

# the ends of lines and tabs aside, which a text may have
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_FORMS = (RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART)


async def only_printable(request: Request[Any, Any, State]) -> None:
    """Hook before every handler. Raises `BadField` naming what in the address, the query or the form does not fit.

    JSON is left to the patterns of its fields, a file to whoever reads it, and a form to a handler that has `any_text`.
    """
    _check(request.path_params)
    _check(request.query_params.dict())
    if _takes_form(request):
        _check((await request.form()).dict())


def _takes_form(request: Request[Any, Any, State]) -> bool:
    """Whether the handler reads a form, was sent what it reads, and does not mend or refuse each field itself."""
    if request.route_handler.opt.get("any_text"):
        return False
    field = cast("HTTPRouteHandler", request.route_handler).parsed_data_field
    taken = field.kwarg_definition.media_type if field and isinstance(field.kwarg_definition, BodyKwarg) else None
    return taken in _FORMS and request.content_type[0] == taken


def _check(said: dict[str, Any]) -> None:
    for name, held in said.items():
        texts = cast("list[object]", held) if isinstance(held, list) else [held]
        if any(isinstance(text, str) and _UNPRINTABLE.search(text) for text in texts):
            # the name was sent too
            field = _UNPRINTABLE.sub("", name)
            raise BadField(field, f"What was given as {field} holds a character that cannot be printed. Type it again.")
