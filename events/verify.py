"""Prove that the ledgers are what was appended: recompute every hash and hold it against the signed heads."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import cast
from uuid import UUID

import msgspec
from msgspec import Struct

from events import catalogue
from events.chain import EMPTY, link
from events.database import Connection, value
from events.heads import Seal

BATCH = 5000
_DAWN = datetime.min.replace(tzinfo=UTC)

Sealed = Mapping[str, Mapping[int, bytes]]
"""The hash that was signed at a position of an area."""

_Row = tuple[int, UUID, int, str, str, date, datetime, str, UUID, str | None, bytes | None, bytes]

_READ = """
select position, stream, version, type, data, occurred_on, recorded_at, actor, command, cause, digest, hash
from event where area = %(area)s and position > %(after)s order by position limit %(limit)s
"""


# A projection that took an event in is a witness that there was one, for a tail cut off since the last signed head.
_PROJECTED = "select max(position) from checkpoint where area = %s"


class Fault(Struct, frozen=True):
    """The first thing wrong in one area's ledger."""

    area: str
    position: int
    sentence: str


def signed_positions(seals: Iterable[Seal]) -> dict[str, dict[int, bytes]]:
    """All that was ever signed, by area."""
    signed: dict[str, dict[int, bytes]] = {}
    for seal in seals:
        for head in seal.heads:
            signed.setdefault(head.area, {})[head.position] = head.hash
    return signed


def verify_area(
    connection: Connection, area: str, *, signed: Mapping[int, bytes], progress: Callable[[int], None]
) -> Fault | None:
    """The first fault in an area's ledger, or None. `progress` is told how many events were checked each time."""
    position, head, moment = 0, EMPTY, _DAWN
    after = -(2**63)  # below every position there could be, right or wrong
    versions: dict[UUID, int] = {}
    pending = sorted(signed)
    while True:
        rows = cast("list[_Row]", connection.execute(_READ, {"area": area, "after": after, "limit": BATCH}).fetchall())
        for at, stream, version, type, data, occurred_on, recorded_at, actor, command, cause, digest, hash in rows:
            position += 1
            if at != position:
                return Fault(area, position, "is missing")
            text = data.encode()
            head = link(
                head, area, at, stream, version, type, text, occurred_on, recorded_at, actor, command, cause, digest
            )
            if head != hash:
                return Fault(area, at, "was changed, or the event before it was: its hash does not follow")
            if version != versions.get(stream, 0) + 1:
                return Fault(area, at, f"is out of order in its stream (version {version})")
            versions[stream] = version
            if recorded_at < moment:
                return Fault(area, at, "was recorded before the event before it")
            moment = recorded_at
            if pending and pending[0] == at:
                pending.pop(0)
                if signed[at] != head:
                    return Fault(area, at, "is not what was signed: the ledger was rewritten up to here")
            try:
                known = catalogue.tag_of(catalogue.decode(text)) == type
            except msgspec.DecodeError:
                known = False
            if not known:
                return Fault(area, at, f"cannot be read as {type} by this version")
        progress(len(rows))
        after = position
        if len(rows) < BATCH:
            break
    if pending:
        return Fault(area, position + 1, f"is missing: the ledger was signed up to position {pending[-1]}")
    projected = int(str(value(connection, _PROJECTED, [area]) or 0))
    if projected > position:
        return Fault(area, position + 1, f"is missing: it was projected up to position {projected}")
    return None
