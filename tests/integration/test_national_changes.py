"""What changed in a week, what was learned late, and what was believed of a day: as pages tell it."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from network import (
    CORNWALL,
    DEVON,
    SOMERSET,
    Fact,
    Network,
    corrected,
    joined,
    left,
    mutated,
    noon,
    registered,
    reported,
)

from events.areas import (
    CatalystAppointed,
    CatalystLeft,
    ConditionConfirmed,
    ConditionWithdrawn,
    SystemRiskClosed,
    SystemRiskMitigated,
    SystemRiskRaised,
)
from events.base import Event, named_id, today
from events.enterprises import ActivityReported
from events.learning import LessonShared, PracticeAdopted
from events.projections import changes as turns
from events.projections import engine, picture
from events.settings import Settings
from hub.app import create_app
from hub.edges.limits import Limits
from hub.national import history
from hub.national.changes import lines

ON = date(2026, 6, 12)
"""The last day of the week."""
LONG_AGO = ON - timedelta(300)
CANARY = "Wilhelmina Quillfeather"


def days(back: int) -> date:
    return ON - timedelta(back)


def of_area(event: Event, area: str, on: date, learned: date | None = None) -> Fact:
    return Fact(event=event, on=on, recorded=noon(learned or on), area=area, of_area=True)


def of_lesson(event: Event, name: str, area: str, on: date) -> Fact:
    return Fact(event=event, on=on, recorded=noon(on), area=area, stream=named_id("lesson", name))


def given(network: Network) -> None:
    for area in (SOMERSET, DEVON):
        network.given(joined(area, on=LONG_AGO, recorded=noon(LONG_AGO)))
    for nth in range(24):
        network.given(registered(f"S{nth} {CANARY}", area=SOMERSET, on=LONG_AGO, recorded=noon(LONG_AGO)))
    post = CatalystAppointed(
        post=CANARY, employer="the council", starts=LONG_AGO, ends=days(-300), cost=135_000, locally_rooted=True
    )
    lesson = LessonShared(lesson=named_id("lesson", "a"), title=CANARY, tried="x", context="x", result="x")
    facts = [
        of_area(post, SOMERSET, LONG_AGO),
        of_area(SystemRiskRaised(risk="funding ends", owner=CANARY), SOMERSET, days(40)),
        of_area(ConditionConfirmed(condition="funding", evidence=CANARY), SOMERSET, days(30)),
        of_area(SystemRiskRaised(risk="partial buy-in", owner=CANARY), SOMERSET, days(20)),
        of_area(CatalystLeft(post=CANARY), SOMERSET, days(6)),
        of_area(SystemRiskMitigated(risk="partial buy-in", action=CANARY), SOMERSET, days(5)),
        of_area(SystemRiskClosed(risk="funding ends"), SOMERSET, days(5)),
        of_area(ConditionConfirmed(condition="funding", evidence="again"), SOMERSET, days(5)),
        of_area(ConditionWithdrawn(condition="funding", evidence=CANARY), SOMERSET, days(4)),
        joined(CORNWALL, on=days(3), recorded=noon(days(3))),
        registered("the first of Cornwall", area=CORNWALL, on=days(2), recorded=noon(days(2))),
        registered("the 25th of Somerset", area=SOMERSET, on=days(2), recorded=noon(days(2))),
        of_lesson(lesson, "a", DEVON, days(1)),
        of_lesson(PracticeAdopted(lesson=named_id("lesson", "a"), from_area=SOMERSET), "b", DEVON, days(1)),
        of_area(SystemRiskRaised(risk="the wrong employer", owner=CANARY), DEVON, days(60), days(1)),
        left(DEVON, on=ON, recorded=noon(ON)),
    ]
    for fact in facts:
        network.given(fact)
    network.project()


def told(network: Network, module: Any = turns) -> list[tuple[str, str]]:
    with engine.reading(network.connection, "national"):
        found = picture.picture(network.connection, on=ON, known=ON)
        turned = module.turned(network.connection, since=days(7), on=ON, known=ON)
    return [(each.area_name, each.words) for each in lines(turned, found, known=ON)]


EXPECTED = [
    ("Devon", "Left the network"),
    ("Cornwall", "Joined the network"),
    ("Somerset", "Condition withdrawn: funding"),
    ("Somerset", "A Catalyst’s post ended"),
    ("Cornwall", "The first enterprise"),
    ("Somerset", "The 25th enterprise"),
    ("Somerset", "Risk closed: funding ends"),
    ("Somerset", "Something was done about a risk: partial buy-in"),
]


def test_what_changed_in_a_week_most_telling_first(network: Network) -> None:
    given(network)
    assert told(network) == EXPECTED


def test_a_condition_confirmed_again_is_no_change(network: Network) -> None:
    given(network)
    naive = mutated(turns, "then 'went on' else 'began'", "then 'began' else 'began'")
    assert ("Somerset", "Condition met: funding") in told(network, naive)
    assert ("Somerset", "Condition met: funding") not in told(network)


@pytest.fixture
def client(settings: Settings, network: Network, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient[Any]]:
    monkeypatch.setattr(Limits, "count", lambda *_: None)
    given(network)
    closed = msgspec.structs.replace(settings, write_key="s3cret", url="https://testserver.local")
    with TestClient(create_app(closed), base_url="https://testserver.local") as client:
        yield client


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_pages_say_so_and_nothing_that_somebody_typed(client: TestClient[Any]) -> None:
    national = client.get(f"/?on={ON}").text
    full = client.get(f"/changes?on={ON}&known={ON}").text
    csv = client.get(f"/changes.csv?on={ON}&known={ON}").text
    for _, words in EXPECTED:
        assert words in national
        assert words in full
        assert words in csv
    assert "the first of Cornwall" not in national + full + csv
    assert CANARY not in national + full + csv


def test_what_was_learned_late_stands_apart(client: TestClient[Any]) -> None:
    full = client.get(f"/changes?on={ON}&known={ON}").text
    happened, late = full.split('id="late"')
    assert "the wrong employer" not in happened
    day_before_it_was_known = client.get(f"/changes?on={ON}&known={days(2)}").text
    assert "the wrong employer" not in day_before_it_was_known
    # Devon does not take part any more on the last day, so its risk counts for nothing then
    assert "the wrong employer" not in late
    assert "the wrong employer" in client.get(f"/changes?on={days(1)}&known={days(1)}").text.split('id="late"')[1]


def test_each_change_leads_to_the_entry_behind_it(client: TestClient[Any]) -> None:
    full = client.get(f"/changes?on={ON}&known={ON}").text
    hrefs = re.findall(r'<li>[^<]*, <a class="govuk-link" href="([^"]+)#events"', full)
    assert len(hrefs) == len(EXPECTED)
    for href in hrefs:
        page = client.get(href.replace("&amp;", "&"))
        assert page.status_code == 200
        assert "An entry, open to those who work in the area" in page.text


@pytest.mark.parametrize("asked", ["days=0", "days=93", "days=x", "days=-1"])
def test_days_that_are_none_are_refused(client: TestClient[Any], asked: str) -> None:
    assert client.get(f"/changes?{asked}").status_code == 400


# ---- what was believed


@pytest.fixture
def believed(settings: Settings, network: Network, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient[Any]]:
    """On the day, two enterprises and 30 people; later one more is recorded, and a report was 13 instead of 31."""
    monkeypatch.setattr(Limits, "count", lambda *_: None)
    day = days(10)
    network.given(joined(SOMERSET, on=day, recorded=noon(day)))
    network.given(registered("One", on=day, recorded=noon(day)), reported(people=31, on=day, recorded=noon(day)))
    network.given(registered("Two", on=day, recorded=noon(day)), reported(people=9, on=day, recorded=noon(day)))
    late = days(5)
    network.given(registered("Three", on=day, recorded=noon(late)), reported(people=7, on=day, recorded=noon(late)))
    mended = ActivityReported(period_starts=day, people_supported=13)
    network.given(corrected(3, replacement=mended, of="One", on=day, recorded=noon(ON)))
    network.project()
    closed = msgspec.structs.replace(settings, write_key="s3cret", url="https://testserver.local")
    with TestClient(create_app(closed), base_url="https://testserver.local") as client:
        yield client


def test_each_step_of_what_was_believed_is_told_with_what_moved_it(believed: TestClient[Any]) -> None:
    text = believed.get(f"/figures/people_supported/history.csv?on={days(10)}").text
    assert text.splitlines() == [
        "on,known,people_supported,recorded,corrected,affected",
        f"{days(10)},{days(10)},40,0,0,0",
        f"{days(10)},{days(5)},47,1,0,0",
        f"{days(10)},{ON},29,0,1,0",
    ]
    page = plain(believed.get(f"/figures/people_supported/history?on={days(10)}").text)
    assert "we believed 40 people; now 29 for that day: 1 was recorded later, 1 was corrected" in page
    assert "31 to 13" not in page  # numbers of people are for those who may read the area


def test_those_who_read_the_area_see_the_amounts_and_why_it_was_corrected(believed: TestClient[Any]) -> None:
    key = {"authorization": "Bearer s3cret"}
    page = plain(believed.get(f"/figures/people_supported/history?on={days(10)}", headers=key).text)
    assert "31 to 13" in page
    assert "nothing to 7" in page
    assert "(corrected: mistyped)" in page


def test_key_figures_then_and_today_with_what_came_in_between(believed: TestClient[Any]) -> None:
    asked = f"on={days(10)}&known={days(8)}"
    page = plain(believed.get(f"/history?{asked}").text)
    assert "Then we believed 2 enterprises; today we believe 3 for that day: 1 was recorded later." in page
    assert f"/history?{asked}" in believed.get(f"/?{asked}").text.replace("&amp;", "&")
    assert "/history?" not in believed.get("/").text


def test_then_and_today_come_as_csv(believed: TestClient[Any]) -> None:
    asked = f"on={days(10)}&known={days(8)}"
    heading, *rows = believed.get(f"/history.csv?{asked}").text.splitlines()
    assert heading == "figure,on,known,then,known_now,now,recorded,corrected,affected"
    assert f"enterprises,{days(10)},{days(8)},2,{today()},3,1,0,0" in rows
    assert f"people_supported,{days(10)},{days(8)},40,{today()},29,1,1,0" in rows
    assert f"/history.csv?{asked}" in believed.get(f"/history?{asked}").text.replace("&amp;", "&")
    assert believed.get("/history.csv?on=never").status_code == 400


def test_the_course_of_what_was_believed_comes_as_a_picture(believed: TestClient[Any]) -> None:
    page = believed.get(f"/figures/people_supported/history?on={days(10)}").text
    svg, png = (
        believed.get(each.replace("&amp;", "&"))
        for each in re.findall(r'href="(/figures/[^"]+\.(?:svg|png)\?[^"]+)', page)
    )
    assert "we believed 40 people; now 29 for that day" in svg.text.partition("</title>")[0]
    assert png.content.startswith(b"\x89PNG")
    nothing = believed.get(f"/figures/jobs/history.svg?on={days(10)}")
    assert nothing.status_code == 400
    assert "Nobody reported this for that day" in nothing.text
    assert "history.svg" not in believed.get(f"/figures/jobs/history?on={days(10)}").text


def test_a_sum_of_too_few_people_is_not_told_at_any_step(settings: Settings, network: Network) -> None:
    day = days(10)
    network.given(joined(SOMERSET, on=day, recorded=noon(day)))
    network.given(registered("One", on=day, recorded=noon(day)), reported(people=3, on=day, recorded=noon(day)))
    network.given(registered("Two", on=day, recorded=noon(ON)), reported(people=44, on=day, recorded=noon(ON)))
    network.project()
    with TestClient(create_app(settings)) as client:
        text = client.get(f"/figures/people_supported/history.csv?on={day}").text
    assert [line.split(",")[2] for line in text.splitlines()[1:]] == ["<5", "47"]


def test_many_steps_are_put_together_by_month(monkeypatch: pytest.MonkeyPatch) -> None:
    from events.projections.believed import Step
    from events.projections.picture import Figure

    monkeypatch.setattr(history, "MOST", 5)
    found = [
        Step(known=LONG_AGO + timedelta(n), figure=Figure(value=n, areas_reporting=1), by_area={}, recorded=1)
        for n in range(100)
    ]
    rows = history.step_rows(found, list(range(100)), on=LONG_AGO)
    assert [row.value for row in rows[:5]] == [99, 98, 97, 96, 95]
    assert sum(row.change or 0 for row in rows) == 99
    assert sum(row.recorded for row in rows) == 100
    assert len(rows) < 12
