"""What came of reminders: counted once for each thing, by step, beside those held out; and other days tried out."""

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from house import House, house
from network import CORNWALL, SOMERSET, Fact, Network, hub, milestone, registered
from reminding import ENDS, INSURANCE, TUESDAY, Reminding

from events.base import named_id
from events.projections import engine
from events.renewal_catalogue import read_catalogue
from events.renewals import Applies, RequirementRenewed, RequirementsApplied
from events.settings import Settings
from hub.nudges import routes
from hub.nudges.effect import Arm, Effect, as_shown, effects
from hub.nudges.replay import replay
from workers.rules import ALL, BY_NAME

__all__ = ["house"]

DAY = timedelta(1)
IN_TRIAL = date(2027, 2, 2)
"""A Tuesday."""

STANDARDS = "standards signed"
BOTH = (Applies(requirement=INSURANCE, because="All do."), Applies(requirement=STANDARDS, because="All do."))


def signed(name: str, starts: date, ends: date) -> Fact:
    event = RequirementRenewed(requirement=STANDARDS, valid_from=starts, valid_to=ends)
    return Fact(event=event, on=starts, area=SOMERSET, stream=named_id("test", name))


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
    """The first time that it came to that, though an enterprise goes quiet again and again, and two people are told."""
    names = [f"number {number}" for number in range(30)]
    reminding.staff("catalyst")
    reminding.staff("catalyst")
    reminding.network.given(*(registered(name, area=SOMERSET, on=IN_TRIAL - 60 * DAY) for name in names))
    trial = BY_NAME["enterprises_no_milestone"].trial
    assert trial
    held = [name for name in names if trial.holds_out(named_id("test", name), on=IN_TRIAL)]
    told = [name for name in names if name not in held]
    assert held
    reminding.plan(IN_TRIAL)
    reminding.network.given(
        *(milestone("first customer", of=name, on=IN_TRIAL + 30 * DAY) for name in [*told[:5], *held[:1]]),
        milestone("first customer", of=told[5], on=IN_TRIAL + 31 * DAY),
    )
    again = IN_TRIAL + 91 * DAY
    reminding.plan(again)
    found = measured(reminding, again + 60 * DAY)["enterprises_no_milestone", 60]
    assert (found.reminded, found.held_out) == (Arm(len(told), 5), Arm(len(held), 1))
    assert found.finding == "Not enough data"
    with engine.reading(reminding.connection, "work"):
        query = "select about from nudge where held_out group by about having count(distinct due) = 2"
        twice = {id for (id,) in reminding.connection.execute(query)}
    assert twice == {named_id("test", held[0])}, "it went quiet twice, and counted once"


def test_once_a_trial_is_over_nobody_is_held_out_and_nothing_more_counts(reminding: Reminding) -> None:
    names = [f"number {number}" for number in range(30)]
    reminding.staff("catalyst")
    trial = BY_NAME["enterprises_no_milestone"].trial
    assert trial
    after = trial.ends_on + 9 * DAY
    reminding.network.given(*(registered(name, area=SOMERSET, on=after - 60 * DAY) for name in names))
    assert reminding.plan(after).held_out == 0
    assert measured(reminding, after + 60 * DAY) == {}


def test_renewed_on_time_is_compared_of_what_one_may_do_without_alone(reminding: Reminding) -> None:
    """What the network itself asks for has a trial; insurance, which runs out on the same day, has none."""
    names = [f"number {number}" for number in range(40)]
    rule = BY_NAME["renewals_local"]
    assert rule.trial
    due = IN_TRIAL + 60 * DAY
    for name in names:
        enterprise = reminding.insured(name, ends=due)
        reminding.network.given(
            Fact(event=RequirementsApplied(catalogue="test", applies=BOTH), on=IN_TRIAL, stream=enterprise),
            signed(name, due - 364 * DAY, due),
        )
    held = {name for name in names if rule.trial.holds_out(named_id("test", name), on=IN_TRIAL)}
    assert held
    planned = reminding.plan(IN_TRIAL)
    assert (planned.nudges, planned.held_out) == (2 * len(names) - len(held), len(held))
    for name in sorted(set(names) - held)[:3]:
        reminding.network.given(signed(name, due + DAY, due + 365 * DAY))
    found = measured(reminding, due + 2 * DAY)
    local, legal = found["renewals_local", -60], found["renewals_expiry", -60]
    assert (local.reminded, local.held_out) == (Arm(len(names) - len(held), 3), Arm(len(held), 0))
    assert (legal.reminded, legal.held_out, legal.trial) == (Arm(len(names), 0), Arm(0, 0), None)


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
    assert "It ends on 21 November 2027; each enterprise counts once." in page.text
    assert "Enter numbers of days" in house.catalyst.get("/nudges/effect?days=soon").text
    assert "Give one to 8 numbers" in house.catalyst.get("/nudges/effect?days=400").text


def test_one_form_keeps_the_area_and_the_days(house: House, network: Network) -> None:
    network.given(registered("Bakery", area=SOMERSET), registered("Far away", area=CORNWALL))
    network.project()
    text = house.person("national").get(f"/nudges/effect?area={SOMERSET}&days=45").text
    assert text.count('name="area"') == text.count('name="days"') == 1
    assert f'<option value="{SOMERSET}" selected>' in text
    assert 'name="days" value="45"' in text


def test_of_many_enterprises_the_page_goes_through_some_drawn_by_chance_and_says_so(
    reminding: Reminding, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        reminding.insured(f"number {number}", ends=TUESDAY)
    reminding.network.project()
    with engine.reading(reminding.connection, "work"):
        some, others = (
            replay(
                reminding.connection,
                rule=BY_NAME["renewals_expiry"],
                days=[45],
                catalogue=read_catalogue(None),
                areas=[SOMERSET],
                today=TUESDAY + DAY,
                most=most,
            )
            for most in (4, None)
        )
    assert (some.enterprises, some.of, some.as_asked.lapsed) == (4, 6, 4)
    assert (others.enterprises, others.of, others.as_asked.lapsed) == (6, 6, 6)


def test_the_page_says_how_many_it_drew(house: House, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "MOST_REPLAYED", 2)
    network.given(*(registered(f"number {number}", area=SOMERSET) for number in range(3)))
    network.project()
    text = house.catalyst.get("/nudges/effect?days=45").text
    assert "at 2 of 4 enterprises, drawn by chance" in text, "with the one that is there anyway"


def test_in_an_invented_network_a_trial_began_with_its_history() -> None:
    shown = {each.name: each.trial for each in as_shown(ALL, today=date(2026, 11, 22), invented=True)}
    trial = shown["enterprises_no_milestone"]
    assert trial
    assert (trial.declared_on, trial.ends_on) == (date(2025, 10, 18), date(2026, 11, 22))
    assert shown["renewals_expiry"] is None
    assert as_shown(ALL, today=date(2026, 11, 22), invented=False) is ALL
