"""Whose data was kept as long as it may be. They are proposed to those who approve erasures; nothing is erased here."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from events import ledger
from events.base import civil_day
from events.corrections import ended_on, replaced_on
from events.database import Connection
from events.ledger import Recorded
from events.personal_data import SEALED, kept_until, sealed_in
from events.renewals import RequirementsApplied

_STREAMS = """
select distinct stream from event where area = %s and data like '%%"subject":"%%'
"""

_ERASED = "select distinct subject from erasure where done_at is not null"

_AREAS = "select area from ledger order by area"

_FORGET = "delete from kept_long_enough where area = %s"

_PROPOSE = """
insert into kept_long_enough (area, subject, due_on, found_on)
select %s, subject, due_on, %s from unnest(%s::uuid[], %s::date[]) due(subject, due_on)
"""


class Proposing:
    """Looks through each area once a day, one at a time: to read one takes seconds, to read all of them minutes."""

    def __init__(self) -> None:
        self._done: dict[str, date] = {}

    def step(self, connection: Connection, *, today: date) -> int:
        """Look through one area that it was not done for on this day. Returns how many are due there.

        The connection sees every area.
        """
        area = next((str(a) for (a,) in connection.execute(_AREAS) if self._done.get(str(a)) != today), None)
        if area is None:
            return 0
        found = propose(connection, [area], today=today)
        self._done[area] = today
        return found


def propose(connection: Connection, areas: Sequence[str], *, today: date) -> int:
    """List anew, area by area, whose data was kept too long by `today`. Returns how many.

    The connection sees every area.
    """
    erased = {subject for (subject,) in connection.execute(_ERASED)}
    found = 0
    for area in areas:
        streams = [(area, stream) for (stream,) in connection.execute(_STREAMS, [area]) if isinstance(stream, UUID)]
        ends = kept(ledger.read_streams(connection, streams).values())
        due = {subject: end for subject, end in ends.items() if end < today and subject not in erased}
        with connection.transaction():
            connection.execute(_FORGET, [area])
            connection.execute(_PROPOSE, [area, today, list(due), list(due.values())])
        found += len(due)
    return found


def kept(histories: Iterable[Sequence[Recorded]]) -> Mapping[UUID, date]:
    """The last day on which each person's data may be kept, given all streams that hold some, each whole.

    It is the latest of all that is sealed for them. An enterprise that never closed counts as ended with the last
    entry about it: nobody may ever tell the hub that it did.
    """
    ends: dict[UUID, date] = {}
    for history in histories:
        ended, replaced = ended_on(history) or last_told(history), replaced_on(history)
        for entry in history:
            for found in sealed_in(entry.event):
                end = kept_until(
                    SEALED[found.kind],
                    recorded_on=civil_day(entry.recorded_at),
                    ended_on=ended,
                    replaced_on=replaced.get(entry.position),
                )
                assert end, "what ended has a last day"
                subject = found.sealed.subject
                ends[subject] = max(end, ends.get(subject, end))
    return ends


def last_told(history: Sequence[Recorded]) -> date:
    """The day on which somebody last told something of a stream. What the hub concluded by itself is not told."""
    told = [entry for entry in history if not isinstance(entry.event, RequirementsApplied)]
    return max(civil_day(entry.recorded_at) for entry in told)
