"""Errors as people and programs get to see them: problem details (RFC 9457), or a page with a way forward."""

import logging
import re
from http import HTTPStatus
from typing import Any

import msgspec
import psycopg
from litestar import MediaType, Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, InternalServerException, ValidationException
from psycopg.errors import IdleInTransactionSessionTimeout, QueryCanceled
from psycopg_pool import PoolTimeout

from events.access import NotAllowed
from events.base import NotFound, Refused, TrellisError
from events.group_commit import LedgerUnavailable
from events.ledger import CommandReused, Conflict, UnknownArea
from events.logs import place_of
from events.projections.engine import NotBuilt
from events.vault import Erased, VaultDamaged
from hub.input import misfit_of
from hub.look.page import error_page
from hub.look.printing import Busy

AnyRequest = Request[Any, Any, State]

log = logging.getLogger(__name__)

STATUS: dict[type[TrellisError], HTTPStatus] = {
    NotAllowed: HTTPStatus.FORBIDDEN,
    Refused: HTTPStatus.UNPROCESSABLE_ENTITY,
    CommandReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    UnknownArea: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Erased: HTTPStatus.GONE,
    NotBuilt: HTTPStatus.SERVICE_UNAVAILABLE,
    Busy: HTTPStatus.SERVICE_UNAVAILABLE,
    LedgerUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    VaultDamaged: HTTPStatus.SERVICE_UNAVAILABLE,
}


PROBLEM = "application/problem+json"

RETRY_SECONDS = "60"
"""When to ask again what could not be answered now."""


class FieldError(msgspec.Struct, frozen=True):
    field: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An answer that says what is wrong, after RFC 9457."""

    title: str
    status: int
    detail: str = ""
    errors: tuple[FieldError, ...] = ()


class BadField(TrellisError):
    """A part of the request does not fit."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


STATUS[BadField] = HTTPStatus.BAD_REQUEST


def problem_of(error: Exception) -> Problem:
    """What to say about an error. Of a bug nothing but that there is one."""
    match error:
        case ValidationException(extra=list() as extra):
            fields = tuple(_field(each) for each in extra if isinstance(each, dict))
            return _problem(HTTPStatus.BAD_REQUEST, fields[0].detail if len(fields) == 1 else "", fields)
        case ValidationException(detail=detail) if missing := re.search(
            r"^Missing required \w+ parameter '(.+?)'", detail
        ):
            fields = (FieldError(missing[1], "This is missing."),)
            return _problem(HTTPStatus.BAD_REQUEST, f"{missing[1]} is missing.", fields)
        case InternalServerException(__cause__=msgspec.ValidationError() as misfit):
            # a field of the body is called as something that handlers are given, and the framework took it for that
            message, _, path = str(misfit).rpartition(" - at ")
            field, sentence = misfit_of(message, path.strip("`").removeprefix("$.data"))
            return _problem(HTTPStatus.BAD_REQUEST, sentence, (FieldError(field or "body", sentence),))
        case RecursionError():
            sentence = "The request is nested too deeply."
            return _problem(HTTPStatus.BAD_REQUEST, sentence, (FieldError("body", sentence),))
        case Refused() | BadField() | NotFound():
            fields = (FieldError(error.field, str(error)),) if error.field else ()
            return _problem(STATUS[type(error)], str(error), fields)
        case TrellisError():
            return _problem(STATUS.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR), str(error))
        case UnicodeError():
            return _problem(
                HTTPStatus.BAD_REQUEST, "The request is not UTF-8 text.", (FieldError("body", "Not UTF-8."),)
            )
        case QueryCanceled():
            return _problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "This took too long, so it was stopped. Try again in a minute; it is safe to.",
            )
        case psycopg.DataError():
            # without its words, which repeat what was sent
            return _problem(HTTPStatus.BAD_REQUEST, "Something in the request cannot be kept. Check what you gave.")
        case psycopg.OperationalError() | IdleInTransactionSessionTimeout():
            return _problem(
                HTTPStatus.SERVICE_UNAVAILABLE, "The database went away. Ask again in a minute; it is safe to."
            )
        case PoolTimeout():
            return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "The hub is very busy. Try again in a minute.")
        case InternalServerException(detail="client disconnected prematurely"):
            return _problem(HTTPStatus.REQUEST_TIMEOUT, "The request ended before all of it was here.")
        case HTTPException(status_code=int() as status) if status < 500:
            return _problem(HTTPStatus(status), _DETAILS.get(HTTPStatus(status), error.detail), _body(status))
        case _:
            return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, _MISTAKE)


_MISTAKE = (
    "The hub made a mistake. If you sent something, send it again under the same Idempotency-Key to learn what "
    "became of it."
)

_DETAILS = {
    HTTPStatus.BAD_REQUEST: "The request could not be read. Check that it is JSON in UTF-8.",
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request is too large. Send at most 1 MB at a time.",
}


def _body(status: int) -> tuple[FieldError, ...]:
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
        return (FieldError("body", _DETAILS[HTTPStatus(status)]),)
    return ()


def _problem(status: HTTPStatus, detail: str, errors: tuple[FieldError, ...] = ()) -> Problem:
    return Problem(title=status.phrase, status=status.value, detail=detail, errors=errors)


def _field(each: dict[str, object]) -> FieldError:
    key = "Idempotency-Key" if each.get("source") == "header" else str(each.get("key", ""))
    field, sentence = misfit_of(str(each.get("message", "")), "" if key in ("data", "'data'") else key)
    if sentence == "'data'.":
        sentence = "The request has no body. Send JSON."
    return FieldError(field or "body", sentence)


def answer(request: AnyRequest, error: Exception) -> Response[bytes]:
    """The answer to a request that failed, as a page for people and as problem details for programs."""
    problem = problem_of(error)
    if isinstance(error, psycopg.DataError):
        log.warning(
            "the database refused what %s %s held: %s", request.method, request.scope["path_template"], place_of(error)
        )
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        # the type and the place, never the message: it may hold what somebody typed
        log.error("a bug answered %s %s: %s", request.method, request.scope["path_template"], place_of(error))
    headers = error.headers if isinstance(error, HTTPException) else None
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers = {"Retry-After": RETRY_SECONDS}
    if "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/"):
        page = error_page(problem.status, problem.detail)
        return Response(page, status_code=problem.status, media_type=MediaType.HTML, headers=headers)
    return Response(msgspec.json.encode(problem), status_code=problem.status, media_type=PROBLEM, headers=headers)
