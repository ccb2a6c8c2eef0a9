"""Append a great many commands at once: the checks and the lock of any append, written by COPY in one transaction."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from events import catalogue
from events.base import TrellisError
from events.chain import EMPTY, link
from events.collecting import uncollected
from events.database import Connection, value
from events.ledger import Command, Conflict

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
select k.area, k.command, k.digest, k.first_position
from unnest(%s::text[], %s::uuid[]) asked(area, command)
join command k on k.area = asked.area and k.command = asked.command
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
    "copy event (area, position, stream, version, type, data, occurred_on, recorded_at, actor, command, cause, hash)"
    " from stdin (format binary)"
)
# In binary COPY the server reads bytes by the column's own type: ids and JSON go as the bytes they are.
_EVENT_TYPES = (
    "text",
    "int8",
    "bytea",
    "int4",
    "text",
    "bytea",
    "date",
    "timestamptz",
    "text",
    "bytea",
    "text",
    "bytea",
)
_COMMAND_TYPES = ("text", "bytea", "bytea", "int8", "int8")
_COPY_COMMANDS = "copy command (area, command, digest, first_position, last_position) from stdin (format binary)"


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
    with uncollected(), connection.transaction():
        areas = sorted({command.area for command in commands})
        locked = {str(row[0]) for row in connection.execute(_LOCK, [areas])}
        for number, command in enumerate(commands):
            if command.area not in locked:
                raise BulkRefused(f"No area with the code {command.area} takes part.", number=number)
        fresh = _not_answered(connection, commands)
        _check_versions(connection, commands, fresh)
        if fresh:
            _write(connection, commands, fresh, areas, recorded, progress)
        return len(fresh)


def answered(connection: Connection, asked: Sequence[tuple[str, UUID]]) -> dict[tuple[str, UUID], tuple[bytes, int]]:
    """Of these commands, each named by its area and id, those already answered: their digest and first position."""
    found: dict[tuple[str, UUID], tuple[bytes, int]] = {}
    for start in range(0, len(asked), CHUNK):
        chunk = asked[start : start + CHUNK]
        rows = connection.execute(_ANSWERED, _literals(chunk), binary=True)
        for area, command, digest, position in rows:
            found[area, command] = (digest, position)  # pyright: ignore[reportArgumentType]
    return found


def _literals(keys: Sequence[tuple[str, UUID]]) -> list[object]:
    """Areas as an array, ids as the text of one: far cheaper than an array of UUIDs, and with nothing to quote."""
    texts: list[str] = msgspec.to_builtins([id for _, id in keys])
    return [[area for area, _ in keys], "{" + ",".join(texts) + "}"]


def _not_answered(connection: Connection, commands: Sequence[Command]) -> list[int]:
    """The numbers of the commands that are new, once it is sure that no id was used for something else."""
    before = answered(connection, [(command.area, command.id) for command in commands])
    seen = {key: digest for key, (digest, _) in before.items()}
    fresh: list[int] = []
    for number, command in enumerate(commands):
        key = (command.area, command.id)
        digest = seen.get(key)
        if digest is None:
            seen[key] = command.digest
            fresh.append(number)
        elif digest != command.digest:
            raise BulkRefused("The same id stands for two different entries.", number=number)
    return fresh


def _check_versions(connection: Connection, commands: Sequence[Command], fresh: Sequence[int]) -> None:
    versions: dict[tuple[str, UUID], int] = {}
    streams = list({(commands[n].area, commands[n].stream) for n in fresh})
    for start in range(0, len(streams), CHUNK):
        chunk = streams[start : start + CHUNK]
        rows = connection.execute(_VERSIONS, _literals(chunk), binary=True)
        for area, stream, version in rows:
            versions[area, stream] = version  # pyright: ignore[reportArgumentType]
    for number in fresh:
        command = commands[number]
        key = (command.area, command.stream)
        version = versions.get(key, 0)
        if version != command.expected:
            raise BulkRefused(
                f"Somebody else recorded something here since the file was checked (version {version}, not "
                f"{command.expected}). Run the import again.",
                number=number,
            ) from Conflict()
        versions[key] = version + len(command.events)


def _write(
    connection: Connection,
    commands: Sequence[Command],
    fresh: Sequence[int],
    areas: Sequence[str],
    recorded: Sequence[datetime] | None,
    progress: Callable[[int], None],
) -> None:
    positions: dict[str, int] = {}
    hashes: dict[str, bytes] = {}
    moments: dict[str, datetime] = {}
    now = value(connection, "select clock_timestamp()")
    assert isinstance(now, datetime)
    for area, position, head, last in connection.execute(_HEADS, [areas]):
        positions[area] = position  # pyright: ignore[reportArgumentType]
        hashes[area] = head or EMPTY  # pyright: ignore[reportArgumentType]
        # as in any append: a clock set back does not make the hub learn things in another order
        moments[area] = now if recorded is None else last or _DAWN  # pyright: ignore[reportArgumentType]
        if recorded is None and isinstance(last, datetime) and last > now:
            moments[area] = last  # pyright: ignore[reportArgumentType]

    answers: list[tuple[object, ...]] = []
    ids: list[str] = msgspec.to_builtins([commands[number].id for number in fresh])
    streams: list[str] = msgspec.to_builtins([commands[number].stream for number in fresh])
    with connection.cursor().copy(_COPY_EVENTS) as copy:
        copy.set_types(_EVENT_TYPES)
        write = copy.write_row
        for done, number in enumerate(fresh, start=1):
            command = commands[number]
            area, actor, cause = command.area, command.actor, command.cause
            stream, id = command.stream.bytes, command.id.bytes
            stream_text, id_text = streams[done - 1], ids[done - 1]
            position, head, moment = positions[area], hashes[area], moments[area]
            if recorded is not None:
                if recorded[number] < moment:
                    raise BulkRefused("This entry would be recorded before the one it follows.", number=number)
                moment = moments[area] = recorded[number]
            first = position + 1
            for version, happened in enumerate(command.events, start=command.expected + 1):
                position += 1
                event = happened.event
                tag = catalogue.tag_of(event)
                data = catalogue.encode(event)
                head = link(
                    head,
                    area=area,
                    position=position,
                    stream=stream_text,
                    version=version,
                    type=tag,
                    occurred_on=happened.on,
                    recorded_at=moment,
                    actor=actor,
                    command=id_text,
                    cause=cause,
                    data=data,
                )
                write((area, position, stream, version, tag, data, happened.on, moment, actor, id, cause, head))
            positions[area], hashes[area] = position, head
            answers.append((area, id, command.digest, first, position))
            if done % 200 == 0:
                progress(done)
    with connection.cursor().copy(_COPY_COMMANDS) as copy:
        copy.set_types(_COMMAND_TYPES)
        for row in answers:
            copy.write_row(row)
    progress(len(fresh))
