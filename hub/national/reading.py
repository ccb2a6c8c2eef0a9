"""What rates and the national page's later parts are made from, read from the projection."""

from collections.abc import Callable, Collection

from events.database import Connection
from events.projections import grounds
from events.projections.picture import Picture
from hub.look.words import year_earlier
from hub.national.rates import Rates, rates
from hub.national.standing import RATES_OF_AREAS, Standing, standing_of

NOW = frozenset(
    {
        *("active", "enterprises", "enterprises_new", "hours_per_week", "catalysts"),
        *("conditions_met", "conditions_withdrawn", "requirements", "requirements_valid"),
    }
)
LATELY = frozenset({"renewals_due", "renewals_on_time", "answers", "acceptances", "trainings", "checks"})
"""Figures of areas that rates and the parts of the page below are made from; these also a year before."""


def read_rates(
    connection: Connection,
    picture: Picture,
    year_before: Picture,
    *,
    by_area: bool = False,
    of_areas: Collection[str] | None = None,
) -> Rates:
    """All rates of a picture, with those of waits by area only if asked. Runs inside `reading("national")`.

    Of areas all others, or those named in `of_areas`.
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
