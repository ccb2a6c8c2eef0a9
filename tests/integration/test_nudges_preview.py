"""Who would be reminded of what on a day: on a page and from the command line, and nothing is recorded."""

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from house import House, Person, house
from litestar.testing import TestClient
from network import CORNWALL, SOMERSET, Network, hub, mutated, registered
from reminding import INSURANCE, TUESDAY, Reminding, at

from events.base import named_id, today
from events.civil import is_working_day, working_day_until
from events.nudging.rule import Rule
from events.projections import engine
from events.settings import Settings
from hub.app import create_app
from hub.nudges import preview as previewing
from hub.nudges.preview import Line, preview
from hub.nudges.rules import by_name
from workers.rules import ALL

__all__ = ["house"]

DAY = timedelta(1)


@pytest.fixture
def reminding(network: Network, settings: Settings) -> Iterator[Reminding]:
    found = Reminding(network, settings)
    yield found
    found.close()


def seen(reminding: Reminding, on: date, areas: tuple[str, ...] = (SOMERSET,)) -> list[Line]:
    reminding.network.project()
    with engine.reading(reminding.connection, "work"):
        return list(preview(reminding.connection, by_name(), on=on, now=reminding.now, areas=areas))


def test_the_hub_finds_every_rule_that_the_workers_plan_by() -> None:
    assert by_name() == {rule.name: rule for rule in ALL}


def test_it_shows_what_will_be_planned_to_whom_and_in_which_words(reminding: Reminding) -> None:
    reminding.insured()
    before = len(reminding.network.events(SOMERSET))
    (line,) = seen(reminding, TUESDAY)
    assert (line.name, line.state, line.step) == ("Bakery", "to be planned", -60)
    assert line.words == f"Your {INSURANCE} runs out on 1 August 2026."
    assert line.page == f"/enterprises/{named_id('test', 'Bakery')}"
    assert len(reminding.network.events(SOMERSET)) == before
    assert reminding.messages() == []


def test_it_says_the_same_as_the_planner_then_does(reminding: Reminding) -> None:
    """Also of a step on days off, and in the evening before."""
    reminding.insured(ends=date(2027, 3, 28))  # Easter Sunday
    reminding.staff("catalyst")
    reminding.now = at(date(2027, 3, 24), 22)
    expected = {
        date(2027, 3, 24): [],
        date(2027, 3, 25): [("catalyst", 0), ("enterprise", 0)],
        date(2027, 3, 26): [],
        date(2027, 3, 30): [],
    }
    assert {on: [(line.to, line.step) for line in seen(reminding, on)] for on in expected} == expected
    reminding.plan(date(2027, 3, 25))
    assert [(row[0], row[3]) for row in reminding.nudges()] == [
        ("catalyst", date(2027, 3, 25)),
        ("enterprise", date(2027, 3, 25)),
    ]


def test_what_was_due_before_is_not_said_to_go_out_on_each_day_after(reminding: Reminding) -> None:
    reminding.insured()
    for ahead in range(1, 7):
        assert seen(reminding, TUESDAY + ahead * DAY) == []
    careless = mutated(previewing, "if goes_on(want, told[each], now=now) == on", "if True")
    reminding.network.project()
    with engine.reading(reminding.connection, "work"):
        day = TUESDAY + DAY
        assert careless.preview(reminding.connection, by_name(), on=day, now=reminding.now, areas=[SOMERSET])


def test_what_was_planned_is_shown_as_it_stands_also_afterwards(reminding: Reminding) -> None:
    reminding.insured()
    reminding.plan()
    assert [line.state for line in seen(reminding, TUESDAY)] == ["planned"]
    reminding.send()
    reminding.now = at(TUESDAY + 9 * DAY)
    assert [line.state for line in seen(reminding, TUESDAY)] == ["sent"]
    reminding.renewed("Bakery", date(2026, 8, 2), date(2027, 8, 1))
    (line,) = seen(reminding, TUESDAY)
    assert (line.state, line.words) == ("sent", ""), "its reason is gone"


def test_where_nobody_holds_the_role_it_says_so(reminding: Reminding) -> None:
    reminding.insured(ends=TUESDAY)
    lines = [(line.to, line.state) for line in seen(reminding, TUESDAY)]
    assert lines == [("catalyst", "nobody to tell"), ("enterprise", "to be planned")]


def test_who_is_held_out_and_who_turned_it_off(reminding: Reminding) -> None:
    names = [f"number {number}" for number in range(40)]
    day = date(2027, 2, 2)
    reminding.network.given(*(registered(name, area=SOMERSET, on=day - 60 * DAY) for name in names))
    account = reminding.staff("catalyst")
    quiet = [line for line in seen(reminding, day) if line.rule == "enterprises_no_milestone"]
    rule: Rule[object] = by_name()["enterprises_no_milestone"]
    held = {
        named_id("test", name) for name in names if rule.trial and rule.trial.holds_out(named_id("test", name), on=day)
    }
    assert {line.about for line in quiet if line.state == "held out"} == held
    assert len(held) > 0
    reminding.connection.execute("insert into nudge_preference (account, optional) values (%s, false)", [account])
    assert {line.state for line in seen(reminding, day) if line.rule == "enterprises_no_milestone"} == {"turned off"}


def test_a_weekly_digest_goes_on_its_own_day(reminding: Reminding) -> None:
    reminding.network.given(registered("Garden", area=SOMERSET, on=TUESDAY - 60 * DAY))
    account = reminding.staff("catalyst")
    reminding.connection.execute("insert into nudge_preference (account, every) values (%s, 'week')", [account])
    days = [TUESDAY + ahead * DAY for ahead in range(9)]
    assert [day for day in days if seen(reminding, day)] == [TUESDAY + 6 * DAY], "the Monday after"
    reminding.plan()
    assert [row[3] for row in reminding.nudges()] == [TUESDAY + 6 * DAY]


# ---- the page and the command


def shown(person: Person, query: str = "") -> str:
    answer = person.get(f"/nudges/preview{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_page_shows_ones_own_areas_only(house: House, network: Network) -> None:
    day = next(day for day in (today() + n * DAY for n in range(1, 9)) if is_working_day(day, "England"))
    network.given(
        registered("Nearby", area=SOMERSET, on=day - 60 * DAY), registered("Far away", area=CORNWALL, on=day - 60 * DAY)
    )
    network.project()
    for query in (f"?on={day}", f"?on={day}&area={CORNWALL}"):
        text = shown(house.catalyst, query)
        assert "Nearby has reached no milestone" in text
        assert "Bronwen, Catalyst" in text
        assert "Far away" not in text
    both = shown(house.person("national"), f"?on={day}")
    assert "Nearby" in both
    assert "Far away" in both
    assert "Nobody to tell" in both, "Cornwall has no Catalyst"
    assert "Nearby" not in shown(house.person("national"), f"?on={day}&area={CORNWALL}")


def test_the_page_names_nobody_who_is_held_out(house: House, network: Network) -> None:
    """A Catalyst who reads whom they are not reminded of is reminded of them."""
    day = next(day for day in (today() + n * DAY for n in range(1, 9)) if is_working_day(day, "England"))
    names = [f"number {number}" for number in range(30)]
    network.given(*(registered(name, area=SOMERSET, on=day - 60 * DAY) for name in names))
    network.project()
    trial = by_name()["enterprises_no_milestone"].trial
    assert trial
    held = {name for name in names if trial.holds_out(named_id("test", name), on=day)}
    assert held
    text = shown(house.catalyst, f"?on={day}")
    assert f"{len(held)} are held out for a trial" in text
    assert {name for name in names if f"{name} has reached no milestone" in text} == set(names) - held


def test_the_page_of_a_day_that_is_over_says_how_many_went_out(reminding: Reminding, settings: Settings) -> None:
    day = working_day_until(today() - DAY, "England")
    reminding.insured(ends=day + 60 * DAY)
    reminding.plan(day)
    reminding.send()
    reminding.network.project()
    with TestClient(create_app(settings)) as client:
        text = client.get(f"/nudges/preview?on={day}").text
    assert "1 reminder went out on this day." in text


def test_the_page_keeps_what_it_cannot_read(house: House) -> None:
    text = shown(house.catalyst, "?on=soon")
    assert "Enter a day such as" in text
    assert 'value="soon"' in text
    assert "There is a problem" in shown(house.catalyst, "?on=1850-01-01")


def test_the_command_tells_why_and_sends_nothing(reminding: Reminding) -> None:
    ends = next(day for day in (today() + n * DAY for n in range(1, 9)) if is_working_day(day, "England"))
    reminding.insured(ends=ends)
    reminding.staff("catalyst")
    reminding.network.project()
    said = hub(reminding.settings, "nudges", "preview", "--on", ends.isoformat(), "--area", SOMERSET, "--json")
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout)
    assert [(each["to"], each["step"], each["state"]) for each in found] == [
        ("catalyst", 0, "to be planned"),
        ("enterprise", 0, "to be planned"),
    ]
    assert all("runs out" in each["why"] for each in found)
    assert reminding.messages() == []
    words = hub(reminding.settings, "nudges", "preview", "--on", ends.isoformat())
    assert "Bronwen, Catalyst" in words.stdout.replace("\n", " ")
    assert hub(reminding.settings, "nudges", "preview", "--area", "E99").returncode == 1
