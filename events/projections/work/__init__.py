"""The work projection: what stands now of each area, enterprise, referral, need, lesson, barrier, matter and nudge.

Of what areas learned, and of which areas took part, it also keeps how that stood on any day, as known on any day.

A row follows from one stream: whenever it has something new its rows are made anew from all its entries, corrections
counted in, so nothing is ever mended in place. Only what needs and referrals say of each other follows from their rows.
Each capability has a module with its rows and how they follow.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files
from uuid import UUID

import msgspec
from psycopg import sql

from events import ledger
from events.areas import AreaEvent
from events.base import Event
from events.corrections import corrected
from events.database import Connection
from events.enterprises import EnterpriseEvent
from events.learning import (
    BarrierRaised,
    BarrierResolved,
    LessonRetired,
    LessonRevised,
    LessonShared,
    PracticeAbandoned,
    PracticeAdapted,
    PracticeAdopted,
    PracticeSeen,
    PracticeTrialled,
)
from events.ledger import Recorded
from events.nudges import NudgeHeldOut, NudgePlanned
from events.participation import ParticipationEvent
from events.projections.engine import Poison, Projection
from events.projections.work import areas, enterprises, learning, nudges, participation, referrals, requirements
from events.projections.work.any_day import then
from events.projections.work.enterprises import TrainingSession
from events.projections.work.rows import Row, kinds
from events.referrals import NeedClosed, NeedRecorded, NeedResponded, NeedShared, ReferralEvent
from events.training import PlaceBooked, SessionScheduled

Rows = Callable[[Sequence[Recorded]], Iterable[Row]]
"""From all that was recorded of something, in the order of its recording."""

_NEED: frozenset[type[Event]] = frozenset({NeedRecorded, NeedShared, NeedResponded, NeedClosed})


def _standing(rows: Rows) -> Rows:
    """Rows that follow from what stands, in the order in which it happened."""
    return lambda history: rows(corrected(history))


def _as_then(rows: Rows, kind: type[Row]) -> Rows:
    """The row that stands now, and one of this kind for each state that the stream was ever believed to be in."""

    def made(history: Sequence[Recorded]) -> Iterable[Row]:
        yield from rows(corrected(history))
        yield from then(history, rows, kind)

    return made


def _of_area(history: Sequence[Recorded]) -> Iterable[Row]:
    yield from areas.rows(corrected(history))
    yield from then(areas.taking_part(history), areas.area_rows, areas.AREA_THEN)


def _of_enterprise(history: Sequence[Recorded]) -> Iterable[Row]:
    standing = corrected(history)
    yield from enterprises.rows(standing)
    yield from nudges.enterprise_rows(standing)
    yield from requirements.rows(history)


STREAMS: tuple[tuple[frozenset[type[Event]], Rows, tuple[type[Row], ...]], ...] = (
    (kinds(AreaEvent), _of_area, areas.TABLES),
    (kinds(EnterpriseEvent), _of_enterprise, (*enterprises.TABLES, requirements.Requirement, *nudges.OF_ENTERPRISES)),
    (frozenset({SessionScheduled, PlaceBooked}), _standing(enterprises.session_rows), (TrainingSession,)),
    (_NEED, _standing(referrals.need_rows), (referrals.Need, referrals.Answer)),
    (kinds(ReferralEvent) - _NEED, _standing(referrals.referral_rows), (referrals.Referral,)),
    (
        frozenset({LessonShared, LessonRevised, LessonRetired}),
        _as_then(learning.lesson_rows, learning.LESSON_THEN),
        (learning.Lesson, learning.LESSON_THEN),
    ),
    (
        frozenset({PracticeSeen, PracticeTrialled, PracticeAdopted, PracticeAdapted, PracticeAbandoned}),
        _as_then(learning.practice_rows, learning.PRACTICE_THEN),
        (learning.Practice, learning.PRACTICE_THEN),
    ),
    (
        frozenset({BarrierRaised, BarrierResolved}),
        _as_then(learning.barrier_rows, learning.BARRIER_THEN),
        (learning.Barrier, learning.BARRIER_THEN),
    ),
    (kinds(ParticipationEvent), _standing(participation.matter_rows), participation.TABLES),
    (frozenset({NudgePlanned, NudgeHeldOut}), nudges.nudge_rows, nudges.TABLES),
)
"""What a stream of each kind comes to, and in which tables. Its first entry tells of which kind a stream is."""

TABLES: tuple[type[Row], ...] = tuple(table for _, _, tables in STREAMS for table in tables)


def name_of(table: type[Row]) -> str:
    """`LoadTarget` is kept in `load_target`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", table.__name__).lower()


class WorkFold:
    """The streams of one area that have something new, each with all that was told of it so far."""

    def __init__(self, area: str, empty: bool) -> None:
        self._area = area
        self._streams: dict[UUID, list[Recorded]] = {}
        self._new: dict[UUID, Recorded] = {}
        """The first new event of each."""

    def load(self, connection: Connection, events: Sequence[Recorded], parked: Mapping[UUID, int]) -> None:
        # no row follows from two streams, so none that is parked is ever read again
        begun = {event.stream for event in events if event.version == 1}
        missing = {event.stream for event in events} - begun - self._streams.keys()
        for (_, stream), history in ledger.read_streams(connection, [(self._area, each) for each in missing]).items():
            self._streams[stream] = [event for event in history if event.position < events[0].position]

    def apply(self, event: Recorded) -> None:
        self._streams.setdefault(event.stream, []).append(event)
        self._new.setdefault(event.stream, event)

    def leave_out(self, event: Recorded) -> None:
        pass

    def write(self, connection: Connection) -> None:
        written: dict[tuple[type[Row], ...], list[UUID]] = {}
        made: dict[type[Row], list[Row]] = {}
        for stream, first_new in self._new.items():
            history = self._streams[stream]
            found = next((each for each in STREAMS if type(history[0].event) in each[0]), None)
            if found is None:
                continue
            _, rows, tables = found
            written.setdefault(tables, []).append(stream)
            try:
                for row in rows(history):
                    made.setdefault(type(row), []).append(row)
            except Exception as error:
                raise Poison(first_new, type(error).__name__) from error
        tied = [each for tables, streams in written.items() if set(tables) & set(referrals.TABLES) for each in streams]
        needs = referrals.needs_of(connection, self._area, tied) if tied else set[UUID]()
        for tables, streams in written.items():
            for table in tables:
                _replace(connection, table, self._area, streams, made.get(table, []))
        if tied:
            # those of before too: a referral may have been corrected from one to another
            referrals.tie(connection, self._area, needs | referrals.needs_of(connection, self._area, tied))
        # what is kept of a stream is kept in the ledger: memory would hold whole areas
        self._streams, self._new = {}, {}


def _replace(connection: Connection, table: type[Row], area: str, streams: Sequence[UUID], rows: Sequence[Row]) -> None:
    name = sql.Identifier(name_of(table))
    connection.execute(
        sql.SQL("delete from {} where area = %s and stream = any (%s)").format(name), [area, list(streams)]
    )
    if rows:
        columns = sql.SQL(", ").join(map(sql.Identifier, table.__struct_fields__))
        with connection.cursor().copy(sql.SQL("copy {} ({}) from stdin").format(name, columns)) as copy:
            for row in rows:
                copy.write_row(msgspec.structs.astuple(row))


def _fingerprints(connection: Connection) -> dict[str, str]:
    sums: dict[str, list[str]] = {}
    # as `whole`, since some tables have a column that goes by their own name
    query = sql.SQL("select area, md5(string_agg(whole::text, ' ' order by whole::text)) from {} whole group by area")
    for table in TABLES:
        for area, checksum in connection.execute(query.format(sql.Identifier(name_of(table)))):
            sums.setdefault(str(area), []).append(f"{table.__name__}:{checksum}")
    return {area: " ".join(found) for area, found in sums.items()}


WORK = Projection(
    name="work",
    version=4,
    tables=files("events").joinpath("projections", "work", "work.sql").read_text(encoding="utf-8"),
    fold=WorkFold,
    fingerprints=_fingerprints,
)
