"""What it costs to plan reminders for a large network: a day's pass over all of it, and one that finds nothing due."""

import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from uuid import uuid4

from psycopg.sql import SQL, Identifier

from events.base import LONDON
from events.bulk import append_all
from events.database import Connection, connect
from events.projections import ALL, engine
from events.projections.work import WORK
from tests.benchmarks.measure import Row, interleaved
from tests.benchmarks.network import area_codes, network
from tests.benchmarks.server import Server
from workers.plan import Planning, plan

AREAS = 50
MONDAY = date(2026, 6, 1)
PASS_SECONDS = 10
NOTHING_MS = 200

# Put straight into the rows that rules read: they would be the same if events had made them. What runs out is spread
# over a year, one in twenty has run out; a third of the enterprises have something else to be reminded of now and then.
_ENTERPRISES = """
insert into enterprise (area, enterprise, stream, name, standing, standing_since, registered_on, origin, legal_form,
    services, modes, circumstances, stage, stage_since, told_on, milestone, milestone_on, milestones, reported_on,
    courses, support_minutes, concerns)
select (%(codes)s::text[])[1 + n %% %(areas)s], id, id, 'Enterprise ' || n,
       case when n %% 20 = 0 then 'closed' else 'active' end,
       %(day)s::date - 900, %(day)s::date - 900, 'new', 'CIC', array['company on walks'], '{}', '{}',
       (array['exploring', 'developing', 'checking', 'trading', 'sustaining'])[1 + n %% 5],
       %(day)s::date - n %% 800, %(day)s::date - n %% 60, 'first customer', %(day)s::date - n %% 400, 3,
       %(day)s::date - n %% 300, 0, 0, 0
from (select n, md5('e' || n)::uuid as id from generate_series(0, %(enterprises)s - 1) n) made
"""

_REQUIREMENTS = """
insert into requirement (area, enterprise, stream, requirement, because, local, needed_since, valid_from, valid_to,
    notice_from, valid, held, waived, awaiting)
select area, enterprise, enterprise, 'requirement ' || k, 'All do.', k > 8, ends - 364, ends - 364, ends, ends - 60,
       datemultirange(daterange(ends - 364, ends - 60)), datemultirange(daterange(ends - 364, ends + 1)), '{}', '{}'
from (
    select area, enterprise, k, %(day)s::date - 18 + (hashtext(enterprise::text || k) & 1073741823) %% 383 as ends
    from enterprise, generate_series(1, 10) k
) made
"""

_NEEDS = """
insert into need (area, need, stream, service, source, people, waiting_since, recorded_on, shared_on, answers, can_help,
    person)
select (%(codes)s::text[])[1 + n %% %(areas)s], id, id, 'company', 'a conversation', 1, %(day)s::date - n %% 500,
       %(day)s::date - n %% 500, null, 0, 0, false
from (select n, md5('n' || n)::uuid as id from generate_series(0, %(enterprises)s / 10 - 1) n) made
"""

_REFERRALS = """
insert into referral (area, referral, stream, enterprise, service, referrer, waiting_since, made_on, state, since,
    actor, person, waits)
select (%(codes)s::text[])[1 + n %% %(areas)s], id, id, md5('e' || n)::uuid, 'company', 'the council',
       %(day)s::date - n %% 700, %(day)s::date - n %% 700,
       case when n %% 7 = 0 then 'made' else 'support started' end, %(day)s::date - n %% 700, 'simulate', false,
       n %% 7 = 0
from (select n, md5('r' || n)::uuid as id from generate_series(0, %(enterprises)s / 2 - 1) n) made
"""

_AREA = """
insert into area (area, stream, joined_on, focus)
select code, md5('a' || code)::uuid, %(day)s::date - 1000, '' from unnest(%(codes)s::text[]) code
"""

_BASELINE = """
select count(*) from requirement
where area = any (%(codes)s) and valid_to = any (array(select %(day)s::date - step from unnest(%(steps)s::int[]) step))
"""


def measure(server: Server, *, enterprises: int, rounds: int) -> list[Row]:
    """The first pass ever, the pass of the next day, and one after which nothing more is due."""
    others, codes = area_codes(2 * AREAS)[:AREAS], area_codes(2 * AREAS)[AREAS:]
    size = f"{enterprises:,} enterprises, {10 * enterprises:,} requirements"
    history, moments = network(min(10 * enterprises, 50_000), areas=AREAS)
    with connect(server.ledgers("planning", [*others, *codes])) as connection:
        append_all(connection, history, recorded=moments)  # no ledger is empty when its reminders are planned
        _fill(connection, codes, enterprises)
        _project(connection)
        first, planned_first = _pass(connection, MONDAY)
        taken_in = _project(connection)
        tuesday = MONDAY + timedelta(1)
        took, planned = _pass(connection, tuesday)
        _project(connection)
        plan(connection, now=at(tuesday, 10), areas=codes[:1], late=True)
        _project(connection)
        connection.execute("vacuum analyze")
        again = at(tuesday, 11)
        planning = Planning()
        planning.step(connection, now=again)
        some = codes[: max(1, AREAS // 10)]
        found = interleaved(
            rounds,
            {
                "nothing": lambda: _milliseconds(lambda: _nothing(connection, again)),
                "some": lambda: _milliseconds(lambda: _nothing(connection, again, some)),
                "late": lambda: _milliseconds(lambda: _nothing(connection, again, codes[:1], late=True)),
                "unchanged": lambda: _milliseconds(lambda: planning.step(connection, now=again)),
                "baseline": lambda: _milliseconds(lambda: _count(connection, codes, tuesday)),
            },
        )
    return [
        Row(
            name=f"A day's pass over {size}",
            unit="s",
            ours=took,
            target=PASS_SECONDS,
            at_most=True,
            note=f"{planned:,} reminders planned. The first ever: {planned_first:,} in {first:.1f} s, "
            f"and {taken_in:.1f} s until they were in the projection",
        ),
        Row(
            name="A full pass that finds nothing due",
            unit="ms",
            ours=median(found["nothing"]),
            spread=(min(found["nothing"]), max(found["nothing"])),
            target=NOTHING_MS,
            at_most=True,
            note="all areas looked through, as at the start and on a new day; to count what runs out on the days asked "
            f"about takes {median(found['baseline']):.1f} ms",
        ),
        Row(
            name="The minute's pass where something came in",
            unit="ms",
            ours=median(found["some"]),
            spread=(min(found["some"]), max(found["some"])),
            target=NOTHING_MS,
            at_most=True,
            note=f"{len(some)} of {AREAS} areas have something new, and nothing is due",
        ),
        Row(
            name="Looking through one area for what was missed",
            unit="ms",
            ours=median(found["late"]),
            spread=(min(found["late"]), max(found["late"])),
            note=f"one of {AREAS} areas, where nothing was; each is looked through once a day",
        ),
        Row(
            name="The minute's pass where nothing came in",
            unit="ms",
            ours=median(found["unchanged"]),
            spread=(min(found["unchanged"]), max(found["unchanged"])),
            target=NOTHING_MS,
            at_most=True,
            note="no area is looked at",
        ),
    ]


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=LONDON)


def _fill(connection: Connection, codes: list[str], enterprises: int) -> None:
    known = {"codes": codes, "areas": len(codes), "day": MONDAY, "enterprises": enterprises}
    engine.ensure_builds(connection, ALL)
    with connection.transaction():
        connection.execute(SQL("set local search_path to {}, public").format(Identifier("work_1")))
        for query in (_AREA, _ENTERPRISES, _REQUIREMENTS, _NEEDS, _REFERRALS):
            connection.execute(query, known)
    roles = [(code, role) for code in codes for role in ("catalyst", "lead", "commissioner")]
    for area, role in [*roles, ("*", "national")]:
        account = uuid4()
        connection.execute(
            "insert into account (id, name, email) values (%s, %s, %s)", [account, "Somebody", f"{account}@example.org"]
        )
        connection.execute(
            "insert into held_role (account, role, area, starts, given_by) values (%s, %s, %s, %s, 'benchmark')",
            [account, role, area, MONDAY],
        )
    connection.execute("vacuum analyze")


def _pass(connection: Connection, day: date) -> tuple[float, int]:
    """Seconds and reminders of a pass over all areas."""
    started = time.perf_counter()
    found = plan(connection, now=at(day, 10))
    return time.perf_counter() - started, found.nudges + found.held_out


def _project(connection: Connection) -> float:
    started = time.perf_counter()
    engine.catch_up_all(connection, [WORK], folds=engine.Folds())
    return time.perf_counter() - started


def _nothing(connection: Connection, now: datetime, areas: Sequence[str] | None = None, *, late: bool = False) -> None:
    found = plan(connection, now=now, areas=areas, late=late)
    if found.nudges or found.held_out:
        raise AssertionError(f"{found.nudges + found.held_out} reminders were still due")


def _count(connection: Connection, codes: list[str], day: date) -> None:
    with engine.reading(connection, "work"):
        connection.execute(_BASELINE, {"codes": codes, "day": day, "steps": [-90, -60, -30, -7, 0, 14]})


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)
