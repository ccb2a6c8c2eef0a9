"""What the national page shows, to take along: drawings, a workbook and a printed briefing, of any day."""

from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery

from events.base import today
from events.projections.indicators import INDICATORS
from hub import disclosure
from hub.access.guard import PUBLIC
from hub.as_of import AsOf, read_as_of
from hub.db import Hub, notice
from hub.download import drawing
from hub.errors import BadField
from hub.look.drawing import curve_drawing
from hub.national.drawings import map_drawing
from hub.national.page import MAPPED
from hub.national.reading import Looked, look
from hub.national.table import Asked

HEXAGONS: Final = "hexagons"
"""What is asked for to see areas in one size."""


def asked_for(on: str | None, known: str | None) -> AsOf:
    """The days asked for. Raises `BadField` for what is none, or not come yet."""
    return read_as_of(on, known, today=today()).refused()


def mapped_by(by: str | None) -> str:
    """What the map shows other than what it does by itself. Raises `BadField` for what it cannot."""
    if by is not None and by not in MAPPED:
        raise BadField("by", f"Choose what the map shows: one of {', '.join(MAPPED)}.")
    return by if by and by != MAPPED[0] else ""


def shown(hub: Hub, asked: AsOf, *, by: str | None = None) -> tuple[Looked, str]:
    """What the national page says of these days to anybody, and what is said of the figures on every page.

    Raises `BadField` where the map cannot show `by`.
    """
    table = Asked(by=mapped_by(by))
    with hub.reading("national") as connection:
        return look(connection, asked, table=table, every_figure=True), notice(connection)


def drawings(kind: str) -> list[HTTPRouteHandler]:
    """The addresses of curves and map as one kind of picture."""

    @get(f"/national/curve.{kind}", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
    def curve(
        hub: NamedDependency[Hub],
        of: FromQuery[str] = "enterprises",
        on: FromQuery[str | None] = None,
        known: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        asked = asked_for(on, known)
        found, words = shown(hub, asked)
        drawn = next((each for each in found.page.curves if each.name == of), None)
        if drawn is None:
            names = ", ".join(each.name for each in found.page.curves) or "none on this day"
            raise BadField("of", f"Choose one of the curves of the page: {names}.")
        svg = curve_drawing(
            drawn.points,
            title=drawn.title,
            caption=drawn.caption,
            steps=drawn.name == "areas",
            on=asked.on,
            known=asked.known,
            notice=words,
        )
        return drawing(svg, kind, f"{of}-{asked.on}")

    @get(f"/national/map.{kind}", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
    def map_of(
        hub: NamedDependency[Hub],
        by: FromQuery[str | None] = None,
        shape: FromQuery[str | None] = None,
        on: FromQuery[str | None] = None,
        known: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        """With `shape=hexagons` that of hexagons also where there are boundaries."""
        asked = asked_for(on, known)
        found, words = shown(hub, asked, by=by)
        by = found.page.map.indicator
        svg = map_drawing(
            found.page.map,
            None if shape == HEXAGONS else found.boundaries,
            on=asked.on,
            known=asked.known,
            notice=words,
            rule=disclosure.RULE if disclosure.of_people(INDICATORS[by]) else "",
        )
        return drawing(svg, kind, f"map-{by}-{asked.on}")

    return [curve, map_of]


EXPORTS: Final = [*drawings("svg"), *drawings("png")]
