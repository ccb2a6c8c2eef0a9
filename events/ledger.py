"""The ledgers: append to them and read them. Nothing else writes the `event` table.

Each area has a ledger, a dense sequence of positions 1, 2, 3 … chained by hash. A `Command` is what somebody asks for:
one or more events at the end of one stream. Appending the same command again gives the answer it got the first time.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Literal, LiteralString, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from events import catalogue
from events.base import Event, TrellisError
from events.catalogue import AnyEvent
from events.database import Connection, value

DOORBELL = "trellis:ledger"
"""The Redis channel on which every append says which areas have something new."""

Outcome = Literal["written", "again", "reused", "conflict", "unknown", "busy"]


class Happened(Struct, frozen=True, gc=False):
    """An event with the day it happened, as told; a day in Europe/London."""

    event: Event
    on: date


class Command(Struct, frozen=True, kw_only=True, gc=False):
    """What somebody asks to be recorded."""

    area: str
    id: UUID
    """Chosen by whoever asks; asking twice with one id records once."""
    digest: bytes
    """Tells a repeated command from another one under the same id."""
    stream: UUID
    expected: int
    """The version the stream had when this was decided; 0 for a new stream."""
    events: tuple[Happened, ...]
    actor: str
    cause: str | None = None


class Appended(Struct, frozen=True, kw_only=True):
    """Where a command's events stand. `again`: they already stood there, this command was answered before."""

    area: str
    first: int
    last: int
    again: bool


class Recorded(Struct, frozen=True, array_like=True, gc=False):
    """An event as the ledger holds it. `recorded_at` is in UTC."""

    area: str
    position: int
    stream: UUID
    version: int
    event: AnyEvent
    occurred_on: date
    recorded_at: datetime
    actor: str
    command: UUID
    cause: str | None


class Conflict(TrellisError):
    """Somebody else wrote to the stream first: read it again and decide again."""


class CommandReused(TrellisError):
    """The command's id was used before, for something else."""


class UnknownArea(TrellisError):
    """No ledger was opened for the area."""


def open_ledger(connection: Connection, areas: Iterable[str]) -> None:
    """Make sure that each area has a ledger to append to."""
    connection.execute(
        "insert into ledger (area) select distinct unnest(%s::text[]) order by 1 on conflict (area) do nothing",
        [list(areas)],
    )


def lock(connection: Connection, areas: Iterable[str]) -> None:
    """Keep everybody else from appending to these areas until the transaction ends.

    For a transaction with several appends: whoever locks one area after another may meet somebody coming the other way.
    """
    connection.execute("select from ledger where area = any (%s) order by area for update", [list(areas)])


def answer(command: Command, outcome: Outcome, first: int | None, last: int | None, version: int) -> Appended:
    """The outcome of a command as a value, or as the error it stands for."""
    match outcome:
        case "written" | "again" if first is not None and last is not None:
            return Appended(area=command.area, first=first, last=last, again=outcome == "again")
        case "conflict":
            raise Conflict(
                f"Somebody else recorded something here at the same time (version {version}, not {command.expected})."
            )
        case "reused":
            raise CommandReused("This request's id was already used for a different request. Send it with a new id.")
        case "unknown":
            raise UnknownArea(f"No area with the code {command.area} takes part.")
        case _:
            raise AssertionError(f"outcome {outcome} is no answer")


_APPEND = """
select number, outcome, first_position, last_position, stream_version
from append(%b::text[], %s::uuid[], %s::bytea[], %s::uuid[], %s::integer[], %b::text[], %b::text[],
            %s::integer[], %s, %s::integer[], %s::integer[], %s::text[], %b::text[], %s::date[])
"""


def literal(texts: Iterable[str]) -> str:
    """The text of an array of ids, days or numbers, with nothing to quote: cheaper than having the driver dump a list.

    Never of what somebody typed: a comma in it would move its neighbours.
    """
    return f"{{{','.join(texts)}}}"


def append_batch(
    connection: Connection, commands: Sequence[Command], *, wait: bool
) -> list[tuple[Outcome, int | None, int | None, int]]:
    """Decide and write a batch in one round trip and one commit; an outcome for each command, in order.

    No two commands of a batch may share an area and stream, or an area and id. Unless told to `wait`, a command for an
    area that somebody else is appending to comes back "busy" and nothing of it is written.
    """
    of: list[str] = []
    nth: list[str] = []
    types: list[str] = []
    datas: list[str] = []
    occurred: list[str] = []
    for number, command in enumerate(commands, start=1):
        for place, happened in enumerate(command.events, start=1):
            of.append(str(number))
            nth.append(str(place))
            types.append(catalogue.tag_of(happened.event))
            datas.append(catalogue.encode(happened.event).decode())
            occurred.append(happened.on.isoformat())
    rows = connection.execute(
        _APPEND,
        (
            [c.area for c in commands],
            literal(msgspec.to_builtins([c.id for c in commands])),
            literal([f"\\\\x{c.digest.hex()}" for c in commands]),
            literal(msgspec.to_builtins([c.stream for c in commands])),
            literal([str(c.expected) for c in commands]),
            [c.actor for c in commands],
            [c.cause for c in commands],
            literal([str(len(c.events)) for c in commands]),
            wait,
            literal(of),
            literal(nth),
            literal(types),
            datas,
            literal(occurred),
        ),
        binary=True,
    ).fetchall()
    outcomes: list[tuple[Outcome, int | None, int | None, int]] = [("unknown", None, None, 0)] * len(commands)
    for number, outcome, first, last, version in rows:
        outcomes[number - 1] = (outcome, first, last, version)  # pyright: ignore[reportOperatorIssue, reportArgumentType, reportCallIssue]
    return outcomes


def answered(connection: Connection, area: str, command: UUID, digest: bytes) -> Appended | None:
    """The answer a command already got, or None if it is new. Raises `CommandReused` if it asked for something else."""
    row = connection.execute(
        "select digest, position, last_position(e) from event e"
        " where area = %s and command = %s and digest is not null",
        [area, command],
    ).fetchone()
    if row is None:
        return None
    if row[0] != digest:
        raise CommandReused("This request's id was already used for a different request. Send it with a new id.")
    return Appended(area=area, first=int(str(row[1])), last=int(str(row[2])), again=True)


# One text for many rows: PostgreSQL writes the JSON and msgspec decodes it in one call, with no Python for each row.
_READ = """
select '[' || string_agg(as_json(e), ',' order by position) || ']'
from (select * from event where area = %(area)s and position > %(after)s order by position limit %(limit)s) e
"""

_READ_STREAM = """
select '[' || string_agg(as_json(e), ',' order by version) || ']'
from event e where area = %(area)s and stream = %(stream)s
"""

_READ_STREAMS = """
select '[' || string_agg(as_json(e), ',' order by e.area, e.position) || ']'
from unnest(%b::text[], %b::uuid[]) asked(area, stream)
join event e on e.area = asked.area and e.stream = asked.stream
"""

_READ_POSITIONS = """
select '[' || string_agg(as_json(e), ',' order by position) || ']'
from event e where area = %(area)s and position = any (%(positions)s)
"""

_decode_rows = msgspec.json.Decoder(list[Recorded]).decode


def read(connection: Connection, area: str, *, after: int = 0, limit: int = 1000) -> list[Recorded]:
    """The next events of an area, in order, at most `limit` of them."""
    return _decoded(value(connection, _READ, {"area": area, "after": after, "limit": limit}))


def read_stream(connection: Connection, area: str, stream: UUID) -> list[Recorded]:
    """All events of one stream, in order; none if there is no such stream."""
    return _decoded(value(connection, _READ_STREAM, {"area": area, "stream": stream}))


def read_streams(connection: Connection, asked: Collection[tuple[str, UUID]]) -> dict[tuple[str, UUID], list[Recorded]]:
    """All events of many streams, each named by its area and id; a stream without events is left out."""
    found: dict[tuple[str, UUID], list[Recorded]] = {}
    parameters = [[area for area, _ in asked], [stream for _, stream in asked]]
    for event in _decoded(value(connection, _READ_STREAMS, parameters)):
        found.setdefault((event.area, event.stream), []).append(event)
    return found


_THERE = """
select asked.area, asked.stream from unnest(%b::text[], %b::uuid[]) asked(area, stream)
join event e on e.area = asked.area and e.stream = asked.stream and e.version = 1
"""


def streams_there(connection: Connection, asked: Collection[tuple[str, UUID]]) -> set[tuple[str, UUID]]:
    """Those that have any events, of streams each named by its area and id."""
    return _found(connection, _THERE, asked) if asked else set()


# For a few ids a look into each area's index; for many PostgreSQL reads the beginnings of all streams once.
_ELSEWHERE = """
select distinct asked.area, asked.stream
from unnest(%b::text[], %b::uuid[]) asked(area, stream)
join ledger l on l.area <> asked.area
join event e on e.area = l.area and e.stream = asked.stream and e.version = 1
"""


def used_elsewhere(connection: Connection, asked: Collection[tuple[str, UUID]]) -> set[tuple[str, UUID]]:
    """Those streams, each named by its area and id, whose id is that of a stream in another area.

    The connection has to see every area.
    """
    return _found(connection, _ELSEWHERE, asked)


def _found(connection: Connection, query: LiteralString, asked: Collection[tuple[str, UUID]]) -> set[tuple[str, UUID]]:
    parameters = [[area for area, _ in asked], [stream for _, stream in asked]]
    return {(str(area), cast("UUID", stream)) for area, stream in connection.execute(query, parameters)}


def read_positions(connection: Connection, area: str, positions: Sequence[int]) -> list[Recorded]:
    """The events at these positions, in order, leaving out those that do not exist."""
    return _decoded(value(connection, _READ_POSITIONS, {"area": area, "positions": list(positions)}))


def _decoded(rows: object) -> list[Recorded]:
    return _decode_rows(rows) if isinstance(rows, str) else []


def read_all(connection: Connection, area: str, *, batch: int = 5000) -> Iterator[Recorded]:
    """Every event of an area, in order, a batch in memory at a time."""
    after = 0
    while rows := read(connection, area, after=after, limit=batch):
        yield from rows
        after = rows[-1].position


_HEADS = """
select l.area, coalesce(last.position, 0)
from ledger l
left join lateral (select position from event e where e.area = l.area order by position desc limit 1) last on true
order by l.area
"""


def heads(connection: Connection) -> dict[str, int]:
    """The last position of every area's ledger, 0 for an empty one."""
    return {str(area): int(str(position)) for area, position in connection.execute(_HEADS)}


def has_ledger(connection: Connection, area: str) -> bool:
    return value(connection, "select true from ledger where area = %s", [area]) is not None
