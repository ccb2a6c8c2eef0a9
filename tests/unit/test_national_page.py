import re
from datetime import date, timedelta

import pytest

from events.access import Grant, Principal
from events.projections.indicators import INDICATORS
from events.projections.picture import AreaFigures, Figure, Picture, Point, Published
from hub.look.page import render
from hub.national.figure import FigureEvent, figure_page
from hub.national.page import coverage, finding, national_page, opening, state, value_on

TODAY = date(2026, 11, 21)


def area(code, enterprises, *, name=None, nation="England", hours=None, people=None):
    return AreaFigures(
        area=code,
        name=name or code,
        nation=nation,
        joined_on=date(2017, 3, 1),
        figures={
            "areas": Figure(value=1, areas_reporting=1),
            "enterprises": Figure(value=enterprises, areas_reporting=1),
            "people_supported": Figure(value=people, areas_reporting=int(people is not None)),
            "hours_per_week": Figure(value=hours, areas_reporting=int(hours is not None)),
        },
    )


def picture(*areas, on=TODAY, known=TODAY, published=()):
    figures = {}
    for name in INDICATORS:
        values = [each.figures[name].value for each in areas if name in each.figures]
        told = [value for value in values if value is not None]
        figures[name] = Figure(value=sum(told) if told else None, areas_reporting=len(told))
    return Picture(on=on, known=known, figures=figures, areas=list(areas), published=list(published))


def page(now, before=None, *, curves=None, by_area=None, today=TODAY):
    return national_page(now, year_before=before or picture(), curves=curves or {}, by_area=by_area or {}, today=today)


def figure(of, label):
    return next(each for each in of.figures if each.label == label)


def monthly(value_of, *, months=48, last=TODAY):
    days = [last - timedelta(days=30 * back) for back in range(months, -1, -1)]
    return [Point(day, value_of(index)) for index, day in enumerate(days)]


def shown(of, **context):
    return render("national/pages/national.html", page=of, **context).decode()


# the opening sentence


def test_the_opening_says_the_day_the_enterprises_and_the_areas():
    said = opening(picture(area("A", 1000, people=12500), area("B", 800))).striptags()
    assert said == (
        "On 21 November 2026, 1,800 enterprises had been supported in 2 areas of the UK. "
        "Between them they report 12,500 people helped."
    )


def test_the_opening_of_one_is_singular():
    assert "1 enterprise had been supported in 1 area of the UK." in opening(picture(area("A", 1))).striptags()


def test_the_opening_leaves_out_what_nobody_reported():
    assert "report" not in opening(picture(area("A", 5)))


def test_the_opening_before_any_enterprise_says_so():
    assert opening(picture(area("A", 0))).striptags() == (
        "On 21 November 2026, 1 area of the UK had joined and no enterprise had been supported yet."
    )


# key figures


def test_a_figure_moves_in_words_and_says_who_stands_behind_it():
    of = page(picture(area("A", 60, people=10), area("B", 40)), picture(area("A", 44)))
    enterprises = figure(of, "Enterprises supported")
    assert (enterprises.value, enterprises.change, enterprises.coverage) == (
        100,
        "56 more than a year ago",
        "2 of 2 areas report",
    )
    assert figure(of, "People supported").coverage == "1 of 2 areas reports"


def test_what_nobody_reported_is_not_zero():
    of = page(picture(area("A", 60)))
    hours = figure(of, "Hours of support a week")
    assert hours.value is None
    assert hours.coverage == "No area reports"
    assert ">Not reported<" in shown(of)


def test_a_figure_from_before_the_first_area_is_compared_with_none():
    assert figure(page(picture(area("A", 60, people=9))), "People supported").change == "9 more than a year ago"


def test_a_figure_first_reported_this_year_is_not_called_growth():
    of = page(picture(area("A", 60, people=9)), picture(area("A", 60)))
    assert figure(of, "People supported").change == "Not reported a year ago"


def test_a_figure_that_nobody_reports_is_compared_with_nothing():
    of = page(picture(area("A", 60)), picture())
    assert figure(of, "People supported").change == ""
    assert "0 a year ago" not in shown(of)
    assert figure(page(picture(area("A", 60)), picture(area("A", 50, people=9))), "People supported").change == ""


def test_a_figure_opens_to_its_events_in_the_same_picture():
    of = page(picture(area("A", 60), on=date(2020, 9, 30), known=date(2021, 1, 1)))
    assert figure(of, "Enterprises supported").href == "/figures/enterprises?on=2020-09-30&known=2021-01-01"


def test_a_past_picture_compares_with_a_year_before_and_not_with_a_year_ago():
    past = picture(area("A", 60), on=date(2020, 9, 30))
    assert figure(page(past, picture(area("A", 60))), "Enterprises supported").change == "Same as a year before"


def test_areas_are_told_by_nation():
    of = page(picture(area("A", 1), area("B", 1), area("C", 1, nation="Wales")))
    assert figure(of, "Areas taking part").coverage == "2 in England and 1 in Wales"


def test_an_area_of_no_known_nation_is_counted_all_the_same():
    of = page(picture(area("A", 1), area("B", 1), area("C", 1, nation="")))
    assert figure(of, "Areas taking part").coverage == "2 in England and 1 elsewhere"


def test_coverage_of_a_figure_that_is_missing_is_none():
    assert coverage(None, 50) == "No area reports"
    assert coverage(Figure(value=1, areas_reporting=1), 50) == "1 of 50 areas reports"


# findings


@pytest.mark.parametrize(
    ("points", "now", "before", "said"),
    [
        (monthly(lambda _: 3, months=0), 3, 0, "3 enterprises since November 2026"),
        (monthly(lambda _: 1, months=5), 1, 0, "1 enterprise since June 2026"),
        (monthly(lambda _: 0, months=5), 0, 0, "No enterprises yet"),
        (monthly(lambda _: 0), 0, 0, "No enterprises yet"),
        (monthly(lambda index: max(30 - index, 0)), 0, 1, "1 fewer enterprise than a year ago"),
        (monthly(lambda _: 50), 50, 50, "As many enterprises as a year ago"),
        (monthly(lambda index: 100 - index), 52, 64, "12 fewer enterprises than a year ago"),
        (monthly(lambda index: index, months=18), 18, 6, "12 more enterprises in a year"),
        (monthly(lambda index: 10 * index), 480, 358, "122 more enterprises in a year – as fast as the year before"),
        (monthly(lambda index: index**2), 2304, 1282, "1,022 more enterprises in a year – faster than the year before"),
        (monthly(lambda i: min(i, 40)), 40, 36, "4 more enterprises in a year – slower than the year before"),
        (monthly(lambda i: max(i, 40)), 48, 40, "8 more enterprises in a year – after a year without growth"),
    ],
)
def test_the_title_of_a_curve_states_its_finding(points, now, before, said):
    found = finding(points, now=now, before=before, since="a year ago", one="enterprise", many="enterprises")
    assert found.replace("\N{NO-BREAK SPACE}", " ") == said


def test_the_title_and_the_key_figure_tell_the_same_growth():
    points = monthly(lambda index: 10 * index)
    of = page(picture(area("A", 480)), picture(area("A", 229)), curves={"enterprises": points})
    assert of.curves[0].title.startswith("251 more enterprises in a year")
    assert figure(of, "Enterprises supported").change == "251 more than a year ago"


def test_a_day_between_points_is_read_off_the_line_and_before_the_first_is_nothing():
    points = [Point(date(2026, 1, 1), 10), Point(date(2026, 1, 11), 20)]
    days = [date(2025, 1, 1), date(2026, 1, 1), date(2026, 1, 6), date(2026, 1, 11), date(2026, 5, 1)]
    assert [value_on(points, day) for day in days] == [0, 10, 15, 20, 20]


def test_no_curve_is_drawn_of_what_nobody_reported():
    zeros = monthly(lambda _: 0)
    of = page(picture(area("A", 4)), curves={"enterprises": monthly(lambda _: 4), "people_supported": zeros})
    assert [each.name for each in of.curves] == ["enterprises"]


# areas and published figures


def test_areas_come_with_the_most_enterprises_first_then_by_name():
    of = page(picture(area("B", 33), area("A", 33), area("C", 171)))
    assert [row.name for row in of.areas] == ["C", "A", "B"]
    assert of.most == 171


def test_an_area_that_joined_within_the_year_grew_from_nothing():
    of = page(picture(area("A", 60), area("B", 5)), picture(area("A", 61)))
    assert {row.area: row.change for row in of.areas} == {"A": -1, "B": 5}


def test_a_published_figure_keeps_its_qualifier_and_stands_beside_what_was_recorded():
    of = page(
        picture(
            area("E06000066", 171, name="Somerset", hours=2200),
            published=[
                Published(
                    area=code,
                    area_name=name,
                    indicator=indicator,
                    value=value,
                    qualifier=qualifier,
                    source="Factsheet",
                    occurred_on=date(2026, 9, 30),
                )
                for code, name, indicator, value, qualifier in (
                    ("UK", "UK", "enterprises", 1800, "more than"),
                    ("UK", "UK", "areas", 50, "exact"),
                    ("E06000066", "Somerset", "hours_per_week", 2200, "exact"),
                    ("W06000001", "Elsewhere", "cost", 135000, "about"),
                )
            ],
        )
    )
    assert [(row.area_name, row.label, row.published, row.counted) for row in of.published] == [
        ("Whole network", "Enterprises supported", "more than 1,800", 171),
        ("Whole network", "Areas taking part", "50", 1),
        ("Somerset", "Hours of support a week", "2,200", 2200),
        ("Elsewhere", "Cost", "about 135,000", None),
    ]


# states of the page


def test_todays_picture_needs_no_explanation_and_any_other_one_says_which_it_is():
    assert state(on=TODAY, known=TODAY, today=TODAY) == ""
    assert state(on=date(2020, 9, 30), known=TODAY, today=TODAY) == (
        "This is the picture on 30 September 2020, with all that is known today."
    )
    assert "as it was known on 1 March 2021" in state(on=date(2020, 9, 30), known=date(2021, 3, 1), today=TODAY)


def test_a_past_picture_leads_back_to_today():
    assert "Show today</a>" in shown(page(picture(area("A", 1), on=date(2020, 9, 30))))
    assert "Show today</a>" not in shown(page(picture(area("A", 1))))


def test_an_empty_hub_says_how_to_begin():
    text = shown(page(picture()))
    assert "No area has joined yet" in text
    assert "hub import areas FILE.csv" in text
    assert "hub simulate" in text


def test_a_day_before_the_first_area_is_not_taken_for_an_empty_hub():
    text = shown(page(picture(on=date(2010, 1, 1))))
    assert "No area had joined by 1 January 2010" in text
    assert "hub simulate" not in text


def test_a_day_that_cannot_be_read_is_kept_and_named_above_and_beside_the_field():
    text = shown(page(picture(area("A", 1))), errors={"on": "Enter a day."}, typed={"on": '31 Feb "2020'})
    assert '<a href="#on">Enter a day.</a>' in text
    assert 'value="31 Feb &#34;2020" type="text" aria-describedby="on-error"' in text
    assert "<title>Error:" in text


def test_names_from_the_ledger_are_escaped():
    assert "<script>" not in shown(page(picture(area("A", 1, name="<script>alert(1)</script>"))))


def test_the_page_needs_no_inline_style_or_script_and_has_unique_ids():
    points = monthly(lambda index: index)
    curves = {"enterprises": points, "areas": points, "people_supported": points}
    text = shown(page(picture(area("A", 48, people=3)), curves=curves, by_area={"A": points}))
    assert " style=" not in text
    assert "<script" not in text
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_the_name_of_an_area_leads_there_for_those_who_may_read_it():
    of = page(picture(area("A", 1), area("B", 1)))
    assert "/areas/A" not in shown(of)
    text = shown(of, who=Principal(id="x", name="", grants=(Grant(frozenset({"read area"}), "A"),)))
    assert "/areas/A" in text
    assert "/areas/B" not in text


# behind a figure


def test_a_figure_shows_its_meaning_areas_and_events_and_leads_to_the_next():
    event = FigureEvent(
        area_name="Somerset",
        position=1204,
        words="Registered as a new enterprise",
        occurred_on=date(2026, 5, 3),
        recorded_on=date(2026, 5, 4),
        contribution=1,
    )
    of = figure_page(
        picture(area("A", 1), area("B", 9)),
        INDICATORS["enterprises"],
        events=[event],
        today=TODAY,
        next_after="A.12&x",
    )
    assert [row.name for row in of.areas] == ["B", "A"]
    text = render("national/pages/figure.html", page=of).decode()
    assert "Registered as a new enterprise" in text
    assert "3 May 2026" in text
    assert "+1" in text
    assert of.next_href == "/figures/enterprises?on=2026-11-21&known=2026-11-21&after=A.12%26x"
    assert 'rel="next"' in text


def test_areas_that_did_not_report_a_figure_come_last():
    of = figure_page(picture(area("A", 1), area("B", 1, hours=0)), INDICATORS["hours_per_week"], events=[], today=TODAY)
    assert [(row.name, row.value) for row in of.areas] == [("B", 0), ("A", None)]
    assert (
        "No event has moved this figure by 21 November 2026." in render("national/pages/figure.html", page=of).decode()
    )


@pytest.mark.parametrize(
    ("indicator", "label"),
    [("milestones", "Happened on"), ("requirements_valid", "Counts from"), ("catalysts", "Counts from")],
)
def test_the_day_of_an_event_is_when_it_happened_or_from_when_it_counts(indicator, label):
    assert figure_page(picture(area("A", 1)), INDICATORS[indicator], events=[], today=TODAY).day_label == label
