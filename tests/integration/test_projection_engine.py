"""The projection engine's promises: once, by whoever comes first, without a failed read, around what is broken."""

import threading
import time
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest
from network import CORNWALL, DEVON, SOMERSET, Network, command, joined, milestone, mutated, noon, registered, reported
from network import corrected as correction

from events import bulk, ledger
from events.base import today
from events.database import connect
from events.ledger import Recorded
from events.projections import ALL, NATIONAL, engine
from events.projections.engine import NotBuilt
from events.projections.national.fold import NationalFold
from events.projections.picture import picture
from events.settings import Settings

LONG_AGO = today() - timedelta(days=300)


def builds(network: Network) -> list[engine.Build]:
    return [build for build in engine.builds(network.connection) if build.projection == "national"]


def live(network: Network) -> engine.Build:
    return next(build for build in builds(network) if build.live)


def lag(network: Network) -> list[engine.Lag]:
    return [each for each in engine.lag(network.connection) if each.build.projection == "national"]


def fingerprints(network: Network) -> dict[str, str]:
    return engine.fingerprints(network.connection, NATIONAL, live(network))


def test_a_milestone_counts_in_the_area_where_it_happened(network: Network) -> None:
    network.given(joined(SOMERSET), milestone("first customer"), joined(CORNWALL))
    assert network.national().area(SOMERSET).milestones == 1
    assert network.national().area(CORNWALL).milestones == 0


def test_a_correction_changes_the_past_but_not_what_was_known_before(network: Network) -> None:
    on = LONG_AGO
    network.given(
        joined(SOMERSET, on=on, recorded=noon(on)),
        registered("Bakery", on=on, recorded=noon(on)),
        reported(people=10, on=on, recorded=noon(on)),
    )
    assert network.national(on=on).people_supported == 10
    yesterday = today() - timedelta(days=1)
    bulk.append_all(
        network.connection,
        [
            command(
                SOMERSET,
                correction(3, replacement=reported(people=7, on=on).event).event,  # pyright: ignore[reportArgumentType]
                stream=network.events()[2].stream,
                expected=2,
                on=on,
            )
        ],
    )
    assert network.national(on=on).people_supported == 7
    assert network.national(on=on, known=yesterday).people_supported == 10


def test_a_late_report_changes_an_earlier_day_from_when_it_was_known(network: Network) -> None:
    on, learned = LONG_AGO, LONG_AGO + timedelta(days=40)
    network.given(
        joined(SOMERSET, on=on, recorded=noon(on)),
        registered("Bakery", on=on, recorded=noon(on)),
        reported(people=10, on=on, recorded=noon(learned)),
    )
    assert network.national(on=on, known=learned - timedelta(days=1)).people_supported is None
    assert network.national(on=on, known=learned).people_supported == 10


def test_who_waits_for_a_position_sees_what_it_wrote(network: Network, settings: Settings) -> None:
    (position,) = network.given(joined(SOMERSET))
    assert not engine.wait(network.connection, "national", SOMERSET, position, timeout=0.05)
    waited: list[bool] = []

    def wait() -> None:
        with connect(settings.database_url) as other:
            waited.append(engine.wait(other, "national", SOMERSET, position, timeout=5))

    waiting = threading.Thread(target=wait)
    waiting.start()
    network.project()
    waiting.join()
    assert waited == [True]


def test_lag_is_known_in_events_and_seconds(network: Network) -> None:
    then = noon(LONG_AGO)
    network.given(joined(SOMERSET, on=LONG_AGO, recorded=then), registered("Bakery", on=LONG_AGO, recorded=then))
    (behind,) = [each for each in lag(network) if each.area == SOMERSET]
    assert (behind.position, behind.events) == (0, 2)
    assert behind.seconds == pytest.approx(300 * 86_400, abs=2 * 86_400)
    network.project()
    (behind,) = [each for each in lag(network) if each.area == SOMERSET]
    assert (behind.position, behind.events, behind.seconds) == (2, 0, 0)


def test_an_event_that_cannot_be_taken_in_parks_its_stream_only(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.given(
        joined(SOMERSET),
        registered("Bakery"),
        reported(people=1),
        registered("Garden"),
        reported(people=20),
        reported(people=300, of="Bakery"),
        reported(people=21, of="Garden"),
    )
    take_in = NationalFold.apply

    def stumble(fold: NationalFold, event: Recorded) -> None:
        if event.position == 3:
            raise ValueError("poison")
        take_in(fold, event)

    with monkeypatch.context() as poisoned:
        poisoned.setattr(NationalFold, "apply", stumble)
        view = network.national()
    assert (view.enterprises, view.people_supported) == (2, 21)
    (behind,) = [each for each in lag(network) if each.area == SOMERSET]
    assert (behind.events, behind.parked) == (0, 1)
    reasons = network.connection.execute("select why from parked").fetchall()
    assert reasons == [("ValueError",)]


def test_after_the_fix_a_rebuild_takes_the_parked_stream_in_again(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    test_an_event_that_cannot_be_taken_in_parks_its_stream_only(network, monkeypatch)
    build = engine.start_build(network.connection, NATIONAL)
    engine.catch_up_all(network.connection, ALL, folds=engine.Folds(), only=build)
    engine.switch(network.connection, ALL, build)
    assert network.national().people_supported == 321


TAMPERINGS = {
    "a gap": "delete from event where area = %s and position = 3",
    "an event of no known type": 'update event set data = \'{"type":"x.y"}\' where area = %s and position = 3',
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_a_ledger_that_cannot_be_read_is_not_projected_over_and_keeps_no_other_area_back(
    network: Network, caplog: pytest.LogCaptureFixture, tampering: str
) -> None:
    network.given(joined(CORNWALL), registered("Bakery", area=CORNWALL), milestone("one"), milestone("two"))
    network.given(joined(SOMERSET))
    network.connection.execute(TAMPERINGS[tampering].encode(), [CORNWALL])
    network.project()
    behind = {each.area: each.events for each in lag(network)}
    assert behind[CORNWALL] > 0
    assert behind[SOMERSET] == 0
    assert f"cannot go on in {CORNWALL}" in caplog.text


def test_no_read_fails_while_another_build_takes_the_place(network: Network, settings: Settings) -> None:
    network.given(joined(SOMERSET), registered("Bakery"), *(milestone(f"{n}") for n in range(50)))
    network.project()
    over = threading.Event()
    read: list[object] = []

    def read_on() -> None:
        with connect(settings.database_url) as other:
            while not over.is_set():
                try:
                    with engine.reading(other, "national"):
                        read.append(picture(other, on=today(), known=today()).figures["milestones"].value)
                except Exception as error:
                    read.append(error)

    reader = threading.Thread(target=read_on)
    reader.start()
    for _ in range(4):
        build = engine.start_build(network.connection, NATIONAL)
        engine.catch_up_all(network.connection, ALL, folds=engine.Folds(), only=build)
        engine.switch(network.connection, ALL, build)
        engine.sweep_builds(network.connection)
    over.set()
    reader.join()
    assert len(read) > 4
    assert set(read) == {50}
    assert [build.build for build in builds(network)] == [5]


def test_a_switch_never_shows_less_than_was_seen_before(network: Network) -> None:
    network.given(joined(SOMERSET), registered("Bakery"), milestone("one"))
    network.project()
    behind = engine.start_build(network.connection, NATIONAL)  # has taken in nothing yet
    engine.switch(network.connection, ALL, behind)
    assert network.national().milestones == 1


def test_a_new_version_is_built_beside_the_live_one_and_read_once_it_has_caught_up(network: Network) -> None:
    network.given(joined(SOMERSET), registered("Bakery"), milestone("one"))
    network.project()
    upgraded = msgspec.structs.replace(NATIONAL, version=NATIONAL.version + 1)

    def live() -> set[int]:
        return {build.version for build in builds(network) if build.live}

    engine.ensure_builds(network.connection, [upgraded])
    engine.promote(network.connection, [upgraded])
    assert live() == {NATIONAL.version}, "it has taken in nothing yet"
    engine.catch_up_all(network.connection, [upgraded], folds=engine.Folds())
    engine.promote(network.connection, [upgraded])
    assert live() == {upgraded.version}
    assert network.national().milestones == 1


def test_an_older_hub_started_again_leaves_the_newer_version_in_place(network: Network) -> None:
    upgraded = msgspec.structs.replace(NATIONAL, version=NATIONAL.version + 1)
    engine.ensure_builds(network.connection, [upgraded])
    engine.promote(network.connection, [upgraded])
    before = builds(network)
    engine.ensure_builds(network.connection, ALL)
    engine.promote(network.connection, ALL)
    assert builds(network) == before
    assert [build.version for build in before if build.live] == [upgraded.version]


def test_of_two_rebuilds_at_once_the_later_switch_is_read_and_one_is_always_live(network: Network) -> None:
    one, other = (engine.start_build(network.connection, NATIONAL) for _ in range(2))
    engine.switch(network.connection, ALL, other)
    engine.switch(network.connection, ALL, one)
    assert [build.build for build in builds(network) if build.live] == [one.build]


def test_a_build_that_was_given_up_is_never_read(network: Network) -> None:
    beside = engine.start_build(network.connection, NATIONAL)
    engine.give_up(network.connection, beside)
    with pytest.raises(NotBuilt):
        engine.switch(network.connection, ALL, beside)


def test_a_rebuild_of_the_same_version_is_left_to_whoever_started_it(network: Network) -> None:
    network.given(joined(SOMERSET))
    network.project()
    beside = engine.start_build(network.connection, NATIONAL)
    network.project()
    engine.promote(network.connection, ALL)
    assert beside in builds(network)
    assert not beside.live


def test_a_retired_build_is_swept_away_only_after_a_while(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.switch(network.connection, ALL, engine.start_build(network.connection, NATIONAL))
    engine.sweep_builds(network.connection)
    assert schemas(network) == {"national_1", "national_2"}
    network.connection.execute("update build set retired_at = retired_at - interval '2 minutes' where build = 1")
    # the next test uses the first build again: look only at what would go
    with network.connection.transaction(force_rollback=True):
        engine.sweep_builds(network.connection)
        assert schemas(network) == {"national_2"}


def schemas(network: Network) -> set[str]:
    found = network.connection.execute("select nspname from pg_namespace where nspname like 'national%'")
    return {str(name) for (name,) in found}


def many(network: Network, *, areas: tuple[str, ...] = (SOMERSET, CORNWALL, DEVON), of: int = 300) -> None:
    ledger.open_ledger(network.connection, areas)
    for area in areas:
        stream = uuid4()
        facts = [reported(people=n, jobs=n % 7).event for n in range(of)]
        asked = [command(area, fact, stream=stream, expected=n) for n, fact in enumerate(facts)]
        bulk.append_all(network.connection, [command(area, joined(area).event), *asked])


def by_two_owners(network: Network, settings: Settings, monkeypatch: pytest.MonkeyPatch, with_: object) -> list[str]:
    """Two projectors at the same areas, as clumsily as can be; what went wrong."""
    assert hasattr(with_, "catch_up_all")
    monkeypatch.setattr(with_, "BATCH", 7)
    monkeypatch.setattr(with_, "ROUND", 20)
    many(network)
    wrong: list[str] = []

    def project() -> None:
        until = time.monotonic() + 15
        with connect(settings.database_url) as other:
            while time.monotonic() < until and engine.behind(other, live_build):
                try:
                    with_.catch_up_all(other, ALL, folds=with_.Folds())  # pyright: ignore[reportAttributeAccessIssue]
                except Exception as error:
                    wrong.append(type(error).__name__)

    live_build = live(network)
    owners = [threading.Thread(target=project) for _ in range(3)]
    for owner in owners:
        owner.start()
    for owner in owners:
        owner.join()
    beside = engine.start_build(network.connection, NATIONAL)
    engine.catch_up_all(network.connection, ALL, folds=engine.Folds(), only=beside)
    return [*wrong, *engine.differing(network.connection, NATIONAL, live_build, beside)]


def test_projectors_at_the_same_area_do_not_count_twice(
    network: Network, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert by_two_owners(network, settings, monkeypatch, engine) == []


def test_owners_that_are_not_kept_apart_would_be_noticed(
    network: Network, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = mutated(engine, "for update skip locked", "")
    assert by_two_owners(network, settings, monkeypatch, without)


def test_rows_and_checkpoint_come_together_or_not_at_all(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    many(network, areas=(SOMERSET,), of=20)
    assert cut_off_then_go_on(network, monkeypatch, engine) == []


def test_rows_committed_apart_from_their_checkpoint_would_be_noticed(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = (
        "        fold.write(connection)\n        connection.execute('commit')\n        connection.execute('begin')\n"
    )
    early = mutated(engine, "        fold.write(connection)\n", apart)
    many(network, areas=(SOMERSET,), of=20)
    assert cut_off_then_go_on(network, monkeypatch, early)


def cut_off_then_go_on(network: Network, monkeypatch: pytest.MonkeyPatch, with_: object) -> list[str]:
    """Stop in the middle of writing, as kill -9 would; what differs once another has gone on."""

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    build = live(network)
    with connect(network.settings.database_url) as other, monkeypatch.context() as patch:
        patch.setattr(engine.Folds, "keep", cut)
        patch.setattr(with_.Folds, "keep", cut)  # pyright: ignore[reportAttributeAccessIssue]
        with pytest.raises(BaseException):  # noqa: B017, PT011
            with_.catch_up(other, NATIONAL, build, SOMERSET, folds=with_.Folds())  # pyright: ignore[reportAttributeAccessIssue]
    try:
        network.project()
    except Exception as error:
        return [type(error).__name__]
    beside = engine.start_build(network.connection, NATIONAL)
    engine.catch_up_all(network.connection, ALL, folds=engine.Folds(), only=beside)
    return engine.differing(network.connection, NATIONAL, build, beside)
