"""Append a great many commands at once: the checks and the lock of any append, written by COPY in one transaction."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

import msgspec
from psycopg.errors import UniqueViolation

from events import catalogue
from events.base import TrellisError
from events.chain import link
from events.collecting import uncollected
from events.database import Connection, value
from events.ledger import Command, Conflict, literal

CHUNK = 5000
_DAWN = datetime.min.replace(tzinfo=UTC)

_LOCK = "select area from ledger where area = any (%s) order by area for update"

_HEADS = """
select a.area, coalesce(last.position, 0), coalesce(last.hash, ''), last.recorded_at
from unnest(%s::text[]) a(area)
left join lateral (
    select position, hash, recorded_at from event e where e.area = a.area order by position desc limit 1
) last on true
"""

_ANSWERED = """
select e.area, e.command, e.digest, e.position
from unnest(%s::text[], %s::uuid[]) asked(area, command)
join event e on e.area = asked.area and e.command = asked.command and e.digest is not null
"""

_VERSIONS = """
select asked.area, asked.stream, tip.version
from unnest(%s::text[], %s::uuid[]) asked(area, stream)
cross join lateral (
    select version from event e
    where e.area = asked.area and e.stream = asked.stream order by version desc limit 1
) tip
"""

_COPY_EVENTS = (
    "copy event (area, position, stream, version, type, data, occurred_on, recorded_at, actor, command, cause, digest,"
    " hash) from stdin (format binary)"
)
# In binary COPY the server reads bytes by the column's own type: JSON goes as the bytes it is.
_EVENT_TYPES = (
    "text",
    "int8",
    "uuid",
    "int4",
    "text",
    "bytea",
    "date",
    "timestamptz",
    "text",
    "uuid",
    "text",
    "bytea",
    "bytea",
)


_REUSED = "The same id stands for two different entries."


class BulkRefused(TrellisError):
    """Nothing was written. `number` is the place in the sequence, from 0, of the command that could not be."""

    def __init__(self, sentence: str, *, number: int) -> None:
        super().__init__(sentence)
        self.number = number


def append_all(
    connection: Connection,
    commands: Sequence[Command],
    *,
    recorded: Sequence[datetime] | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Append all commands or none, in order, in one transaction. Returns how many were new.

    Commands answered before are passed over. `recorded` gives each command the moment at which the hub is to have
    learned of it; it exists for invented histories, and moments must not run backwards within an area. `progress` is
    told how many commands are done. Raises `BulkRefused`.
    """
    try:
        with uncollected(), connection.transaction():
            return _append_all(connection, commands, recorded, progress)
    except UniqueViolation as error:
        # an id answered before in another stream, which `_fresh` does not see
        before = answered(connection, [(command.area, command.id) for command in commands])
        for number, command in enumerate(commands):
            if before.get((command.area, command.id), (command.digest,))[0] != command.digest:
                raise BulkRefused(_REUSED, number=number) from error
        raise


def _append_all(
    connection: Connection,
    commands: Sequence[Command],
    recorded: Sequence[datetime] | None,
    progress: Callable[[int], None],
) -> int:
    areas = sorted({command.area for command in commands})
    locked = {str(row[0]) for row in connection.execute(_LOCK, [areas])}
    for number, command in enumerate(commands):
        if command.area not in locked:
            raise BulkRefused(f"No area with the code {command.area} takes part.", number=number)
    fresh = _fresh(connection, commands)
    if fresh:
        _write(connection, commands, fresh, areas, recorded, progress)
    return len(fresh)


def answered(connection: Connection, asked: Sequence[tuple[str, UUID]]) -> dict[tuple[str, UUID], tuple[bytes, int]]:
    """Of these commands, each named by its area and id, those already answered: their digest and first position."""
    found: dict[tuple[str, UUID], tuple[bytes, int]] = {}
    for keys in _literals([area for area, _ in asked], [id for _, id in asked]):
        for area, command, digest, position in connection.execute(_ANSWERED, keys, binary=True):
            found[area, command] = (digest, position)  # pyright: ignore[reportArgumentType]
    return found


def _literals(areas: Sequence[str], ids: Sequence[UUID]) -> Iterator[list[object]]:
    """Areas and ids as two arrays, a chunk at a time."""
    texts: list[str] = msgspec.to_builtins(ids)
    for start in range(0, len(areas), CHUNK):
        yield [areas[start : start + CHUNK], literal(texts[start : start + CHUNK])]


def _fresh(connection: Connection, commands: Sequence[Command]) -> list[int]:
    """The numbers of the commands that are new, once it is sure that each stands at the end of its stream."""
    # by the number of a UUID, which Python hashes faster than the UUID
    of = {(command.area, command.stream.int): command for command in commands}
    versions = dict.fromkeys(of, 0)
    streams = list(of.values())
    for keys in _literals([command.area for command in streams], [command.stream for command in streams]):
        for area, stream, version in connection.execute(_VERSIONS, keys, binary=True):
            versions[str(area), cast("UUID", stream).int] = cast("int", version)
    # a command that was answered moved its stream on, so only those behind their stream need be asked for
    behind = [command for command in commands if command.expected < versions[command.area, command.stream.int]]
    before = answered(connection, [(command.area, command.id) for command in behind])
    seen = {(area, id.int): digest for (area, id), (digest, _) in before.items()}
    fresh: list[int] = []
    for number, command in enumerate(commands):
        area, digest = command.area, command.digest
        known = seen.get((area, command.id.int))
        if known is None:
            seen[area, command.id.int] = digest
            key = (area, command.stream.int)
            version = versions[key]
            if version != command.expected:
                raise BulkRefused(
                    f"Somebody else recorded something here since the file was checked (version {version}, not "
                    f"{command.expected}). Run the import again.",
                    number=number,
                ) from Conflict()
            versions[key] = version + len(command.events)
            fresh.append(number)
        elif known != digest:
            raise BulkRefused(_REUSED, number=number)
    return fresh


def _write(
    connection: Connection,
    commands: Sequence[Command],
    fresh: Sequence[int],
    areas: Sequence[str],
    recorded: Sequence[datetime] | None,
    progress: Callable[[int], None],
) -> None:
    now = value(connection, "select clock_timestamp()")
    assert isinstance(now, datetime)
    tips: dict[str, _Tip] = {}
    for area, position, head, last in connection.execute(_HEADS, [areas]):
        tip = tips[str(area)] = _Tip(cast("int", position), cast("bytes", head), cast("datetime", last or _DAWN))
        if recorded is None:
            # as in any append: a clock set back does not make the hub learn things in another order
            tip.moment = max(now, tip.moment)
    ids: list[str] = msgspec.to_builtins([commands[number].id for number in fresh])
    streams: list[str] = msgspec.to_builtins([commands[number].stream for number in fresh])
    with connection.cursor().copy(_COPY_EVENTS) as copy:
        copy.set_types(_EVENT_TYPES)
        for done, number in enumerate(fresh):
            command = commands[number]
            area, actor, cause = command.area, command.actor, command.cause
            stream, id = streams[done], ids[done]
            tip = tips[area]
            if recorded is not None:
                if recorded[number] < tip.moment:
                    raise BulkRefused("This entry would be recorded before the one it follows.", number=number)
                tip.moment = recorded[number]
            moment, digest = tip.moment, command.digest
            for version, happened in enumerate(command.events, start=command.expected + 1):
                event, on = happened.event, happened.on
                type, data = catalogue.tag_of(event), catalogue.encode(event)
                tip.position = at = tip.position + 1
                tip.hash = hash = link(
                    tip.hash, area, at, stream, version, type, data, on, moment, actor, id, cause, digest
                )
                copy.write_row(
                    (area, at, command.stream, version, type, data, on, moment, actor, command.id, cause, digest, hash)
                )
                digest = None  # it stands on the first event of a command only
            if done % 200 == 0:
                progress(done)
    progress(len(fresh))


class _Tip:
    """The end of an area's ledger, as far as it is written."""

    __slots__ = ("hash", "moment", "position")

    def __init__(self, position: int, hash: bytes, moment: datetime) -> None:
        self.position = position
        self.hash = hash
        self.moment = moment
