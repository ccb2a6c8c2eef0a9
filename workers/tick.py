"""What has to be done now and then, by one process of however many run.

It plans reminders and rings for those that are due, seals heads, sweeps builds, sessions, invitations and links,
carries out erasures, proposes those that are due, asks for checks, and records which requirements apply once the
catalogue changed.
"""

import logging
import time
from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol

import psycopg
import redis

from events import erasing, heads, ledger
from events.base import TrellisError, today
from events.civil import last_open
from events.database import TICK_LEASE, Connection, connect, value
from events.heads import SealBroken, Sealer
from events.projections import engine
from events.renewal_catalogue import read_catalogue
from events.settings import Settings
from events.sweeping import sweep_invitations, sweep_links, sweep_sessions
from workers import queue
from workers.channels import is_demonstration
from workers.plan import Planned, Planning
from workers.requirements import Rederiving
from workers.retention import Proposing
from workers.send import server_clock
from workers.sweep import Sweeper

log = logging.getLogger(__name__)

SEAL_EVERY = 15.0
SWEEP_EVERY = 30.0
ERASE_EVERY = 2.0
PLAN_EVERY = 60.0
RING_EVERY = 5.0


def run(settings: Settings, *, stopping: Callable[[], bool]) -> None:
    """Tick until told to stop. Only the process that holds the lease does anything; it ends with its connection."""
    pause = 0.5
    while not stopping():
        try:
            with connect(settings.database_url) as connection:
                pause = 0.5
                _lead(settings, connection, stopping)
        except psycopg.OperationalError as error:
            log.warning("the database went away (%s); trying again in %.1f s", type(error).__name__, pause)
            time.sleep(pause)
            pause = min(pause * 2, 10.0)


def _lead(settings: Settings, connection: Connection, stopping: Callable[[], bool]) -> None:
    leading = False
    sealer = Sealer(settings.heads, heads.signing_key(settings.signing_key)) if settings.signing_key else None
    requirements = Rederiving(read_catalogue(settings.renewals))
    retained, planning, sweeper = Proposing(), Planning(), Sweeper()
    sealed = swept = erased = planned = rung = float("-inf")
    asked: date | None = None
    while not stopping():
        if not leading:
            leading = bool(value(connection, "select pg_try_advisory_lock(%s)", [TICK_LEASE]))
        now = time.monotonic()
        if leading and sealer and now - sealed >= SEAL_EVERY:
            _seal(sealer, connection)
            sealed = now
        if leading and now - swept >= SWEEP_EVERY:
            engine.sweep_builds(connection)
            sweep_sessions(connection)
            sweep_invitations(connection)
            sweep_links(connection)
            _with_vault(settings, lambda vault: erasing.erase_again(connection, vault, folder=settings.heads))
            swept = now
        if leading and now - erased >= ERASE_EVERY:
            _erase(settings, connection)
            erased = now
        if leading and now - planned >= PLAN_EVERY:
            _plan(settings, planning.step, connection)
            planned, rung = now, float("-inf")
        if leading and now - rung >= RING_EVERY:
            _ring(settings, sweeper, connection)
            rung = now
        if leading:  # an area at a time, so that nothing else waits for the whole network
            requirements.step(connection)
            retained.step(connection, today=today())
            _plan(settings, planning.late, connection)
        if leading and asked != today() and _ask_for_checks(settings, connection):
            asked = today()
        connection.execute("select 1")  # notice a lost connection, and with it a lost lease
        time.sleep(0.5)


def _seal(sealer: Sealer, connection: Connection) -> None:
    try:
        moved = sealer.seal(connection)
    except SealBroken as error:
        log.error("%s Run `hub verify`.", error)  # noqa: TRY400 - the sentence says it all
    else:
        if moved:
            log.info("signed the heads of %s ledgers", moved)


class _Look(Protocol):
    def __call__(self, connection: Connection, *, now: datetime) -> Planned: ...


def _plan(settings: Settings, look: _Look, connection: Connection) -> None:
    """Plan what is due, or was missed. Where the projection is not there yet, it is tried another time.

    A demonstration wakes nobody: looked at on a Sunday it shows what went out by Friday evening.
    """
    now = server_clock(connection)()
    if is_demonstration(settings, connection):
        now = last_open(now, None)
    try:
        found = look(connection, now=now)
    except engine.NotBuilt:
        return
    if found.nudges or found.held_out:
        log.info("planned %s reminders", f"{found.nudges + found.held_out:,}")


def _ring(settings: Settings, sweeper: Sweeper, connection: Connection) -> None:
    """Put right what crashes left behind, and wake workers where something is due."""
    areas = sweeper.sweep(settings, connection, now=server_clock(connection)())
    try:
        if areas:
            queue.ring_for_nudges(settings, areas)
    except redis.RedisError as error:
        log.warning("the queue is away (%s); asking again", type(error).__name__)


def _erase(settings: Settings, connection: Connection) -> None:
    for order in erasing.approved(connection):
        _with_vault(
            settings,
            lambda vault, order=order: erasing.carry_out(
                connection, vault, order, folder=settings.heads, backup_days=settings.backup_days
            ),
        )


def _with_vault(settings: Settings, act: Callable[[Connection], object]) -> None:
    """Do something with the vault. Where that does not work it is tried another time: everything else goes on."""
    try:
        vault = connect(settings.vault_url)
    except psycopg.OperationalError as error:
        log.warning("the vault does not answer (%s); trying again", type(error).__name__)
        return
    with vault:
        try:
            act(vault)
        except TrellisError as error:
            log.error("%s", error)  # noqa: TRY400 - the sentence says it all


def _ask_for_checks(settings: Settings, connection: Connection) -> bool:
    """Put the daily check of each area's ledger into the queue; False if the queue is away."""
    try:
        queue.ask_for_checks(settings, list(ledger.heads(connection)), day=today())
    except redis.RedisError as error:
        log.warning("the queue is away (%s); asking again", type(error).__name__)
        return False
    return True
