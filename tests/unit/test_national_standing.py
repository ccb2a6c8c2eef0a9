"""How areas stand, in words: titles that state what was found, and what only some may read."""

from datetime import date

import pytest

from events.projections.grounds import Stands, Waited
from events.projections.indicators import INDICATORS
from events.projections.picture import AreaFigures, Figure, Picture
from hub.disclosure import disclosed
from hub.national.rates import rates
from hub.national.standing import standing_of

TODAY = date(2026, 11, 21)
NONE = dict.fromkeys(INDICATORS, 0)


def area(code, *, target=200, **figures):
    return AreaFigures(
        area=code,
        name=f"Name {code}",
        nation="England",
        joined_on=date(2017, 3, 1),
        figures={name: Figure(value=value, areas_reporting=1) for name, value in (NONE | figures).items()},
        load_target=target,
    )


def picture(*areas):
    figures = {
        name: Figure(value=sum(each.figures[name].value for each in areas), areas_reporting=len(areas))
        for name in INDICATORS
    }
    return Picture(on=TODAY, known=TODAY, figures=figures, areas=list(areas), published=[])


def stood(*areas, stands=(), before=(), waited=None, may_read=lambda _: False):
    now, then = picture(*areas), picture(*before)
    found = rates(now, then, costs={}, waited={"": waited or Waited()})
    return standing_of(disclosed(now), then, found, stands, query="on=x", may_read=may_read)


def told(facet, key, *areas, second=False):
    return Stands(facet=facet, key=key, second=second, areas=list(areas))


def test_conditions_are_met_withdrawn_or_not_confirmed():
    of = stood(
        area("A"), area("B"), area("C"),
        stands=[told("condition", "funding", "A"), told("condition", "funding", "B", second=True)],
    )  # fmt: skip
    assert [(row.met, row.withdrawn, row.not_confirmed) for row in of.conditions if row.condition == "funding"] == [
        (1, 1, 1)
    ]
    assert len(of.conditions) == 6
    assert of.conditions_title == "Most often missing: a skilled Catalyst for two years, met in 0 of 3 areas"


def test_before_anybody_told_of_a_condition_none_is_said_to_be_missing():
    assert stood(area("A")).conditions_title == "No area has told of a condition yet"


@pytest.mark.parametrize(
    ("stands", "title"),
    [
        ([], "No risk is open"),
        ([told("risk", "funding ends", "A")], "1 risk is open in 1 area; nothing is done yet about 1"),
        (
            [told("risk", "funding ends", "A", "B", second=True), told("risk", "partial buy-in", "A", second=True)],
            "3 risks are open in 2 areas; something is done about each",
        ),
    ],
)
def test_the_title_of_risks_says_how_many_and_where_nothing_is_done(stands, title):
    assert stood(area("A"), area("B"), stands=stands).risks_title == title


def test_areas_with_a_risk_are_named_to_those_who_may_read_them_only():
    stands = [told("risk", "funding ends", "A"), told("risk", "funding ends", "B", second=True)]
    of_all = stood(area("A"), area("B"), stands=stands)
    assert [(row.risk, row.areas, row.mitigated, row.named) for row in of_all.risks] == [("funding ends", 2, 1, "")]
    of_mine = stood(area("A"), area("B"), stands=stands, may_read=lambda code: code == "B")
    assert of_mine.risks[0].named == "Name B"


def test_a_risk_that_is_about_somebody_stands_among_others_for_everybody_else():
    stands = [told("risk", "the wrong recruit", "A", second=True), told("risk", "another risk", "A", "B")]
    assert [(row.risk, row.areas, row.mitigated) for row in stood(area("A"), area("B"), stands=stands).risks] == [
        ("another risk", 2, 0)
    ]
    mine = stood(area("A"), area("B"), stands=stands, may_read=lambda _: True)
    assert {row.risk for row in mine.risks} == {"another risk", "the wrong recruit"}


def test_what_is_held_is_said_with_where_it_is_least():
    of = stood(
        area("A", requirements=10, requirements_valid=10, checks=7),
        area("B", requirements=10, requirements_valid=5, trainings=2),
        before=[area("A", checks=4)],
    )
    assert of.held_title == "75% of what enterprises must hold is in date"
    assert of.lowest == "Name B (50%)"
    assert {each.label: each.change for each in of.held if each.change} == {
        "Courses completed": "2 of them in the last year",
        "Quality checks": "3 of them in the last year",
    }


def test_few_who_wait_are_kept_back_here_too():
    of = stood(area("A", waiting=3, waiting_long=2), waited=Waited(started=3, median=9, ninetieth=9, long=1))
    assert of.waits_title == "Too few people’s support started to say how long they waited"
    values = [each.value for each in of.waits]
    assert not {9, 3, 2, 1} & {each for each in values if isinstance(each, int)}
    assert "9 days" not in values


@pytest.mark.parametrize(
    ("active", "title", "colours"),
    [
        ((159, 0), "No area is near what its Catalysts can look after; together they are at 39.8%", []),
        ((160, 0), "1 area is near what their Catalysts can look after", ["yellow"]),
        ((200, 171), "1 area is at or past what their Catalysts can look after, 1 near it", ["red", "yellow"]),
        ((200, 300), "2 areas are at or past what their Catalysts can look after", ["red", "red"]),
    ],
)
def test_areas_near_what_their_catalysts_can_look_after_are_named_the_fullest_first(active, title, colours):
    of = stood(*(area(code, active=n, catalysts=1) for code, n in zip("AB", active, strict=True)))
    assert of.load_title == title
    assert [row.colour for row in of.load] == colours


def test_areas_without_a_catalyst_are_named_too():
    assert stood(area("A", catalysts=1), area("B", active=50)).no_load == "Name B"
