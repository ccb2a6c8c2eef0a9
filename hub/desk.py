"""What a route that records something is handed: who asks, under which key, and the way to the ledger."""

from collections.abc import Callable, Sequence
from datetime import date
from hmac import compare_digest
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.params import HeaderParameter, PathParameter
from msgspec import Struct

from events import ledger
from events.base import Event, Sealed, area_stream, today
from events.ledger import Recorded
from hub.db import Hub
from hub.errors import AnyRequest
from hub.input import AREA_CODE, Input, happened_on
from hub.membership import taking_part

T = TypeVar("T")

AnyConnection = ASGIConnection[Any, Any, Any, State]

AreaCode = Annotated[
    str, PathParameter(pattern=AREA_CODE, description="The ONS code of the area; for the whole network, UK.")
]

IdempotencyKey = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key",
        description="New for each new request, up to 100 letters. Asking again under one key records nothing twice.",
        min_length=1,
        max_length=100,
        pattern=r"^[\x20-\x7e]+\Z",
    ),
]


class Receipt(Struct, frozen=True, kw_only=True):
    """Where the hub recorded what was asked. The area's feed and `hub verify` count in the same positions."""

    area: str
    position: int
    again: bool
    """True if this very request was recorded before. It was not recorded twice."""


class Desk:
    """One request's way to the ledger."""

    def __init__(self, hub: Hub, request: AnyRequest, key: str) -> None:
        self._hub = hub
        self._address = request.url.path
        self._key = key

    def record(
        self,
        area: str,
        stream: UUID,
        said: Input,
        decide: Callable[[Sequence[Recorded], date], Event | tuple[Event, date]],
        *,
        opens_ledger: bool = False,
    ) -> Receipt:
        """Decide on the stream's history and append. `decide` is given the day it happened, and may give another."""
        day = happened_on(said.on, today=today())

        def decided(history: Sequence[Recorded]) -> tuple[Event, date]:
            found = decide(history, day)
            return found if isinstance(found, tuple) else (found, day)

        appended = self._hub.record(
            area=area,
            key=self._key,
            # where, and what: two requests that say the same are one, however they were written
            request=self._address.encode() + b"\n" + msgspec.json.encode(said),
            stream=stream,
            actor="key:write",
            decide=decided,
            opens_ledger=opens_ledger,
        )
        return Receipt(area=appended.area, position=appended.first, again=appended.again)

    def seal(self, subject: UUID, plain: T | None) -> Sealed[T] | None:
        """What identifies a person, encrypted under their key; None for nothing."""
        return self._hub.seal(subject, plain) if plain else None

    def check_taking_part(self, area: str) -> None:
        """Raises `Refused` unless the area takes part now."""
        with self._hub.pool.connection() as connection:
            taking_part(area, ledger.read_stream(connection, area, area_stream(area)))

    def entry(self, area: str, position: int) -> Recorded | None:
        with self._hub.pool.connection() as connection:
            return next(iter(ledger.read_positions(connection, area, [position])), None)


def desk(hub: NamedDependency[Hub], request: AnyRequest, key: IdempotencyKey) -> Desk:
    return Desk(hub, request, key)


def may_write(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Guard of every write: the bearer key, where the operator set one. Without one the hub listens locally only."""
    expected = str(connection.app.state.write_key)
    scheme, _, given = connection.headers.get("authorization", "").partition(" ")
    if expected and not (scheme.lower() == "bearer" and compare_digest(given.encode(), expected.encode())):
        raise NotAuthorizedException(
            "Send the hub's write key: Authorization: Bearer KEY.", headers={"WWW-Authenticate": "Bearer"}
        )
