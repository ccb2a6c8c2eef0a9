"""Take what the ledgers have new into the projections: at the doorbell, and by a look each second."""

import logging
import time
from collections.abc import Callable

import msgspec
import psycopg
import redis
from redis.client import PubSub

from events.base import now
from events.database import Connection, connect
from events.ledger import DOORBELL
from events.projections import ALL, engine
from events.projections.parked import retry, to_retry
from events.settings import Settings

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks at everything, doorbell or not."""


def run(settings: Settings, *, stopping: Callable[[], bool]) -> None:
    """Project until told to stop. A lost database or Redis is waited for, not died of."""
    bell = Doorbell(settings.redis_url)
    pause = 0.5
    while not stopping():
        try:
            with connect(settings.database_url) as connection:
                engine.ensure_builds(connection, ALL)
                pause = 0.5
                _listen(connection, bell, stopping)
        except psycopg.OperationalError as error:
            log.warning("the database went away (%s); trying again in %.1f s", type(error).__name__, pause)
            time.sleep(pause)
            pause = min(pause * 2, 10.0)


def _listen(connection: Connection, bell: "Doorbell", stopping: Callable[[], bool]) -> None:
    folds = engine.Folds()
    retrying = Retrying()
    looked = float("-inf")
    while not stopping():
        rung = bell.wait(timeout=max(0.0, looked + LOOK_EVERY - time.monotonic()))
        if time.monotonic() - looked < LOOK_EVERY:
            if rung:
                engine.catch_up_all(connection, ALL, folds=folds, areas=rung)
            continue
        looked = time.monotonic()
        filling = Filling(bell, until=looked + LOOK_EVERY, stopping=stopping)
        taken = engine.catch_up_all(connection, ALL, folds=folds, enough=filling.enough)
        engine.promote(connection, ALL)
        if taken > 1:
            log.info("took in %s events", f"{taken:,}")
        if retrying.step(connection) or filling.interrupted:
            looked = float("-inf")  # there is more to do


class Filling:
    """When to leave off filling a build that nobody reads, because those that are read have something new."""

    def __init__(self, bell: "Doorbell", *, until: float, stopping: Callable[[], bool]) -> None:
        self._bell, self._until, self._stopping = bell, until, stopping
        self._begun = self.interrupted = False

    def enough(self) -> bool:
        # an area at least: however often it rings, a build is filled at last
        over = time.monotonic() > self._until or self._bell.rings() or self._stopping()
        self.interrupted = self._begun and over
        self._begun = True
        return self.interrupted


class Retrying:
    """What was left out before this process began is tried again: a mended hub is one that was started again."""

    def __init__(self) -> None:
        self._began = now()
        self._over = False
        self._unreadable: set[str] = set()

    def step(self, connection: Connection) -> bool:
        """Try one area, so that nothing else waits for all of them; whether that was done."""
        if self._over:
            return False
        left = to_retry(connection, ALL, tried_before=self._began)
        each = next((each for each in left if each.area not in self._unreadable), None)
        if each is None:
            self._over = True
            return False
        try:
            still = retry(connection, each.projection, each.build, each.area)
        except (engine.NotDense, msgspec.DecodeError):  # said at each look already
            self._unreadable.add(each.area)
            return True
        if still is not None:
            log.info("tried again what %s left out of %s: %s streams still are", each.build.schema, each.area, still)
        return still is not None


class Doorbell:
    """Which areas have something new. Without Redis it stays silent and the regular look does the work."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, socket_connect_timeout=1.0)
        self._subscription: PubSub | None = None
        self._rung: set[str] = set()

    def wait(self, *, timeout: float) -> set[str]:
        """The areas that rang, as soon as one has; none if none did within `timeout` seconds."""
        self._listen(timeout)
        rung, self._rung = self._rung, set()
        return rung

    def rings(self) -> bool:
        """Whether an area rang that nobody was told of."""
        self._listen(0.0)
        return bool(self._rung)

    def _listen(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        try:
            if self._subscription is None:
                subscription = self._redis.pubsub(ignore_subscribe_messages=True)
                subscription.subscribe(DOORBELL)
                self._subscription = subscription
            while True:
                left = 0.0 if self._rung else max(0.0, deadline - time.monotonic())
                message = self._subscription.get_message(timeout=left)
                if message is not None:
                    self._rung.update(bytes(message["data"]).decode(errors="replace").split())
                elif self._rung or time.monotonic() >= deadline:
                    return
        except redis.RedisError as error:
            if self._subscription is not None:
                log.warning("the doorbell is gone (%s); looking once a second", type(error).__name__)
            self._subscription = None
            time.sleep(max(0.0, deadline - time.monotonic()))
