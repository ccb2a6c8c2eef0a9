"""What can be taken along: nothing in it tells of few people, and it says the same as the page."""

import csv
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from house import House, house
from litestar.testing import TestClient
from network import CORNWALL, DEVON, SOMERSET, Network, hub, joined, mutated, registered, reported
from one_of_each import project
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from events.base import today
from events.settings import Settings
from hub import disclosure
from hub.app import create_app
from hub.edges.limits import Limits

__all__ = ["house"]

KENT = "E10000016"

PUBLIC = (
    "/",
    "/?sort=people",
    "/?sort=jobs&order=asc",
    "/?by=people_supported",
    "/?by=jobs",
    "/?by=volunteers",
    "/?shape=hexagons&by=people_supported",
    "/api/national",
    "/national/areas.csv",
    "/national/curves.csv",
    "/national/figures.csv",
    "/national/picture.xlsx",
    "/national/briefing.pdf",
    "/national/curve.svg",
    "/national/map.svg?by=people_supported",
    "/figures/people_supported",
    "/figures/people_supported/areas.csv",
    "/figures/people_supported/figure.xlsx",
    "/figures/people_supported/entries.csv",
    "/figures/jobs",
    "/figures/jobs/areas.csv",
    "/figures/jobs/figure.xlsx",
    "/figures/volunteers",
    "/figures/volunteers/areas.csv",
    "/figures/volunteers/figure.xlsx",
    f"/compare?area={KENT}&area={CORNWALL}",
    f"/compare.csv?area={KENT}&area={CORNWALL}",
)
"""Everything that anybody may see of numbers of people."""


def given(network: Network, few: int, *, helped: int = 61) -> None:
    """Kent supports few people; who reports what is otherwise the same. One less there is one more in Cornwall."""
    day = today() - timedelta(20)
    for area, people, jobs in ((SOMERSET, 600, 180), (DEVON, 243, 47), (KENT, few, few), (CORNWALL, helped, helped)):
        network.given(joined(area, on=day), registered(f"Of {area}", on=day))
        network.given(reported(people=people, jobs=jobs, volunteers=people, on=day))
    network.project()


@contextmanager
def asking(settings: Settings) -> Iterator[TestClient[Any]]:
    """Somebody who has not signed in."""
    closed = msgspec.structs.replace(settings, write_key="s3cret", url="https://testserver.local")
    with TestClient(create_app(closed), base_url="https://testserver.local") as client:
        yield client


@pytest.fixture
def client(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient[Any]]:
    monkeypatch.setattr(Limits, "count", lambda *_: None)
    with asking(settings) as client:
        yield client


def words_of(answer: httpx.Response) -> str:
    """All that stands in it, except when it was made."""
    assert answer.status_code == 200, answer.text
    kind = answer.headers["content-type"]
    if "spreadsheet" in kind:
        return json.dumps([rows for _, rows in sheets(answer)], default=str)
    if "pdf" in kind:
        return " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    return answer.text


def sheets(answer: httpx.Response) -> list[tuple[str, list[list[Any]]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
    found = [(name, book.get_sheet_by_name(name).to_python()) for name in book.sheet_names]
    return [(name, [row for row in rows if row[0] != "Made"]) for name, rows in found]


def all_of(client: TestClient[Any]) -> dict[str, str]:
    # some pages hold a key of the moment
    return {path: re.sub(r'value="[0-9a-f-]{36}"', "", words_of(client.get(path))) for path in PUBLIC}


def test_nothing_that_anybody_may_see_depends_on_how_few_people_it_is(
    network: Network, client: TestClient[Any], settings: Settings, server: Any, tmp_path: Path
) -> None:
    """Two networks that differ in a small number and in what hides it look the same to everybody."""
    given(network, 2, helped=62)
    with server.fresh(tmp_path / "other") as others, Network.on(others) as other:
        given(other, 3, helped=61)
        with asking(others) as elsewhere:
            one, two = all_of(client), all_of(elsewhere)
    assert [path for path in PUBLIC if one[path] != two[path]] == []
    assert "fewer than 5" in one["/figures/jobs"].lower()
    assert "withheld" in one["/figures/jobs"].lower()


def test_without_the_rule_it_would_show(
    network: Network, client: TestClient[Any], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: every one of these addresses goes through the one rule."""
    given(network, 2)
    kept = all_of(client)
    telling = mutated(disclosure, "if few(value)}", "if False}")
    monkeypatch.setattr(disclosure, "disclosed", telling.disclosed)
    with asking(settings) as unruly:  # a hub of its own, which keeps no page that was made under the rule
        told = all_of(unruly)
    # these are of sums alone, which hold everybody, or say nothing of how many
    assert [path for path in PUBLIC if kept[path] == told[path]] == [
        "/national/curves.csv",
        "/national/figures.csv",
        "/national/curve.svg",
        "/figures/people_supported/entries.csv",
    ]


def test_entries_tell_how_many_people_only_to_those_who_may_read_them(house: House) -> None:
    id = house.enterprise
    house.record(f"/api/areas/{SOMERSET}/enterprises/{id}/activity",
                 {"period_starts": "2026-09-01", "people_supported": 37})  # fmt: skip
    project(house)
    inside = house.catalyst.get("/figures/people_supported")
    house.client.cookies.clear()
    outside = house.client.get("/figures/people_supported")
    assert "+37" in inside.text
    assert "+37" not in outside.text
    assert "Not shown" in outside.text


# ---- files


def test_csv_for_programs_has_marks_where_a_number_is_kept_back(network: Network, client: TestClient[Any]) -> None:
    given(network, 2)
    rows = {row["area"]: row for row in csv.DictReader(StringIO(client.get("/national/areas.csv").text))}
    people = {area: row["people_supported"] for area, row in rows.items()}
    assert people == {SOMERSET: "600", DEVON: "243", KENT: "<5", CORNWALL: "c"}
    assert all(row["hours_per_week"] == "" for row in rows.values())


def test_all_figures_of_the_network_and_of_an_area_come_as_csv(network: Network, client: TestClient[Any]) -> None:
    given(network, 2)

    def values(path: str, **headers: str) -> dict[str, tuple[str, str]]:
        rows = csv.DictReader(StringIO(client.get(path, headers=headers).text))
        return {row["figure"]: (row["value"], row["areas_reporting"]) for row in rows}

    whole = values("/national/figures.csv")
    assert (whole["areas"], whole["jobs"], whole["hours_per_week"]) == (("4", "4"), ("290", "4"), ("", "0"))
    kent = values(f"/areas/{KENT}/figures.csv", authorization="Bearer s3cret")
    assert (kent["enterprises"], kent["jobs"], kent["hours_per_week"]) == (("1", "1"), ("<5", "1"), ("", "0"))
    entries = csv.DictReader(StringIO(client.get("/figures/enterprises/entries.csv").text))
    assert [row["counts_for"] for row in entries] == ["1"] * 4
    assert client.get("/national/published.csv").text.startswith("area,name,figure")


def test_programs_are_told_why_there_is_no_number(network: Network, client: TestClient[Any]) -> None:
    given(network, 2)
    found = client.get("/api/national").json()
    kent = next(each for each in found["areas"] if each["area"] == KENT)["figures"]
    assert kent["jobs"] == {"value": None, "areas_reporting": 1, "withheld": "fewer than 5"}
    assert kent["hours_per_week"] == {"value": None, "areas_reporting": 0}
    assert kent["enterprises"] == {"value": 1, "areas_reporting": 1}


def test_the_workbook_says_what_it_is_and_holds_numbers_and_dates(network: Network, client: TestClient[Any]) -> None:
    given(network, 2)
    day = (today() - timedelta(3)).isoformat()
    answer = client.get(f"/national/picture.xlsx?on={day}")
    book = dict(sheets(answer))
    assert list(book) == [
        *("About", "Key figures", "Rates", "Areas", "Curves", "Conditions", "Risks", "Published"),
    ]
    about = {row[0]: row[1] for row in book["About"]}
    assert about["Picture on"] == today() - timedelta(3)
    assert "fewer than 5" in about["What is not shown"]
    assert "latest report" in about["How Jobs is counted"]
    figures = {row[0]: row for row in book["Key figures"]}
    assert figures["Enterprises supported"][1:5] == [4, "", 4, 4]
    assert figures["Hours of support a week"][1] == "not reported"
    rates = {row[0]: row for row in book["Rates"]}
    assert str(rates["Cost of each enterprise"][1]).startswith("No area")
    areas = {row[0]: dict(zip(book["Areas"][0], row, strict=True)) for row in book["Areas"][1:]}
    assert areas[KENT]["People supported"] == "fewer than 5"
    assert areas[SOMERSET]["People supported"] == 600
    assert areas[KENT]["Joined on"] == today() - timedelta(20)
    assert f'filename="national-{day}.xlsx"' in answer.headers["content-disposition"]
    assert b"topLeftCell" in zipfile.ZipFile(BytesIO(answer.content)).read("xl/worksheets/sheet4.xml"), "frozen"


def test_a_figure_and_an_area_have_workbooks_of_their_own(network: Network, client: TestClient[Any]) -> None:
    given(network, 2)
    figure = dict(sheets(client.get("/figures/enterprises/figure.xlsx")))
    assert figure["Entries"][0] == ["Area", "Place in its ledger", "Happened on", "Counts for"]
    assert len(figure["Entries"]) == 5
    of_people = dict(sheets(client.get("/figures/jobs/figure.xlsx")))
    assert of_people["Entries"][0] == ["Area", "Place in its ledger", "Happened on"]
    area = dict(sheets(client.get(f"/areas/{KENT}/figures.xlsx", headers={"authorization": "Bearer s3cret"})))
    its = {row[0]: row for row in area["Figures"]}
    assert its["Enterprises supported"][1] == 1
    assert its["Jobs"][1] == "fewer than 5"
    assert area["Trend"][-1][1] == 1


@pytest.mark.parametrize("path", ["/figures/x/areas.csv", "/figures/x/figure.xlsx", "/areas/E06000001/figures.xlsx"])
def test_what_is_not_there_is_not_found(client: TestClient[Any], path: str) -> None:
    assert client.get(path, headers={"authorization": "Bearer s3cret"}).status_code == 404


@pytest.mark.parametrize(
    "path", ["/national/curve.svg?of=x", "/national/map.png?by=x", "/national/picture.xlsx?on=2999-01-01",
             "/national/briefing.pdf?known=x"],
)  # fmt: skip
def test_what_was_asked_wrongly_is_named(network: Network, client: TestClient[Any], path: str) -> None:
    given(network, 9)
    answer = client.get(path, headers={"accept": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] in path


def test_before_anything_was_recorded_everything_can_be_had(client: TestClient[Any]) -> None:
    for path in ("/national/map.svg", "/national/map.png", "/national/picture.xlsx", "/national/briefing.pdf"):
        assert client.get(path).status_code == 200


# ---- on paper


def test_the_national_briefing_says_what_the_page_says(network: Network, client: TestClient[Any]) -> None:
    given(network, 9)
    pdf = PdfReader(BytesIO(client.get("/national/briefing.pdf").content))
    text = " ".join(page.extract_text() for page in pdf.pages)
    assert len(pdf.pages) == 2
    for words in (
        "4 enterprises had been supported in 4 areas of the UK",
        "913",
        "Somerset",
        "No risk is open",
        "Not reported means",
    ):
        assert words in re.sub(r"\s+", " ", text)


def test_an_areas_briefing_is_for_those_who_may_read_there_and_says_how_it_stands(house: House) -> None:
    project(house)
    told = house.catalyst.get(f"/areas/{SOMERSET}/briefing.pdf")
    pdf = PdfReader(BytesIO(told.content))
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pdf.pages))
    assert len(pdf.pages) == 2
    assert "1 enterprise is active in Somerset" in text
    assert all(words in text for words in ("What the area needs", "Open risks", "What is due within 60 days", "Waits"))
    assert told.headers["cache-control"] == "no-store"
    house.client.cookies.clear()
    assert house.client.get(f"/areas/{SOMERSET}/briefing.pdf", follow_redirects=False).status_code in (303, 401)


# ---- boundaries


def square(code: str, west: float) -> dict[str, Any]:
    ring = [[west, 50.0], [west + 0.5, 50.0], [west + 0.5, 50.5], [west, 50.5], [west, 50.0]]
    return {"type": "Feature", "properties": {"code": code}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def boundaries(path: Path, *features: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_the_map_shows_boundaries_once_they_are_imported(
    network: Network, client: TestClient[Any], settings: Settings, tmp_path: Path
) -> None:
    given(network, 9)
    assert 'class="hexagons"' in client.get("/").text
    assert "real boundaries" not in client.get("/").text
    file = boundaries(tmp_path / "areas.json", square(SOMERSET, -4), square(KENT, -3))
    done = hub(settings, "import", "boundaries", str(file), "--attribution", "Drawn by <hand>")
    assert done.returncode == 0, done.stderr
    assert "2 of today's 218 authorities" in re.sub(r"\s+", " ", done.stdout)
    page = client.get("/").text
    assert "Drawn by &lt;hand&gt;" in page
    assert page.count('<path class="hexagon-') == 2
    assert "Not on the map: Cornwall, Devon." in page or "Not on the map: Devon, Cornwall." in page
    assert '<use href="#hexagon"' in client.get("/?shape=hexagons").text
    assert "Drawn by" in client.get("/national/map.svg").text
    assert "Drawn by" not in client.get("/national/map.svg?shape=hexagons").text


def test_a_bad_file_changes_nothing_and_a_trial_neither(
    network: Network, client: TestClient[Any], settings: Settings, tmp_path: Path
) -> None:
    given(network, 9)
    good, bad = (tmp_path / name for name in ("good.json", "bad.json"))
    hub(settings, "import", "boundaries", str(boundaries(good, square(SOMERSET, -4))))
    before = client.get("/").text
    boundaries(bad, square(KENT, -3), square(DEVON, 300_000))
    refused = hub(settings, "import", "boundaries", str(bad))
    assert refused.returncode == 1
    assert "Export the file in WGS 84" in re.sub(r"\s+", " ", refused.stderr)
    trial = hub(settings, "import", "boundaries", str(boundaries(bad, square(KENT, -3))), "--dry-run")
    assert "nothing was recorded" in re.sub(r"\s+", " ", trial.stdout)
    assert client.get("/").text == before
