"""An authority gets another code: its figures, its place on the map and its course go on as if nothing had happened."""

import csv
import re
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from network import CORNWALL, SOMERSET, Fact, Network, joined, left, mutated, noon, registered, reported

from events.areas import AreaBoundaryChanged
from events.places import follows_on, places
from events.projections import engine, picture
from events.settings import Settings
from hub.app import create_app
from hub.edges.limits import Limits
from hub.national import hexagons
from hub.national.hexagons import hexagon_map

BEFORE = "E10000027"
CHANGED = date(2023, 4, 1)
TOLD = date(2023, 6, 15)
"""When the hub learned of it."""


def given(network: Network) -> None:
    """Somerset, which has been there since 2020 under the code of its time, and grows by one enterprise a quarter."""
    for area, enterprises in ((BEFORE, 16), (CORNWALL, 3)):
        day = date(2020, 4, 1)
        network.given(joined(area, on=day, recorded=noon(day)))
        for nth in range(enterprises):
            day += timedelta(91)
            name = f"{area} {nth}"
            told = reported(of=name, people=10 + nth, on=day, recorded=noon(day))
            network.given(registered(name, on=day, recorded=noon(day)), told)
            if area == BEFORE and day < TOLD <= day + timedelta(91):
                network.given(changed())
    network.project()


def changed() -> Fact:
    event = AreaBoundaryChanged(from_code=BEFORE, to_code=SOMERSET)
    return Fact(event=event, on=CHANGED, recorded=noon(TOLD), area=BEFORE, of_area=True)


@pytest.fixture
def client(settings: Settings, network: Network, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient[Any]]:
    monkeypatch.setattr(Limits, "count", lambda *_: None)
    given(network)
    closed = msgspec.structs.replace(settings, write_key="s3cret", url="https://testserver.local")
    with TestClient(create_app(closed), base_url="https://testserver.local") as client:
        yield client


DAYS = (CHANGED - timedelta(1), CHANGED, date(2023, 12, 31))


@pytest.mark.parametrize("on", DAYS)
def test_figures_go_on_under_one_ledger_and_say_the_code_of_the_day(client: TestClient[Any], on: date) -> None:
    found = client.get(f"/api/national?on={on}").json()
    area = next(each for each in found["areas"] if each["area"] == BEFORE)
    assert (area["code"], area["name"]) == (BEFORE if on < CHANGED else SOMERSET, "Somerset")
    rows = list(csv.DictReader(StringIO(client.get(f"/national/areas.csv?on={on}").text)))
    assert [(row["area"], row["code"]) for row in rows] == [(CORNWALL, CORNWALL), (BEFORE, area["code"])]
    figure = csv.DictReader(StringIO(client.get(f"/figures/enterprises/areas.csv?on={on}").text))
    assert {row["area"]: row["code"] for row in figure}[BEFORE] == area["code"]


@pytest.mark.parametrize("known", [TOLD - timedelta(1), TOLD, date(2024, 1, 1)])
def test_as_known_before_it_was_recorded_it_has_the_code_it_had(client: TestClient[Any], known: date) -> None:
    found = client.get(f"/api/national?on=2023-06-01&known={known}").json()
    area = next(each for each in found["areas"] if each["area"] == BEFORE)
    assert area["code"] == (BEFORE if known < TOLD else SOMERSET)


def places_of(network: Network, on: date, known: date) -> dict[str, str]:
    """Where the map of hexagons has areas that take part, by the column and row, and what it says of them."""
    with engine.reading(network.connection, "national"):
        found = hexagon_map(picture.picture(network.connection, on=on, known=known), picture.INDICATORS["enterprises"])
    assert not found.elsewhere
    return {f"{each.column}/{each.row}": each.area for each in found.placed if each.says}


def test_it_stays_where_it_is_on_the_map_whatever_day_is_asked_for(network: Network) -> None:
    given(network)
    seen = [places_of(network, on, known) for on in DAYS for known in (TOLD - timedelta(1), date(2024, 1, 1))]
    assert all(each == seen[0] and BEFORE in each.values() for each in seen)


def test_a_map_by_the_code_of_the_ledger_alone_would_be_noticed(network: Network) -> None:
    given(network)
    with engine.reading(network.connection, "national"):
        found = picture.picture(network.connection, on=DAYS[0], known=DAYS[2])
    naive = mutated(hexagons, "for code in (each.code_today, each.code_then, each.area)", "for code in (each.area,)")
    assert naive.hexagon_map(found, picture.INDICATORS["enterprises"]).elsewhere == ["Somerset"]


def test_neither_curve_nor_trend_nor_the_year_before_jumps_on_the_day(
    client: TestClient[Any], network: Network
) -> None:
    curves = list(csv.DictReader(StringIO(client.get("/national/curves.csv?on=2023-12-31").text)))
    grown = [int(after["enterprises"]) - int(before["enterprises"]) for before, after in pairwise(curves)]
    assert all(0 <= each <= 2 for each in grown)
    assert {row["areas"] for row in curves[1:]} == {"2"}
    with engine.reading(network.connection, "national"):
        course = picture.courses(network.connection, on=date(2023, 12, 31), known=date(2024, 6, 1)).enterprises
    assert set(course) == {BEFORE, CORNWALL}
    assert [point.value for point in course[BEFORE]] == sorted(point.value for point in course[BEFORE])
    assert len(course[BEFORE]) == 15
    page = client.get("/?on=2023-12-31").text
    row = re.search(rf'<tr id="{BEFORE}">.*?</tr>', page, re.S)
    assert row
    assert "Somerset" in row[0]
    assert re.search(r'number">\+?[45]<', row[0])


def test_areas_are_compared_under_either_code_and_once(client: TestClient[Any]) -> None:
    for on in DAYS:
        page = client.get(f"/compare?area={BEFORE}&area={CORNWALL}&on={on}")
        assert page.status_code == 200
        by_new = client.get(f"/compare.csv?area={SOMERSET}&area={CORNWALL}&on={on}")
        by_old = client.get(f"/compare.csv?area={BEFORE}&area={CORNWALL}&on={on}")
        assert by_new.text == by_old.text


def test_the_new_code_leads_to_the_ledger_of_the_old_one(client: TestClient[Any]) -> None:
    key = {"authorization": "Bearer s3cret", "accept": "text/html"}
    answer = client.get(f"/areas/{SOMERSET}", headers=key, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, f"/areas/{BEFORE}")


def test_a_second_ledger_under_the_new_code_is_an_area_of_its_own(network: Network) -> None:
    """Whoever closes one ledger and opens another gets two areas, whose enterprises nobody adds up as one."""
    network.given(joined(BEFORE, on=date(2020, 4, 1)), registered("Old", on=date(2020, 5, 1)))
    network.given(left(BEFORE, on=CHANGED))
    network.given(joined(SOMERSET, on=CHANGED), registered("New", on=date(2023, 5, 1)))
    day_before, day = network.national(on=CHANGED - timedelta(1)), network.national(on=date(2023, 5, 1))
    assert (day_before.areas, day.areas) == ([BEFORE], [SOMERSET])
    assert (day_before.enterprises, day.enterprises) == (1, 1)
    # both stand at one place of the map
    assert set(places_of(network, CHANGED - timedelta(1), date(2026, 1, 1))) == set(
        places_of(network, date(2023, 5, 1), date(2026, 11, 1))
    )


def test_places_that_only_changed_their_code_are_found_by_their_name() -> None:
    assert follows_on(BEFORE) == SOMERSET
    assert follows_on("S12000015") == "S12000047"
    # Cumbria was split, so no place is the one it was
    assert follows_on("E10000006") == "E10000006"
    assert all(places()[follows_on(code)].name == place.name for code, place in places().items())
