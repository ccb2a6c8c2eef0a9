"""What a newcomer sees after `make up`, held to the published figures."""

from collections.abc import Generator
from datetime import timedelta

import pytest
from running import RunningHub, running_hub

from events.base import today

SOMERSET = "E06000066"


@pytest.fixture(scope="module")
def hub() -> Generator[RunningHub]:
    with running_hub() as found:
        yield found


def figures(hub: RunningHub, query: str = "", area: str | None = None) -> dict[str, float]:
    national = hub.get(f"/api/national{query}")
    found = national if area is None else next(each for each in national["areas"] if each["area"] == area)
    return {name: figure["value"] for name, figure in found["figures"].items()}


def test_the_network_shows_exactly_the_published_totals(hub: RunningHub) -> None:
    national = hub.get("/api/national")
    shown = figures(hub)
    assert len(national["areas"]) == 50
    assert shown["enterprises"] == 1_800
    assert shown["people_supported"] == 12_500
    assert shown["jobs"] == 2_500
    assert shown["volunteers"] == 1_500


def test_somerset_shows_exactly_its_published_figures(hub: RunningHub) -> None:
    shown = figures(hub, area=SOMERSET)
    assert (shown["enterprises"], shown["enterprises_new"], shown["enterprises_established"]) == (171, 133, 38)
    assert (shown["people_supported"], shown["jobs"], shown["hours_per_week"]) == (600, 180, 2_200)


def test_only_somerset_reports_hours(hub: RunningHub) -> None:
    assert hub.get("/api/national")["figures"]["hours_per_week"] == {"value": 2_200, "areas_reporting": 1}


def test_the_page_says_the_same_in_words_and_that_it_is_invented(hub: RunningHub) -> None:
    status, page = hub.ask("GET", "/", headers={"Accept": "text/html"})
    text = page.decode()
    assert status == 200
    for figure in ("1,800", "12,500", "2,500", "1,500"):
        assert figure in text
    assert "invented" in text


def test_an_earlier_day_shows_the_earlier_picture(hub: RunningHub) -> None:
    five_years_ago = today() - timedelta(days=5 * 365)
    earlier = figures(hub, f"?on={five_years_ago}")
    assert 0 < earlier["enterprises"] < 1_800
    before_it_all = hub.get(f"/api/national?on={today() - timedelta(days=12 * 365)}")
    assert before_it_all["areas"] == []
    assert before_it_all["figures"]["people_supported"]["value"] is None


def test_every_figure_opens_to_its_events(hub: RunningHub) -> None:
    for name in hub.get("/api/national")["figures"]:
        status, page = hub.ask("GET", f"/figures/{name}", headers={"Accept": "text/html"})
        assert status == 200, name
        assert "The events behind it" in page.decode()


def test_a_correction_changes_the_past_but_not_what_was_known_before(hub: RunningHub) -> None:
    """Last in this file: it changes the network."""
    yesterday = today() - timedelta(days=1)
    day = today() - timedelta(days=400)
    before = figures(hub, f"?on={day}&known={yesterday}")
    feed = hub.get(f"/api/areas/{SOMERSET}/ledger?limit=1000")
    registered = next(each for each in feed if each[4]["type"] == "milestone.recorded" and each[5] < str(day))
    receipt = hub.post(f"/api/areas/{SOMERSET}/corrections", {"position": registered[1], "reason": "wrong enterprise"})
    _await(hub, SOMERSET, int(receipt["position"]))
    assert figures(hub, f"?on={day}")["milestones"] == before["milestones"] - 1
    assert figures(hub, f"?on={day}&known={yesterday}") == before


def test_the_ledgers_verify_and_a_rebuild_equals_what_is_live(hub: RunningHub) -> None:
    verified = hub.run("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    rebuilt = hub.run("rebuild", "national")
    assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
    assert "equal" in rebuilt.stdout


def _await(hub: RunningHub, area: str, position: int) -> None:
    from events.database import connect
    from events.projections import engine

    lines = hub.run("env").stdout.splitlines()
    url = dict(line.split("=", 1) for line in lines)["HUB_DATABASE_URL"]
    with connect(url) as connection:
        assert engine.wait(connection, "national", area, position, timeout=10)


def test_a_page_elsewhere_cannot_reach_the_hub_under_another_name(hub: RunningHub) -> None:
    assert hub.ask("GET", "/api/national", headers={"Host": "elsewhere.example"})[0] == 400
    assert hub.ask("GET", "/api/national", headers={"Host": f"localhost:{hub.port}"})[0] == 200
