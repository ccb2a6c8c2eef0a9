"""Rates: what is divided by what, over which areas, and what is said where nothing can be divided."""

from datetime import date

import pytest

from events.projections.grounds import Waited
from events.projections.picture import AreaFigures, Figure, Picture
from hub.look.page import render
from hub.national.rate import rate_page
from hub.national.rates import RATES, WAITS, in_unit, rates

TODAY = date(2026, 11, 21)
SOMERSET = {"enterprises": 171, "enterprises_new": 133, "active": 171, "catalysts": 1, "hours_per_week": 2200}


def area(code, *, target=None, **figures):
    return AreaFigures(
        area=code,
        name=f"Name {code}",
        nation="England",
        joined_on=date(2017, 3, 1),
        figures={name: Figure(value=value, areas_reporting=int(value is not None)) for name, value in figures.items()},
        load_target=target,
    )


def picture(*areas):
    return Picture(on=TODAY, known=TODAY, figures={}, areas=list(areas), published=[])


def rated(name, *areas, before=(), costs=None, waited=None):
    found = rates(picture(*areas), picture(*before), costs=costs or {}, waited=waited or {"": Waited()})
    return found.network[name]


@pytest.mark.parametrize(
    ("name", "words", "numerator", "denominator"),
    [
        ("catalyst_load", "85.5%", 171, 200),
        ("cost_per_enterprise", "£789", 135_000, 171),
        ("cost_per_new_enterprise", "£1,015", 135_000, 133),
        ("cost_per_weekly_hour", "£61", 135_000, 2200),
    ],
)
def test_somerset_comes_out_as_published(name, words, numerator, denominator):
    found = rated(name, area("S", target=200, **SOMERSET), costs={"S": 135_000.0})
    assert (found.words, found.numerator, found.denominator) == (words, numerator, denominator)


@pytest.mark.parametrize(
    ("name", "now", "before", "words"),
    [
        ("conditions_share", {"conditions_met": 5}, None, "83.3%"),
        ("conditions_share", {"conditions_met": 0, "conditions_withdrawn": 2}, None, "0%"),
        ("requirements_share", {"requirements": 40, "requirements_valid": 39}, None, "97.5%"),
        ("requirements_share", {"requirements": 40, "requirements_valid": 0}, None, "0%"),
        ("renewed_in_time", {"renewals_due": 30, "renewals_on_time": 28}, (20, 20), "80%"),
        ("renewed_in_time", {"renewals_due": 30, "renewals_on_time": 27}, None, "90%"),
        ("acceptance", {"answers": 30, "acceptances": 27}, None, "90%"),
    ],
)
def test_shares_are_of_what_there_is(name, now, before, words):
    rate = RATES[name]
    then = [area("A", **dict(zip((rate.denominator, rate.numerator), before, strict=True)))] if before else []
    assert rated(name, area("A", **now), before=then).words == words


@pytest.mark.parametrize(
    ("name", "figures", "target", "costs", "words"),
    [
        ("catalyst_load", {"active": 3, "catalysts": 0}, 200, None, "No area has a Catalyst in post and a target"),
        ("catalyst_load", {"active": 3, "catalysts": 1}, None, None, "No area has a Catalyst in post and a target"),
        ("cost_per_enterprise", {"enterprises": 3}, None, None, "No area has recorded a post of a Catalyst"),
        ("cost_per_enterprise", {"enterprises": 0}, None, {"A": 9.0}, "Nothing to divide by"),
        (
            "cost_per_weekly_hour",
            {"hours_per_week": None},
            None,
            {"A": 9.0},
            "No area has recorded a post of a Catalyst and reports hours",
        ),
        ("conditions_share", {"conditions_met": 0}, None, None, "No area has told of a condition"),
        (
            "requirements_share",
            {"requirements": 0, "requirements_valid": 0},
            None,
            None,
            "No area has enterprises that must hold something",
        ),
        (
            "renewed_in_time",
            {"renewals_due": 0},
            None,
            None,
            "No area had a renewal that fell due in the year",
        ),
        ("wait_median", {}, None, None, "No area had support start in the year"),
    ],
)
def test_where_nothing_can_be_divided_it_says_so_and_is_not_nought(name, figures, target, costs, words):
    found = rated(name, area("A", target=target, **figures), costs=costs)
    assert found.value is None
    assert found.words == words


def test_what_is_spent_in_an_area_without_an_enterprise_is_spent_all_the_same():
    found = rated(
        "cost_per_enterprise", area("A", enterprises=10), area("B", enterprises=0), costs={"A": 100.0, "B": 50.0}
    )
    assert found.value == 15


def test_an_area_that_is_not_in_a_rate_counts_neither_above_nor_below():
    found = rated(
        "catalyst_load",
        area("A", target=200, active=100, catalysts=1),
        area("B", target=200, active=900, catalysts=0),
    )
    assert (found.words, found.coverage) == ("50%", "1 of 2 areas has a Catalyst in post and a target")


def test_what_areas_that_left_once_added_is_not_taken_off_the_year():
    found = rated(
        "acceptance",
        area("A", answers=10, acceptances=9),
        before=[area("A", answers=5, acceptances=4), area("GONE", answers=700, acceptances=600)],
    )
    assert (found.numerator, found.denominator) == (5, 5)


@pytest.mark.parametrize(
    ("started", "long", "median", "over_a_year"),
    [(0, 0, "No area had support start in the year", "No area had support start in the year"),
     (4, 0, "Withheld", "Withheld"), (5, 0, "32 days", "0 people"), (5, 4, "32 days", "Fewer than 5"),
     (9, 5, "32 days", "5 people")],
)  # fmt: skip
def test_waits_of_few_people_are_kept_back(started, long, median, over_a_year):
    waited = {"": Waited(started=started, median=32.4 if started else None, ninetieth=70, long=long)}
    assert rated("wait_median", area("A"), waited=waited).words == median
    found = rated("waited_over_a_year", area("A"), waited=waited)
    assert found.words == over_a_year
    if 0 < started < 5:
        assert found.numerator is None


def test_how_many_waited_long_is_not_told_by_area_since_they_add_up():
    waited = {each: Waited(started=9, median=3, ninetieth=4, long=6) for each in ("", "A", "B")}
    found = rates(picture(area("A"), area("B")), picture(), costs={}, waited=waited)
    assert set(found.by_area["wait_median"]) == {"A", "B"}
    assert found.by_area["waited_over_a_year"] == {}


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1, "days", "1 day"),
        (1200, "days", "1,200 days"),
        (1, "people", "1 person"),
        (1015, "pounds", "£1,015"),
        (85.5, "percent", "85.5%"),
    ],
)
def test_units_are_words(value, unit, words):
    assert in_unit(value, unit) == words


@pytest.mark.parametrize("name", RATES)
def test_every_rate_opens_to_its_formula_its_parts_and_its_areas(name):
    now = picture(
        area("A", target=200, **SOMERSET, answers=9, acceptances=8, renewals_due=4, renewals_on_time=3,
             conditions_met=6, requirements=10, requirements_valid=9),
        area("B"),
    )  # fmt: skip
    waited = {each: Waited(started=9, median=32, ninetieth=60, long=7) for each in ("", "A")}
    of = rate_page(name, rates(now, picture(), costs={"A": 135_000.0}, waited=waited), now, today=TODAY)
    text = render("national/pages/rate.html", page=of).decode()
    assert of.formula in text
    assert "/figures/" + RATES[name].numerator in text
    assert RATES[name].denominator in text
    assert of.coverage in text
    assert of.areas or name == "waited_over_a_year"
    assert ("fewer than 5 people" in text) == (name in WAITS)
    if name not in WAITS and name != "conditions_share":
        assert of.left_out == ["Name B"]
