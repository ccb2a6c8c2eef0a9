import re
from datetime import date
from xml.etree import ElementTree

import pytest

from events.projections.picture import Point
from hub.look.graphics import Expected, bar, curve, describe, sparkline


def points(*values, year=2017):
    return [Point(date(year + index, 12, 31), value) for index, value in enumerate(values)]


def parsed(drawing):
    return ElementTree.fromstring(str(drawing))


def texts(drawing):
    return [each.text for each in parsed(drawing).iter("text")]


@pytest.mark.parametrize(
    "values", [(5,), (0, 0, 0), (3, 3), (0, 900, 1800), (90, 40, 0), (0.5, 2200.0), (0, 12_345_678)]
)
@pytest.mark.parametrize("steps", [False, True])
def test_a_curve_is_well_formed_and_stays_inside_its_frame(values, steps):
    drawing = curve("areas", points(*values), title="Areas", height=200, steps=steps)
    for path in parsed(drawing).iter("path"):
        heights = [int(y) for y in re.findall(r"[ V](\d+)", path.attrib["d"])]
        assert all(0 <= y <= 200 for y in heights)


def test_a_curve_has_a_title_and_a_description_that_name_it():
    drawing = parsed(curve("people", points(4, 12500), title="People <b>", height=200))
    svg = drawing.find("svg")
    assert svg.attrib["role"] == "img"
    assert svg.attrib["aria-labelledby"] == "people-title people-desc"
    assert svg.find("title").text == "People <b>"
    assert svg.find("desc").text == "From 4 on 31 December 2017 to 12,500 on 31 December 2018."


def test_a_curve_says_its_last_value():
    assert texts(curve("e", points(0, 900, 1800), title="t"))[-1] == "1,800"


def test_a_curve_of_many_years_ticks_each_new_year_and_a_short_one_its_two_ends():
    assert "2020" in texts(curve("e", points(1, 2, 3, 4), title="t"))
    short = [Point(date(2026, 5, 1), 1), Point(date(2026, 7, 1), 2)]
    assert [text for text in texts(curve("e", short, title="t")) if "2026" in text] == ["May 2026", "Jul 2026"]


def test_the_scale_starts_at_zero_and_reaches_above_the_highest_point():
    assert texts(curve("e", points(1600, 1800), title="t"))[:5] == ["0", "500", "1,000", "1,500", "2,000"]


def test_nothing_is_drawn_of_no_points():
    assert curve("e", [], title="t") == ""
    assert sparkline([]) == ""


def test_a_step_curve_never_slopes():
    path = next(parsed(curve("a", points(1, 3, 3, 7), title="t", steps=True)).iter("path")).attrib["d"]
    assert "L" not in path


def test_a_peak_that_has_passed_is_in_the_description():
    assert describe(points(1, 9, 4)).endswith("with a peak of 9 on 31 December 2018.")


AHEAD = [Expected(date(2021 + n, 12, 31), 95 + n, 90, 100 + 5 * n) for n in range(2)]


def test_what_is_expected_goes_on_dotted_from_the_last_point_inside_the_frame():
    drawing = parsed(curve("e", points(20, 50, 80, 90), title="t", height=200, expected=AHEAD))
    paths = {each.attrib["class"]: each.attrib["d"] for each in drawing.iter("path")}
    assert paths["chart-line"].split("L")[-1] == paths["chart-expected"].split("L")[0].removeprefix("M")
    assert paths["chart-expected"].split("L")[-1].startswith("1000 ")
    for path in paths.values():
        assert all(0 <= int(y) <= 200 for y in re.findall(r"[ V](\d+)", path))


def test_what_is_expected_is_labelled_above_the_last_point_and_told_in_the_description():
    drawing = parsed(curve("e", points(20, 50, 80, 90), title="t", height=200, expected=AHEAD))
    last, expected = drawing.findall(".//text[@class='chart-last']")
    assert (last.text, expected.text) == ("90", "96 expected")
    assert 14 <= int(expected.attrib["y"]) <= int(last.attrib["y"]) - 19
    assert drawing.find("svg/desc").text.endswith(
        "Expected on 31 December 2022: about 96, with 8 chances in 10 between 90 and 105."
    )


def test_a_curve_fitted_to_the_past_is_dotted_over_it():
    drawing = curve(
        "e", points(20, 50), title="t", fitted=[Point(date(2017, 12, 31), 22.5), Point(date(2018, 12, 31), 49.1)]
    )
    assert "chart-fitted" in drawing
    assert "chart-expected" not in drawing


def test_years_give_way_where_many_would_touch():
    kinds = re.findall(r'class="(chart-tick[^"]*)"', curve("e", points(*range(13), year=2016), title="t"))
    assert kinds[:4] == ["chart-tick", "chart-tick-odd", "chart-tick-second", "chart-tick-odd"]
    few = re.findall(r'class="(chart-tick[^"]*)"', curve("e", points(*range(9), year=2016), title="t"))
    assert "chart-tick-second" not in few


def test_a_bar_is_as_long_as_its_share_and_is_never_longer_than_its_track():
    assert 'width="50%"' in bar(50, 100)
    assert 'width="0%"' in bar(3, 0)
    assert bar(120, 100).count('width="100%"') == 2


def test_drawings_carry_no_inline_style_or_script():
    for drawing in (curve("a", points(1, 2), title="t"), sparkline(points(1, 2)), bar(1, 2)):
        assert "style=" not in drawing
        assert "script" not in drawing
