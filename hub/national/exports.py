"""What the national page shows, to take along: drawings, a workbook and a printed briefing, of any day."""

from collections.abc import Mapping, Sequence
from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery
from msgspec import Struct

from events.base import today
from events.projections.indicators import INDICATORS
from events.projections.picture import Picture, Point
from hub import disclosure
from hub.access.guard import PUBLIC
from hub.as_of import AsOf, read_as_of
from hub.boundaries.keep import Boundaries, kept_boundaries
from hub.db import Hub, notice
from hub.download import file
from hub.errors import BadField
from hub.look.printing import as_png
from hub.look.words import year_earlier
from hub.national.drawings import curve_drawing, map_drawing
from hub.national.page import MAPPED, NationalPage, national_page
from hub.national.reading import read_standing
from hub.national.standing import Standing

HEXAGONS: Final = "hexagons"
"""What is asked for to see areas in one size."""


class Shown(Struct, frozen=True, kw_only=True):
    """All that the national page shows, with nothing in it that not everybody may see."""

    picture: Picture
    year_before: Picture
    curves: Mapping[str, Sequence[Point]]
    page: NationalPage
    standing: Standing
    boundaries: Boundaries | None
    notice: str


def asked_for(on: str | None, known: str | None) -> AsOf:
    """The days asked for. Raises `BadField` for what is none, or not come yet."""
    return read_as_of(on, known, today=today()).refused()


def shown(hub: Hub, asked: AsOf, *, by: str | None = None) -> Shown:
    if by is not None and by not in MAPPED:
        raise BadField("by", f"Choose what the map shows: one of {', '.join(MAPPED)}.")
    with hub.reading("national") as connection:
        picture = disclosure.picture(connection, on=asked.on, known=asked.known)
        courses = disclosure.courses(connection, on=asked.on, known=asked.known)
        year_before = disclosure.picture(connection, on=year_earlier(asked.on), known=asked.known)
        page = national_page(
            picture,
            year_before=year_before,
            curves=courses.network,
            by_area=courses.enterprises,
            today=today(),
            mapped=by or MAPPED[0],
        )
        return Shown(
            picture=picture,
            year_before=year_before,
            curves=courses.network,
            page=page,
            standing=read_standing(connection, picture, year_before, query=page.query, may_read=lambda _: False),
            boundaries=kept_boundaries(connection),
            notice=notice(connection),
        )


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
        return _drawing(_curve(shown(hub, asked), of, asked), kind, f"{of}-{asked.on}")

    @get(f"/national/map.{kind}", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
    def map_of(
        hub: NamedDependency[Hub],
        by: FromQuery[str | None] = None,
        shape: FromQuery[str | None] = None,
        on: FromQuery[str | None] = None,
        known: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        asked = asked_for(on, known)
        found = shown(hub, asked, by=by)
        return _drawing(_map(found, asked, shape=shape), kind, f"map-{found.page.map.indicator}-{asked.on}")

    return [curve, map_of]


def _curve(found: Shown, of: str, asked: AsOf) -> str:
    drawn = next((each for each in found.page.curves if each.name == of), None)
    if drawn is None:
        names = ", ".join(each.name for each in found.page.curves) or "none on this day"
        raise BadField("of", f"Choose one of the curves of the page: {names}.")
    return curve_drawing(drawn, on=asked.on, known=asked.known, notice=found.notice)


def _map(found: Shown, asked: AsOf, *, shape: str | None) -> str:
    """With `shape=hexagons` that of hexagons also where there are boundaries."""
    return map_drawing(
        found.page.map,
        None if shape == HEXAGONS else found.boundaries,
        on=asked.on,
        known=asked.known,
        notice=found.notice,
        rule=disclosure.RULE if disclosure.of_people(INDICATORS[found.page.map.indicator]) else "",
    )


def _drawing(svg: str, kind: str, name: str) -> Response[bytes]:
    return file(as_png(svg) if kind == "png" else svg.encode(), kind, name)


EXPORTS: Final = [*drawings("svg"), *drawings("png")]
