"""How the hub itself does, for everybody: whether figures are up to date and ledgers whole. Nothing about people."""

from datetime import datetime, timedelta
from typing import cast

import psycopg
from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from msgspec import Struct
from psycopg_pool import PoolTimeout

from events.access import Principal
from events.base import now
from events.database import Connection
from events.places import place_name
from events.projections import ALL, engine
from events.projections.parked import Parked, parked
from events.projections.proof import Proof, proofs
from hub.access.guard import PUBLIC
from hub.db import Hub, notice
from hub.health.routes import database_answers, queue_answers
from hub.look.page import render

CHECK_EVERY = timedelta(hours=36)
"""A ledger is checked once a day; one not checked for so long is said to be late."""


class AreaStatus(Struct, frozen=True, kw_only=True):
    """How one area's figures and its ledger stand."""

    area: str
    name: str
    events_behind: int
    seconds_behind: float
    """Since the oldest event not yet in the figures was recorded; 0 when there is none."""
    streams_parked: int
    """Histories left out of the figures, from an entry on that this version cannot take in."""
    checked_at: datetime | None
    events_checked: int | None
    fault: str | None
    """What the last check found wrong; null when the ledger was whole."""


class AreaBehind(Struct, frozen=True, kw_only=True):
    """An area of which figures do not hold all there is."""

    area: str
    name: str
    events: int
    seconds: float


class FiguresStatus(Struct, frozen=True, kw_only=True):
    """How far one set of figures is: one that pages read, or one that is built anew beside it."""

    projection: str
    label: str
    version: int
    live: bool
    events: int
    """So many are taken in."""
    events_behind: int
    seconds_behind: float
    behind: list[AreaBehind]
    """The longest behind first."""

    @property
    def share(self) -> int:
        """How much of all there is it holds, in per cent; 100 only for all of it."""
        whole = self.events + self.events_behind
        return 100 * self.events // whole if whole else 100


class LeftOut(Struct, frozen=True, kw_only=True):
    """A history that figures hold only up to one of its entries."""

    area: str
    name: str
    label: str
    position: int
    """Of the entry that could not be taken in."""
    error: str
    """Its kind, in one word; never what was in the entry."""
    since: datetime
    tried_at: datetime


LABELS = {"national": "National picture", "work": "Lists and pages of areas"}


class Status(Struct, frozen=True, kw_only=True):
    """The hub at a moment. Without a database no area is listed."""

    at: datetime
    database: bool
    queue: bool
    areas: list[AreaStatus]
    figures: list[FiguresStatus] = []
    left_out: list[LeftOut] = []
    """Of figures that pages read."""

    @property
    def being_built(self) -> list[FiguresStatus]:
        return [each for each in self.figures if not each.live]

    @property
    def late(self) -> list[AreaStatus]:
        """Areas whose figures do not hold all there is."""
        return [each for each in self.areas if each.events_behind or each.streams_parked]

    @property
    def damaged(self) -> list[AreaStatus]:
        return [each for each in self.areas if each.fault]

    @property
    def unchecked(self) -> list[AreaStatus]:
        """Areas whose ledger was not checked lately, or never."""
        return [each for each in self.areas if each.checked_at is None or self.at - each.checked_at > CHECK_EVERY]

    @property
    def checked(self) -> list[AreaStatus]:
        """Areas that were ever checked, the longest ago first."""
        return sorted(
            (each for each in self.areas if each.checked_at), key=lambda each: (each.checked_at or self.at, each.name)
        )

    @property
    def is_well(self) -> bool:
        return self.database and self.queue and not (self.late or self.damaged or self.unchecked)


_CHECKS = "select area, checked_at, events, fault from verification"


def status_of(connection: Connection, *, at: datetime, queue: bool) -> Status:
    """Each area with an event, by name: how far its figures are, and what the last check of its ledger found."""
    checks = {str(area): tuple(found) for area, *found in connection.execute(_CHECKS)}
    behind: dict[str, list[engine.Lag]] = {}
    builds: dict[engine.Build, list[engine.Lag]] = {}
    for each in engine.lag(connection):
        builds.setdefault(each.build, []).append(each)
        if each.build.live:
            behind.setdefault(each.area, []).append(each)
    return Status(
        at=at,
        database=True,
        queue=queue,
        areas=sorted(
            (_area(area, lags, checks.get(area, (None, None, None))) for area, lags in behind.items()),
            key=lambda each: each.name,
        ),
        figures=[_figures(build, lags) for build, lags in builds.items()],
        left_out=[
            _left_out(each)
            for each in parked(connection)
            if any((each.projection, each.build) == (build.projection, build.build) for build in builds if build.live)
        ],
    )


def _figures(build: engine.Build, lags: list[engine.Lag]) -> FiguresStatus:
    late = sorted((each for each in lags if each.events), key=lambda each: (-each.seconds, each.area))
    return FiguresStatus(
        projection=build.projection,
        label=LABELS.get(build.projection, build.projection),
        version=build.version,
        live=build.live,
        events=sum(each.position for each in lags),
        events_behind=sum(each.events for each in late),
        seconds_behind=round(max((each.seconds for each in late), default=0.0), 1),
        behind=[
            AreaBehind(area=each.area, name=place_name(each.area), events=each.events, seconds=round(each.seconds, 1))
            for each in late
        ],
    )


def _left_out(each: Parked) -> LeftOut:
    return LeftOut(
        area=each.area,
        name=place_name(each.area),
        label=LABELS.get(each.projection, each.projection),
        position=each.position,
        error=each.why,
        since=each.parked_at,
        tried_at=each.tried_at,
    )


def _area(area: str, lags: list[engine.Lag], check: tuple[object, ...]) -> AreaStatus:
    checked_at, events, fault = check
    return AreaStatus(
        area=area,
        name=place_name(area),
        events_behind=max(each.events for each in lags),
        seconds_behind=max(each.seconds for each in lags),
        streams_parked=sum(each.parked for each in lags),
        checked_at=cast("datetime | None", checked_at),
        events_checked=cast("int | None", events),
        fault=cast("str | None", fault),
    )


def _status(hub: Hub) -> tuple[Status, str]:
    """How the hub does now, and its notice."""
    at, queue = now(), queue_answers(hub)
    try:
        if database_answers(hub):
            with hub.watching() as connection:
                return status_of(connection, at=at, queue=queue), notice(connection)
    except (psycopg.OperationalError, PoolTimeout):
        pass  # it went away meanwhile
    return Status(at=at, database=False, queue=queue, areas=[]), ""


@get("/status", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def status_page(hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
    found, words = _status(hub)
    return Response(render("status/pages/status.html", status=found, who=who, notice=words), media_type=MediaType.HTML)


@get("/api/status", access=PUBLIC, sync_to_thread=True, tags=["Health"])
def status_api(hub: NamedDependency[Hub]) -> Status:
    """How far each area's figures are behind its ledger, when each ledger was last checked, and what answers."""
    return _status(hub)[0]


class Trust(Struct, frozen=True, kw_only=True):
    """What anybody may hold the figures against."""

    at: datetime
    ledgers: list[AreaStatus]
    """Each area's ledger, and what the last check of it found."""
    figures: list[Proof]
    """Of each projection, whether it equalled the live one when last built anew from the ledgers."""

    @property
    def events(self) -> int:
        return sum(each.events_checked or 0 for each in self.ledgers)

    @property
    def damaged(self) -> list[AreaStatus]:
        return [each for each in self.ledgers if each.fault]

    @property
    def unchecked(self) -> list[AreaStatus]:
        return [each for each in self.ledgers if each.checked_at is None]

    @property
    def is_complete(self) -> bool:
        """Whether every projection was compared at least once."""
        return {each.projection for each in self.figures} >= {each.name for each in ALL}

    @property
    def oldest(self) -> datetime | None:
        """When the ledger was checked whose check is the longest ago."""
        return min((each.checked_at for each in self.ledgers if each.checked_at), default=None)


def trust_of(connection: Connection, *, at: datetime) -> Trust:
    return Trust(at=at, ledgers=status_of(connection, at=at, queue=True).areas, figures=proofs(connection))


@get("/trust", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def trust_page(hub: NamedDependency[Hub], who: NamedDependency[Principal]) -> Response[bytes]:
    """Why the figures can be believed: what was checked, when, and how anybody checks it again."""
    with hub.watching() as connection:
        found, words = trust_of(connection, at=now()), notice(connection)
    body = render("status/pages/trust.html", trust=found, who=who, notice=words, place_name=place_name, labels=LABELS)
    return Response(body, media_type=MediaType.HTML)


@get("/api/trust", access=PUBLIC, sync_to_thread=True, tags=["Health"])
def trust_api(hub: NamedDependency[Hub]) -> Trust:
    """What the last check of each ledger found, and whether the figures, built anew from the ledgers, were the same."""
    with hub.watching() as connection:
        return trust_of(connection, at=now())


STATUS = [status_page, status_api, trust_page, trust_api]
