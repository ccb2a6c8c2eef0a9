"""Whether the hub is up, whether it can serve, and its numbers for a monitor."""

import logging
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import psycopg
import redis
from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from psycopg_pool import PoolTimeout

from events.base import now
from events.messages import Counts, counts
from events.projections import engine
from hub.access.guard import PUBLIC
from hub.db import Hub

log = logging.getLogger(__name__)

QUEUES: Final = ("checks", "nudges")


@get("/healthz", access=PUBLIC, limit=None, media_type=MediaType.TEXT, sync_to_thread=False, tags=["Health"])
def healthy() -> str:
    """The process answers."""
    return "ok"


@get(
    "/readyz",
    access=PUBLIC,
    limit=None,
    media_type=MediaType.TEXT,
    sync_to_thread=True,
    tags=["Health"],
    responses={503: ResponseSpec(str, description="Names what does not answer.", media_type=MediaType.TEXT)},
)
def ready(hub: NamedDependency[Hub]) -> Response[str]:
    """The databases and the queue answer too; 503 names what does not."""
    answers = {"database": database_answers(hub), "redis": queue_answers(hub)}
    away = [name for name, there in answers.items() if not there]
    return Response(f"away: {', '.join(away)}" if away else "ready", status_code=503 if away else 200)


def database_answers(hub: Hub) -> bool:
    """Whether the ledger's database does, within two seconds."""
    try:
        with hub.pool.connection(timeout=2.0) as connection:
            connection.execute("select 1")
    except (psycopg.OperationalError, PoolTimeout):
        return False
    return True


def queue_answers(hub: Hub) -> bool:
    try:
        hub.redis.ping()
    except redis.RedisError:
        return False
    return True


@get("/metrics", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def metrics(hub: NamedDependency[Hub]) -> Response[bytes]:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(hub))
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")


class _Figures:
    """Read from the database at each scrape, so that any number of hubs tell the same."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterable[Metric]:
        with self._hub.watching() as connection:
            found = engine.lag(connection)
            messages = counts(connection, now=now())
        yield from _of_messages(messages)
        yield _queued(self._hub)
        events = GaugeMetricFamily("trellis_lag_events", "Events not yet in the figures.", labels=["build"])
        seconds = GaugeMetricFamily("trellis_lag_seconds", "Age of the oldest of them.", labels=["build"])
        parked = GaugeMetricFamily("trellis_parked_streams", "Streams left out of the figures.", labels=["build"])
        for schema in sorted({each.build.schema for each in found}):
            mine = [each for each in found if each.build.schema == schema]
            events.add_metric([schema], sum(each.events for each in mine))
            seconds.add_metric([schema], max(each.seconds for each in mine))
            parked.add_metric([schema], sum(each.parked for each in mine))
        yield from (events, seconds, parked)


def _of_messages(found: Counts) -> Iterable[Metric]:
    """How reminders go out. Nothing in it says to whom."""
    gauges = {
        "due": ("Messages that are to go out now.", found.due),
        "sending": ("Messages that somebody is sending.", found.under_way),
        "stuck": ("Messages that were tried several times, to no end.", found.stuck),
        "doubtful": ("Messages of which nobody knows whether they went out.", found.doubtful),
        "oldest_due_seconds": ("Age of the oldest that is due.", found.oldest_due_seconds),
    }
    for name, (words, number) in gauges.items():
        gauge = GaugeMetricFamily(f"trellis_messages_{name}", words)
        gauge.add_metric([], number)
        yield gauge
    ended = CounterMetricFamily("trellis_messages", "Messages by how they ended.", labels=["outcome"])
    for outcome, number in (("sent", found.sent), ("failed", found.failed), ("suppressed", found.suppressed)):
        ended.add_metric([outcome], number)
    yield ended


def _queued(hub: Hub) -> Metric:
    """How many jobs wait; none is told while Redis is away."""
    depth = GaugeMetricFamily("trellis_queue_jobs", "Jobs that wait in a queue.", labels=["queue"])
    with suppress(redis.RedisError):
        for name in QUEUES:
            depth.add_metric([name], int(str(hub.redis.llen(f"rq:queue:{name}"))))
    return depth
