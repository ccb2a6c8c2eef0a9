"""Addresses of the workbooks and of CSV beside them, for any day."""

from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from events.base import NotFound, now
from events.projections import picture as pictures
from events.projections.indicators import INDICATORS
from events.projections.picture import AreaFigures, Picture
from hub import disclosure
from hub.access.guard import PUBLIC, Needs
from hub.as_of import AsOf
from hub.db import Hub, notice
from hub.desk import AreaCode
from hub.download import file
from hub.look.briefing import printed
from hub.look.words import year_earlier
from hub.national import csv
from hub.national.books import About, area_book, figure_book, national_book
from hub.national.briefing import national_briefing
from hub.national.exports import asked_for, shown
from hub.national.rates import RATES
from hub.national.reading import picture_with_rates
from hub.spreadsheet import workbook

MOST_ENTRIES: Final = 10_000
"""Entries of a figure in one workbook; whoever needs all of them reads the ledgers."""


@get("/national/picture.xlsx", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def national_xlsx(
    hub: NamedDependency[Hub], on: FromQuery[str | None] = None, known: FromQuery[str | None] = None
) -> Response[bytes]:
    """All that the national page shows."""
    asked = asked_for(on, known)
    found, words = shown(hub, asked)
    sheets = national_book(
        found.picture,
        found.year_before,
        found.page,
        found.standing,
        found.curves,
        about=_about(hub, "/", asked, words),
    )
    return file(workbook(sheets), "xlsx", f"national-{asked.on}")


@get("/national/briefing.pdf", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def national_pdf(
    hub: NamedDependency[Hub], on: FromQuery[str | None] = None, known: FromQuery[str | None] = None
) -> Response[bytes]:
    """The national picture on two printed pages."""
    asked = asked_for(on, known)
    found, words = shown(hub, asked)
    about = _about(hub, "/", asked, words)
    briefing = national_briefing(
        found.picture,
        found.year_before,
        found.page,
        found.standing,
        boundaries=found.boundaries,
        notice=words,
        source=f"Trellis, from what areas record. {about.address}",
    )
    return file(printed(briefing), "pdf", f"national-briefing-{asked.on}")


@get("/national/figures.csv", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def national_csv(
    hub: NamedDependency[Hub], on: FromQuery[str | None] = None, known: FromQuery[str | None] = None
) -> Response[bytes]:
    """All figures of the network."""
    asked = asked_for(on, known)
    text = csv.figures_csv(*_now_and_before(hub, asked))
    return file(text, "csv", f"figures-{asked.on}")


@get("/national/published.csv", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def published_csv(
    hub: NamedDependency[Hub], on: FromQuery[str | None] = None, known: FromQuery[str | None] = None
) -> Response[bytes]:
    """Figures as others published them."""
    asked = asked_for(on, known)
    return file(csv.published_csv(_now_and_before(hub, asked)[0]), "csv", f"published-{asked.on}")


@get("/areas/{area:str}/figures.csv", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def area_csv(
    hub: NamedDependency[Hub],
    area: AreaCode,
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    """All figures of an area."""
    asked = asked_for(on, known)
    picture, year_before = _now_and_before(hub, asked)
    _taking_part(picture, area)
    return file(csv.figures_csv(picture, year_before, area=area), "csv", f"{area}-{asked.on}")


@get("/figures/{indicator:str}/entries.csv", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def entries_csv(
    hub: NamedDependency[Hub],
    indicator: FromPath[str],
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    """The first entries behind a figure."""
    asked = asked_for(on, known)
    _named(indicator)
    with hub.reading("national") as connection:
        behind = pictures.behind(connection, indicator, on=asked.on, known=asked.known, limit=MOST_ENTRIES)
    text = csv.entries_csv(behind, INDICATORS[indicator])
    return file(text, "csv", f"{indicator}-entries-{asked.on}")


@get("/figures/{indicator:str}/areas.csv", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def figure_csv(
    hub: NamedDependency[Hub],
    indicator: FromPath[str],
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    """One figure or rate by area. Empty: not reported; `<5` and `c` as `hub.disclosure` says."""
    asked = asked_for(on, known)
    if indicator in RATES:
        with hub.reading("national") as connection:
            picture, found = picture_with_rates(connection, asked)
        return file(csv.rate_csv(indicator, found, picture), "csv", f"{indicator}-{asked.on}")
    _named(indicator)
    with hub.reading("national") as connection:
        picture = disclosure.picture(connection, on=asked.on, known=asked.known)
    return file(csv.figure_csv(indicator, picture), "csv", f"{indicator}-{asked.on}")


@get("/figures/{indicator:str}/figure.xlsx", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def figure_xlsx(
    hub: NamedDependency[Hub],
    indicator: FromPath[str],
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    """One figure by area, and by the entries behind it."""
    asked = asked_for(on, known)
    _named(indicator)
    with hub.reading("national") as connection:
        behind = pictures.behind(connection, indicator, on=asked.on, known=asked.known, limit=MOST_ENTRIES + 1)
        sheets = figure_book(
            disclosure.picture(connection, on=asked.on, known=asked.known),
            INDICATORS[indicator],
            behind[:MOST_ENTRIES],
            complete=len(behind) <= MOST_ENTRIES,
            about=_about(hub, f"/figures/{indicator}", asked, notice(connection)),
        )
    return file(workbook(sheets), "xlsx", f"{indicator}-{asked.on}")


@get("/areas/{area:str}/figures.xlsx", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def area_xlsx(
    hub: NamedDependency[Hub],
    area: AreaCode,
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    """An area's figures. Files travel, so what is kept back from everybody is kept back here too."""
    asked = asked_for(on, known)
    with hub.reading("national") as connection:
        picture = disclosure.picture(connection, on=asked.on, known=asked.known)
        its = _taking_part(picture, area)
        sheets = area_book(
            picture,
            disclosure.picture(connection, on=year_earlier(asked.on), known=asked.known),
            its,
            disclosure.courses(connection, on=asked.on, known=asked.known).enterprises.get(area, []),
            about=_about(hub, f"/areas/{area}", asked, notice(connection)),
        )
    return file(workbook(sheets), "xlsx", f"{area}-{asked.on}")


def _now_and_before(hub: Hub, asked: AsOf) -> tuple[Picture, Picture]:
    with hub.reading("national") as connection:
        return (
            disclosure.picture(connection, on=asked.on, known=asked.known),
            disclosure.picture(connection, on=year_earlier(asked.on), known=asked.known),
        )


def _taking_part(picture: Picture, area: str) -> AreaFigures:
    its = next((each for each in picture.areas if each.area == area), None)
    if its is None:
        raise NotFound(f"No area with the code {area} took part then.", field="area")
    return its


def _named(indicator: str) -> None:
    if indicator not in INDICATORS:
        raise NotFound("There is no figure of that name.")


def _about(hub: Hub, path: str, asked: AsOf, notice: str) -> About:
    """With the address of the page that a file is of, to be found again."""
    address = f"{hub.settings.url.rstrip('/')}{path}?on={asked.on}&known={asked.known}"
    return About(made=now(), address=address, notice=notice)


FILES: Final = [
    national_xlsx,
    national_pdf,
    national_csv,
    published_csv,
    figure_csv,
    figure_xlsx,
    entries_csv,
    area_xlsx,
    area_csv,
]
