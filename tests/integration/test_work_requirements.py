"""How a requirement stands on a day, as SQL has it from the work projection: as `events.requirements` says."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID

import msgspec
import pytest
from deciding import AREA, DAY, REGISTERED, history
from hypothesis import example, given, settings
from hypothesis import strategies as st
from network import Network, mutated

from events.base import Event
from events.database import Connection
from events.enterprises import CircumstancesTold
from events.ledger import Recorded
from events.projections import work
from events.projections.work import requirements
from events.renewal_catalogue import read_catalogue
from events.renewals import EvidenceRejected, EvidenceSubmitted, EvidenceVerified, RequirementRenewed, RequirementWaived
from events.requirements import Requirement, standing, state, with_requirements

OWN = read_catalogue(None)
INSURANCE = "public liability insurance"
DAYS = 800
ONE = UUID(int=1)


def after(days: int) -> date:
    return DAY + timedelta(days)


def renewed(starts: int, ends: int | None) -> RequirementRenewed:
    return RequirementRenewed(
        requirement=INSURANCE, valid_from=after(starts), valid_to=None if ends is None else after(ends)
    )


def waived(until: int | None) -> RequirementWaived:
    return RequirementWaived(
        requirement=INSURANCE, reason="the council agreed", until=None if until is None else after(until)
    )


def evidence(number: int, starts: int, ends: int | None) -> EvidenceSubmitted:
    return EvidenceSubmitted(
        evidence=UUID(int=number),
        requirement=INSURANCE,
        kind="a letter",
        valid_from=after(starts),
        valid_to=None if ends is None else after(ends),
    )


WHEN = st.integers(-200, 600)
LONG = st.one_of(st.none(), st.integers(0, 400))


def ending(starts: int, days: int | None) -> int | None:
    return None if days is None else starts + days


TOLD = st.one_of(
    st.builds(lambda starts, days: renewed(starts, ending(starts, days)), WHEN, LONG),
    st.builds(waived, st.one_of(st.none(), WHEN)),
    st.builds(lambda n, starts, days: evidence(n, starts, ending(starts, days)), st.integers(1, 3), WHEN, LONG),
    st.builds(lambda n: EvidenceVerified(evidence=UUID(int=n)), st.integers(1, 3)),
    st.builds(lambda n: EvidenceRejected(evidence=UUID(int=n), reason="unreadable"), st.integers(1, 3)),
    st.sampled_from([CircumstancesTold(circumstances=("handles food",)), CircumstancesTold(circumstances=())]),
)
LIFE = st.lists(st.tuples(TOLD, st.integers(0, 300)), max_size=8)


def entries_of(life: list[tuple[Event, int]], known: int) -> list[Recorded]:
    """As the hub records them, the last on this day."""
    found: list[Event | tuple[Event, date]] = []
    for event, on in [(REGISTERED, 0), *life]:
        recorded = with_requirements(event, after(on), area=AREA, stream=ONE, history=history(*found), catalogue=OWN)
        found += [(happened.event, happened.on) for happened in recorded]
    at = datetime.combine(after(known), time(12), tzinfo=UTC)
    return [msgspec.structs.replace(entry, recorded_at=at) for entry in history(*found)]


_STANDS = """
select requirement, requirement_state(r, day), requirement_held_to(r, day), notice_from
from requirement r cross join unnest(%s::date[]) day
"""


def agree(connection: Connection, entries: list[Recorded], days: list[date], known: date) -> None:
    """Whether SQL says of each of these days what Python does, and whether what is due is found by its index."""
    rows = list(requirements.rows(entries))
    with connection.transaction(force_rollback=True):
        connection.execute("set local search_path = work_1")
        work._replace(connection, requirements.Requirement, AREA, [ONE], rows)  # pyright: ignore[reportPrivateUsage]
        by_word: dict[str, Requirement] = {each.word: each for each in standing(entries, OWN)}
        for day in days:
            for word, said, held_to, notice_from in connection.execute(_STANDS, [[day]]):
                one = by_word[str(word)]
                assert said == state(one, day), (word, day)
                begun = [span for span in one.held if span.starts <= day]
                assert held_to == (begun[-1].ends if begun else None), (word, day)
                if day >= known and said in ("expired", "in renewal window"):
                    assert isinstance(notice_from, date)
                    assert notice_from <= day


def test_it_is_as_the_entries_come_to_on_every_day(network: Network) -> None:
    @settings(max_examples=60)
    @given(life=LIFE, known=st.integers(0, 600), chance=st.integers(0, 10_000))
    @example(life=[(renewed(0, 30), 0), (renewed(60, 400), 5)], known=5, chance=1)
    @example(life=[(waived(None), 5), (waived(10), 8), (evidence(1, 3, 40), 20)], known=20, chance=1)
    def holds(life: list[tuple[Event, int]], known: int, chance: int) -> None:
        entries = entries_of(life, known)
        days = [after(n) for n in sorted(Random(chance).sample(range(-250, DAYS), 40))]
        edges = [
            day + timedelta(n)
            for one in standing(entries, OWN)
            for span in (*one.held, *one.waivers, *(each.span for each in one.awaiting))
            for day in (span.starts, span.ends)
            if day
            for n in (-1, 0, 1)
        ]
        agree(network.connection, entries, [*days, *edges[:60]], after(known))

    holds()


def test_a_renewal_recorded_ahead_leaves_what_is_in_force(network: Network) -> None:
    entries = entries_of([(renewed(0, 364), 0), (renewed(380, 700), 1)], 1)
    (insured,) = [
        each
        for each in requirements.rows(entries)
        if isinstance(each, requirements.Requirement) and each.requirement == INSURANCE
    ]
    # what ends first is what is to be seen to
    assert (insured.valid_to, insured.notice_from) == (after(364), after(304))
    agree(network.connection, entries, [after(n) for n in (0, 303, 304, 364, 365, 379, 380, 700, 701)], after(1))


def test_days_of_the_last_span_alone_would_show(network: Network) -> None:
    """The mutant knows the last span only, as the projection once did."""
    mutant = mutated(requirements, "held=_days(each.held),", "held=_days(each.held[-1:]),")
    entries = entries_of([(renewed(0, 364), 0), (renewed(380, 700), 1)], 1)
    rows = list(mutant.rows(entries))
    with network.connection.transaction(force_rollback=True):
        network.connection.execute("set local search_path = work_1")
        work._replace(  # pyright: ignore[reportPrivateUsage]
            network.connection, requirements.Requirement, AREA, [ONE], rows
        )
        found = network.connection.execute(
            "select requirement_state(r, %s) from requirement r where requirement = %s", [after(310), INSURANCE]
        ).fetchone()
    assert found == ("missing",)
    by_word = {each.word: each for each in standing(entries, OWN)}
    assert state(by_word[INSURANCE], after(310)) == "in renewal window"


@pytest.mark.parametrize("function", ["requirement_state", "requirement_held_to"])
def test_postgresql_works_it_out_in_place(network: Network, function: str) -> None:
    """A function that is called for each row would cost a page ten times as much."""
    with network.connection.transaction():
        network.connection.execute("set local search_path = work_1")
        query = f"explain (verbose) select {function}(r, date '2026-05-03') from requirement r"
        plan = str(network.connection.execute(query.encode()).fetchall())
    assert f"{function}(" not in plan
