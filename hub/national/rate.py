"""What stands behind one rate: its formula, what is divided by what, how much of the network is in it, and by area."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from events.base import in_words
from events.projections.indicators import INDICATORS, Indicator
from events.projections.picture import Figure, Picture
from hub.disclosure import FEWEST
from hub.look.words import number, year_earlier
from hub.national.page import state
from hub.national.rates import WAITS, Rated, Rates

COST = Indicator(
    name="cost",
    label="Cost of Catalysts so far",
    unit="pounds",
    meaning="What posts of Catalysts cost up to the day: of each post the share of its days that have passed.",
)
"""A sum that rates are made of, and that is no indicator by itself."""


class Term(Struct, frozen=True, kw_only=True):
    """A numerator or a denominator."""

    role: str
    label: str
    value: str
    links: list[tuple[str, str]]
    """Where it opens to its own page, and what that is called; a figure of a year at its end and at its beginning."""
    factor: str


class RateArea(Struct, frozen=True, kw_only=True):
    name: str
    words: str
    """Its value in its unit, or why there is none."""
    numerator: float | None
    denominator: float | None


class RatePage(Struct, frozen=True, kw_only=True):
    label: str
    words: str
    is_value: bool
    """Whether `words` is a value, and not the reason why there is none."""
    formula: str
    terms: list[Term]
    coverage: str
    rule: str
    """Why some are not shown, for a rate of people."""
    on: date
    state: str
    query: str
    areas: list[RateArea]
    headings: tuple[str, str] | None
    """What numerator and denominator of an area are called; None where they are not shown."""
    left_out: list[str]
    """The areas that are not in it."""
    csv: str
    """Where it is by area for a spreadsheet."""


def rate_page(name: str, found: Rates, picture: Picture, *, today: date) -> RatePage:
    rated = found.network[name]
    by_area = found.by_area[name]
    query = urlencode({"on": picture.on.isoformat(), "known": picture.known.isoformat()})
    of_people = name in WAITS
    part, whole = indicator(rated.rate.numerator), indicator(rated.rate.denominator)
    return RatePage(
        label=rated.rate.label,
        words=rated.words,
        is_value=rated.value is not None or bool(rated.withheld),
        formula=rated.rate.formula,
        terms=_terms(rated, picture),
        coverage=rated.coverage,
        rule=f"It is withheld where fewer than {FEWEST} people are behind it." if of_people else "",
        on=picture.on,
        state=state(on=picture.on, known=picture.known, today=today),
        query=query,
        areas=[
            RateArea(
                name=each.name,
                words=of.words,
                numerator=None if of_people else of.numerator,
                denominator=of.denominator,
            )
            for each, of in sorted(
                ((each, by_area[each.area]) for each in picture.areas if each.area in by_area),
                key=lambda row: (row[1].value is None, -(row[1].value or 0), row[0].name),
            )
        ],
        headings=(part.label, whole.label if not rated.rate.factor else f"{whole.label} {rated.rate.factor}")
        if part and whole
        else None,
        left_out=[each.name for each in picture.areas if by_area and each.area not in by_area],
        csv=f"/figures/{name}/areas.csv?{query}",
    )


def _terms(rated: Rated, picture: Picture) -> list[Term]:
    asked = (
        ("What is divided" if rated.rate.denominator else "Of", rated.rate.numerator, rated.numerator, ""),
        ("By what", rated.rate.denominator, rated.denominator, rated.rate.factor),
    )
    return [
        Term(
            role=role,
            label=named.label,
            value=_number(value, named),
            links=_links(named, picture, lately=rated.rate.lately),
            factor=factor,
        )
        for role, name, value, factor in asked
        if (named := indicator(name))
    ]


def _links(named: Indicator, picture: Picture, *, lately: bool) -> list[tuple[str, str]]:
    days = [picture.on, year_earlier(picture.on)] if lately else [picture.on]
    return [
        (
            f"/figures/{named.name}?{urlencode({'on': day.isoformat(), 'known': picture.known.isoformat()})}",
            f"up to {in_words(day)}" if lately else named.label,
        )
        for day in days
    ]


def _number(value: float | None, named: Indicator) -> str:
    if value is None:
        return "Withheld" if named.unit == "people" else "Not reported"
    return f"£{number(value)}" if named.unit == "pounds" else number(value)


def indicator(name: str) -> Indicator | None:
    return COST if name == COST.name else INDICATORS.get(name)


def with_cost(picture: Picture, costs: Mapping[str, float]) -> Picture:
    """A picture that has the cost of posts among its figures."""
    total = Figure(value=round(sum(costs.values())) if costs else None, areas_reporting=len(costs))
    areas = [replace(each, figures=each.figures | {COST.name: _cost(costs.get(each.area))}) for each in picture.areas]
    return replace(picture, figures=picture.figures | {COST.name: total}, areas=areas)


def _cost(pounds: float | None) -> Figure:
    return Figure(value=None if pounds is None else round(pounds), areas_reporting=int(pounds is not None))
