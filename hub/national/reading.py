"""What the national page, what is taken along from it and rates are made from, read from the projection."""

from collections.abc import Callable, Collection, Mapping, Sequence, Set
from datetime import date

from msgspec import Struct

from events.base import today
from events.database import Connection
from events.projections import grounds, picture
from events.projections.indicators import INDICATORS
from events.projections.national.read import read
from events.projections.picture import Picture, Point
from hub import disclosure
from hub.as_of import AsOf
from hub.boundaries.keep import Boundaries, kept_boundaries
from hub.look.words import year_earlier
from hub.national.page import MAPPED, OF_AREAS, NationalPage, national_page
from hub.national.rates import RATES, Rates, rates
from hub.national.standing import RATES_OF_AREAS, Standing, standing_of
from hub.national.table import NOTHING_ASKED, Asked

_NOW = frozenset(
    {
        *("active", "enterprises", "enterprises_new", "hours_per_week", "catalysts"),
        *("conditions_met", "conditions_withdrawn", "requirements", "requirements_valid"),
    }
)
_LATELY = frozenset({"renewals_due", "renewals_on_time", "answers", "acceptances", "trainings", "checks"})
"""Figures of areas that rates and the parts of the page below are made from; these also a year before."""


class Looked(Struct, frozen=True, kw_only=True):
    """All that the national page says of a day, with nothing in it that not everybody may see."""

    picture: Picture
    year_before: Picture
    curves: Mapping[str, Sequence[Point]]
    page: NationalPage
    standing: Standing
    boundaries: Boundaries | None
    """None where nobody brought any in."""


def look(
    connection: Connection,
    asked: AsOf,
    *,
    table: Asked = NOTHING_ASKED,
    every_figure: bool = False,
    may_read: Callable[[str], bool] = lambda _: False,
) -> Looked:
    """What the page says, from one look at the sums. Runs inside `reading("national")`.

    Areas have the figures that the page shows, or with `every_figure` all; the network always has all. `may_read`
    tells of an area whether whoever looks may open it.
    """
    before = year_earlier(asked.on)
    sums = read(connection, [asked.on, before], known=asked.known, courses=True)

    def on_day(day: date, shown: Set[str]) -> Picture:
        of_areas = INDICATORS.keys() if every_figure else shown
        return disclosure.disclosed(picture.picture_of(connection, sums, on=day, known=asked.known, of_areas=of_areas))

    now, then = on_day(asked.on, OF_AREAS | _NOW | _LATELY), on_day(before, OF_AREAS | _LATELY)
    courses = disclosure.disclosed_courses(picture.courses_of(sums, on=asked.on))
    page = national_page(
        now,
        year_before=then,
        curves=courses.network,
        by_area=courses.enterprises,
        today=today(),
        mapped=table.by or MAPPED[0],
        asked=table,
    )
    return Looked(
        picture=now,
        year_before=then,
        curves=courses.network,
        page=page,
        standing=read_standing(connection, now, then, query=page.query, may_read=may_read),
        boundaries=kept_boundaries(connection),
    )


def read_rates(
    connection: Connection,
    picture: Picture,
    year_before: Picture,
    *,
    by_area: bool = False,
    of_areas: Collection[str] = RATES.keys(),
) -> Rates:
    """All rates of a picture, with those of waits by area only if asked. Runs inside `reading("national")`.

    Areas have all others, or those named in `of_areas`.
    """
    areas = [each.area for each in picture.areas]
    return rates(
        picture,
        year_before,
        costs=grounds.costs(connection, areas, on=picture.on, known=picture.known),
        waited=grounds.waits(
            connection,
            areas,
            since=year_earlier(picture.on),
            on=picture.on,
            known=picture.known,
            by_area=by_area,
        ),
        of_areas=of_areas,
    )


def picture_with_rates(connection: Connection, asked: AsOf) -> tuple[Picture, Rates]:
    """A day as anybody may see it, with all its rates. Runs inside `reading("national")`."""
    now = disclosure.picture(connection, on=asked.on, known=asked.known)
    before = disclosure.picture(connection, on=year_earlier(asked.on), known=asked.known)
    return now, read_rates(connection, now, before, by_area=True)


def read_standing(
    connection: Connection, picture: Picture, year_before: Picture, *, query: str, may_read: Callable[[str], bool]
) -> Standing:
    """How the areas of a picture stand. Runs inside `reading("national")`."""
    areas = [each.area for each in picture.areas]
    return standing_of(
        picture,
        year_before,
        read_rates(connection, picture, year_before, of_areas=RATES_OF_AREAS),
        grounds.conditions_and_risks(connection, areas, on=picture.on, known=picture.known),
        query=query,
        may_read=may_read,
    )
