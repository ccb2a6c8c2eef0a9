"""What stands behind one figure: its meaning, the areas it adds up, and the events."""

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

from msgspec import Struct

from events.projections.indicators import Indicator
from events.projections.national.beliefs import STALE_AFTER
from events.projections.picture import Picture
from hub.national.page import coverage, state


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
    contribution: int | float


class FigureArea(Struct, frozen=True, kw_only=True):
    area: str
    name: str
    value: int | float | None


class FigurePage(Struct, frozen=True, kw_only=True):
    label: str
    meaning: str
    formula: str
    value: int | float | None
    coverage: str
    on: date
    known: date
    today: date
    query: str
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
        FigureArea(
            area=each.area, name=each.name, value=found.value if (found := each.figures.get(indicator.name)) else None
        )
        for each in picture.areas
    ]
    return FigurePage(
        label=indicator.label,
        meaning=indicator.meaning,
        formula=_formula(indicator),
        value=figure.value if figure else None,
        coverage=coverage(figure, picture.areas_active),
        on=picture.on,
        known=picture.known,
        today=today,
        query=query,
        state=state(on=picture.on, known=picture.known, today=today),
        areas=sorted(areas, key=lambda row: (row.value is None, -(row.value or 0), row.name)),
        events=events,
        is_first=not after,
        next_href=f"/figures/{indicator.name}?{query}&{urlencode({'after': next_after})}" if next_after else "",
    )


def _formula(indicator: Indicator) -> str:
    if indicator.reported:
        return (
            "An enterprise's report counts until it reports again, pauses or closes, "
            f"and for at most {STALE_AFTER.days} days. The figure is the sum."
        )
    return "The figure is the sum of what each event added or took away."
