"""The status page: quiet while all is well, plain about what is not, and there without database or queue."""

import socket
from collections.abc import Iterator

import msgspec
import pytest
from litestar.testing import TestClient
from network import CORNWALL, SOMERSET, Network, joined, milestone, registered

from events.projections import ALL, engine
from events.settings import Settings
from hub.app import create_app
from hub.db import Hub


@pytest.fixture
def client(settings: Settings, network: Network) -> Iterator[TestClient]:
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def told(client: TestClient) -> dict[str, object]:
    answer = client.get("/api/status")
    assert answer.status_code == 200
    return answer.json()


def page(client: TestClient) -> str:
    answer = client.get("/status")
    assert answer.status_code == 200
    return answer.text


def check(network: Network, area: str, *, fault: str | None = None, ago: str = "1 hour") -> None:
    network.connection.execute(
        "insert into verification (area, checked_at, events, fault)"
        " values (%s, clock_timestamp() - %s::interval, 2, %s)",
        [area, ago, fault],
    )


def given(network: Network) -> None:
    network.given(joined(SOMERSET), registered("Bay Tree"))
    network.given(joined(CORNWALL))


def test_while_all_is_well_the_page_says_so_in_a_sentence(client: TestClient, network: Network) -> None:
    given(network)
    network.project()
    check(network, SOMERSET)
    check(network, CORNWALL)
    said = page(client)
    assert "All is well: figures hold everything recorded in 2 ledgers" in said
    assert "Up to date in every area." in said
    assert "behind their ledgers" not in said
    assert "Bay Tree" not in said


def test_an_area_whose_figures_are_behind_is_named(client: TestClient, network: Network) -> None:
    given(network)
    network.project()
    network.given(milestone("first customer"))
    found = {each["area"]: each for each in told(client)["areas"]}  # pyright: ignore[reportGeneralTypeIssues]
    assert (found[SOMERSET]["events_behind"], found[CORNWALL]["events_behind"]) == (0, 1)
    assert found[CORNWALL]["seconds_behind"] > 0
    assert "In 1 area the figures do not hold all that is recorded yet." in page(client)


def test_a_damaged_ledger_and_one_nobody_checked_are_named(client: TestClient, network: Network) -> None:
    given(network)
    network.project()
    check(network, SOMERSET, fault="position 2 was changed")
    check(network, CORNWALL, ago="37 hours")
    said = page(client)
    assert "All is well" not in said
    assert "Position 2 was changed" in said
    assert "Not checked in the last day and a half: Cornwall." in said
    assert "was whole" not in said


def test_a_history_left_out_is_counted(client: TestClient, network: Network) -> None:
    given(network)
    network.project()
    network.connection.execute(
        "insert into parked (area, projection, build, stream, position, why)"
        " values (%s, 'national', 1, gen_random_uuid(), 2, 'KeyError')",
        [SOMERSET],
    )
    found = {each["area"]: each["streams_parked"] for each in told(client)["areas"]}  # pyright: ignore
    assert found == {SOMERSET: 1, CORNWALL: 0}


def test_what_is_left_out_is_listed_with_what_to_do_and_without_what_it_says(
    client: TestClient, network: Network
) -> None:
    test_a_history_left_out_is_counted(client, network)
    (found,) = told(client)["left_out"]  # pyright: ignore
    assert (found["name"], found["label"], found["position"], found["error"]) == (
        "Somerset",
        "National picture",
        2,
        "KeyError",
    )
    said = page(client)
    assert "All is well" not in said
    assert "Left out of the figures" in said
    assert "<code>hub retry</code>" in said
    assert "Bay Tree" not in said


def test_each_set_of_figures_says_how_far_it_is_and_one_being_built_how_much_is_done(
    client: TestClient, network: Network
) -> None:
    given(network)
    network.project()
    network.given(milestone("first customer"))
    national, _ = ALL
    live = next(each for each in engine.builds(network.connection) if each.projection == national.name)
    engine.catch_up(network.connection, national, live, CORNWALL, folds=engine.Folds())
    beside = engine.start_build(network.connection, national)
    engine.catch_up(network.connection, national, beside, CORNWALL, folds=engine.Folds())
    found = {(each["projection"], each["live"]): each for each in told(client)["figures"]}  # pyright: ignore
    assert {key: each["events_behind"] for key, each in found.items()} == {
        ("national", True): 0,
        ("national", False): 2,
        ("work", True): 1,
    }
    assert [each["name"] for each in found["work", True]["behind"]] == ["Cornwall"]
    assert found["work", True]["seconds_behind"] >= 0
    said = page(client)
    assert "Being built anew, 50% done" in said
    assert "Catching up" in said


def test_nothing_recorded_is_said(client: TestClient) -> None:
    assert "Nothing has been recorded yet." in page(client)


def test_the_status_is_told_while_the_queue_is_away(settings: Settings, network: Network) -> None:
    given(network)
    deaf = msgspec.structs.replace(settings, redis_url="unix:///nowhere/redis")
    with TestClient(create_app(deaf)) as client:
        assert told(client)["queue"] is False
        assert "The queue does not answer." in page(client)


def test_the_status_is_told_while_the_database_is_away(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        hub: Hub = client.app.state.hub
        away = f"postgresql://hub@127.0.0.1:{nobody.getsockname()[1]}/trellis"
        monkeypatch.setattr(hub, "pool", routes_pool(away))
        assert (told(client)["database"], told(client)["areas"]) == (False, [])
        assert "The database does not answer." in page(client)


def routes_pool(url: str) -> object:
    from psycopg_pool import ConnectionPool

    return ConnectionPool(url, min_size=0, max_size=1, open=True, timeout=2.0)
