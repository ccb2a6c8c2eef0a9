"""The queue: jobs name an area or an id and nothing else, and only functions listed here ever run from it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import redis
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from events.settings import Settings
from workers.check import check_area

log = logging.getLogger(__name__)

CHECKS = "checks"

ALLOWED: Mapping[str, Callable[..., object]] = {"check_area": check_area}
"""Every function that may run from the queue, by the name a job gives. Whoever can write to Redis can name any
function of any module, so a name is looked up here and never imported."""


class NotAllowed(Exception):
    """A job names a function that is not on the list."""


class ListedJob(Job):
    """A job that runs what `ALLOWED` lists and calls nothing back."""

    @property
    def func(self) -> Callable[..., object]:
        function = ALLOWED.get(self.func_name or "")
        if function is None or self.instance is not None:
            log.error("refused a job from the queue: it names a function that is not listed")
            raise NotAllowed("This job names a function that is not on the list of those that may run.")
        return function

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None


def worker(settings: Settings) -> SimpleWorker:
    """A worker of the one queue. One queue each keeps RQ on its crash-safe way of taking jobs."""
    connection = redis.Redis.from_url(settings.redis_url)
    return SimpleWorker(
        [_queue(connection)],
        connection=connection,
        job_class=ListedJob,
        serializer=JSONSerializer,
        maintenance_interval=30,
        job_monitoring_interval=5,
        log_job_description=False,
    )


def ask_for_checks(settings: Settings, areas: Sequence[str], *, day: date) -> None:
    """Ask once a day for a check of each area's ledger."""
    with redis.Redis.from_url(settings.redis_url, socket_connect_timeout=1.0) as connection:
        queue = _queue(connection)
        for area in areas:
            queue.enqueue_call(
                "check_area", args=(area,), job_id=f"check-{area}-{day}", result_ttl=0, failure_ttl=86_400, timeout=3600
            )


def _queue(connection: redis.Redis) -> Queue:
    return Queue(CHECKS, connection=connection, job_class=ListedJob, serializer=JSONSerializer)
