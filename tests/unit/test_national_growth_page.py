import re
from datetime import date

import pytest
from growing import by_chance, exact

from hub.look.drawing import WIDTH
from hub.look.graphics import PLOT
from hub.look.page import render
from hub.national.growth.fit import grow
from hub.national.growth.model import SUBJECTS, Score, Study
from hub.national.growth.page import growth_drawing, growth_page, verdict
from hub.national.growth.score import study

TODAY = date(2026, 11, 22)


def studied(points, of="enterprises", by=grow):
    return study(points, SUBJECTS[of], known=lambda day: [point for point in points if point.day <= day], grow=by)


def page_of(found, **days):
    on = days.get("on", TODAY)
    return growth_page(found, on=on, known=days.get("known", on), today=TODAY)


def html(page):
    return render("national/growth/pages/growth.html", page=page, who=None, notice="").decode()


STEADY = by_chance(118, seed=3)


def test_the_title_is_what_is_expected_a_year_on():
    page = page_of(studied(STEADY))
    assert page.title.startswith("About 1,98")
    assert page.title.endswith("enterprises expected by October 2022")
    assert "8 chances in 10" in page.lead


def test_an_outcome_that_hardly_moves_is_said_to_have_levelled_off():
    points = exact(160, size=50, rate=1.5, head_start=40)
    assert page_of(studied(points, "areas")).title == "The number of areas has levelled off at 50"


def test_a_forecast_that_did_no_better_than_a_guess_says_so_in_its_title():
    found = studied(STEADY)
    worse = Study(of=found.of, points=found.points, growth=found.growth, tests=found.tests, score=_score(6, 9, 7, 2))
    page = page_of(worse)
    assert page.title == "A forecast of enterprises that did no better than a simple guess"
    assert "Do not rely on it" in page.lead
    assert "chances in 10" not in page.lead
    assert page.verdict.startswith("A year ahead it was off by 9% in 6 back-tests, on average;")
    assert "was off by 7%, so do not rely on it." in page.verdict


def test_a_forecast_never_tested_says_so():
    found = studied(STEADY)
    untested = Study(of=found.of, points=found.points, growth=found.growth, tests=[], score=_score(0, 0, 0, 0))
    assert page_of(untested).title.endswith(": a forecast not tested yet")
    assert verdict(untested.score).startswith("No forecast of a year could be scored yet")


def _score(tests, off, naive_off, held):
    return Score(tests=tests, off=off, naive_off=naive_off, held=held)


def test_a_verdict_gives_both_errors_and_how_often_the_band_held():
    assert verdict(_score(1, 2.24, 6.7, 1)) == (
        "A year ahead it was off by 2.2% in one back-test; “as many more as in the year before” was off by 6.7%. "
        "What happened lay within the band in 1 of 1."
    )


def test_the_curve_is_told_in_words():
    said = {part.term: part.words for part in page_of(studied(exact(110))).parts}
    heading = said["Heading for about 2,000 enterprises"]
    assert "Half of that was reached in" in heading
    assert "no measure of how many are needed" in heading
    assert "Growth was fastest in February 2017" in said
    assert "by themselves (Bass's p)" in said["How it spreads"]
    areas = page_of(studied(exact(160, size=50, rate=1.5, head_start=40), "areas")).parts[0].words
    assert "218 upper-tier authorities" in areas


def test_a_refusal_has_its_reason_and_no_dots():
    page = page_of(studied(exact(30)))
    assert page.title == "No forecast of enterprises: too few months"
    assert "at least 36 months" in page.why_not
    drawn = html(page)
    assert "Why there is no forecast" in drawn
    assert "chart-expected" not in drawn
    assert "chart-line" in drawn


def test_a_forecast_is_drawn_dotted_with_its_band_a_table_and_the_way_to_a_spreadsheet():
    drawn = html(page_of(studied(STEADY)))
    for mark in ("chart-expected", "chart-fitted", "chart-band", "What is expected", "How this is worked out"):
        assert mark in drawn
    assert 'href="/growth.csv?of=enterprises&amp;on=2026-11-22&amp;known=2026-11-22"' in drawn
    assert 'href="/api/growth?of=enterprises&amp;on=2026-11-22&amp;known=2026-11-22"' in drawn


def test_the_dot_stands_where_the_counted_line_ends_on_the_page_and_in_a_picture():
    page = page_of(studied(STEADY))
    for drawn, width in ((html(page), PLOT), (growth_drawing(page, notice=""), WIDTH - 132)):
        line = re.search(r'class="chart-line" vector-effect="non-scaling-stroke" d="([^"]+)"', drawn)
        dot = re.search(r'class="chart-dot" cx="([\d.]+)%"', drawn)
        end = re.findall(r"\d+", line[1])[-2]
        assert float(dot[1]) == pytest.approx(100 * int(end) / width, abs=0.1)


def test_a_network_without_anything_has_a_page():
    page = page_of(studied([]))
    assert page.title == "No forecast of enterprises: too few months"
    assert "<svg width" not in html(page)


@pytest.mark.parametrize("of", SUBJECTS)
def test_a_page_leads_to_the_same_day_of_the_others(of):
    drawn = html(page_of(studied(STEADY, of), on=date(2022, 1, 1), known=date(2023, 1, 1)))
    for other in SUBJECTS:
        linked = f'href="/growth?of={other}&amp;on=2022-01-01&amp;known=2023-01-01"' in drawn
        assert linked == (other != of)
    assert "as it was known on 1 January 2023" in drawn
