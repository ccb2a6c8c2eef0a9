"""What a route that records something is handed: who asks, under which key, and the way to the ledger."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, PathParameter
from msgspec import Struct

from events import ledger
from events.access import Principal
from events.base import Event, NotFound, Refused, Sealed, area_stream, in_words, named_id, today
from events.database import Connection
from events.enterprises import Owner
from events.ledger import Recorded
from events.renewal_catalogue import Catalogue
from hub.access.accounts import names
from hub.db import Hub
from hub.errors import AnyRequest
from hub.input import AREA_CODE, Input, Reference, happened_on
from hub.membership import taking_part
from hub.people.looking import owner_named
from hub.references import there

T = TypeVar("T")
Said = TypeVar("Said", bound=Input)

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

    def __init__(self, hub: Hub, address: str, who: Principal, key: str) -> None:
        """`address`: what is asked for there; `key`: what tells one request from another."""
        self._hub = hub
        self._who = who
        self._address = address
        self._key = key

    @property
    def renewals(self) -> Catalogue:
        """What has to be held, when and for how long."""
        return self._hub.renewals

    def tell(
        self,
        area: str,
        stream: UUID,
        said: Said,
        may: Callable[[Said, Sequence[Recorded], date], object],
        *,
        opens_ledger: bool = False,
    ) -> Receipt:
        """Record what an input says, unless `may`, given the stream's history and the day, raises against it."""

        def decided(history: Sequence[Recorded], on: date) -> Event:
            may(said, history, on)
            self.check_there(area, said.refers_to(), on)
            # sealed only now: nothing of a refused request is kept, not even a key
            return said.event(DeskSealing(self, area, stream, history))

        said.check(today=today())
        return self.record(area, stream, said, decided, opens_ledger=opens_ledger)

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
            who=self._who,
            decide=decided,
            opens_ledger=opens_ledger,
        )
        return Receipt(area=appended.area, position=appended.first, again=appended.again)

    def seal(self, subject: UUID, plain: T | None) -> Sealed[T] | None:
        """What identifies a person, encrypted under their key; None for nothing."""
        return self._hub.seal(subject, plain) if plain else None

    def new_person(self, area: str, stream: UUID) -> UUID:
        """The id of a person whom this request is the first to name: asked again it is the same, else nobody else's."""
        return named_id("owner", area, str(stream), self._key)

    def owner_named(self, area: str, history: Sequence[Recorded], enterprise: UUID, name: str) -> UUID:
        """The id of an enterprise's owner: of one it had before if the name is theirs, else a new one."""
        return owner_named(self._hub, self._who, area, history, name) or self.new_person(area, enterprise)

    def check_taking_part(self, area: str) -> None:
        """Raises `Refused` unless the area takes part now."""
        with self._hub.acting(self._who, "record", area) as connection:
            taking_part(area, ledger.read_stream(connection, area, area_stream(area)))

    def history(self, area: str, stream: UUID) -> list[Recorded]:
        """All that was recorded in another stream of the area."""
        with self._hub.acting(self._who, "record", area) as connection:
            return ledger.read_stream(connection, area, stream)

    def check_there(self, area: str, named: Sequence[Reference], on: date) -> None:
        """Raises `NotFound` or `Refused`, about its field, unless all that is named was there on that day."""
        if not named:
            return
        with self._hub.acting(self._who, "record", area) as connection:
            found = ledger.read_streams(connection, {(area, each.id) for each in named})
        for each in named:
            there(each, found.get((area, each.id), []), on)

    def lesson_known(self, lesson: UUID) -> None:
        """Raises `NotFound` unless some area shared the lesson, `Refused` if it was retired since.

        Asked of the work projection, since the ledgers of other areas are closed: one shared this very second may not
        be there yet.
        """
        with self._hub.reading("work", self._who) as connection:
            row = connection.execute("select retired_on from lesson where lesson = %s", [lesson]).fetchone()
        if row is None:
            raise NotFound("There is no such lesson in the network.", field="lesson")
        if isinstance(row[0], date):
            raise Refused(f"This lesson was retired on {in_words(row[0])}.", field="lesson")

    def what_stands(self) -> AbstractContextManager[Connection]:
        """A connection on the work projection, of the areas where whoever asks may record. Raises `NotBuilt`."""
        return self._hub.reading("work", self._who.only("record"))

    def name_of(self, actor: str) -> str:
        """What to call whoever recorded something. Programs are told no names of people."""
        if actor == self._who.id:
            return "you"
        kind, _, id = actor.partition(":")
        if kind == "key":
            return "a program"
        if kind == "account" and self._who.signed_in:
            with self._hub.pool.connection() as connection:
                return names(connection).get(UUID(id), "somebody else")
        return "somebody else"

    def entry(self, area: str, position: int) -> Recorded | None:
        with self._hub.acting(self._who, "record", area) as connection:
            return next(iter(ledger.read_positions(connection, area, [position])), None)


class DeskSealing:
    """How one request seals what it says of people: `hub.input.Sealing`."""

    def __init__(self, desk: Desk, area: str, stream: UUID, history: Sequence[Recorded]) -> None:
        self.area = area
        self.stream = stream
        self._desk = desk
        self._history = history

    def note(self, text: str) -> Sealed[str] | None:
        return self._desk.seal(self.stream, text)

    def owner(self, owner: Owner | None) -> Sealed[Owner] | None:
        if owner is None:
            return None
        return self._desk.seal(self._desk.owner_named(self.area, self._history, self.stream, owner.name), owner)

    def person(self, plain: T | None) -> Sealed[T] | None:
        return self._desk.seal(self._desk.new_person(self.area, self.stream), plain)

    def under(self, subject: UUID, plain: T | None) -> Sealed[T] | None:
        return self._desk.seal(subject, plain)


def desk(hub: NamedDependency[Hub], request: AnyRequest, who: NamedDependency[Principal], key: IdempotencyKey) -> Desk:
    return Desk(hub, request.url.path, who, key)
