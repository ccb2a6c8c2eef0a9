"""Why the figures can be believed: a rebuild from the first entry equals what pages show, and anybody sees when."""

from collections.abc import Iterator

import pytest
from litestar.testing import TestClient
from network import CORNWALL, SOMERSET, Network, joined, milestone, mutated, registered
from psycopg import sql

from events.projections import ALL, NATIONAL, WORK, engine, proof
from events.settings import Settings
from hub.app import create_app


@pytest.fixture
def client(settings: Settings, network: Network) -> Iterator[TestClient]:
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def page(client: TestClient) -> str:
    answer = client.get("/trust")
    assert answer.status_code == 200
    return answer.text


def given(network: Network) -> None:
    network.given(joined(SOMERSET), registered("Bay Tree"), milestone("first customer"))
    network.given(joined(CORNWALL))
    network.project()


def live(network: Network, projection: engine.Projection) -> engine.Build:
    return next(each for each in engine.builds(network.connection) if each.projection == projection.name and each.live)


def tampered(network: Network, projection: engine.Projection, table: str, change: str) -> None:
    """Rows of the live build as somebody changed them by hand."""
    build = live(network, projection)
    statement = sql.SQL("update {}.{} set " + change).format(sql.Identifier(build.schema), sql.Identifier(table))  # pyright: ignore[reportArgumentType]
    network.connection.execute(statement)


def checked(network: Network, *, fault: str | None = None) -> None:
    for area in (SOMERSET, CORNWALL):
        network.connection.execute("insert into verification (area, events, fault) values (%s, 2, %s)", [area, fault])


def test_a_rebuild_that_equals_the_live_one_is_remembered_and_put_aside(network: Network) -> None:
    given(network)
    before = [live(network, projection) for projection in ALL]
    found = [proof.prove(network.connection, projection) for projection in ALL]
    assert [(each.projection, each.events, each.differing) for each in found if each] == [
        (projection.name, 4, []) for projection in ALL
    ]
    assert proof.proofs(network.connection) == sorted(
        (each for each in found if each), key=lambda each: each.projection
    )
    assert engine.builds(network.connection) == sorted(before, key=lambda each: each.projection)


@pytest.mark.parametrize(
    ("projection", "table", "change"),
    [(NATIONAL, "belief", "first = 7"), (WORK, "enterprise", "name = 'Changed'")],
    ids=["figures", "lists"],
)
def test_a_figure_that_somebody_changed_is_found_and_its_area_named(
    network: Network, projection: engine.Projection, table: str, change: str
) -> None:
    given(network)
    tampered(network, projection, table, change + f" where area = '{SOMERSET}'")
    found = proof.prove(network.connection, projection)
    assert found is not None
    assert found.differing == [SOMERSET]


def test_comparing_with_itself_would_find_nothing(network: Network) -> None:
    given(network)
    tampered(network, WORK, "enterprise", "name = 'Changed'")
    careless = mutated(proof, "projection, live, build)", "projection, live, live)")
    assert careless.prove(network.connection, WORK).differing == []
    found = proof.prove(network.connection, WORK)
    assert found is not None
    assert found.differing == [SOMERSET]


def test_what_a_killed_process_left_behind_is_put_aside_after_a_day(network: Network) -> None:
    given(network)
    left = engine.start_build(network.connection, NATIONAL)
    young = engine.start_build(network.connection, NATIONAL)
    network.connection.execute(
        "update build set started_at = started_at - interval '2 days' where projection = 'national' and build = %s",
        [left.build],
    )
    proof.prove(network.connection, NATIONAL)
    assert left not in engine.builds(network.connection)
    assert young in engine.builds(network.connection)  # a rebuild that goes on is left alone


def test_before_the_first_build_there_is_nothing_to_compare(network: Network) -> None:
    given(network)
    other = NATIONAL.__class__(
        **{name: getattr(NATIONAL, name) for name in NATIONAL.__struct_fields__} | {"version": 99}
    )
    assert proof.prove(network.connection, other) is None


def test_the_page_says_that_all_is_as_it_should_be(client: TestClient, network: Network) -> None:
    given(network)
    checked(network)
    for projection in ALL:
        proof.prove(network.connection, projection)
    said = page(client)
    assert "Every ledger was whole, and the figures were exactly what the ledgers add up to" in said
    assert "<strong>4 entries</strong> in 2 ledgers: all as sealed." in said
    assert said.count("The same</td>") == len(ALL)
    assert "Bay Tree" not in said


def test_the_page_hides_nothing_that_is_wrong(client: TestClient, network: Network) -> None:
    given(network)
    checked(network, fault="position 2 was changed")
    tampered(network, WORK, "enterprise", "name = 'Changed'")
    proof.prove(network.connection, WORK)
    said = page(client)
    assert "The last checks found something wrong." in said
    assert "Somerset: position 2 was changed" in said
    assert "Not the same in Somerset" in said
    told = client.get("/api/trust").json()
    assert [each["differing"] for each in told["figures"]] == [[SOMERSET]]


def test_before_the_first_check_the_page_says_so(client: TestClient, network: Network) -> None:
    assert "Nothing has been recorded yet" in page(client)
    given(network)
    assert "The first checks have not all been made yet." in page(client)
