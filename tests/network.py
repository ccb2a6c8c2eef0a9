"""A network to try things on: `given` puts facts into its ledgers, `national` is the picture they add up to.

    network.given(joined("E06000066"), milestone("first customer"))
    assert network.national().area("E06000066").milestones == 1

A fact that names no area happened in the last one named; one that names no enterprise, to the last one registered.
"""

import inspect
import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from time import monotonic, sleep
from types import ModuleType
from uuid import UUID, uuid4

import msgspec
import psycopg
import redis
from msgspec import Struct

from events import bulk, ledger
from events.areas import AreaJoined, AreaLeft
from events.base import Event, area_stream, named_id, today
from events.catalogue import Entry, EntryCorrected
from events.database import Connection, connect, value
from events.enterprises import (
    ActivityReported,
    EnterpriseClosed,
    EnterprisePaused,
    EnterpriseRegistered,
    EnterpriseResumed,
    MilestoneRecorded,
    Origin,
)
from events.ledger import Command, Happened, Recorded
from events.migrate import migrate
from events.projections import ALL, engine
from events.projections.picture import AreaFigures, Picture, picture
from events.settings import Settings

SOMERSET = "E06000066"
CORNWALL = "E06000052"
DEVON = "E10000008"


class Server:
    """The servers of a test run. Databases are used again by the next test, emptied: making one takes a second."""

    def __init__(self, settings: Settings, *, redis_url: str) -> None:
        self.settings = msgspec.structs.replace(settings, redis_url=redis_url)
        self._numbers = itertools.count(1)
        self._templates = {"ledger": settings.database_url, "vault": settings.vault_url}
        self._idle: list[str] = []
        migrate(settings.database_url, "ledger")
        migrate(settings.vault_url, "vault")
        with connect(settings.database_url) as connection:
            engine.ensure_builds(connection, ALL)
        self.settings = reaching(self.settings, vault=self.database("vault"))

    @contextmanager
    def fresh(self, folder: Path) -> Generator[Settings]:
        """A hub with an empty ledger database of its own. The vault is shared: its subjects are unlike anyway."""
        url = self._idle.pop() if self._idle else self.database("ledger")
        yield reaching(msgspec.structs.replace(self.settings, data=folder, heads=folder / "heads"), ledger=url)
        with connect(url) as connection:
            connection.execute(_EMPTY)
        self._idle.append(url)

    def database(self, like: str | None) -> str:
        """The URL of a database made for one test, like the "ledger" or the "vault", or without any table."""
        name = f"test_{next(self._numbers)}"
        template = "template0" if like is None else _name(self._templates[like])
        with psycopg.connect(_renamed(self.settings.database_url, "postgres"), autocommit=True) as admin:
            admin.execute(f'create database {name} template "{template}"'.encode())
        return _renamed(self.settings.database_url, name)


# To how a migrated database with the first build of the national projection looks.
_EMPTY = """
do $$
declare
    extra text;
begin
    perform pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid();
    for extra in select projection || '_' || build from build where build > 1 loop
        execute format('drop schema if exists %I cascade', extra);
    end loop;
    delete from build where build > 1;
    update build set live = true, retired_at = null;
    truncate event, event_type, ledger, checkpoint, parked, notice, verification, proof, account, held_role, session,
             api_key, invitation, identity, passkey, recovery_code, sign_in_attempt, access_log,
             look, erasure, erasure_hold, kept_long_enough, message, due_link, stopped_address, nudge_preference,
             mailbox, evidence_file, calendar_address, boundary;
    for extra in select format('%I.%I', schemaname, tablename) from pg_tables
                 where schemaname in (select projection || '_' || build from build) loop
        execute 'truncate ' || extra;
    end loop;
    insert into ledger (area) values ('UK');
end $$
"""


def reaching(settings: Settings, *, ledger: str = "", vault: str = "") -> Settings:
    """The same hub on another ledger or another vault; pages and API go there by their own login."""
    if ledger:
        settings = msgspec.structs.replace(settings, database_url=ledger, web_database_url=_as_web(ledger))
    if vault:
        settings = msgspec.structs.replace(settings, vault_url=vault, web_vault_url=_as_web(vault))
    return settings


def _as_web(url: str) -> str:
    return url.replace("//hub@", "//trellis_web@")


def _name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def _renamed(url: str, name: str) -> str:
    return url.replace(f"@/{_name(url)}?", f"@/{name}?")


class Fact(Struct, frozen=True, kw_only=True):
    """Something that happened: to an area (`stream` None and `of_area`), or to an enterprise."""

    event: Event
    on: date | None
    recorded: datetime | None = None
    area: str | None = None
    stream: UUID | None = None
    of_area: bool = False


class Area:
    """What an area's figures are, each by its name: `.milestones`."""

    def __init__(self, figures: AreaFigures) -> None:
        self.figures = figures

    def __getattr__(self, indicator: str) -> int | float | None:
        return self.figures.figures[indicator].value


class View:
    """The national picture; each figure by its name, each area by its code."""

    def __init__(self, found: Picture) -> None:
        self.picture = found

    def __getattr__(self, indicator: str) -> int | float | None:
        return self.picture.figures[indicator].value

    def area(self, code: str) -> Area:
        return Area(next(each for each in self.picture.areas if each.area == code))

    @property
    def areas(self) -> list[str]:
        return [each.area for each in self.picture.areas]


class Network:
    """Ledgers and figures of a fresh hub."""

    def __init__(self, settings: Settings, connection: Connection) -> None:
        self.settings = settings
        self.connection = connection
        self._folds = engine.Folds()
        self._area = SOMERSET
        self._enterprise: UUID | None = None
        engine.ensure_builds(connection, ALL)

    @classmethod
    @contextmanager
    def on(cls, settings: Settings) -> "Iterator[Network]":
        with connect(settings.database_url) as connection:
            yield cls(settings, connection)

    def given(self, *facts: Fact) -> list[int]:
        """Record the facts in order; their positions, each in its own area's ledger."""
        commands: list[Command] = []
        versions: dict[tuple[str, UUID], int] = {}
        for fact in facts:
            self._area = area = fact.area or self._area
            if isinstance(fact.event, EnterpriseRegistered):
                self._enterprise = fact.event.enterprise
            stream = (
                area_stream(area) if fact.of_area else fact.stream or self._enterprise or named_id("somebody", area)
            )
            ledger.open_ledger(self.connection, [area])
            if (area, stream) not in versions:
                versions[area, stream] = len(ledger.read_stream(self.connection, area, stream))
            commands.append(
                command(area, fact.event, stream=stream, expected=versions[area, stream], on=fact.on or today())
            )
            versions[area, stream] += 1
        recorded = [fact.recorded for fact in facts if fact.recorded is not None]
        assert len(recorded) in (0, len(facts)), "give all facts a moment of recording, or none"
        bulk.append_all(self.connection, commands, recorded=recorded or None)
        answers = bulk.answered(self.connection, [(each.area, each.id) for each in commands])
        return [answers[each.area, each.id][1] for each in commands]

    def project(self) -> None:
        """Bring the figures up to date."""
        engine.catch_up_all(self.connection, ALL, folds=self._folds)

    def national(self, *, on: date | None = None, known: date | None = None) -> View:
        """The figures of a day, as known on another; both today unless given."""
        self.project()
        with engine.reading(self.connection, "national"):
            return View(picture(self.connection, on=on or today(), known=known or today()))

    def events(self, area: str | None = None) -> list[Recorded]:
        return list(ledger.read_all(self.connection, area or self._area))


def command(
    area: str,
    *events: Event,
    stream: UUID | None = None,
    expected: int = 0,
    on: date | None = None,
    id: UUID | None = None,
    digest: bytes | None = None,
    actor: str = "test:somebody",
    cause: str | None = None,
) -> Command:
    """A command with everything filled in that a test does not care about."""
    id = id or uuid4()
    return Command(
        area=area,
        id=id,
        digest=digest or id.bytes,
        stream=stream or uuid4(),
        expected=expected,
        events=tuple(Happened(event, on or today()) for event in events or (MilestoneRecorded(kind="something"),)),
        actor=actor,
        cause=cause,
    )


# ---- facts


def joined(area: str, *, on: date | None = None, recorded: datetime | None = None) -> Fact:
    event = AreaJoined(gss_code=area, nation="England")
    return Fact(event=event, on=on, recorded=recorded, area=area, of_area=True)


def left(area: str, *, on: date | None = None, recorded: datetime | None = None) -> Fact:
    return Fact(event=AreaLeft(), on=on, recorded=recorded, area=area, of_area=True)


def registered(
    name: str,
    *,
    area: str | None = None,
    origin: Origin = "new",
    on: date | None = None,
    recorded: datetime | None = None,
) -> Fact:
    id = named_id("test", name)
    event = EnterpriseRegistered(enterprise=id, name=name, origin=origin, legal_form="sole trader")
    return Fact(event=event, on=on, recorded=recorded, area=area, stream=id)


def milestone(kind: str, *, of: str | None = None, on: date | None = None, recorded: datetime | None = None) -> Fact:
    return _about(of, MilestoneRecorded(kind=kind), on, recorded)


def reported(
    *,
    of: str | None = None,
    people: int | None = None,
    jobs: int | None = None,
    volunteers: int | None = None,
    hours: float | None = None,
    on: date | None = None,
    recorded: datetime | None = None,
) -> Fact:
    event = ActivityReported(
        period_starts=on or today(), people_supported=people, jobs=jobs, volunteers=volunteers, hours_per_week=hours
    )
    return _about(of, event, on, recorded)


def paused(*, of: str | None = None, on: date | None = None, recorded: datetime | None = None) -> Fact:
    return _about(of, EnterprisePaused(), on, recorded)


def resumed(*, of: str | None = None, on: date | None = None, recorded: datetime | None = None) -> Fact:
    return _about(of, EnterpriseResumed(), on, recorded)


def closed(*, of: str | None = None, on: date | None = None, recorded: datetime | None = None) -> Fact:
    return _about(of, EnterpriseClosed(), on, recorded)


def corrected(
    position: int,
    *,
    replacement: Entry | None = None,
    of: str | None = None,
    on: date | None = None,
    recorded: datetime | None = None,
) -> Fact:
    """The entry at `position` of the area's ledger should have said `replacement`, or nothing."""
    event = EntryCorrected(corrects=position, reason="mistyped", replacement=replacement)
    return _about(of, event, on, recorded)


def _about(of: str | None, event: Event, on: date | None, recorded: datetime | None) -> Fact:
    return Fact(event=event, on=on, recorded=recorded, stream=named_id("test", of) if of else None)


def mutate(connection: Connection, *changes: tuple[str, str], function: str = "append") -> None:
    """Put a defect into this database's `function`, to see whether a test notices."""
    body = str(value(connection, "select pg_get_functiondef(%s::regproc)", [function]))
    for old, new in changes:
        assert old in body, old
        body = body.replace(old, new)
    connection.execute(body.encode())


def mutated(module: ModuleType, old: str, new: str) -> ModuleType:
    """A copy of a module with a guard taken out, to see that a test would notice."""
    source = inspect.getsource(module)
    assert source.count(old) == 1, old
    copy = ModuleType(module.__name__)
    exec(source.replace(old, new), copy.__dict__)
    return copy


def environment(settings: Settings) -> dict[str, str]:
    """What a process needs to work on this hub."""
    return os.environ | {
        "HUB_DATA": str(settings.data),
        "HUB_HEADS": str(settings.heads),
        "HUB_DATABASE_URL": settings.database_url,
        "HUB_VAULT_URL": settings.vault_url,
        "HUB_WEB_DATABASE_URL": settings.web_database_url,
        "HUB_WEB_VAULT_URL": settings.web_vault_url,
        "HUB_REDIS_URL": settings.redis_url,
        "HUB_VAULT_KEY": settings.vault_key,
        "HUB_SIGNING_KEY": settings.signing_key,
    }


def forget_attempts(settings: Settings) -> None:
    """Begin to count anew how often somebody asked: all tests of a run ask from the same address."""
    with redis.Redis.from_url(settings.redis_url) as queue:
        for key in queue.scan_iter("*trellis-limit*"):
            queue.delete(key)


def hub(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `hub` with these words, to its end."""
    command_line = [sys.executable, "-m", "hub", *words]
    return subprocess.run(
        command_line, env=environment(settings), capture_output=True, text=True, timeout=60, check=False
    )


def noon(day: date) -> datetime:
    """A moment at which it is that day in London as well as in UTC."""
    return datetime.combine(day, time(12), tzinfo=UTC)


def rows(connection: Connection, area: str) -> Sequence[tuple[object, ...]]:
    """The event table's rows of an area, as they are."""
    return connection.execute("select * from event where area = %s order by position", [area]).fetchall()


def eventually(holds: Callable[[], bool], *, within: float = 30.0) -> None:
    """Wait for something that another process does."""
    deadline = monotonic() + within
    while not holds():
        assert monotonic() < deadline, "it did not happen in time"
        sleep(0.02)
