"""Growth on its page, for programs and in a spreadsheet: of any day, as known on any day, and never asked for twice."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from threading import Barrier, Thread
from types import SimpleNamespace

import numpy as np
import pytest
from growing import added
from litestar.testing import TestClient
from network import SOMERSET, Network, joined, mutated, noon, registered

from events.database import Connection
from events.projections import picture as pictures
from events.settings import Settings
from hub.app import create_app
from hub.national.growth import kept
from hub.national.growth.model import months_on

FIRST = date(2016, 1, 31)
LAST = months_on(FIRST, 99)


@pytest.fixture
def client(settings: Settings, network: Network) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as client:
        yield client


def given_growth(network: Network, *, told_late: int = 0) -> None:
    """A hundred months of a curve to 160 enterprises; the last `told_late` of each month are recorded weeks later."""
    facts = [joined(SOMERSET, on=date(2016, 1, 2), recorded=noon(date(2016, 1, 2)))]
    total = np.round(np.cumsum(added(100, size=160, rate=0.9, head_start=40))).astype(int)
    for n, count in enumerate(np.diff(total, prepend=0)):
        end = months_on(FIRST, n)
        for k in range(count):
            late = timedelta(days=40) if k >= count - told_late else timedelta()
            on = end - timedelta(days=3)
            facts.append(registered(f"{n}.{k}", area=SOMERSET, on=on, recorded=noon(on + late)))
    facts.sort(key=lambda fact: fact.recorded or noon(FIRST))
    network.given(*facts)
    network.project()


def asked(client: TestClient, of: str = "enterprises", on: date = LAST, known: date = LAST) -> dict[str, object]:
    answer = client.get(f"/api/growth?of={of}&on={on}&known={known}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_growth_is_fitted_foretold_and_scored(client: TestClient, network: Network) -> None:
    given_growth(network)
    found = asked(client)
    assert found["refused"] is None
    assert 140 < found["curve"]["heading_for"]["value"] < 180
    assert len([row for row in found["course"] if row["expected"]]) == 24
    assert found["score"]["tests"] >= 2
    assert found["score"]["off"] < found["score"]["naive_off"]
    page = client.get(f"/growth?on={LAST}&known={LAST}")
    assert "enterprises expected by April 2025" in page.text
    assert "chart-expected" in page.text
    assert found["verdict"] in page.text


def test_the_spreadsheet_holds_every_month_counted_and_expected(client: TestClient, network: Network) -> None:
    given_growth(network)
    answer = client.get(f"/growth.csv?on={LAST}&known={LAST}")
    assert answer.headers["content-disposition"] == f'attachment; filename="growth-enterprises-{LAST}.csv"'
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert len(rows) == 100 + 24
    assert rows[99]["day"] == LAST.isoformat()
    assert rows[99]["counted"] != rows[100]["counted"] == ""
    assert float(rows[100]["low"]) <= float(rows[100]["expected"]) <= float(rows[100]["high"])


def test_the_chart_comes_as_a_picture_with_what_is_expected(client: TestClient, network: Network) -> None:
    given_growth(network)
    answer = client.get(f"/growth.svg?on={LAST}&known={LAST}")
    assert answer.headers["content-disposition"] == f'attachment; filename="growth-enterprises-{LAST}.svg"'
    assert 'class="chart-expected"' in answer.text
    assert "Expected on" in answer.text
    assert client.get(f"/growth.png?on={LAST}&known={LAST}").content.startswith(b"\x89PNG")


def test_what_nobody_reported_is_not_drawn(client: TestClient) -> None:
    nothing = client.get("/growth.svg?of=people_supported")
    assert nothing.status_code == 400
    assert "Nothing had been counted by this day" in nothing.text
    assert "/growth.svg" not in client.get("/growth?of=people_supported").text


def test_a_back_test_counts_only_what_was_known_on_its_day(client: TestClient, network: Network) -> None:
    """With the mutant: one that asks with today's knowledge finds more than had been told by then."""
    given_growth(network, told_late=1)
    test = asked(client)["back_tests"][0]
    made_on, about = date.fromisoformat(test["made_on"]), date.fromisoformat(test["about"])

    def counted(on: date, known: date) -> float:
        return network.national(on=on, known=known).enterprises or 0

    assert test["actual"] == counted(about, LAST)
    then, before = counted(made_on, made_on), counted(months_on(made_on, -12), made_on)
    assert counted(made_on, LAST) > then, "something was told late"
    assert test["naive"] == 2 * then - before
    careless = mutated(kept, "course(day, day)", "course(day, known)")
    with TestClient(create_app(network.settings)) as other:
        study = careless.studied(other.app.state.hub, "enterprises", on=LAST, known=LAST)
    assert study.tests[0].naive != test["naive"]


def test_what_nobody_knew_yet_did_not_stand_still(client: TestClient, network: Network) -> None:
    """A picture of a later day from earlier knowledge ends when that knowledge does: what follows is no flat line."""
    given_growth(network)
    known = months_on(LAST, -18)
    assert asked(client, on=LAST, known=known)["course"] == asked(client, on=known, known=known)["course"]
    flat = mutated(kept, "until = min(on, known)", "until = on")
    with TestClient(create_app(network.settings)) as other:
        careless = flat.studied(other.app.state.hub, "enterprises", on=LAST, known=known)
    assert careless.points[-1].day == LAST


def test_thin_figures_are_refused_in_a_sentence(client: TestClient, network: Network) -> None:
    given_growth(network)
    found = asked(client, on=date(2018, 1, 31), known=LAST)
    assert found["refused"].startswith("There are ")
    assert found["curve"] is None
    assert not [row for row in found["course"] if row["expected"]]
    page = client.get(f"/growth?on=2018-01-31&known={LAST}")
    assert "No forecast of enterprises: too few months" in page.text


@pytest.mark.parametrize("of", ["enterprises", "areas", "people_supported"])
def test_a_hub_without_anything_answers(client: TestClient, of: str) -> None:
    assert asked(client, of)["refused"]
    assert "No forecast of" in client.get(f"/growth?of={of}").text


@pytest.mark.parametrize("path", ["/growth", "/api/growth", "/growth.csv"])
def test_what_does_not_grow_is_asked_for_in_vain(client: TestClient, path: str) -> None:
    answer = client.get(f"{path}?of=milestones")
    assert answer.status_code == 400
    assert "one of enterprises, areas, people_supported" in answer.text


def test_a_day_that_is_no_day_is_asked_for_again(client: TestClient) -> None:
    answer = client.get("/growth?of=areas&on=nonsense")
    assert answer.status_code == 400
    assert "Enter a day such as" in answer.text
    assert 'name="of" value="areas"' in answer.text
    assert client.get("/api/growth?on=nonsense").status_code == 400


def test_the_same_is_worked_out_once_however_many_ask_until_something_is_recorded(
    client: TestClient, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_growth(network)
    made: list[date] = []

    def courses(connection: Connection, *, on: date, known: date) -> pictures.Courses:
        if on == known == LAST:
            made.append(on)
        return pictures.courses(connection, on=on, known=known)

    monkeypatch.setattr(kept, "disclosure", SimpleNamespace(courses=courses))
    together = Barrier(4)

    def ask() -> None:
        together.wait()
        asked(client)

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    network.given(registered("one more", area=SOMERSET, on=LAST, recorded=noon(LAST)))
    network.project()
    asked(client)
    assert len(made) == 2


def test_the_national_page_goes_on_dotted_once_it_was_worked_out_and_never_works_it_out(
    client: TestClient, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_growth(network)
    address = f"/?on={LAST}&known={LAST}"
    before = client.get(address).text
    assert "chart-expected" not in before
    assert f'href="/growth?of=enterprises&amp;on={LAST}&amp;known={LAST}"' in before
    client.get(f"/growth?on={LAST}&known={LAST}")
    monkeypatch.setattr("hub.national.growth.kept._study", None)  # whoever works it out fails
    after = client.get(address).text
    assert after.count("chart-expected") == 1
    assert " expected</text>" in after
    assert "chart-expected" not in client.get(f"/?on={LAST}").text, "as known on another day it is another forecast"


def test_what_was_recorded_since_moves_the_start_of_the_dots_and_not_their_course(
    client: TestClient, network: Network
) -> None:
    given_growth(network)
    asked(client)
    hub = client.app.state.hub

    def ahead() -> list[float]:
        with hub.reading("national") as connection:
            points = pictures.courses(connection, on=LAST, known=LAST).network["enterprises"]
        return [each.value for each in kept.expected(hub, "enterprises", points, on=LAST, known=LAST)]

    before = ahead()
    assert len(before) == 12
    network.given(registered("one more", area=SOMERSET, on=LAST, recorded=noon(LAST)))
    network.project()
    assert ahead() == pytest.approx([value + 1 for value in before])
