"""Whether the process of a container does its work: `python healthy.py serve|project|tick|work`. Exits with 0 or 1."""

import socket
import sys
import urllib.request
from collections.abc import Callable

import redis
from rq import Worker

from events.database import connect
from events.projections import engine
from events.settings import Settings, read_settings

LATE = 300.0
"""Seconds that figures may be behind their ledgers."""


def serve(settings: Settings) -> bool:
    """Its databases and the queue answer through it."""
    with urllib.request.urlopen(f"http://127.0.0.1:{settings.port}/readyz", timeout=4) as answer:
        return answer.status == 200


def project(settings: Settings) -> bool:
    with connect(settings.database_url) as connection:
        return all(each.seconds < LATE for each in engine.lag(connection) if each.build.live)


def tick(settings: Settings) -> bool:
    """It can reach the database in which it takes the lead."""
    with connect(settings.database_url) as connection:
        return connection.execute("select 1").fetchone() is not None


def work(settings: Settings) -> bool:
    """The queue knows a worker of this container; one that ends is forgotten there."""
    with redis.Redis.from_url(settings.redis_url, socket_timeout=4) as connection:
        return any(worker.hostname == socket.gethostname() for worker in Worker.all(connection))


CHECKS: dict[str, Callable[[Settings], bool]] = {"serve": serve, "project": project, "tick": tick, "work": work}

if __name__ == "__main__":
    sys.exit(not CHECKS[sys.argv[1]](read_settings()))
