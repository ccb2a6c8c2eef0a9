"""What stands behind one figure: its meaning, the areas it adds up, and the events."""

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

from msgspec import Struct

from events.projections.indicators import INDICATORS, Indicator
from events.projections.national.beliefs import STALE_AFTER
from events.projections.national.measures import DERIVED, FACET_OF, FACETS
from events.projections.picture import Picture
from hub.disclosure import RULE, of_people, shown
from hub.look.words import count, number
from hub.national.page import coverage, state

COUNTED_AT_ONCE = FACETS.keys() - DERIVED - {"post"}
"""What is counted from the day it happened."""


class FigureEvent(Struct, frozen=True, kw_only=True):
    """One event that moved the figure."""

    area_name: str
    position: int
    """Its place in the area's ledger."""
    words: str
    """What happened, for a person: "Registered as a new enterprise". Empty where the reader may not know."""
    people_href: str = ""
    """Where the people behind it are named, for those who may look at them."""
    occurred_on: date
    recorded_on: date | None
    contribution: int | float | None
    """None where it is a number of people, and not for the reader to see."""


class FigureArea(Struct, frozen=True, kw_only=True):
    area: str
    name: str
    value: int | float | str | None


class FigurePage(Struct, frozen=True, kw_only=True):
    label: str
    meaning: str
    formula: str
    value: int | float | str | None
    coverage: str
    rule: str
    """Which numbers are not shown, for a figure of which some may not be."""
    on: date
    known: date
    today: date
    query: str
    address: str
    day_label: str
    """What the day of an event is: when it happened, or from when it counts, where that follows from several."""
    files: bool
    """Whether there are files of it."""
    state: str
    areas: list[FigureArea]
    events: Sequence[FigureEvent]
    is_first: bool
    """Whether these are the first events; later pages leave out what the first one says already."""
    next_href: str
    """Where the next events are; empty on the last page."""


def figure_page(
    picture: Picture,
    indicator: Indicator,
    *,
    events: Sequence[FigureEvent],
    today: date,
    after: str = "",
    next_after: str = "",
) -> FigurePage:
    """The page behind `indicator` in `picture`.

    `after` is the mark at which this page of events begins (empty for the first), `next_after` that of the next page.
    """
    figure = picture.figures.get(indicator.name)
    query = urlencode({"on": picture.on.isoformat(), "known": picture.known.isoformat()})
    areas = [
        FigureArea(area=each.area, name=each.name, value=shown(each.figures.get(indicator.name)))
        for each in picture.areas
    ]
    return FigurePage(
        label=indicator.label,
        meaning=indicator.meaning,
        formula=formula(indicator),
        value=shown(figure),
        rule=RULE if of_people(indicator) else "",
        coverage=_coverage(indicator, picture),
        on=picture.on,
        known=picture.known,
        today=today,
        query=query,
        address=f"/figures/{indicator.name}",
        day_label="Happened on" if FACET_OF.get(indicator.name, "post") in COUNTED_AT_ONCE else "Counts from",
        files=indicator.name in INDICATORS,
        state=state(on=picture.on, known=picture.known, today=today),
        areas=sorted(areas, key=_largest_first),
        events=events,
        is_first=not after,
        next_href=f"/figures/{indicator.name}?{query}&{urlencode({'after': next_after})}" if next_after else "",
    )


def _coverage(indicator: Indicator, picture: Picture) -> str:
    """How many areas, and of what is reported how many of the enterprises that could."""
    figure, active = picture.figures.get(indicator.name), picture.figures.get("active")
    areas = coverage(figure, picture.areas_active)
    if not (figure and figure.reports and active and active.value):
        return areas
    return f"{areas}, {number(figure.reports)} of {count(active.value, 'active enterprise', 'active enterprises')}"


def _largest_first(row: FigureArea) -> tuple[bool, bool, float, str]:
    number = None if isinstance(row.value, str) else row.value
    return row.value is None, number is None, -(number or 0), row.name


def formula(indicator: Indicator) -> str:
    """How an indicator adds up, in a sentence or two."""
    if indicator.unit == "pounds":
        return "The figure is the sum of what each post cost so far."
    if indicator.reported:
        return (
            "An enterprise's report counts until it reports again, pauses or closes, "
            f"and for at most {STALE_AFTER.days} days. The figure is the sum."
        )
    return "The figure is the sum of what each event added or took away."
