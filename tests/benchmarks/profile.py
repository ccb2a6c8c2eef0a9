"""Where the time goes: the top of a profile of appending, of bulk import or of projecting."""

import cProfile
import pstats
import sys
import threading
from collections.abc import Callable

from events.bulk import append_all
from events.database import connect
from events.projections import ALL, engine
from events.projections.national import NATIONAL
from tests.benchmarks.append import MANY, WRITERS, appending, writing
from tests.benchmarks.history import AREAS, bulk_rate
from tests.benchmarks.network import area_codes, network
from tests.benchmarks.server import Server

EVENTS = 100_000
TOP = 25


def append(server: Server) -> None:
    """A lane and its writers. A thread that waits for another counts as busy in `acquire` or `wait`."""
    url = server.ledgers("profiled", MANY)
    profiles: list[cProfile.Profile] = []

    def profiled(work: Callable[[], None]) -> None:
        profile = cProfile.Profile()
        profiles.append(profile)
        profile.runcall(work)

    run = threading.Thread.run
    threading.Thread.run = lambda self: profiled(lambda: run(self))
    try:
        with appending(server, url) as group:
            threads = [threading.Thread(target=_repeat, args=(writing(group, MANY, n), 500)) for n in range(WRITERS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        threading.Thread.run = run
    lane, *writers = profiles
    _tell("the lane that commits", lane)
    _tell(f"the {WRITERS} writers", *writers)


def _repeat(step: Callable[[], None], times: int) -> None:
    for _ in range(times):
        step()


def bulk(server: Server) -> None:
    commands, _ = network(EVENTS, areas=AREAS)
    url = server.ledgers("profiled", area_codes(AREAS))
    profile = cProfile.Profile()
    profile.runcall(bulk_rate, url, commands)
    _tell(f"bulk import of {EVENTS:,} commands", profile)


def project(server: Server) -> None:
    commands, moments = network(EVENTS, areas=AREAS)
    url = server.ledgers("profiled", area_codes(AREAS))
    profile = cProfile.Profile()
    with connect(url) as connection:
        append_all(connection, commands, recorded=moments)
        del commands, moments
        build = engine.start_build(connection, NATIONAL)
        profile.runcall(engine.catch_up_all, connection, ALL, folds=engine.Folds(), only=build)
    _tell(f"national rebuild of {EVENTS:,} events", profile)


PROFILES: dict[str, Callable[[Server], None]] = {"append": append, "bulk": bulk, "project": project}


def _tell(what: str, *profiles: cProfile.Profile) -> None:
    sys.stdout.write(f"\n== {what}\n")
    told = pstats.Stats(*profiles, stream=sys.stdout)
    told.strip_dirs().sort_stats("tottime").print_stats(TOP)
