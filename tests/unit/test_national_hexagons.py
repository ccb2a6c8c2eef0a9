"""The map of hexagons: every authority once, and no number that nobody reported."""

import re
from datetime import date
from itertools import pairwise

import pytest

from events.places import places
from events.projections.indicators import INDICATORS
from events.projections.picture import AreaFigures, Figure, Picture
from hub.look.graphics import hexagons as drawn
from hub.national.hexagons import class_starts, hexagon_map, hexagons
from hub.national.page import national_page

TODAY = date(2026, 11, 22)
SOMERSET, KENT, DEVON = "E06000066", "E10000016", "E10000008"


def map_of(name="enterprises", **values):
    areas = [
        AreaFigures(
            area=area,
            name=places()[area].name if area in places() else area,
            nation="England",
            joined_on=TODAY,
            figures={name: Figure(value=value, areas_reporting=int(value is not None))},
        )
        for area, value in values.items()
    ]
    return hexagon_map(Picture(on=TODAY, known=TODAY, figures={}, areas=areas, published=[]), INDICATORS[name])


def placed(found, area):
    return next(each for each in found.placed if each.area == area)


def test_every_upper_tier_authority_of_today_has_one_hexagon_of_its_own():
    current = {code for code, place in places().items() if place.nation and place.to_year is None}

    assert len(current) == 218
    assert sorted(each.area for each in hexagons()) == sorted(current)
    assert len({(each.column, each.row) for each in hexagons()}) == 218


def test_north_is_above_south_and_west_left_of_east():
    at = {each.area: each for each in hexagons()}

    assert at["S12000027"].row < at["E06000052"].row  # Shetland, Cornwall
    assert at["W06000009"].column < at["E10000020"].column  # Pembrokeshire, Norfolk


def test_the_classes_rise_by_halves_so_that_one_large_area_does_not_hide_the_others():
    assert class_starts(171) == [1, 20, 50, 100]


@pytest.mark.parametrize("most", [0, 1, 2, 3, 7, 9, 40, 1_000, 123_456])
def test_classes_begin_at_one_rise_and_are_four_at_most(most):
    starts = class_starts(most)

    assert starts[0] == 1
    assert len(starts) <= 4
    assert all(one < other for one, other in pairwise(starts))
    assert starts[-1] <= max(most, 1)


def test_a_place_stands_in_the_class_of_its_number():
    found = map_of(**{SOMERSET: 171, KENT: 34, DEVON: 1})

    assert [placed(found, area).kind for area in (SOMERSET, KENT, DEVON)] == ["4", "2", "1"]
    assert placed(found, KENT).says == "34 enterprises"
    assert placed(found, "E10000020").kind == ""
    assert {key.words: key.areas for key in found.keys} == {
        "1 to 19": 1,
        "20 to 49": 1,
        "50 to 99": 0,
        "100 or more": 1,
        "Not taking part": 215,
    }


def test_half_a_job_is_in_the_first_class_and_not_none():
    assert placed(map_of("jobs", **{SOMERSET: 0.5}), SOMERSET).kind == "1"


def test_what_nobody_reported_is_said_to_be_so_and_is_no_nought():
    found = map_of("hours_per_week", **{SOMERSET: 2200, KENT: None})

    assert (placed(found, KENT).kind, placed(found, KENT).says) == ("0", "not reported")
    assert any(key.kind == "0" and key.words == "Takes part, none reported" and key.areas == 1 for key in found.keys)


def test_the_title_says_how_many_take_part_and_who_has_most():
    assert (
        map_of(**{SOMERSET: 171, KENT: 34}).title
        == "2 of 218 authorities take part, Somerset with the most enterprises"
    )
    assert map_of(**{SOMERSET: 34, KENT: 34}).title == "2 of 218 authorities take part"
    assert map_of().title == "0 of 218 authorities take part"


def test_an_area_without_a_hexagon_is_named_beside_the_map():
    assert map_of(E10000006=5).elsewhere == ["Cumbria"]  # it was split in 2023


def test_only_places_that_take_part_lead_to_their_row_and_nobody_has_to_tab_through_them():
    svg = drawn(map_of(**{SOMERSET: 171}).placed)

    assert re.findall(r'<a href="#(\w+)" tabindex="-1">', svg) == [SOMERSET]
    assert svg.count("<use ") == 218
    assert 'aria-hidden="true"' in svg
    assert "<title>Somerset: 171 enterprises</title>" in svg


def test_another_day_keeps_what_the_map_shows():
    one_day = Picture(on=TODAY, known=TODAY, figures={}, areas=[], published=[])
    shown = national_page(one_day, year_before=one_day, curves={}, by_area={}, today=TODAY, mapped="jobs")

    assert shown.by == "jobs"
    assert national_page(one_day, year_before=one_day, curves={}, by_area={}, today=TODAY).by == ""
