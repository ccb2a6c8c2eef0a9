"""The national picture: the page, what stands behind a figure, the same for programs and spreadsheets."""

import re
from collections.abc import Mapping
from datetime import date

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import Struct
from msgspec.structs import replace

from events.access import Principal
from events.base import NotFound, today
from events.database import Connection
from events.projections import grounds
from events.projections import picture as pictures
from events.projections.indicators import Indicator
from events.projections.picture import Behind, Figure, Picture
from events.projections.standing import mark
from hub import disclosure
from hub.access.guard import PUBLIC
from hub.as_of import AsOf, read_as_of
from hub.boundaries.keep import boundaries_mark
from hub.db import Hub, notice
from hub.download import file
from hub.errors import BadField
from hub.feed.routes import LIVE, shown
from hub.look.page import render
from hub.national import csv
from hub.national.changes import this_week
from hub.national.entries import entries_in_words
from hub.national.exports import HEXAGONS, asked_for, mapped_by
from hub.national.figure import figure_page
from hub.national.growth.kept import expected, expected_mark
from hub.national.kept import made_once
from hub.national.rate import COST, rate_page, with_cost
from hub.national.rate import indicator as shown_as
from hub.national.rates import RATES
from hub.national.reading import look, picture_with_rates
from hub.national.shapes import not_drawn, shapes
from hub.national.table import read_table

PAGE = 50
"""Events shown at a time behind a figure."""


class FigureShown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A number and how much of the network stands behind it. Null where nobody reported it, or where it is withheld."""

    value: int | float | None
    areas_reporting: int
    withheld: str = ""
    """Why a number that was reported is not shown: so few people that somebody could be recognised, or it would give
    such a number away."""


class RateShown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One figure divided by another, over the areas that can be in it. Null where there is none, or it is withheld."""

    value: float | None
    unit: str
    """percent, pounds, days or people."""
    numerator: float | None
    denominator: float | None
    areas: int
    """How many are in it."""
    withheld: str = ""


class NationalArea(Struct, frozen=True, kw_only=True):
    area: str
    """The code that its ledger goes by, for good."""
    code: str
    """The ONS code it had on that day."""
    name: str
    figures: dict[str, FigureShown]


class National(Struct, frozen=True, kw_only=True):
    """The network on a day, from what was known at the end of another; both days in Europe/London."""

    on: date
    known: date
    figures: dict[str, FigureShown]
    rates: dict[str, RateShown]
    areas: list[NationalArea]


@get("/", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def national(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
    by: FromQuery[str | None] = None,
    shape: FromQuery[str | None] = None,
    sort: FromQuery[str | None] = None,
    order: FromQuery[str | None] = None,
    q: FromQuery[str | None] = None,
    nation: FromQuery[str | None] = None,
    all: FromQuery[str | None] = None,
) -> Response[bytes]:
    asked = read_as_of(on, known, today=today())
    table = read_table(sort=sort, order=order, q=q, nation=nation, all=all)
    days = {} if asked.now or asked.errors else {"on": asked.on.isoformat(), "known": asked.known.isoformat()}
    drawn_by = {"by": mapped_by(by), "shape": HEXAGONS if shape == HEXAGONS else ""}
    table = replace(table, **days, **drawn_by)
    with hub.reading("national") as connection:
        live = "" if asked.errors or (asked.on, asked.known) != (today(), today()) else shown(connection)
        words = notice(connection)

        def make() -> bytes:
            found = look(connection, asked, table=table, may_read=lambda area: who.may("read area", area))
            page = found.page
            drawn = found.boundaries if table.shape != HEXAGONS else None
            return render(
                "national/pages/national.html",
                page=page,
                standing=found.standing,
                week=this_week(connection, found.picture),
                boundaries=found.boundaries,
                shapes=shapes(page.map, drawn, asked.on, rows=page.table.beyond) if drawn else None,
                elsewhere=not_drawn(page.map, drawn) if drawn else page.map.elsewhere,
                ahead=expected(hub, "enterprises", page.growth, on=asked.on, known=asked.known),
                errors=asked.errors,
                typed=asked.typed,
                live=live,
                who=who,
                notice=words,
            )

        if asked.errors:
            return Response(make(), media_type=MediaType.HTML, status_code=400)
        follows_from = (
            *(asked.on, asked.known, today(), table, who, words),
            *(mark(connection, "national"), boundaries_mark(connection)),
            expected_mark(hub, "enterprises", on=asked.on, known=asked.known),
        )
        body = made_once(hub, follows_from, make)
    return Response(body, media_type=MediaType.HTML, headers=LIVE if live else {})


@get("/api/national", access=PUBLIC, sync_to_thread=True)
def national_api(
    hub: NamedDependency[Hub], on: FromQuery[str | None] = None, known: FromQuery[str | None] = None
) -> National:
    """The national figures of any day, as known on any day."""
    asked = asked_for(on, known)
    with hub.reading("national") as connection:
        found, rates = picture_with_rates(connection, asked)
    return National(
        on=found.on,
        known=found.known,
        figures=_told(found.figures),
        rates={
            name: RateShown(
                value=each.value,
                unit=each.rate.unit,
                numerator=each.numerator,
                denominator=each.denominator,
                areas=each.covered,
                withheld=each.withheld,
            )
            for name, each in rates.network.items()
        },
        areas=[
            NationalArea(area=each.area, code=each.code_then, name=each.name, figures=_told(each.figures))
            for each in found.areas
        ],
    )


def _told(figures: Mapping[str, Figure]) -> dict[str, FigureShown]:
    return {
        name: FigureShown(
            value=each.value,
            areas_reporting=each.areas_reporting,
            withheld=each.withheld if isinstance(each, disclosure.Kept) else "",
        )
        for name, each in figures.items()
    }


def _picture(hub: Hub, asked: AsOf) -> Picture:
    with hub.reading("national") as connection:
        return disclosure.picture(connection, on=asked.on, known=asked.known)


@get("/national/areas.csv", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def areas_csv(
    hub: NamedDependency[Hub], on: FromQuery[str | None] = None, known: FromQuery[str | None] = None
) -> Response[bytes]:
    asked = asked_for(on, known)
    return file(csv.areas_csv(_picture(hub, asked)), "csv", f"areas-{asked.on}")


@get("/national/curves.csv", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def curves_csv(
    hub: NamedDependency[Hub], on: FromQuery[str | None] = None, known: FromQuery[str | None] = None
) -> Response[bytes]:
    asked = asked_for(on, known)
    with hub.reading("national") as connection:
        courses = disclosure.courses(connection, on=asked.on, known=asked.known)
    return file(csv.curves_csv(courses.network), "csv", f"curves-{asked.on}")


@get("/figures/{indicator:str}", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def figure(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    indicator: FromPath[str],
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> Response[bytes]:
    asked = asked_for(on, known)
    if indicator in RATES:
        return _rate(hub, who, indicator, asked)
    found = shown_as(indicator)
    if found is None:
        raise NotFound("There is no figure of that name.")
    with hub.reading("national", who) as connection:
        picture = disclosure.picture(connection, on=asked.on, known=asked.known)
        rows = _behind(connection, picture, found, _mark(after))
        if found == COST:
            areas = [each.area for each in picture.areas]
            picture = with_cost(picture, grounds.costs(connection, areas, on=asked.on, known=asked.known))
        page = figure_page(
            picture,
            found,
            events=entries_in_words(connection, rows[:PAGE], who, of_people=disclosure.of_people(found)),
            today=today(),
            after=after or "",
            next_after=f"{rows[PAGE - 1].area}.{rows[PAGE - 1].position}.{rows[PAGE - 1].key}" if rows[PAGE:] else "",
        )
        words = notice(connection)
    return Response(render("national/pages/figure.html", page=page, who=who, notice=words), media_type=MediaType.HTML)


def _rate(hub: Hub, who: Principal, name: str, asked: AsOf) -> Response[bytes]:
    with hub.reading("national") as connection:
        picture, found = picture_with_rates(connection, asked)
        page = rate_page(name, found, picture, today=today())
        words = notice(connection)
    return Response(render("national/pages/rate.html", page=page, who=who, notice=words), media_type=MediaType.HTML)


def _behind(connection: Connection, picture: Picture, found: Indicator, after: tuple[str, int, str]) -> list[Behind]:
    """The next entries behind a figure, and one more if there are more."""
    if found == COST:
        areas = [each.area for each in picture.areas]
        return grounds.posts_behind(connection, areas, on=picture.on, known=picture.known, after=after, limit=PAGE + 1)
    return pictures.behind(connection, found.name, on=picture.on, known=picture.known, after=after, limit=PAGE + 1)


def _mark(after: str | None) -> tuple[str, int, str]:
    """Where the next events begin: after this area, position and key."""
    area, _, rest = (after or ".0.").partition(".")
    position, _, key = rest.partition(".")
    if not re.fullmatch(r"[0-9]{1,15}", position) or not re.fullmatch(r"[A-Z0-9]{0,12}", area) or len(key) > 200:
        raise BadField("after", "Follow the link to the next events rather than writing this address.")
    return area, int(position), key
