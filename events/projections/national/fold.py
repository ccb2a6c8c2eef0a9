"""One area's entries in memory, and what changed of the national projection since the last write."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct

from events import ledger
from events.areas import FigurePublished
from events.base import Event, civil_day
from events.catalogue import EntryCorrected
from events.database import Connection
from events.enterprises import EnterpriseClosed
from events.ledger import Recorded
from events.projections.in_force import catalogue
from events.projections.national import cube, stored
from events.projections.national.beliefs import FOR_GOOD, Belief, Learned, Timeline
from events.projections.national.derived import Follows, bears_on_case, follows, is_wait, wait_of
from events.projections.national.measures import COUNTED
from events.projections.national.says import says
from events.referrals import ReferralMade


class Publication(Struct, gc=False):
    """A figure as somebody published it, and while which knowledge it stood."""

    position: int
    said_at: int
    figure: FigurePublished
    on: date
    known_on: date
    superseded_on: date = FOR_GOOD
    written: bool = False


class Case:
    """The entries of one case, and what is believed to follow from them."""

    __slots__ = ("believed", "history")

    def __init__(self) -> None:
        self.history: list[Recorded] = []
        self.believed: dict[Follows, Belief] = {}


class NationalFold:
    """What an area's events come to, as far as it is held in memory."""

    def __init__(self, area: str, empty: bool) -> None:
        self.area = area
        self._complete = empty
        """True when memory holds the whole area, so that nothing need be read back."""
        self._loaded: set[UUID] = set()
        # by the number of the stream's UUID, which Python hashes ten times as fast as the UUID
        self._timelines: dict[int, dict[tuple[str, str], Timeline]] = {}
        self._counted: dict[int, Belief] = {}
        """What adds up for good, by position."""
        self._cases: dict[UUID, Case] = {}
        self._case_of: dict[UUID, UUID] = {}
        """By stream."""
        self._publications: dict[int, Publication] = {}
        """The figures published, by position."""
        self._learned = Learned()
        self._published: list[Publication] = []
        self._withdrawn: list[Publication] = []
        self._waits: dict[UUID, UUID] = {}
        """Cases of waits that are not written yet, by stream."""
        self._sums = stored.Sums(area)

    # ---- pure

    def apply(self, event: Recorded) -> None:
        self._hear(event)
        if bears_on_case(event.event):
            self._follow(event)
        self._go_past(event)

    def _hear(self, event: Recorded) -> None:
        """Believe what the event says by itself."""
        self._learned.at, self._learned.on = event.position, civil_day(event.recorded_at)
        body = event.event
        if isinstance(body, EntryCorrected):
            self._take_back(event.stream, body.corrects)
            if body.replacement is not None:
                self._say(body.replacement, event, body.corrects)
        else:
            self._say(body, event, event.position)

    def leave_out(self, event: Recorded) -> None:
        self._sums.begin([event])
        self._go_past(event)

    def _go_past(self, event: Recorded) -> None:
        if event.position % cube.BLOCK == 0:
            self._sums.full(event.position, civil_day(event.recorded_at))

    def _take_back(self, stream: UUID, position: int) -> None:
        learned = self._learned
        for timeline in self._timelines.get(stream.int, {}).values():
            timeline.remove(position, learned)
        if counted := self._counted.pop(position, None):
            learned.drop(counted)
        if wrong := self._publications.pop(position, None):
            wrong.superseded_on = learned.on
            if wrong.written:
                self._withdrawn.append(wrong)

    def _say(self, body: Event, event: Recorded, position: int) -> None:
        on, stream, learned = event.occurred_on, event.stream, self._learned
        if isinstance(body, FigurePublished):
            self._publish(body, event, position)
        for facet, amounts, key, starts, until in says(body):
            belief = Belief(position, facet, event.position, starts or on, amounts, learned.at, learned.on)
            belief.key = key
            if facet in COUNTED:
                self._counted[position] = belief
                learned.believe(belief)
                continue
            belief.until, belief.last = until or FOR_GOOD, isinstance(body, EnterpriseClosed)
            self._timeline(stream, facet, key).add(belief, learned)

    def _timeline(self, stream: UUID, facet: str, key: str) -> Timeline:
        of_stream = self._timelines.get(stream.int)
        if of_stream is None:
            of_stream = self._timelines[stream.int] = {}
        timeline = of_stream.get((facet, key))
        if timeline is None:
            timeline = of_stream[facet, key] = Timeline()
        return timeline

    def _publish(self, figure: FigurePublished, event: Recorded, position: int) -> None:
        publication = Publication(position, event.position, figure, event.occurred_on, self._learned.on)
        self._publications[position] = publication
        self._published.append(publication)

    def _follow(self, event: Recorded) -> None:
        """Believe what now follows from the event's case, and from the case it was in before."""
        for case in self._into_case(event):
            found = follows(case.history, catalogue())
            # in one order whatever a set's is: rows follow from it
            for gone in sorted(case.believed.keys() - found):
                self._learned.drop(case.believed.pop(gone))
            said = {
                each.event.corrects: each.position for each in case.history if isinstance(each.event, EntryCorrected)
            }
            for new in sorted(found - case.believed.keys()):
                belief = Belief(
                    new.position,
                    new.facet,
                    said.get(new.position, new.position),
                    new.on,
                    new.amounts,
                    self._learned.at,
                    self._learned.on,
                    new.until,
                    key=new.key,
                )
                case.believed[new] = belief
                self._learned.believe(belief)

    def _into_case(self, event: Recorded) -> Iterable[Case]:
        stream, before = event.stream, self._case_of.get(event.stream)
        if before is None and isinstance(event.event, EntryCorrected):
            return ()  # of something that no case is about
        own = [each for each in self._cases[before].history if each.stream == stream] if before else []
        of_wait = is_wait((own or [event])[0].event)
        now = (wait_of([*own, event], self._case_of) if of_wait else None) or before or stream
        case = self._cases.setdefault(now, Case())
        if now != before:
            self._case_of[stream] = now
            if of_wait:
                self._waits[stream] = now
            case.history = sorted([*case.history, *own], key=lambda each: each.position)
        case.history.append(event)
        if before is None or now == before:
            return (case,)
        left = self._cases[before]
        left.history = [each for each in left.history if each.stream != stream]
        return (left, case)

    # ---- database

    def load(self, connection: Connection, events: Sequence[Recorded], parked: Mapping[UUID, int]) -> None:
        self._sums.begin(events)
        if self._complete or not events:
            return
        missing = {event.stream for event in events} - self._loaded
        told = [each.event.replacement if isinstance(each.event, EntryCorrected) else each.event for each in events]
        mentioned = {id for body in told if isinstance(body, ReferralMade) for id in (body.need, body.instead_of) if id}
        missing |= stored.of_one_wait(connection, self.area, missing | mentioned) - self._loaded
        past = NationalFold(self.area, empty=True)
        past._remember(connection, missing, before=events[0].position, parked=parked)
        self._timelines |= past._timelines
        self._counted |= past._counted
        self._publications |= past._publications
        self._case_of |= past._case_of
        for id, case in past._cases.items():
            mine = self._cases.setdefault(id, Case())
            mine.history = sorted([*mine.history, *case.history], key=lambda each: each.position)
            mine.believed |= case.believed
        self._loaded |= missing

    def _remember(
        self, connection: Connection, streams: Iterable[UUID], *, before: int, parked: Mapping[UUID, int]
    ) -> None:
        """Take in what was told of some streams; of what follows from cases, read what was believed."""
        histories = ledger.read_streams(connection, [(self.area, stream) for stream in streams])
        told = [
            event
            for (_, stream), history in histories.items()
            for event in history
            if event.position < min(before, parked.get(stream, before))
        ]
        for event in sorted(told, key=lambda event: event.position):
            self._hear(event)
            if bears_on_case(event.event):
                for _ in self._into_case(event):
                    pass
        self.settle()
        case_at = {each.position: case for case in self._cases.values() for each in case.history}
        for belief in stored.believed(connection, self.area, list(case_at)):
            follows_from = Follows(belief.position, belief.facet, belief.key, belief.on, belief.ends_on, belief.amounts)
            case_at[belief.position].believed[follows_from] = belief

    def write(self, connection: Connection) -> None:
        area, learned = self.area, self._learned
        stored.write_beliefs(connection, area, learned.beliefs, learned.superseded)
        for each in self._published:
            said = [each.figure.indicator, each.figure.value, each.figure.qualifier, each.figure.source]
            days = [each.on, each.known_on, each.superseded_on]
            connection.execute(stored.PUBLISH, [area, each.position, each.said_at, *said, *days])
        for each in self._withdrawn:
            connection.execute(stored.WITHDRAW, [each.superseded_on, area, each.position, each.said_at])
        stored.write_waits(connection, area, self._waits)
        self._sums.write(connection, learned)
        self.settle()

    def settle(self) -> None:
        """What was learned stands in the database now."""
        for belief in self._learned.beliefs:
            belief.written = True
        for publication in self._published:
            publication.written = True
        self._learned, self._published, self._withdrawn, self._waits = Learned(), [], [], {}
