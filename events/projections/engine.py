"""Turn ledgers into projections, exactly once, by any number of processes.

A projection's rows and its checkpoint commit together, for one area at a time. Each copy of a projection (a build) has
a schema of its own, so a new one is filled beside the one being read and then takes its place in one transaction.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from uuid import UUID

import msgspec
from msgspec import Struct

from events import ledger
from events.base import TrellisError
from events.collecting import uncollected
from events.database import Connection, snapshot, value
from events.ledger import Recorded
from events.projections.builds import Build as Build
from events.projections.builds import Fold, as_build, look_into, look_into_live, one_at_a_time
from events.projections.builds import NotBuilt as NotBuilt
from events.projections.builds import Projection as Projection
from events.projections.builds import builds as builds
from events.projections.builds import ensure_builds as ensure_builds
from events.projections.builds import give_up as give_up
from events.projections.builds import start_build as start_build
from events.projections.builds import sweep_builds as sweep_builds

log = logging.getLogger(__name__)

BATCH = 5000
"""Events read at a time; a transaction takes in up to `ROUND` of them."""
ROUND = 50_000
KEPT_FOLDS = 64
NEARLY = 1000
"""A build lacks next to nothing once it lacks less than one in so many events: under traffic it always lacks some."""
TELL_EVERY = 0.5
"""Seconds between two looks at how far a build has come while it is filled."""
STUCK = 60.0
"""Seconds without an event taken in, by whichever process, after which the rest is given up on."""


class Lag(Struct, frozen=True):
    """How much of an area a build has still to take in."""

    build: Build
    area: str
    position: int
    events: int
    seconds: float
    """Since the oldest event not taken in was recorded; 0 when there is none."""
    parked: int
    """Streams left out since one of their events could not be taken in."""


class NotDense(TrellisError):
    """A ledger skipped a position. Nothing of it was projected; `hub verify` tells more."""


class Stuck(TrellisError):
    """Events are left that nobody can take in."""


# ---- switching


# Whoever takes events into a build shares this lock until its transaction ends.
_HOLD_STILL = """
select pg_advisory_xact_lock(hashtext('trellis hold ' || projection), build) from build
where projection = %s and live
"""

_LIVE_POSITIONS = """
select c.area, c.position from checkpoint c join build b using (projection, build) where b.projection = %s and b.live
"""


def switch(connection: Connection, projections: Sequence[Projection], to: Build) -> None:
    """Let readers read `to` from now on, once it holds all that the live build holds. No read fails meanwhile."""
    projection = _named(projections, to.projection)
    with connection.transaction():
        one_at_a_time(connection, to.projection)
        live = {(each.projection, each.build): each.live for each in builds(connection)}.get((to.projection, to.build))
        if live:  # another process was faster
            return
        if live is None:
            raise NotBuilt(f"The build {to.schema} was put aside meanwhile. Run the rebuild again.")
        # so that nobody who saw an event there misses it here
        connection.execute(_HOLD_STILL, [to.projection])
        for area, position in connection.execute(_LIVE_POSITIONS, [to.projection]).fetchall():
            while _position(connection, to, str(area)) < int(str(position)):
                if not catch_up(connection, projection, to, str(area), folds=Folds()):
                    time.sleep(0.01)  # another process has the area
        connection.execute(
            "update build set live = false, retired_at = clock_timestamp() where projection = %s and live",
            [to.projection],
        )
        connection.execute(
            "update build set live = true where projection = %s and build = %s", [to.projection, to.build]
        )


def promote(connection: Connection, projections: Sequence[Projection]) -> None:
    """After an upgrade: let readers read the build of the new version as soon as it has caught up."""
    found = builds(connection)
    for projection in projections:
        mine = [build for build in found if build.projection == projection.name]
        ready = [build for build in mine if build.version == projection.version]
        older = any(build.live and build.version < projection.version for build in mine)
        if ready and older and _lacks_little(lag(connection, only=ready[-1])):
            switch(connection, projections, ready[-1])
            log.info("%s is read from build %s now, version %s", projection.name, ready[-1].build, projection.version)


def _named(projections: Sequence[Projection], name: str) -> Projection:
    return next(projection for projection in projections if projection.name == name)


# ---- catching up


class Folds:
    """The folds of areas worked on lately, so that catching up need not read back what it has just written.

    A fold is only good for the position it was left at, and while the same is left out: when somebody else moved the
    checkpoint, or took parked streams in again, it is made anew.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int, str], tuple[int, Mapping[UUID, int], Fold]] = OrderedDict()

    def take(self, projection: Projection, build: Build, area: str, position: int, parked: Mapping[UUID, int]) -> Fold:
        kept = self._kept.pop((build.projection, build.build, area), None)
        if kept is not None and kept[:2] == (position, parked):
            return kept[2]
        return projection.fold(area, position == 0)

    def keep(self, build: Build, area: str, position: int, parked: Mapping[UUID, int], fold: Fold) -> None:
        self._kept[build.projection, build.build, area] = (position, parked, fold)
        if len(self._kept) > KEPT_FOLDS:
            self._kept.popitem(last=False)


_OPEN_CHECKPOINT = """
insert into checkpoint (area, projection, build, position) values (%s, %s, %s, 0)
on conflict (area, projection, build) do nothing
"""

_PARK = """
insert into parked (area, projection, build, stream, position, why) values (%s, %s, %s, %s, %s, %s)
on conflict (area, projection, build, stream) do nothing
"""


def catch_up(connection: Connection, projection: Projection, build: Build, area: str, *, folds: Folds) -> int:
    """Take in the next events of an area and return how many; 0 when there are none or another process has the area.

    Rows and checkpoint commit together. An event that the fold cannot take in parks its stream, and that stream only.
    """
    # not in the transaction below: who comes second to an area that is new would wait until the first has taken it in
    connection.execute(_OPEN_CHECKPOINT, [area, build.projection, build.build])
    while True:
        try:
            with uncollected(), connection.transaction():
                return take_in(connection, projection, build, area, folds)
        except Poison as poison:
            _park(connection, build, area, poison)


def _park(connection: Connection, build: Build, area: str, poison: "Poison") -> None:
    """Leave a stream out from this event on."""
    event = poison.event
    log.warning("%s parked a stream of %s at position %s", build.schema, area, event.position)
    connection.execute(_PARK, [area, build.projection, build.build, event.stream, event.position, poison.why])


class Poison(Exception):
    """An event that cannot be taken in, and in one word why. A fold's `write` may raise it as well."""

    def __init__(self, event: Recorded, why: str) -> None:
        super().__init__()
        self.event = event
        self.why = why


def take_in(connection: Connection, projection: Projection, build: Build, area: str, folds: Folds) -> int:
    """As `catch_up`, in the caller's transaction. Raises `Poison`, after which it has to be rolled back."""
    start = own(connection, build, area)
    if start is None:
        return 0
    position = start
    parked = {
        UUID(str(stream)): int(str(at))
        for stream, at in connection.execute(
            "select stream, position from parked where area = %s and projection = %s and build = %s",
            [area, build.projection, build.build],
        )
    }
    fold = folds.take(projection, build, area, position, parked)
    look_into(connection, build)
    while position - start < ROUND and (events := ledger.read(connection, area, after=position, limit=BATCH)):
        for event in events:
            position += 1
            if event.position != position:
                raise NotDense(f"The ledger of {area} has no event at position {position}. Run `hub verify`.")
        left_out: set[int] = set()
        if parked:
            left_out = {each.position for each in events if each.position >= parked.get(each.stream, position + 1)}
        fold.load(connection, [each for each in events if each.position not in left_out], parked)
        for event in events:
            try:
                if event.position in left_out:
                    fold.leave_out(event)
                else:
                    fold.apply(event)
            except Exception as error:
                raise Poison(event, type(error).__name__) from error
    if position > start:
        fold.write(connection)
        connection.execute(
            "update checkpoint set position = %s, projected_at = clock_timestamp()"
            " where area = %s and projection = %s and build = %s",
            [position, area, build.projection, build.build],
        )
        folds.keep(build, area, position, parked, fold)
    return position - start


_OWN = """
select position from checkpoint
where area = %(area)s and projection = %(projection)s and build = %(build)s
  and pg_try_advisory_xact_lock_shared(hashtext('trellis hold ' || projection), build)
for update skip locked
"""


def own(connection: Connection, build: Build, area: str) -> int | None:
    """The checkpoint's position, its row locked until the transaction ends; None if another process has it."""
    position = value(connection, _OWN, {"area": area, "projection": build.projection, "build": build.build})
    return None if position is None else int(str(position))


_LAG = """
select b.projection, b.build, b.version, b.live, l.area, coalesce(c.position, 0),
       last.position - coalesce(c.position, 0),
       coalesce(extract(epoch from clock_timestamp() - next.recorded_at), 0),
       (select count(*) from parked p
        where p.area = l.area and p.projection = b.projection and p.build = b.build)
from ledger l
cross join build b
cross join lateral (select position from event e where e.area = l.area order by position desc limit 1) last
left join checkpoint c on c.area = l.area and c.projection = b.projection and c.build = b.build
left join event next on next.area = l.area and next.position = coalesce(c.position, 0) + 1
where b.retired_at is null
  and (%(projection)s::text is null or (b.projection = %(projection)s and b.build = %(build)s))
  and (%(areas)s::text[] is null or l.area = any (%(areas)s))
order by b.projection, b.build, l.area
"""


def lag(connection: Connection, *, only: Build | None = None, areas: Collection[str] | None = None) -> list[Lag]:
    """How far behind its ledger each build is in each area, or one build, or in some areas."""
    asked = {
        "projection": only and only.projection,
        "build": only and only.build,
        "areas": None if areas is None else list(areas),
    }
    return [
        Lag(
            as_build((projection, build, version, live)),
            str(area),
            int(str(at)),
            int(str(n)),
            float(str(s)),
            int(str(p)),
        )
        for projection, build, version, live, area, at, n, s, p in connection.execute(_LAG, asked)
    ]


def behind(connection: Connection, build: Build) -> int:
    """How many events a build has still to take in."""
    return sum(each.events for each in lag(connection, only=build))


def _lacks_little(lags: Sequence[Lag]) -> bool:
    return sum(each.events for each in lags) * NEARLY <= sum(each.position + each.events for each in lags)


def catch_up_all(
    connection: Connection,
    projections: Sequence[Projection],
    *,
    folds: Folds,
    only: Build | None = None,
    areas: Collection[str] | None = None,
    progress: Callable[[int], None] = lambda events: None,
    enough: Callable[[], bool] = lambda: False,
) -> int:
    """One pass over everything that is behind; returns how many events were taken in.

    What is read comes first. Of builds that nobody reads yet an area is taken up only if that is not `enough`.
    """
    known = {(projection.name, projection.version): projection for projection in projections}
    total = 0
    # the largest first, so that of several processes none is left with it when the others are done
    late = lag(connection, only=only, areas=areas)
    late.sort(key=lambda each: (not each.build.live, each.build.projection, -each.events))
    for each in late:
        projection = known.get((each.build.projection, each.build.version))
        if projection is None or each.events <= 0:
            continue
        if not each.build.live and enough():
            break
        try:
            while taken := catch_up(connection, projection, each.build, each.area, folds=folds):
                total += taken
                progress(taken)
                if taken < ROUND:
                    break
        except (NotDense, msgspec.DecodeError) as error:
            # a ledger that cannot be read must not keep those of other areas from going on
            log.warning(
                "%s cannot go on in %s: %s. Run `hub verify`.", each.build.schema, each.area, type(error).__name__
            )
    return total


def fill(
    connection: Connection,
    projection: Projection,
    build: Build,
    *,
    progress: Callable[[int], None] = lambda events: None,
) -> None:
    """Take everything there is into a new build, together with whatever projectors run.

    `progress` is told of events taken in, whoever did. Raises `Stuck` when nobody gets any further.
    """
    folds, reached, moved = Folds(), 0, time.monotonic()
    while True:
        lags = lag(connection, only=build)
        at = sum(each.position for each in lags)
        if at > reached:
            progress(at - reached)
            reached, moved = at, time.monotonic()
        elif time.monotonic() - moved > STUCK:
            names = ", ".join(each.area for each in lags if each.events)
            raise Stuck(f"Some entries cannot be taken in, in {names}. Run `hub verify`.")
        last, until = _lacks_little(lags), time.monotonic() + TELL_EVERY
        taken = catch_up_all(
            connection,
            [projection],
            folds=folds,
            only=build,
            enough=lambda last=last, until=until: not last and time.monotonic() > until,
        )
        if last:
            return
        if not taken:
            time.sleep(0.1)  # a running projector has what is left


# ---- reading


@contextmanager
def reading(connection: Connection, projection: str, *, areas: Iterable[str] | None = None) -> Generator[Build]:
    """A snapshot of the live build: inside, its tables go by their own names. Raises `NotBuilt`.

    With `areas` it sees the events of these; else of those that the connection sees by itself.
    """
    with snapshot(connection):
        yield look_into_live(connection, projection, areas)


def _position(connection: Connection, build: Build, area: str) -> int:
    found = value(
        connection,
        "select position from checkpoint where area = %s and projection = %s and build = %s",
        [area, build.projection, build.build],
    )
    return int(str(found or 0))


_WAIT = """
select c.position from checkpoint c join build b using (projection, build)
where b.live and c.projection = %s and c.area = %s
"""


def wait(connection: Connection, projection: str, area: str, position: int, *, timeout: float) -> bool:
    """Wait until the live build has taken in `position` of an area; False if it has not within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    pause = 0.002
    while int(str(value(connection, _WAIT, [projection, area]) or 0)) < position:
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)
    return True


def fingerprints(connection: Connection, projection: Projection, build: Build) -> dict[str, str]:
    """A checksum of each area's rows in a build."""
    with snapshot(connection):
        look_into(connection, build)
        return projection.fingerprints(connection)


def differing(connection: Connection, projection: Projection, one: Build, other: Build) -> list[str]:
    """The areas in which two builds that have come equally far do not hold the same rows."""
    with snapshot(connection):
        compared = {
            area
            for area in ledger.heads(connection)
            if _position(connection, one, area) == _position(connection, other, area)
        }
        look_into(connection, one)
        ones = projection.fingerprints(connection)
        look_into(connection, other)
        others = projection.fingerprints(connection)
    return sorted(area for area in compared if ones.get(area) != others.get(area))
