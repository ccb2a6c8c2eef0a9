"""What stands now: rows that follow from each stream, corrections counted in."""

from datetime import date
from uuid import UUID, uuid4

import pytest
from network import CORNWALL, SOMERSET, Fact, Network, closed, corrected, joined, milestone, mutated, registered

from events.base import Event, named_id
from events.catalogue import EntryCorrected
from events.database import let_in
from events.enterprises import CircumstancesTold, MilestoneRecorded, StageReached
from events.learning import LessonShared, PracticeAdapted, PracticeSeen
from events.projections import engine, work
from events.projections.work import TABLES, WORK, name_of
from events.referrals import (
    NeedClosed,
    NeedRecorded,
    NeedResponded,
    NeedShared,
    ReferralAccepted,
    ReferralMade,
    ReferralWithdrawn,
    SupportEnded,
    SupportStarted,
)

DAY = date(2026, 5, 3)
BAKERY = named_id("test", "Bakery")


def told(event: Event, stream: UUID, on: date = DAY) -> Fact:
    return Fact(event=event, on=on, stream=stream)


def rows(network: Network, query: str, *parameters: object) -> list[tuple[object, ...]]:
    network.project()
    with engine.reading(network.connection, "work"):
        return network.connection.execute(query.encode(), parameters).fetchall()


def test_an_enterprise_is_as_it_was_last_told(network: Network) -> None:
    network.given(joined(SOMERSET), registered("Bakery", on=DAY), milestone("first customer", on=DAY))
    assert rows(network, "select name, standing, stage, milestone, milestones from enterprise") == [
        ("Bakery", "active", None, "first customer", 1)
    ]
    network.given(
        told(StageReached(stage="trading"), BAKERY), told(CircumstancesTold(circumstances=("drives people",)), BAKERY)
    )
    network.given(closed(of="Bakery", on=date(2026, 6, 1)))
    assert rows(network, "select standing, standing_since, stage, circumstances, told_on from enterprise") == [
        ("closed", date(2026, 6, 1), "trading", ["drives people"], date(2026, 6, 1))
    ]


def test_what_was_taken_back_is_not_there(network: Network) -> None:
    network.given(joined(SOMERSET), registered("Bakery", on=DAY))
    (position,) = network.given(milestone("first customer", on=DAY))
    network.project()
    network.given(corrected(position, of="Bakery", on=DAY))
    assert rows(network, "select milestone, milestones from enterprise") == [(None, 0)]
    network.given(corrected(1 + 1, of="Bakery", on=DAY))
    assert rows(network, "select count(*) from enterprise") == [(0,)]


def test_a_referral_is_followed_from_the_day_the_person_began_to_wait(network: Network) -> None:
    need, referral, since = uuid4(), uuid4(), date(2025, 5, 1)
    network.given(
        joined(SOMERSET),
        registered("Bakery", on=DAY),
        told(NeedRecorded(need=need, service="company", source="a conversation", waiting_since=since), need),
        told(NeedResponded(enterprise=BAKERY, answer="has a question"), need),
        told(NeedResponded(enterprise=BAKERY, answer="can help"), need),
        told(
            ReferralMade(
                referral=referral,
                enterprise=BAKERY,
                service="company",
                waiting_since=since,
                referrer="the council",
                need=need,
            ),
            referral,
        ),
        told(ReferralAccepted(), referral),
        told(SupportStarted(), referral, date(2026, 6, 1)),
    )
    assert rows(network, "select answers, can_help, waiting_since from need") == [(1, 1, since)]
    assert rows(network, "select state, since, started_on - waiting_since from referral") == [
        ("support started", date(2026, 6, 1), 396)
    ]
    network.given(told(SupportEnded(outcome="ended early", reason="moved away"), referral, date(2026, 7, 1)))
    assert rows(network, "select state, outcome, reason, ended_on from referral") == [
        ("ended early", "ended early", "moved away", date(2026, 7, 1))
    ]


def test_a_need_that_was_closed_says_since_when_and_why(network: Network) -> None:
    need, since = uuid4(), date(2025, 5, 1)
    network.given(
        joined(SOMERSET),
        told(NeedRecorded(need=need, service="company", source="a conversation", waiting_since=since), need),
    )
    assert rows(network, "select closed_on, closed_reason from need") == [(None, None)]
    network.given(told(NeedClosed(reason="moved away"), need, date(2026, 6, 1)))
    assert rows(network, "select closed_on, closed_reason from need") == [(date(2026, 6, 1), "moved away")]


def test_a_need_says_how_it_stands_by_its_referrals_and_they_since_when_it_waits(network: Network) -> None:
    first, second, referral = uuid4(), uuid4(), uuid4()
    since, earlier = date(2025, 5, 1), date(2025, 1, 7)

    def asked_for(need: UUID) -> ReferralMade:
        return ReferralMade(
            referral=referral,
            enterprise=BAKERY,
            service="company",
            waiting_since=DAY,
            referrer="the council",
            need=need,
        )

    def recorded(need: UUID, waiting_since: date) -> NeedRecorded:
        return NeedRecorded(need=need, service="company", source="a conversation", waiting_since=waiting_since)

    def instead(position: int, entry: ReferralMade | NeedRecorded | None, stream: UUID) -> Fact:
        return told(EntryCorrected(corrects=position, reason="mistyped", replacement=entry), stream)

    def stands() -> list[tuple[object, ...]]:
        found = rows(network, "select state, standing, started_on from need order by waiting_since desc")
        (live,) = [each for each in engine.builds(network.connection) if each.projection == "work"]
        other = engine.start_build(network.connection, WORK)
        network.project()
        assert engine.differing(network.connection, WORK, live, other) == []
        engine.give_up(network.connection, other)
        return found

    network.given(joined(SOMERSET), registered("Bakery", on=DAY), told(recorded(first, since), first))
    (other_need,) = network.given(told(recorded(second, date(2025, 4, 1)), second))
    assert stands() == [("not shared", 0, None)] * 2
    (made,) = network.given(told(asked_for(first), referral))
    assert stands() == [("referred", 1, None), ("not shared", 0, None)]
    assert rows(network, "select need_since from referral") == [(since,)]
    network.given(instead(made, asked_for(second), referral))
    assert stands() == [("not shared", 0, None), ("referred", 1, None)]
    network.given(instead(other_need, recorded(second, earlier), second))
    assert rows(network, "select need_since from referral") == [(earlier,)]
    network.given(told(ReferralAccepted(), referral))
    (started,) = network.given(told(SupportStarted(), referral, date(2026, 6, 1)))
    assert stands() == [("not shared", 0, None), ("met", 1, date(2026, 6, 1))]
    network.given(told(NeedShared(enterprises=(BAKERY,)), second))
    assert stands() == [("not shared", 0, None), ("met", 1, date(2026, 6, 1))]
    network.given(instead(started, None, referral), told(ReferralWithdrawn(reason="no longer needed"), referral))
    assert stands() == [("not shared", 0, None), ("shared", 0, None)]
    network.given(instead(other_need, None, second))
    assert stands() == [("not shared", 0, None)]
    assert rows(network, "select need_since from referral") == [(None,)]


def test_lessons_are_for_all_areas_and_the_rest_for_ones_own(network: Network) -> None:
    lesson = uuid4()
    network.given(
        joined(SOMERSET),
        registered("Bakery", on=DAY),
        told(LessonShared(lesson=lesson, title="Ask the baker", tried="x", context="y", result="z"), lesson),
        joined(CORNWALL),
    )
    practice = named_id("practice", CORNWALL, str(lesson))
    network.given(
        told(PracticeSeen(lesson=lesson, from_area=SOMERSET), practice),
        told(PracticeAdapted(lesson=lesson, from_area=SOMERSET, change="by telephone"), practice, date(2026, 6, 1)),
    )
    network.project()
    with engine.reading(network.connection, "work"):
        network.connection.execute("set local role trellis_app")
        let_in(network.connection, [CORNWALL])
        assert network.connection.execute("select count(*) from enterprise").fetchone() == (0,)
        assert network.connection.execute("select area, title from lesson").fetchall() == [(SOMERSET, "Ask the baker")]
        assert network.connection.execute("select state, adopted_on, change from practice").fetchall() == [
            ("adapted", date(2026, 6, 1), "by telephone")
        ]
        let_in(network.connection, [SOMERSET])
        assert network.connection.execute("select count(*) from enterprise").fetchone() == (1,)


def test_every_table_but_those_about_learning_keeps_areas_apart(network: Network) -> None:
    forced = {
        str(name)
        for (name,) in network.connection.execute(
            "select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = 'work_1' and c.relkind = 'r' and relrowsecurity and relforcerowsecurity"
        )
    }
    open_to_all = {"area", "lesson", "practice", "barrier"}
    open_to_all |= {f"{name}_then" for name in open_to_all} | {"load_target"}
    assert forced == {name_of(table) for table in TABLES} - open_to_all


def test_a_rebuild_comes_to_the_same_rows(network: Network) -> None:
    network.given(joined(SOMERSET), registered("Bakery", on=DAY), milestone("first customer", on=DAY))
    network.project()
    (position,) = network.given(milestone("insured", on=DAY))
    network.project()
    network.given(corrected(position, of="Bakery", on=DAY, replacement=MilestoneRecorded(kind="checked")))
    network.project()
    (live,) = [each for each in engine.builds(network.connection) if each.projection == "work"]
    other = engine.start_build(network.connection, WORK)
    network.project()
    assert engine.differing(network.connection, WORK, live, other) == []
    network.connection.execute("update work_1.enterprise set milestone = 'x'")
    assert engine.differing(network.connection, WORK, live, other) == [SOMERSET]


def test_a_stream_that_cannot_be_read_is_left_out_and_the_others_go_on(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise KeyError("a bug")

    network.given(joined(SOMERSET), registered("Bakery", on=DAY))
    (areas, _, tables), *others = work.STREAMS
    monkeypatch.setattr(work, "STREAMS", ((areas, broken, tables), *others))
    assert rows(network, "select name from enterprise") == [("Bakery",)]
    assert rows(network, "select count(*) from area") == [(0,)]
    assert network.connection.execute("select projection, position, why from parked").fetchall() == [
        ("work", 1, "KeyError")
    ]


def test_rows_of_before_would_stay_if_they_were_not_taken_out(network: Network) -> None:
    """The mutant: rows are added, and those of before stay."""
    without = mutated(work, '"delete from {} where', '"select from {} where')
    network.given(joined(SOMERSET), registered("Bakery", on=DAY))
    (build,) = [each for each in engine.builds(network.connection) if each.projection == "work"]
    engine.catch_up_all(network.connection, [without.WORK], folds=engine.Folds())
    network.given(milestone("first customer", on=DAY))
    with pytest.raises(Exception, match="duplicate key"):
        engine.catch_up(network.connection, without.WORK, build, SOMERSET, folds=engine.Folds())
