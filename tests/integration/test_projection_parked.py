"""What a figure leaves out since an event could not be taken in, and how it comes back once that is mended."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from network import (
    CORNWALL,
    SOMERSET,
    Fact,
    Network,
    closed,
    environment,
    eventually,
    hub,
    joined,
    milestone,
    mutated,
    registered,
    reported,
)

from events.base import Event, today
from events.database import connect
from events.enterprises import StageReached
from events.ledger import Recorded
from events.projections import ALL, NATIONAL, engine, parked
from events.projections.engine import Build
from events.projections.national import cube, fold
from events.projections.national.derived import Follows, follows
from events.projections.national.fold import NationalFold
from events.referrals import NeedRecorded, ReferralMade, SupportStarted
from events.renewal_catalogue import Catalogue
from events.settings import Settings

apply = NationalFold.apply


def poison(monkeypatch: pytest.MonkeyPatch, *positions: int) -> None:
    """From now on these events of Somerset cannot be taken in."""

    def stumble(fold: NationalFold, event: Recorded) -> None:
        if event.position in positions and event.area == SOMERSET:
            raise ValueError("Mrs Canary of 3 Mill Lane")
        apply(fold, event)

    monkeypatch.setattr(NationalFold, "apply", stumble)


def given(network: Network) -> None:
    network.given(
        joined(SOMERSET),
        registered("Bakery"),
        reported(people=1),
        registered("Garden"),
        reported(people=20),
        reported(people=300, of="Bakery"),
        reported(people=21, of="Garden"),
    )
    network.given(joined(CORNWALL), registered("Boats"), reported(people=5))


def live(network: Network) -> Build:
    return next(each for each in engine.builds(network.connection) if each.projection == "national" and each.live)


def left_out(network: Network) -> list[tuple[str, int]]:
    return [(each.area, each.position) for each in parked.parked(network.connection)]


def retry(network: Network, with_: object = parked) -> int | None:
    assert hasattr(with_, "retry")
    return with_.retry(network.connection, NATIONAL, live(network), SOMERSET)


def equals_a_rebuild(network: Network) -> bool:
    naive = engine.start_build(network.connection, NATIONAL)
    engine.fill(network.connection, NATIONAL, naive)
    return not engine.differing(network.connection, NATIONAL, live(network), naive)


def test_a_stream_is_left_out_others_go_on_and_once_mended_it_is_taken_in_again(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(network)
    poison(monkeypatch, 3)
    view = network.national()
    assert (view.enterprises, view.people_supported) == (3, 26)
    assert left_out(network) == [(SOMERSET, 3)]
    monkeypatch.setattr(NationalFold, "apply", apply)
    assert retry(network) == 0
    assert left_out(network) == []
    assert network.national().people_supported == 326
    assert equals_a_rebuild(network)
    network.given(reported(people=301, of="Bakery"))
    network.given(reported(people=302, of="Bakery"))
    network.given(reported(people=22, of="Boats"))
    network.national()
    assert equals_a_rebuild(network)


def test_what_is_not_mended_stays_left_out_and_what_is_comes_back(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(network)
    poison(monkeypatch, 3, 5)
    assert network.national().people_supported == 5
    (since,) = {each.parked_at.date() for each in parked.parked(network.connection)}
    poison(monkeypatch, 3)
    assert retry(network) == 1
    assert left_out(network) == [(SOMERSET, 3)]
    assert network.national().people_supported == 26
    assert {each.parked_at.date() for each in parked.parked(network.connection)} == {since}
    assert equals_a_rebuild(network)


def test_a_stream_that_stumbles_earlier_than_before_is_left_out_from_there(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(network)
    poison(monkeypatch, 6)
    assert network.national().people_supported == 27
    poison(monkeypatch, 3, 6)
    assert retry(network) == 1
    assert left_out(network) == [(SOMERSET, 3)]
    assert network.national().people_supported == 26


def test_nobody_reads_an_area_half_taken_in(network: Network, settings: Settings) -> None:
    given(network)
    network.project()
    assert half_way(network, settings, parked) == 26 + 300


def test_an_area_emptied_before_the_rest_would_be_noticed(network: Network, settings: Settings) -> None:
    given(network)
    network.project()
    apart = "    connection.execute(_BACK_TO_THE_START, key)\n"
    early = mutated(parked, apart, f"{apart}    connection.execute('commit')\n    connection.execute('begin')\n")
    assert half_way(network, settings, early) != 26 + 300


def half_way(network: Network, settings: Settings, with_: object) -> int | float | None:
    """How many people are supported, as read while the first event is taken in again."""
    from events.base import today
    from events.projections.picture import picture

    found: list[int | float | None] = []

    def look(fold: NationalFold, event: Recorded) -> None:
        if not found:
            with connect(settings.database_url) as other, engine.reading(other, "national"):
                found.append(picture(other, on=today(), known=today()).figures["people_supported"].value)
        apply(fold, event)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NationalFold, "apply", look)
        retry(network, with_)
    return found[0]


def test_an_area_that_another_process_has_is_left_to_it(network: Network, settings: Settings) -> None:
    given(network)
    network.project()
    with connect(settings.database_url) as other, other.transaction():
        engine.own(other, live(network), SOMERSET)
        assert retry(network) is None
    assert retry(network) == 0


def pretend(network: Network) -> None:
    """As an earlier version left it: a stream parked that this one can take in."""
    network.given(joined(SOMERSET), registered("Bakery"), joined(CORNWALL))
    network.project()
    network.connection.execute(
        "insert into parked (area, projection, build, stream, position, why, parked_at, tried_at) values"
        " (%s, 'national', %s, %s, 3, 'ValueError', '2026-01-02 03:04Z', '2026-01-02 03:04Z')",
        [SOMERSET, live(network).build, network.events(SOMERSET)[1].stream],
    )
    network.given(registered("Garden", area=SOMERSET), reported(people=300, of="Bakery"))
    assert network.national().people_supported is None


def test_a_projector_that_starts_tries_again_what_was_left_out_before(
    network: Network, settings: Settings, tmp_path: Path
) -> None:
    pretend(network)
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "hub", "project"], env=environment(settings), stdout=output, stderr=output
        )
    try:
        eventually(lambda: left_out(network) == [])
    finally:
        process.terminate()
        process.wait()
    assert equals_a_rebuild(network)
    assert "Traceback" not in log.read_text()


def test_the_commands_list_what_is_left_out_and_try_it_again(network: Network, settings: Settings) -> None:
    assert hub(settings, "parked").stdout == "Nothing is left out.\n"
    assert hub(settings, "retry").stdout == "Nothing was left out.\n"
    pretend(network)
    listed = hub(settings, "parked", "--json")
    assert listed.returncode == 1
    (found,) = json.loads(listed.stdout)
    assert (found["area"], found["position"], found["why"]) == (SOMERSET, 3, "ValueError")
    assert UUID(found["stream"]) == network.events(SOMERSET)[1].stream
    assert "03:04 UTC" in hub(settings, "parked").stdout
    assert hub(settings, "retry", "--area", "E99999999").returncode == 1
    elsewhere = hub(settings, "retry", "--area", CORNWALL, "--json")
    assert (elsewhere.returncode, json.loads(elsewhere.stdout)) == (0, [])
    done = hub(settings, "retry", "--area", SOMERSET, "--json")
    assert (done.returncode, json.loads(done.stdout)) == (
        0,
        [{"area": SOMERSET, "build": "national_1", "left_out": 0}],
    )
    assert equals_a_rebuild(network)


def test_a_new_version_takes_in_what_the_one_before_left_out(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    given(network)
    poison(monkeypatch, 3)
    network.project()
    monkeypatch.setattr(NationalFold, "apply", apply)
    upgraded = msgspec.structs.replace(NATIONAL, version=NATIONAL.version + 1)
    engine.ensure_builds(network.connection, [upgraded])
    engine.catch_up_all(network.connection, [upgraded], folds=engine.Folds())
    engine.promote(network.connection, [upgraded])
    assert network.national().people_supported == 326
    network.connection.execute("update build set retired_at = '2000-01-01' where not live")
    engine.sweep_builds(network.connection)
    assert left_out(network) == []


def test_a_rebuild_that_nobody_can_finish_ends(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    network.given(joined(SOMERSET), *(milestone(f"{n}") for n in range(5)))
    network.connection.execute("delete from event where area = %s and position = 3", [SOMERSET])
    monkeypatch.setattr(engine, "STUCK", 0.3)
    with pytest.raises(engine.Stuck, match=SOMERSET):
        engine.fill(network.connection, ALL[0], engine.start_build(network.connection, NATIONAL))


def in_somerset(fact: Fact) -> Fact:
    return msgspec.structs.replace(fact, area=SOMERSET)


def test_an_area_goes_on_past_a_full_block_whose_last_event_is_left_out(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cube, "BLOCK", 4)
    day = today() - timedelta(days=70)
    network.given(joined(SOMERSET, on=day), registered("Bakery", on=day), reported(people=300, on=day))
    network.given(registered("Garden", on=day), *(milestone(f"{n}", of="Bakery", on=day) for n in range(8)))
    poison(monkeypatch, 4)
    view = network.national().area(SOMERSET)
    assert (view.enterprises, view.people_supported, view.milestones) == (1, 300, 8)


def test_an_area_of_which_nothing_was_said_in_a_full_block_is_counted_from_the_next(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cube, "BLOCK", 4)
    network.given(*(stage() for _ in range(4)), joined(SOMERSET), registered("Bakery"))
    assert network.national().enterprises == 1


def stage() -> Fact:
    return Fact(event=StageReached(stage="trading"), on=None, area=SOMERSET, stream=uuid4())


def test_what_is_left_out_is_not_read_back_by_what_is_tied_to_it(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.given(joined(SOMERSET))
    need, referral = uuid4(), uuid4()
    since = today() - timedelta(days=30)
    wait = NeedRecorded(need=need, service="company", source="council data", waiting_since=since)
    network.given(about(need, wait), about(need, msgspec.structs.replace(wait, people=7)))
    poison(monkeypatch, 3)
    assert network.national().waiting == 1
    network.given(
        about(
            referral,
            ReferralMade(
                referral=referral, enterprise=uuid4(), service="company", waiting_since=since, referrer="the council",
                need=need,
            ),
        )
    )  # fmt: skip
    network.national()
    assert positions_seen(network, monkeypatch, need, about(referral, SupportStarted())) == {2, 4, 5}
    assert network.national().waiting == 0
    assert equals_a_rebuild(network)


def positions_seen(network: Network, monkeypatch: pytest.MonkeyPatch, need: UUID, fact: Fact) -> set[int]:
    """The entries that a fold which holds nothing yet asks about what follows from a wait."""
    seen: set[int] = set()

    def look(history: Sequence[Recorded], *rest: Catalogue) -> set[Follows]:
        seen.update(each.position for each in history)
        return follows(history, *rest)

    network.given(fact)
    with monkeypatch.context() as patch:
        patch.setattr(fold, "follows", look)
        engine.catch_up(network.connection, NATIONAL, live(network), SOMERSET, folds=engine.Folds())
    return seen


def about(stream: UUID, event: Event) -> Fact:
    return Fact(event=event, on=today() - timedelta(days=3), stream=stream)


def test_a_projector_forgets_an_area_in_which_another_took_something_in_again(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(network)
    poison(monkeypatch, 3)
    assert network.national().people_supported == 26  # from here on `network` has the area in memory
    monkeypatch.setattr(NationalFold, "apply", apply)
    assert retry(network) == 0
    network.given(in_somerset(closed(of="Bakery")))
    assert network.national().people_supported == 26
    assert equals_a_rebuild(network)


@pytest.mark.parametrize(
    "fact",
    [
        reported(people=2**31, of="Bakery"),
        reported(hours=3e7, of="Bakery"),
    ],
)
def test_an_amount_beyond_all_sense_parks_its_stream_and_not_its_area(network: Network, fact: Fact) -> None:
    given(network)
    network.given(in_somerset(fact), in_somerset(reported(people=22, of="Garden")))
    view = network.national()
    assert (view.area(SOMERSET).people_supported, view.enterprises) == (322, 3)
    assert left_out(network) == [(SOMERSET, 8)]
