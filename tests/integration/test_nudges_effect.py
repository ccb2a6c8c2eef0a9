"""What came of reminders: counted once for each thing, by step, beside those held out; and other days tried out."""

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from house import House, house
from network import SOMERSET, Network, hub, milestone, registered
from reminding import ENDS, TUESDAY, Reminding

from events.base import named_id
from events.projections import engine
from events.settings import Settings
from hub.nudges.effect import Arm, Effect, effects
from workers.rules import ALL

__all__ = ["house"]

DAY = timedelta(1)


@pytest.fixture
def reminding(network: Network, settings: Settings) -> Iterator[Reminding]:
    found = Reminding(network, settings)
    yield found
    found.close()


def measured(reminding: Reminding, today: date) -> dict[tuple[str, int], Effect]:
    reminding.network.project()
    with engine.reading(reminding.connection, "work"):
        found = effects(reminding.connection, ALL, areas=[SOMERSET], today=today)
    return {(each.rule, each.step): each for each in found}


def test_in_time_is_renewed_by_the_day_and_what_is_not_over_does_not_count(reminding: Reminding) -> None:
    for name in ("Bakery", "Garden", "Shed"):
        reminding.insured(name)
    reminding.plan(TUESDAY)
    reminding.renewed("Bakery", ENDS + DAY, ENDS + 365 * DAY)
    reminding.renewed("Shed", ENDS + 2 * DAY, ENDS + 365 * DAY)  # a day without
    assert measured(reminding, ENDS + DAY) == {}
    (found,) = measured(reminding, ENDS + 2 * DAY).values()
    assert (found.rule, found.step, found.reminded) == ("renewals_expiry", -60, Arm(3, 1))
    assert found.finding == "Nobody is held out"


def test_held_out_and_reminded_are_counted_apart_and_each_enterprise_once(reminding: Reminding) -> None:
    names = [f"number {number}" for number in range(30)]
    reminding.staff("catalyst")
    reminding.staff("catalyst")
    reminding.network.given(*(registered(name, area=SOMERSET, on=TUESDAY - 60 * DAY) for name in names))
    rule = next(rule for rule in ALL if rule.name == "enterprises_no_milestone")
    held = [name for name in names if rule.trial and rule.trial.holds_out(named_id("test", name), on=TUESDAY)]
    told = [name for name in names if name not in held]
    reminding.plan(TUESDAY)
    reminding.network.given(
        *(milestone("first customer", of=name, on=TUESDAY + 30 * DAY) for name in [*told[:5], *held[:1]]),
        milestone("first customer", of=told[5], on=TUESDAY + 31 * DAY),
    )
    found = measured(reminding, TUESDAY + 31 * DAY)["enterprises_no_milestone", 60]
    assert (found.reminded, found.held_out) == (Arm(len(told), 5), Arm(len(held), 1))
    assert found.finding == "Not enough data"


def test_every_rule_can_be_measured_where_nothing_was_planned_yet(reminding: Reminding) -> None:
    reminding.network.project()
    assert measured(reminding, TUESDAY) == {}


def test_the_commands_tell_the_same_to_programs(reminding: Reminding) -> None:
    reminding.insured(ends=date(2026, 5, 29))
    reminding.plan(date(2026, 5, 29))
    reminding.network.project()
    said = hub(reminding.settings, "nudges", "effect", "--json")
    (found,) = json.loads(said.stdout)
    assert (found["rule"], found["step"], found["reminded"]["number"]) == ("renewals_expiry", 0, 1)
    said = hub(reminding.settings, "nudges", "replay", "--rule", "renewals-expiry", "--days", "45,14", "--json")
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout)
    assert (found["as_asked"]["reminders"], found["as_today"]["reminders"], found["as_asked"]["lapsed"]) == (2, 4, 1)
    assert hub(reminding.settings, "nudges", "replay", "--days", "soon").returncode == 1
    assert hub(reminding.settings, "nudges", "replay", "--rule", "other", "--days", "4").returncode == 1


def test_the_page_tries_other_days_out_and_says_what_it_cannot_read(house: House) -> None:
    page = house.catalyst.get("/nudges/effect?days=45,14")
    assert page.status_code == 200, page.text
    assert "Nothing has run out yet" in page.text
    assert "Nobody is held out of this." in page.text
    assert "Enter numbers of days" in house.catalyst.get("/nudges/effect?days=soon").text
    assert "Give one to 8 numbers" in house.catalyst.get("/nudges/effect?days=400").text
