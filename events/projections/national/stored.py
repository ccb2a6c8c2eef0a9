"""How the national projection is written, and what a fold reads back of it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import LiteralString, cast
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from events.database import Connection
from events.ledger import Recorded
from events.projections.national import cube
from events.projections.national.beliefs import Belief, Learned
from events.projections.national.cube import (
    QUARTERS,
    Changes,
    Months,
    changes_of,
    months_of,
    numbered,
    quarters_of,
    unpacked,
    years_of,
)
from events.projections.national.measures import DERIVED

_COPY_BELIEFS = """
copy belief (area, position, facet, key, said_at, known_at, occurred_on, ends_on, known_on, superseded_on,
             first, second, third, fourth) from stdin (format binary)
"""
_BELIEF_TYPES = ("text", "int8", "text", "text", "int8", "int8", *4 * ("date",), *4 * ("int8",))
_PADDING = tuple((None,) * (4 - given) for given in range(5))

_SUPERSEDE = """
update belief b set superseded_on = s.superseded_on
from unnest(%s::bigint[], %s::text[], %s::text[], %s::date[], %s::bigint[], %s::date[])
     s(position, facet, key, occurred_on, known_at, superseded_on)
where b.area = %s and b.position = s.position and b.facet = s.facet and b.key = s.key
  and b.occurred_on = s.occurred_on and b.known_at = s.known_at
"""

_BELIEVED = """
select position, facet, key, said_at, known_at, occurred_on, ends_on, known_on, first, second, third, fourth
from belief
where area = %s and position = any (%s) and facet = any (%s) and superseded_on = '9999-12-31'
"""

PUBLISH = """
insert into published (area, position, said_at, indicator, value, qualifier, source, occurred_on, known_on,
                       superseded_on)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

WITHDRAW = "update published set superseded_on = %s where area = %s and position = %s and said_at = %s"

_OF_ONE_WAIT = """
select stream from wait where area = %(area)s and (person = any (%(ids)s)
    or person in (select person from wait where area = %(area)s and stream = any (%(ids)s)))
"""

_WAITS = """
insert into wait (area, stream, person) select %s, * from unnest(%s::uuid[], %s::uuid[])
on conflict (area, stream) do update set person = excluded.person
"""


def write_beliefs(connection: Connection, area: str, beliefs: Iterable[Belief], superseded: Sequence[Belief]) -> None:
    with connection.cursor().copy(_COPY_BELIEFS) as copy:
        copy.set_types(_BELIEF_TYPES)
        for b in beliefs:
            if b.counts:
                days = (b.on, b.ends_on, b.known_on, b.superseded_on)
                said = (b.facet, b.key, b.said_at, b.known_at)
                copy.write_row((area, b.position, *said, *days, *b.amounts, *_PADDING[len(b.amounts)]))
    if of := superseded:
        parts = [[b.position for b in of], [b.facet for b in of], [b.key for b in of], [b.on for b in of]]
        connection.execute(_SUPERSEDE, [*parts, [b.known_at for b in of], [b.superseded_on for b in of], area])


def believed(connection: Connection, area: str, positions: Sequence[int]) -> list[Belief]:
    """What is believed now to follow from the cases of these entries."""
    found: list[Belief] = []
    for row in connection.execute(_BELIEVED, [area, positions, sorted(DERIVED)]) if positions else ():
        position, facet, key, said_at, known_at, on, ends_on, known_on, *amounts = row
        found.append(
            Belief(
                cast("int", position),
                str(facet),
                cast("int", said_at),
                cast("date", on),
                tuple(cast("int", amount) for amount in amounts if amount is not None),
                cast("int", known_at),
                cast("date", known_on),
                cast("date", ends_on),
                key=str(key),
                written=True,
            )
        )
    return found


def of_one_wait(connection: Connection, area: str, ids: Collection[UUID]) -> set[UUID]:
    """The streams of the waits that these needs and referrals are about."""
    return {UUID(str(stream)) for (stream,) in connection.execute(_OF_ONE_WAIT, {"area": area, "ids": list(ids)})}


def write_waits(connection: Connection, area: str, waits: dict[UUID, UUID]) -> None:
    if waits:
        connection.execute(_WAITS, [area, list(waits), list(waits.values())])


# ---- sums

_CHANGED = """
insert into changed as c (area, quarter, learned_in, changes)
select %s, * from unnest(%b::int[], %b::int[], %b::bytea[])
on conflict (area, quarter, learned_in) do update set changes = c.changes || excluded.changes
"""

_LEARNED = """
insert into learned as l (area, block, changes)
select %s, * from unnest(%b::bigint[], %b::bytea[])
on conflict (area, block) do update set changes = l.changes || excluded.changes
"""

_COPY_SNAPSHOTS = """
copy snapshot (area, block, known_on, first_month, months, size, pictures, courses) from stdin (format binary)
"""
_SNAPSHOT_TYPES = ("text", "int8", "date", *3 * ("int4",), "bytea", "bytea")

_LAST_SNAPSHOT = """
select block, known_on, first_month, months, size, pictures from snapshot
where area = %s order by known_on desc, block desc limit 1
"""

_LATER = "select changes from changed where area = %s and quarter >= %s"

_OF_BLOCK = "select changes from learned where area = %s and block = %s"


class Sums:
    """An area's sums, as far as the next snapshots need them."""

    def __init__(self, area: str) -> None:
        self._area = area
        self._seen_from = 0
        """The first position that went through memory."""
        self._full: list[tuple[int, date]] = []
        """Blocks that are full, and the day on which their last event was recorded."""
        self._months: Months | None = None
        """None while they have to be read first."""
        self._kept = unpacked(b"")
        """Changes of the block that is not full yet, written before."""

    def begin(self, events: Sequence[Recorded]) -> None:
        if events and not self._seen_from:
            self._seen_from = events[0].position
            self._months = Months() if self._seen_from == 1 else None

    def full(self, position: int, known: date) -> None:
        self._full.append((position // cube.BLOCK - 1, known))

    def write(self, connection: Connection, learned: Learned) -> None:
        positions, changes = changes_of(learned)
        blocks = (positions - 1) // cube.BLOCK
        snapshots: list[tuple[object, ...]] = []
        for block, known in self._full:
            if self._months is None:
                self._months = self._read(connection)
            self._months.add(self._changes_of(connection, block, changes[blocks == block]))
            # though nothing was said yet: who reads goes by the block after the last snapshot
            snapshots.append((self._area, block, known, *self._months.snapshot(known)))
        if snapshots:
            with connection.cursor().copy(_COPY_SNAPSHOTS) as copy:
                copy.set_types(_SNAPSHOT_TYPES)
                for snapshot in snapshots:
                    copy.write_row(snapshot)
        self._write(connection, _LEARNED, changes, blocks)
        quarters, years = quarters_of(changes["day"]), years_of(changes["known"])
        by_quarter = np.lexsort((years, quarters))
        self._write(connection, _CHANGED, changes.take(by_quarter), quarters[by_quarter], years[by_quarter])
        after = self._full[-1][0] + 1 if self._full else 0
        self._kept = np.concatenate([self._kept[: 0 if self._full else None], changes[blocks >= after]])
        self._full = []

    def _write(self, connection: Connection, query: LiteralString, changes: Changes, *keys: NDArray[np.int64]) -> None:
        """A row for each run of changes with the same keys."""
        if len(changes):
            begins = np.flatnonzero(np.any([np.diff(key, prepend=-1) != 0 for key in keys], axis=0))
            data, size = changes.tobytes(), changes.itemsize
            ends = [*begins[1:].tolist(), len(changes)]
            rows = [data[size * start : size * end] for start, end in zip(begins.tolist(), ends, strict=True)]
            connection.execute(query, [self._area, *(key[begins].tolist() for key in keys), rows])

    def _changes_of(self, connection: Connection, block: int, new: Changes) -> Changes:
        """All changes of a block that is full, of which `new` are about to be written."""
        if self._seen_from <= block * cube.BLOCK + 1:
            kept, self._kept = self._kept, unpacked(b"")
            return np.concatenate([kept, new])
        return np.concatenate([self._read_changes(connection, _OF_BLOCK, block), new])

    def _read(self, connection: Connection) -> Months:
        """The sums as the last snapshot has them, and in months that it does not hold."""
        row = connection.execute(_LAST_SNAPSHOT, [self._area], binary=True).fetchone()
        if row is None:
            return Months()
        block, known, first, count, size, pictures = cast("tuple[int, date, int, int, int, bytes]", row)
        months = Months.of(first, size, pictures)
        later = self._read_changes(connection, _LATER, (first + count) * QUARTERS)
        months.add(later[later["known"] <= numbered(known)])
        # of what was learned on the day of the snapshot some may have come after it
        since = self._read_changes(connection, _OF_BLOCK, block + 1)
        months.take_away(since[(since["known"] <= numbered(known)) & (months_of(since["day"]) >= first + count)])
        return months

    def _read_changes(self, connection: Connection, query: LiteralString, of: int) -> Changes:
        rows = connection.execute(query, [self._area, of], binary=True)
        return unpacked(b"".join(cast("bytes", changes) for (changes,) in rows))
