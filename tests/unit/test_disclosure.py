"""Nobody can tell how many people it is where it is fewer than five."""

from collections import defaultdict
from datetime import date
from itertools import product
from types import ModuleType

import msgspec
import pytest
from network import mutated

from events.projections.indicators import INDICATORS
from events.projections.picture import AreaFigures, Courses, Figure, Picture, Point
from hub import disclosure
from hub.disclosure import FEWER, WITHHELD, disclosed, disclosed_courses, few, of_people, shown

DAY = date(2026, 11, 22)


def pictured(*values: int | None, name: str = "people_supported") -> Picture:
    """One area for each value, each joined a month after the one before."""
    areas = [
        AreaFigures(
            area=f"E0600000{n}",
            name=f"Area {n}",
            nation="England",
            joined_on=date(2020, n + 1, 1),
            figures={name: Figure(value=value, areas_reporting=int(value is not None))},
        )
        for n, value in enumerate(values)
    ]
    told = [value for value in values if value is not None]
    total = Figure(value=sum(told) if told else None, areas_reporting=len(told))
    return Picture(on=DAY, known=DAY, figures={name: total}, areas=areas, published=[])


def seen(found: Picture, name: str = "people_supported") -> list[int | float | str | None]:
    """What is shown of each area, and of all of them."""
    return [*(shown(each.figures[name]) for each in found.areas), shown(found.figures[name])]


def test_one_small_number_takes_that_of_the_area_that_joined_last_along() -> None:
    assert seen(disclosed(pictured(3, 100, 50, 200))) == [FEWER, 100, 50, WITHHELD, 353]


def test_nought_is_shown_and_what_nobody_reported_stays_so() -> None:
    assert seen(disclosed(pictured(0, None, 2, 60, 70))) == [0, None, FEWER, 60, WITHHELD, 132]
    assert seen(disclosed(pictured(0, None, 60))) == [0, None, 60, 60]


def test_where_no_other_area_hides_it_the_sum_is_not_shown_either() -> None:
    assert seen(disclosed(pictured(3))) == [FEWER, FEWER]
    assert seen(disclosed(pictured(3, 4))) == [FEWER, FEWER, WITHHELD]
    assert seen(disclosed(pictured(1, 5))) == [FEWER, WITHHELD, WITHHELD]


def test_what_is_withheld_counts_as_reported_and_is_told_from_what_is_not() -> None:
    figure = disclosed(pictured(3, 100, 50)).areas[0].figures["people_supported"]
    assert (figure.value, figure.areas_reporting) == (None, 1)
    assert b'"withheld":"fewer than 5"' in msgspec.json.encode(figure)


@pytest.mark.parametrize("name", ["enterprises", "milestones", "hours_per_week"])
def test_what_is_not_people_is_shown(name: str) -> None:
    assert not of_people(INDICATORS[name])
    assert seen(disclosed(pictured(3, 100, name=name)), name) == [3, 100, 103]


def test_jobs_and_volunteers_are_people() -> None:
    assert {name for name, each in INDICATORS.items() if of_people(each)} >= {"people_supported", "jobs", "volunteers"}


def told_apart(rules: ModuleType = disclosure) -> list[tuple[object, ...]]:
    """What shows somebody, who knows the rule, a number that is fewer than five: of all networks of three areas."""
    behind = defaultdict(list)
    for values in product((None, *range(17)), repeat=3):
        found = rules.disclosed(pictured(*values))
        view = [*(each.figures["people_supported"] for each in found.areas), found.figures["people_supported"]]
        behind[tuple(rules.shown(figure) for figure in view)].append(values)
    return [
        view
        for view, possible in behind.items()
        for place, words in enumerate(view[:-1])
        # an area has seventeen at most here, and nobody may conclude anything from that
        if words == FEWER and len({values[place] for values in possible}) == 1 and hidden(view, possible[0]) < 17
    ]


def hidden(view: tuple[object, ...], values: tuple[int | None, ...]) -> int:
    return sum(value or 0 for value, words in zip(values, view, strict=False) if isinstance(words, str))


def test_not_even_who_knows_the_rule_can_tell_a_small_number() -> None:
    """Whatever is shown, at least two numbers are possible behind each that is not."""
    assert told_apart() == []


@pytest.mark.parametrize(
    ("was", "instead"),
    [
        ("while not _hides(total, small=small, others=len(kept) - small):", "while False:"),
        ("(-each.joined_on.toordinal(), each.area)", "(numbers[each.area], each.area)"),
        ("FEWEST * others", "others"),
        ("and (others > 0 or total <= 1 + most_of_rest)", "and True"),
    ],
)
def test_each_part_of_the_rule_is_needed(was: str, instead: str) -> None:
    """The mutants: no second number, the next smallest one, too small a one, and two of which each is four."""
    assert told_apart(mutated(disclosure, was, instead)) != []


def test_a_curve_begins_where_its_sum_tells_of_nobody() -> None:
    days = [date(2020, month, 28) for month in range(1, 6)]
    areas, people = (1, 1, 1, 3, 3), (0, 4, 5, 6, 7)
    found = disclosed_courses(
        Courses(
            network={
                "areas": [Point(*each) for each in zip(days, areas, strict=True)],
                "people_supported": [Point(*each) for each in zip(days, people, strict=True)],
            },
            enterprises={},
        )
    )
    assert [point.value for point in found.network["people_supported"]] == [0, 5, 7]
    assert [point.value for point in found.network["areas"]] == list(areas)


def test_few_is_one_to_four() -> None:
    assert [value for value in (None, 0, 0.5, 1, 4, 5, 6) if few(value)] == [0.5, 1, 4]
