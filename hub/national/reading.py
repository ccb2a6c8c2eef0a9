"""What rates and the national page's later parts are made from, read from the projection."""

from events.database import Connection
from events.projections import grounds
from events.projections.picture import Picture
from hub.look.words import year_earlier
from hub.national.rates import Rates, rates


def read_rates(connection: Connection, picture: Picture, year_before: Picture, *, by_area: bool = False) -> Rates:
    """All rates of a picture, with those of waits by area only if asked. Runs inside `reading("national")`."""
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
    )
