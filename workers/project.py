"""Take what the ledgers have new into the projections: at the doorbell, and by a look each second."""

import logging
import time
from collections.abc import Callable

import psycopg
import redis
from redis.client import PubSub

from events.database import Connection, connect
from events.ledger import DOORBELL
from events.projections import ALL, engine
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
    looked = float("-inf")
    while not stopping():
        rung = bell.wait(timeout=max(0.0, looked + LOOK_EVERY - time.monotonic()))
        if time.monotonic() - looked >= LOOK_EVERY:
            taken = engine.catch_up_all(connection, ALL, folds=folds)
            engine.promote(connection, ALL)
            looked = time.monotonic()
            if taken > 1:
                log.info("took in %s events", f"{taken:,}")
        elif rung:
            _catch_up(connection, rung, folds)


def _catch_up(connection: Connection, areas: set[str], folds: engine.Folds) -> None:
    for build in engine.builds(connection):
        for projection in ALL:
            if (projection.name, projection.version) == (build.projection, build.version):
                engine.catch_up_all(connection, [projection], folds=folds, only=build, areas=sorted(areas))


class Doorbell:
    """Which areas have something new. Without Redis it stays silent and the regular look does the work."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, socket_connect_timeout=1.0)
        self._subscription: PubSub | None = None

    def wait(self, *, timeout: float) -> set[str]:
        """The areas that rang within `timeout` seconds, as soon as one has; all that rang by then."""
        areas: set[str] = set()
        deadline = time.monotonic() + timeout
        try:
            if self._subscription is None:
                subscription = self._redis.pubsub(ignore_subscribe_messages=True)
                subscription.subscribe(DOORBELL)
                self._subscription = subscription
            while True:
                left = 0.0 if areas else max(0.0, deadline - time.monotonic())
                message = self._subscription.get_message(timeout=left)
                if message is not None:
                    areas.update(bytes(message["data"]).decode(errors="replace").split())
                elif areas or time.monotonic() >= deadline:
                    return areas
        except redis.RedisError as error:
            if self._subscription is not None:
                log.warning("the doorbell is gone (%s); looking once a second", type(error).__name__)
            self._subscription = None
            time.sleep(max(0.0, deadline - time.monotonic()))
            return areas
