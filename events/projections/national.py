"""The national projection: what each event adds up to, by the day it happened and the day the hub knew.

Every entry of the ledger says something about a facet of its stream. `count` adds up. `standing` and `activity` hold
until the next entry says otherwise, a report of activity for at most 180 days; so an entry adds its amounts on its
day and takes them away on the day it stops holding. Each change is dated by when it became known as well, which is
what lets the cube answer for any day as known on any day.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from importlib.resources import files
from typing import cast
from uuid import UUID

import msgspec
from msgspec import Struct

from events.areas import AreaJoined, AreaLeft, FigurePublished
from events.base import Event, civil_day
from events.catalogue import EntryCorrected
from events.database import Connection
from events.enterprises import (
    ActivityReported,
    EnterpriseClosed,
    EnterprisePaused,
    EnterpriseRegistered,
    EnterpriseResumed,
    MilestoneRecorded,
)
from events.ledger import Recorded
from events.projections.engine import Projection

STALE_AFTER = timedelta(days=180)
"""How long a report of activity speaks for an enterprise."""

HUNDREDTHS = 100
"""The cube counts hours in hundredths, so that sums of sums stay exact."""

FACETS = ("count", "standing", "activity")

Amounts = dict[str, int]

MEASURES = (
    "areas",
    "enterprises",
    "enterprises_new",
    "enterprises_established",
    "active",
    "milestones",
    "people_supported",
    "people_supported_reports",
    "jobs",
    "jobs_reports",
    "volunteers",
    "volunteers_reports",
    "hours_per_week",
    "hours_per_week_reports",
)


class Said(Struct, frozen=True, gc=False):
    """What one entry says about one facet. Sorts by the day it happened, then by its place in the ledger."""

    on: date
    position: int
    said_at: int
    """The position of the event that says so: the entry's own, or that of its latest correction."""
    known_on: date
    amounts: Amounts


def says(event: Event) -> Iterable[tuple[str, Amounts]]:
    """What an event says, by facet. Nothing, for an event that no figure counts."""
    match event:
        case ActivityReported():
            return (("activity", _reported(event)),)
        case MilestoneRecorded():
            return (("count", {"milestones": 1}),)
        case EnterpriseRegistered():
            return (("count", {"enterprises": 1, f"enterprises_{event.origin}": 1}), ("standing", {"active": 1}))
        case EnterpriseResumed():
            return (("standing", {"active": 1}),)
        case EnterprisePaused() | EnterpriseClosed():
            # what it reported before no longer holds; if it resumes, it reports anew
            return (("standing", {}), ("activity", {}))
        case AreaJoined():
            return (("standing", {"areas": 1}),)
        case AreaLeft():
            return (("standing", {}),)
        case _:
            return ()


def _reported(report: ActivityReported) -> Amounts:
    hours = report.hours_per_week
    values = {
        "people_supported": report.people_supported,
        "jobs": report.jobs,
        "volunteers": report.volunteers,
        "hours_per_week": None if hours is None else round(hours * HUNDREDTHS),
    }
    amounts: Amounts = {}
    for name, amount in values.items():
        if amount is not None:
            amounts[name] = amount
            amounts[f"{name}_reports"] = 1
    return amounts


def holds_until(facet: str, said: Said, after: Said | None) -> date | None:
    """The first day on which an entry no longer holds; None while it holds for good."""
    if facet == "count":
        return None
    ends = after.on if after else None
    if facet == "activity":
        stale = said.on + STALE_AFTER
        return min(ends, stale) if ends else stale
    return ends


Changes = dict[tuple[date, date], Amounts]
"""By (occurred_on, known_on)."""


class Timeline:
    """All that is said about one facet of one stream, in the order in which it happened."""

    __slots__ = ("entries", "facet")

    def __init__(self, facet: str) -> None:
        self.facet = facet
        self.entries: list[Said] = []

    def add(self, said: Said, *, known_on: date, changes: Changes) -> None:
        entries, order = self.entries, (said.on, said.position)
        in_order = not entries or (entries[-1].on, entries[-1].position) < order
        at = len(entries) if in_order else bisect_left(entries, order, key=_order)
        before, after = self._neighbours(at - 1, at)
        if before:  # it now holds only until this one
            self._move_end(before, after, said, known_on, changes)
        _add(changes, said.on, known_on, said.amounts, 1)
        _add(changes, holds_until(self.facet, said, after), known_on, said.amounts, -1)
        entries.insert(at, said)

    def remove(self, position: int, *, known_on: date, changes: Changes) -> None:
        """Take back what the entry at `position` said here, if anything."""
        at = next((n for n, said in enumerate(self.entries) if said.position == position), None)
        if at is None:
            return
        before, after = self._neighbours(at - 1, at + 1)
        said = self.entries.pop(at)
        _add(changes, said.on, known_on, said.amounts, -1)
        _add(changes, holds_until(self.facet, said, after), known_on, said.amounts, 1)
        if before:  # it holds again until the one after
            self._move_end(before, said, after, known_on, changes)

    def _neighbours(self, before: int, after: int) -> tuple[Said | None, Said | None]:
        entries = self.entries
        return (entries[before] if before >= 0 else None, entries[after] if after < len(entries) else None)

    def _move_end(self, said: Said, old: Said | None, new: Said | None, known_on: date, changes: Changes) -> None:
        ended, ends = holds_until(self.facet, said, old), holds_until(self.facet, said, new)
        if ended != ends:
            _add(changes, ended, known_on, said.amounts, 1)
            _add(changes, ends, known_on, said.amounts, -1)


def _add(changes: Changes, on: date | None, known_on: date, amounts: Amounts, sign: int) -> None:
    """Count `amounts` as a change on a day; on no day, if what they belong to never ends."""
    if on is not None and amounts:
        key = (on, known_on)
        change = changes.get(key)
        if change is None:
            changes[key] = amounts.copy() if sign == 1 else {measure: -amount for measure, amount in amounts.items()}
        else:
            for measure, amount in amounts.items():
                change[measure] = change.get(measure, 0) + sign * amount


def _order(said: Said) -> tuple[date, int]:
    return (said.on, said.position)


class _Correction(Struct, frozen=True):
    stream: UUID
    position: int
    said_at: int
    known_on: date


class NationalFold:
    """One area's entries in memory, and the changes not yet written."""

    def __init__(self, area: str, empty: bool) -> None:
        self.area = area
        self._complete = empty
        """True when memory holds the whole area, so that nothing need be read back."""
        self._written_to = date.min if empty else date.max
        """The last known day that may have rows in the cube."""
        self._loaded: set[UUID] = set()
        # by the number of the stream's UUID, which Python hashes ten times as fast as the UUID
        self._timelines: dict[tuple[int, str], Timeline] = {}
        self._changes: Changes = {}
        self._entries: list[tuple[str, UUID, Said]] = []
        self._published: list[tuple[int, int, FigurePublished, date, date]] = []
        self._corrections: list[_Correction] = []

    # ---- pure

    def apply(self, event: Recorded) -> None:
        known_on = civil_day(event.recorded_at)
        body = event.event
        if not isinstance(body, EntryCorrected):
            self._say(body, event, position=event.position, known_on=known_on)
            return
        for facet in FACETS:
            self._timeline(event.stream, facet).remove(body.corrects, known_on=known_on, changes=self._changes)
        self._corrections.append(_Correction(event.stream, body.corrects, event.position, known_on))
        if body.replacement is not None:
            self._say(body.replacement, event, position=body.corrects, known_on=known_on)

    def _say(self, body: Event, event: Recorded, *, position: int, known_on: date) -> None:
        if isinstance(body, FigurePublished):
            self._published.append((position, event.position, body, event.occurred_on, known_on))
            return
        for facet, amounts in says(body):
            said = Said(event.occurred_on, position, event.position, known_on, amounts)
            self._timeline(event.stream, facet).add(said, known_on=known_on, changes=self._changes)
            self._entries.append((facet, event.stream, said))

    def _timeline(self, stream: UUID, facet: str) -> Timeline:
        timeline = self._timelines.get((stream.int, facet))
        if timeline is None:
            timeline = self._timelines[stream.int, facet] = Timeline(facet)
        return timeline

    # ---- database

    def load(self, connection: Connection, events: Sequence[Recorded]) -> None:
        if self._complete:
            return
        missing = {event.stream for event in events} - self._loaded
        if not missing:
            return
        for row in connection.execute(_LOAD, [self.area, list(missing)]):
            facet, stream, on, position, said_at, known_on, amounts = cast(
                "tuple[str, UUID, date, int, int, date, Amounts]", row
            )
            self._timeline(stream, facet).entries.append(Said(on, position, said_at, known_on, amounts))
        self._loaded |= missing

    def write(self, connection: Connection) -> None:
        if self._entries:
            with connection.cursor().copy(_COPY_ENTRIES) as copy:
                copy.set_types(_ENTRY_TYPES)
                for facet, stream, said in self._entries:
                    # jsonb in binary form is a version and the text; COPY takes the bytes as they are
                    amounts = b"\x01" + msgspec.json.encode(said.amounts)
                    copy.write_row(
                        (self.area, said.position, said.said_at, facet, stream.bytes, said.on, said.known_on, amounts)
                    )
        self._write_changes(connection)
        for position, said_at, figure, on, known_on in self._published:
            values = [figure.indicator, figure.value, figure.qualifier, figure.source, on, known_on]
            connection.execute(_ADD_PUBLISHED, [self.area, position, said_at, *values])
        if self._corrections:
            of = self._corrections
            key = [[c.position for c in of], [c.said_at for c in of], [c.known_on for c in of], self.area]
            connection.execute(_SUPERSEDE_ENTRIES, [[c.stream for c in of], *key])
            connection.execute(_SUPERSEDE_PUBLISHED, key)
        self._changes = {}
        self._entries, self._published, self._corrections = [], [], []

    def _write_changes(self, connection: Connection) -> None:
        # days known later than all that was written before have no row yet, and COPY is faster than looking
        fresh: list[tuple[object, ...]] = []
        known: list[dict[str, object]] = []
        for (on, known_on), change in self._changes.items():
            if known_on > self._written_to:
                fresh.append((self.area, on, known_on, *map(change.get, MEASURES)))
            else:
                known.append({"area": self.area, "occurred_on": on, "known_on": known_on, **change})
        if fresh:
            with connection.cursor().copy(_COPY_CHANGES) as copy:
                copy.set_types(_CHANGE_TYPES)
                for row in fresh:
                    copy.write_row(row)
        if known:
            connection.execute(_ADD_CHANGES, [msgspec.json.encode(known).decode()])
        if self._complete:
            self._written_to = max((known_on for _, known_on in self._changes), default=self._written_to)


_LOAD = """
select facet, stream, occurred_on, position, said_at, known_on, amounts
from entry
where area = %s and stream = any (%s) and superseded_on is null
order by stream, facet, occurred_on, position
"""

_COPY_ENTRIES = """
copy entry (area, position, said_at, facet, stream, occurred_on, known_on, amounts) from stdin (format binary)
"""
_ENTRY_TYPES = ("text", "int8", "int8", "text", "bytea", "date", "date", "bytea")
_CHANGE_TYPES = ("text", "date", "date", *("int8" for _ in MEASURES))

_COPY_CHANGES = """
copy cube (area, occurred_on, known_on, areas, enterprises, enterprises_new, enterprises_established, active,
           milestones, people_supported, people_supported_reports, jobs, jobs_reports, volunteers, volunteers_reports,
           hours_per_week, hours_per_week_reports) from stdin (format binary)
"""

# A day that already has a row for the same known day gets the new changes added to it; null stays null.
_ADD_CHANGES = """
insert into cube
select * from json_populate_recordset(null::cube, %s::json)
on conflict (area, occurred_on, known_on) do update set
    areas = coalesce(cube.areas + excluded.areas, cube.areas, excluded.areas),
    enterprises = coalesce(cube.enterprises + excluded.enterprises, cube.enterprises, excluded.enterprises),
    enterprises_new =
        coalesce(cube.enterprises_new + excluded.enterprises_new, cube.enterprises_new, excluded.enterprises_new),
    enterprises_established =
        coalesce(cube.enterprises_established + excluded.enterprises_established,
                 cube.enterprises_established, excluded.enterprises_established),
    active = coalesce(cube.active + excluded.active, cube.active, excluded.active),
    milestones = coalesce(cube.milestones + excluded.milestones, cube.milestones, excluded.milestones),
    people_supported =
        coalesce(cube.people_supported + excluded.people_supported, cube.people_supported, excluded.people_supported),
    people_supported_reports =
        coalesce(cube.people_supported_reports + excluded.people_supported_reports,
                 cube.people_supported_reports, excluded.people_supported_reports),
    jobs = coalesce(cube.jobs + excluded.jobs, cube.jobs, excluded.jobs),
    jobs_reports = coalesce(cube.jobs_reports + excluded.jobs_reports, cube.jobs_reports, excluded.jobs_reports),
    volunteers = coalesce(cube.volunteers + excluded.volunteers, cube.volunteers, excluded.volunteers),
    volunteers_reports =
        coalesce(cube.volunteers_reports + excluded.volunteers_reports,
                 cube.volunteers_reports, excluded.volunteers_reports),
    hours_per_week =
        coalesce(cube.hours_per_week + excluded.hours_per_week, cube.hours_per_week, excluded.hours_per_week),
    hours_per_week_reports =
        coalesce(cube.hours_per_week_reports + excluded.hours_per_week_reports,
                 cube.hours_per_week_reports, excluded.hours_per_week_reports)
"""

_ADD_PUBLISHED = """
insert into published (area, position, said_at, indicator, value, qualifier, source, occurred_on, known_on)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

# Each entry ends with the first correction after it, of however many came in together.
_SUPERSEDE_ENTRIES = """
update entry e set superseded_on = c.known_on
from (
    select stream, position, said_at, known_on,
           coalesce(lag(said_at) over (partition by position order by said_at), 0) as since
    from unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::date[]) corrections(stream, position, said_at, known_on)
) c
where e.area = %s and e.stream = c.stream and e.position = c.position and e.said_at >= c.since and e.said_at < c.said_at
  and e.superseded_on is null
"""

_SUPERSEDE_PUBLISHED = """
update published e set superseded_on = c.known_on
from (
    select position, said_at, known_on,
           coalesce(lag(said_at) over (partition by position order by said_at), 0) as since
    from unnest(%s::bigint[], %s::bigint[], %s::date[]) corrections(position, said_at, known_on)
) c
where e.area = %s and e.position = c.position and e.said_at >= c.since and e.said_at < c.said_at
  and e.superseded_on is null
"""

_FINGERPRINTS = """
select area, md5(string_agg(sum, '' order by part)) from (
    select area, 1 as part, md5(string_agg(cube::text, ' ' order by occurred_on, known_on)) as sum
    from cube group by area
    union all
    select area, 2, md5(string_agg(entry::text, ' ' order by position, said_at, facet)) from entry group by area
    union all
    select area, 3, md5(string_agg(published::text, ' ' order by position, said_at)) from published group by area
) parts group by area
"""


def _fingerprints(connection: Connection) -> dict[str, str]:
    return {str(area): str(sum) for area, sum in connection.execute(_FINGERPRINTS)}


NATIONAL = Projection(
    name="national",
    version=1,
    tables=files("events").joinpath("projections", "national.sql").read_text(encoding="utf-8"),
    fold=NationalFold,
    fingerprints=_fingerprints,
)
