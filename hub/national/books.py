"""Pictures as workbooks: what a page shows in figures, with what each means and what is kept back. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from events.places import place_name
from events.projections.indicators import INDICATORS, Indicator
from events.projections.picture import AreaFigures, Behind, Figure, Picture, Point
from hub.disclosure import RULE, of_people, shown
from hub.look.words import at, in_words
from hub.national.figure import formula
from hub.national.page import NationalPage
from hub.national.standing import Standing
from hub.spreadsheet import Cell, Sheet

NOT_REPORTED = "not reported"


class About(Struct, frozen=True, kw_only=True):
    """Of a file: when it was made, the page it is of, and what stands above every page."""

    made: datetime
    address: str
    notice: str


def cell(figure: Figure | None) -> Cell:
    """A number; words where there is none to show."""
    value = shown(figure)
    return NOT_REPORTED if value is None else value


def national_book(
    picture: Picture,
    year_before: Picture,
    page: NationalPage,
    standing: Standing,
    curves: Mapping[str, Sequence[Point]],
    about: About,
) -> list[Sheet]:
    return [
        _about(picture, "The national picture", INDICATORS.values(), about),
        Sheet(
            name="Key figures",
            header=["Figure", "Value", "A year before", "Areas reporting", "Areas taking part", "What it counts"],
            rows=[
                [
                    each.label,
                    cell(found := picture.figures.get(name)),
                    cell(year_before.figures.get(name)) if year_before.areas else None,
                    found.areas_reporting if found else 0,
                    picture.areas_active,
                    each.meaning,
                ]
                for name, each in INDICATORS.items()
            ],
        ),
        _rates_sheet(standing),
        Sheet(
            name="Areas",
            header=["ONS code", "Area", "Nation", "Joined on", *(each.label for each in _of_areas())],
            rows=[
                [
                    each.area,
                    each.name,
                    each.nation,
                    each.joined_on,
                    *(cell(each.figures.get(i.name)) for i in _of_areas()),
                ]
                for each in picture.areas
            ],
        ),
        curves_sheet(curves),
        Sheet(
            name="Conditions",
            header=["Condition", "Areas where it is met", "Withdrawn", "Not confirmed"],
            rows=[[each.condition, each.met, each.withdrawn, each.not_confirmed] for each in standing.conditions],
        ),
        Sheet(
            name="Risks",
            header=["Risk", "Areas where it is open", "Something is done about it"],
            rows=[[each.risk, each.areas, each.mitigated] for each in standing.risks],
        ),
        Sheet(
            name="Published",
            header=["Where", "Figure", "Published", "Recorded here", "Published for", "Source"],
            rows=[
                [each.area_name, each.label, each.published, each.counted, each.occurred_on, each.source]
                for each in page.published
            ],
        ),
    ]


def _rates_sheet(standing: Standing) -> Sheet:
    return Sheet(
        name="Rates",
        header=[
            "Rate",
            "Value",
            "Unit",
            "Divided",
            "By",
            "Areas it covers",
            "Areas taking part",
            "How it is worked out",
        ],
        rows=[
            [
                each.rate.label,
                each.missing if each.shown is None else each.shown,
                each.rate.unit,
                each.numerator,
                each.denominator,
                each.covered,
                each.areas,
                each.rate.formula,
            ]
            for each in standing.rates.values()
        ],
    )


def figure_book(
    picture: Picture, indicator: Indicator, behind: Sequence[Behind], *, complete: bool, about: About
) -> list[Sheet]:
    """One figure: by area, and by the entries behind it. A number of people is not told by entry."""
    more = [] if complete else [f"The first {len(behind)} entries by area and place in its ledger; there are more."]
    hidden = of_people(indicator)
    return [
        _about(picture, indicator.label, [indicator], about, more=more),
        Sheet(
            name="By area",
            header=["ONS code", "Area", indicator.label],
            rows=[[each.area, each.name, cell(each.figures.get(indicator.name))] for each in picture.areas],
        ),
        Sheet(
            name="Entries",
            header=["Area", "Place in its ledger", "Happened on", *([] if hidden else ["Counts for"])],
            rows=[
                [place_name(each.area), each.position, each.occurred_on, *([] if hidden else [each.amount])]
                for each in behind
            ],
        ),
    ]


def area_book(
    picture: Picture, year_before: Picture, area: AreaFigures, course: Sequence[Point], about: About
) -> list[Sheet]:
    before = next((each.figures for each in year_before.areas if each.area == area.area), {})
    return [
        _about(picture, area.name, _of_areas(), about),
        Sheet(
            name="Figures",
            header=["Figure", "Value", "A year before", "Whole network", "What it counts"],
            rows=[
                [
                    each.label,
                    cell(area.figures.get(each.name)),
                    cell(before[each.name]) if each.name in before else None,
                    cell(picture.figures.get(each.name)),
                    each.meaning,
                ]
                for each in _of_areas()
            ],
        ),
        Sheet(
            name="Trend", header=["Day", "Enterprises supported"], rows=[[point.day, point.value] for point in course]
        ),
        Sheet(
            name="Published",
            header=["Figure", "Qualifier", "Published", "Published for", "Source"],
            rows=[
                [
                    INDICATORS[each.indicator].label if each.indicator in INDICATORS else each.indicator,
                    each.qualifier,
                    each.value,
                    each.occurred_on,
                    each.source,
                ]
                for each in picture.published
                if each.area == area.area
            ],
        ),
    ]


def curves_sheet(curves: Mapping[str, Sequence[Point]], *, name: str = "Curves") -> Sheet:
    """One row a day that any curve has a point for."""
    values = [{point.day: point.value for point in points} for points in curves.values()]
    days = sorted({day for each in values for day in each})
    labels = [INDICATORS[each].label if each in INDICATORS else each for each in curves]
    return Sheet(
        name="Curves", header=["Day", *labels], rows=[[day, *(each.get(day) for each in values)] for day in days]
    )


def _cells(area: AreaFigures) -> list[Cell]:
    return [cell(area.figures.get(each.name)) for each in _of_areas()]


def _of_areas() -> list[Indicator]:
    """What an area can have: every area counts as one area."""
    return [each for name, each in INDICATORS.items() if name != "areas"]


def _about(
    picture: Picture,
    title: str,
    indicators: Iterable[Indicator],
    about: About,
    *,
    more: Sequence[str] = (),
) -> Sheet:
    rows: list[tuple[str, Cell]] = [
        ("What this is", title),
        ("Picture on", picture.on),
        ("As known on", picture.known),
        ("Made", at(about.made)),
        ("Where it is from", about.address),
        *([("Take care", about.notice)] if about.notice else []),
        ("What is not shown", RULE),
        ("Not reported", "No area told; it is not nought. An empty cell: there was nothing to count yet."),
        *(("Note", words) for words in more),
        *((f"How {each.label} is counted", f"{each.meaning} {formula(each)}") for each in indicators),
    ]
    return Sheet(name="About", header=["About", in_words(picture.on)], rows=rows)
