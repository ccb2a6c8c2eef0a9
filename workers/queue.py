"""The queue: jobs name an area or an id and nothing else, and only functions listed here ever run from it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from uuid import uuid4

import redis
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from events.logs import place_of
from events.projections import ALL as PROJECTIONS
from events.settings import Settings
from workers.check import check_area
from workers.prove import prove_projection
from workers.send import send_nudges

log = logging.getLogger(__name__)

CHECKS = "checks"
NUDGES = "nudges"
QUEUES = (CHECKS, NUDGES)
"""A worker serves one of them: the daily checks take long, and reminders are not to wait for them."""

ALLOWED: Mapping[str, Callable[..., object]] = {
    "check_area": check_area,
    "prove_projection": prove_projection,
    "send_nudges": send_nudges,
}
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


def worker(settings: Settings, queue: str = CHECKS) -> SimpleWorker:
    """A worker of one queue. One queue each keeps RQ on its crash-safe way of taking jobs."""
    connection = redis.Redis.from_url(settings.redis_url)
    return SimpleWorker(
        [_queue(connection, queue)],
        connection=connection,
        job_class=ListedJob,
        serializer=JSONSerializer,
        maintenance_interval=30,
        job_monitoring_interval=5,
        log_job_description=False,
        exception_handlers=[_tell],
    )


def _tell(job: Job, kind: type[BaseException], error: BaseException, trace: object) -> None:
    """Where a job failed: RQ writes a traceback, which no log takes, since its words may be anybody's."""
    log.error(
        "the job %s failed: %s", job.func_name if job.func_name in ALLOWED else "that is not listed", place_of(error)
    )


def ask_for_checks(settings: Settings, areas: Sequence[str], *, day: date) -> None:
    """Ask once a day for a check of each area's ledger, and of each projection against all of them."""
    asked = [("check", "check_area", area) for area in areas]
    asked += [("prove", "prove_projection", projection.name) for projection in PROJECTIONS]
    with redis.Redis.from_url(settings.redis_url, socket_connect_timeout=1.0) as connection:
        queue = _queue(connection, CHECKS)
        for name, function, what in asked:
            queue.enqueue_call(
                function, args=(what,), job_id=f"{name}-{what}-{day}", result_ttl=0, failure_ttl=86_400, timeout=3600
            )


def ring_for_nudges(settings: Settings, areas: Sequence[str]) -> int:
    """Wake a worker for each area that has something to send; returns for how many.

    An area whose job still waits is not rung for again, so there are never more of them than areas, and as many again
    that run. A bell that is lost is rung again by the next sweep.
    """
    with redis.Redis.from_url(settings.redis_url, socket_connect_timeout=1.0) as connection:
        queue = _queue(connection, NUDGES)
        waiting = {id.rpartition("-")[0] for id in queue.get_job_ids()}
        quiet = [area for area in areas if f"send-{area}" not in waiting]
        for area in quiet:
            queue.enqueue_call(
                "send_nudges",
                args=(area,),
                job_id=f"send-{area}-{uuid4().hex}",
                result_ttl=0,
                failure_ttl=3600,
                timeout=300,
            )
    return len(quiet)


def _queue(connection: redis.Redis, name: str) -> Queue:
    return Queue(name, connection=connection, job_class=ListedJob, serializer=JSONSerializer)
