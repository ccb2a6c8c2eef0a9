"""The national projection: what each event adds up to, by the day it happened and the day the hub knew.

Every entry of the ledger says something about a facet of its stream. `count` adds up. `standing` and `activity` hold
until the next entry says otherwise, a report of activity for at most 180 days. So each entry adds its amounts from one
day to another, and as entries and corrections come in, the hub changes its mind about which. What it believed is kept:
a belief has the days it is about, and the days on which it was held. That lets the national view answer for any day as
known on any day, and open every figure to the very rows it is the sum of.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, timedelta
from importlib.resources import files
from uuid import UUID

from msgspec import Struct

from events import ledger
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
"""Hours are counted in hundredths, so that sums of sums stay exact."""

FACETS = ("count", "standing", "activity")

MEASURES = (
    "areas",
    "enterprises",
    "enterprises_new",
    "enterprises_established",
    "active",
    "milestones",
    "people_supported",
    "jobs",
    "volunteers",
    "hours_per_week",
)

Amounts = tuple[int | None, ...]
"""One for each of `MEASURES`; None where nothing is said of it."""


def amounts(**said: int) -> Amounts:
    return tuple(map(said.get, MEASURES))


NOTHING = amounts()
_AREA = amounts(areas=1)
_ACTIVE = amounts(active=1)
_MILESTONE = amounts(milestones=1)
_ENTERPRISE = {
    "new": amounts(enterprises=1, enterprises_new=1),
    "established": amounts(enterprises=1, enterprises_established=1),
}
_NOT_REPORTED = NOTHING[: MEASURES.index("people_supported")]

FOR_GOOD = date.max


def says(event: Event) -> tuple[tuple[str, Amounts], ...]:
    """What an event says, by facet. Nothing, for an event that no figure counts."""
    match event:
        case ActivityReported():
            return (("activity", _reported(event)),)
        case MilestoneRecorded():
            return (("count", _MILESTONE),)
        case EnterpriseRegistered():
            return (("count", _ENTERPRISE[event.origin]), ("standing", _ACTIVE))
        case EnterpriseResumed():
            return (("standing", _ACTIVE),)
        case EnterprisePaused() | EnterpriseClosed():
            # what it reported before no longer holds; if it resumes, it reports anew
            return (("standing", NOTHING), ("activity", NOTHING))
        case AreaJoined():
            return (("standing", _AREA),)
        case AreaLeft():
            return (("standing", NOTHING),)
        case _:
            return ()


def _reported(report: ActivityReported) -> Amounts:
    hours = report.hours_per_week
    hundredths = None if hours is None else round(hours * HUNDREDTHS)
    return (*_NOT_REPORTED, report.people_supported, report.jobs, report.volunteers, hundredths)


class Belief(Struct, gc=False):
    """What an entry is believed to add to one facet, for which days, and while which knowledge held."""

    position: int
    facet: str
    said_at: int
    """The position of the event that says so: the entry's own, or that of its latest correction."""
    on: date
    amounts: Amounts
    known_at: int
    """The position of the event through which it came to be believed."""
    known_on: date
    ends_on: date = FOR_GOOD
    """The first day on which it no longer holds; `FOR_GOOD` if there is none."""
    superseded_on: date = FOR_GOOD
    """The day on which the hub learned better."""
    last: bool = False
    """Whether it comes after all else of its day: a closing, which nothing reported that day outlives."""
    written: bool = False

    @property
    def counts(self) -> bool:
        """False if it is about no day or says nothing."""
        return self.amounts is not NOTHING and self.on < self.ends_on


def holds_until(belief: Belief, after: Belief | None) -> date:
    """The first day on which an entry no longer holds, given the next one of its facet."""
    if belief.facet == "count":
        return FOR_GOOD
    if belief.facet == "activity":
        stale = belief.on + STALE_AFTER
        return min(after.on, stale) if after else stale
    return after.on if after else FOR_GOOD


class Learned(Struct):
    """How beliefs change with one event, and what came of it since the last write."""

    at: int = 0
    """The event's position."""
    on: date = date.min
    """The day on which it was recorded."""
    beliefs: list[Belief] = []
    superseded: list[Belief] = []
    """Beliefs already written that no longer hold."""

    def drop(self, belief: Belief) -> None:
        belief.superseded_on = self.on
        if belief.written:
            self.superseded.append(belief)

    def move_end(self, belief: Belief, ends_on: date) -> Belief:
        """The same entry with another end."""
        if belief.known_at == self.at:  # it was never held otherwise
            belief.ends_on = ends_on
            return belief
        self.drop(belief)
        moved = Belief(
            belief.position, belief.facet, belief.said_at, belief.on, belief.amounts, self.at, self.on, ends_on
        )
        self.beliefs.append(moved)
        return moved


class Publication(Struct, gc=False):
    """A figure as somebody published it, and while which knowledge it stood."""

    position: int
    said_at: int
    figure: FigurePublished
    on: date
    known_on: date
    superseded_on: date = FOR_GOOD
    written: bool = False


class Timeline:
    """What is believed now of one facet of one stream, in the order in which it happened."""

    __slots__ = ("entries",)

    def __init__(self) -> None:
        self.entries: list[Belief] = []

    def add(self, belief: Belief, learned: Learned) -> None:
        entries, order = self.entries, _order(belief)
        in_order = not entries or _order(entries[-1]) < order
        at = len(entries) if in_order else bisect_left(entries, order, key=_order)
        belief.ends_on = holds_until(belief, None if in_order else entries[at])
        entries.insert(at, belief)
        learned.beliefs.append(belief)
        self._settle_end(at - 1, learned)

    def remove(self, position: int, learned: Learned) -> None:
        """Take back what the entry at `position` said here, if anything."""
        at = next((n for n, belief in enumerate(self.entries) if belief.position == position), None)
        if at is not None:
            learned.drop(self.entries.pop(at))
            self._settle_end(at - 1, learned)

    def _settle_end(self, at: int, learned: Learned) -> None:
        """Let the entry at this place, if there is one, hold until the one after it."""
        if at >= 0:
            entries = self.entries
            ends_on = holds_until(entries[at], entries[at + 1] if at + 1 < len(entries) else None)
            if ends_on != entries[at].ends_on:
                entries[at] = learned.move_end(entries[at], ends_on)


def _order(belief: Belief) -> tuple[date, bool, int]:
    return (belief.on, belief.last, belief.position)


class NationalFold:
    """One area's entries in memory, and what changed since the last write."""

    def __init__(self, area: str, empty: bool) -> None:
        self.area = area
        self._complete = empty
        """True when memory holds the whole area, so that nothing need be read back."""
        self._loaded: set[UUID] = set()
        # by the number of the stream's UUID, which Python hashes ten times as fast as the UUID
        self._timelines: dict[tuple[int, str], Timeline] = {}
        self._learned = Learned()
        self._publications: dict[int, Publication] = {}
        """The figures published, by position."""
        self._published: list[Publication] = []
        self._withdrawn: list[Publication] = []

    # ---- pure

    def apply(self, event: Recorded) -> None:
        self._learned.at, self._learned.on = event.position, civil_day(event.recorded_at)
        body = event.event
        if not isinstance(body, EntryCorrected):
            self._say(body, event, event.position)
            return
        for facet in FACETS:
            self._timeline(event.stream, facet).remove(body.corrects, self._learned)
        if wrong := self._publications.pop(body.corrects, None):
            wrong.superseded_on = self._learned.on
            if wrong.written:
                self._withdrawn.append(wrong)
        if body.replacement is not None:
            self._say(body.replacement, event, body.corrects)

    def _say(self, body: Event, event: Recorded, position: int) -> None:
        on, stream, learned = event.occurred_on, event.stream, self._learned
        if isinstance(body, FigurePublished):
            self._publish(body, event, position)
        for facet, amounts in says(body):
            belief = Belief(position, facet, event.position, on, amounts, learned.at, learned.on)
            belief.last = isinstance(body, EnterpriseClosed)
            self._timeline(stream, facet).add(belief, learned)

    def _timeline(self, stream: UUID, facet: str) -> Timeline:
        timeline = self._timelines.get((stream.int, facet))
        if timeline is None:
            timeline = self._timelines[stream.int, facet] = Timeline()
        return timeline

    def _publish(self, figure: FigurePublished, event: Recorded, position: int) -> None:
        publication = Publication(position, event.position, figure, event.occurred_on, self._learned.on)
        self._publications[position] = publication
        self._published.append(publication)

    # ---- database

    def load(self, connection: Connection, events: Sequence[Recorded]) -> None:
        if self._complete or not events:
            return
        missing = {event.stream for event in events} - self._loaded
        past = NationalFold(self.area, empty=True)
        for history in ledger.read_streams(connection, [(self.area, stream) for stream in missing]).values():
            for event in history:
                if event.position < events[0].position:
                    past.apply(event)
        past.settle()
        self._timelines |= past._timelines
        self._publications |= past._publications
        self._loaded |= missing

    def write(self, connection: Connection) -> None:
        area, learned = self.area, self._learned
        with connection.cursor().copy(_COPY_BELIEFS) as copy:
            copy.set_types(_BELIEF_TYPES)
            for b in learned.beliefs:
                if b.counts:
                    days = (b.on, b.ends_on, b.known_on, b.superseded_on)
                    copy.write_row((area, b.known_at, b.position, b.facet, b.said_at, *days, *b.amounts))
        if of := learned.superseded:
            keys = [[b.known_at for b in of], [b.position for b in of], [b.facet for b in of]]
            connection.execute(_SUPERSEDE_BELIEFS, [*keys, [b.superseded_on for b in of], area])
        for each in self._published:
            said = [each.figure.indicator, each.figure.value, each.figure.qualifier, each.figure.source]
            days = [each.on, each.known_on, each.superseded_on]
            connection.execute(_PUBLISH, [area, each.position, each.said_at, *said, *days])
        for each in self._withdrawn:
            connection.execute(_WITHDRAW, [each.superseded_on, area, each.position, each.said_at])
        self.settle()

    def settle(self) -> None:
        """What was learned stands in the database now."""
        for belief in self._learned.beliefs:
            belief.written = True
        for publication in self._published:
            publication.written = True
        self._learned, self._published, self._withdrawn = Learned(), [], []


_COPY_BELIEFS = f"""
copy belief (area, known_at, position, facet, said_at, occurred_on, ends_on, known_on, superseded_on,
             {", ".join(MEASURES)}) from stdin (format binary)
"""
_BELIEF_TYPES = ("text", "int8", "int8", "text", "int8", *4 * ("date",), *len(MEASURES) * ("int8",))

_SUPERSEDE_BELIEFS = """
update belief b set superseded_on = s.superseded_on
from unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[]) s(known_at, position, facet, superseded_on)
where b.area = %s and b.known_at = s.known_at and b.position = s.position and b.facet = s.facet
"""

_PUBLISH = """
insert into published (area, position, said_at, indicator, value, qualifier, source, occurred_on, known_on,
                       superseded_on)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

_WITHDRAW = "update published set superseded_on = %s where area = %s and position = %s and said_at = %s"

_FINGERPRINTS = """
select area, md5(string_agg(sum, '' order by part)) from (
    select area, 1 as part, md5(string_agg(belief::text, ' ' order by known_at, position, facet)) as sum
    from belief group by area
    union all
    select area, 2, md5(string_agg(published::text, ' ' order by position, said_at)) from published group by area
) parts group by area
"""


def _fingerprints(connection: Connection) -> dict[str, str]:
    return {str(area): str(sum) for area, sum in connection.execute(_FINGERPRINTS)}


NATIONAL = Projection(
    name="national",
    version=3,
    tables=files("events").joinpath("projections", "national.sql").read_text(encoding="utf-8"),
    fold=NationalFold,
    fingerprints=_fingerprints,
)
