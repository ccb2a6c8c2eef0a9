"""Areas side by side: the national indicators of two to four of them, on any day as known on any day."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from msgspec import Struct

from events.access import Principal
from events.base import today
from events.places import place_name
from events.projections.indicators import INDICATORS, Indicator
from events.projections.picture import AreaFigures, Courses, Figure, Picture
from hub import disclosure
from hub.access.guard import PUBLIC
from hub.as_of import AsOf, read_as_of
from hub.db import Hub, notice
from hub.download import file
from hub.errors import BadField
from hub.look.page import render
from hub.look.words import count, in_words, listed, number
from hub.spreadsheet import csv_text

FEWEST: Final = 2
MOST: Final = 4
"""Areas that fit beside each other."""


class Row(Struct, frozen=True, kw_only=True):
    """One indicator."""

    indicator: Indicator
    figures: list[Figure | None]
    """Of each area."""

    @property
    def values(self) -> list[int | float | str | None]:
        """For each area; None where it has not reported."""
        return [disclosure.shown(figure) for figure in self.figures]

    @property
    def in_file(self) -> list[int | float | str | None]:
        return [disclosure.in_file(figure) for figure in self.figures]


class Compared(Struct, frozen=True, kw_only=True):
    areas: list[AreaFigures]
    """In the order asked for; none where that could not be read."""
    error: str
    """What is wrong with the areas asked for; empty if nothing is, or none was asked for."""

    @property
    def rows(self) -> list[Row]:
        return [
            Row(
                indicator=indicator,
                figures=[each.figures.get(name) for each in self.areas],
            )
            for name, indicator in INDICATORS.items()
            if name != "areas"  # each of them takes part
        ]

    @property
    def sentence(self) -> str:
        """How many enterprises each has supported, the most first."""
        supported = {each.name: each.figures["enterprises"].value or 0 for each in self.areas}
        (first, most), *others = sorted(supported.items(), key=lambda each: -each[1])
        told = [
            f"{first} had supported {count(most, 'enterprise', 'enterprises')}",
            *(f"{name} {number(supported)}" for name, supported in others),
        ]
        return f"{listed(told)}."


def compared(codes: Sequence[str], picture: Picture) -> Compared:
    """The areas with these codes, each once. Gaps in the form count for nothing."""
    asked = list(dict.fromkeys(code for each in codes if (code := each.strip())))
    taking_part = {code: each for each in picture.areas for code in (each.code_today, each.code_then)}
    taking_part |= {each.area: each for each in picture.areas}
    unknown = [code for code in asked if code not in taking_part]
    error = ""
    if unknown:
        error = f"{place_name(unknown[0])} took no part on {in_words(picture.on)}. Choose areas from the list."
    elif asked and len(asked) < FEWEST:
        error = "Choose a second area to compare it with."
    elif len(asked) > MOST:
        error = f"Choose at most {MOST} areas."
    return Compared(
        areas=[] if error else list({(each := taking_part[code]).area: each for code in asked}.values()), error=error
    )


def _read(hub: Hub, chosen: Sequence[str], asked: AsOf) -> tuple[Picture, Compared, Courses | None, str]:
    with hub.reading("national") as connection:
        picture = disclosure.picture(connection, on=asked.on, known=asked.known)
        found = compared(chosen, picture)
        codes = [each.area for each in found.areas]
        courses = disclosure.courses(connection, on=asked.on, known=asked.known, areas=codes) if codes else None
        return picture, found, courses, notice(connection)


@get("/compare", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def compare_page(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    area: FromQuery[list[str] | None] = None,
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    asked = read_as_of(on, known, today=today())
    picture, found, courses, said = _read(hub, area or [], asked)
    errors = asked.errors | ({"area": found.error} if found.error else {})
    codes = [each.area for each in found.areas]
    body = render(
        "national/pages/compare.html",
        who=who,
        notice=said,
        asked=asked,
        errors=errors,
        found=found,
        chosen=[*(codes or [each for each in (area or []) if each][:MOST]), *[""] * MOST][:MOST],
        choices=picture.areas,
        trends=[courses.enterprises.get(code, []) for code in codes] if courses else [],
        query=urlencode({"area": codes, "on": asked.on.isoformat(), "known": asked.known.isoformat()}, doseq=True),
    )
    return Response(body, media_type=MediaType.HTML, status_code=400 if errors else 200)


@get("/compare.csv", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def compare_csv(
    hub: NamedDependency[Hub],
    area: FromQuery[list[str] | None] = None,
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    """One row an indicator, a column an area. An empty cell means not reported."""
    asked = read_as_of(on, known, today=today()).refused()
    with hub.reading("national") as connection:
        found = compared(area or [], disclosure.picture(connection, on=asked.on, known=asked.known))
    if not found.areas:
        raise BadField("area", found.error or f"Choose {FEWEST} to {MOST} areas.")
    days = [asked.on.isoformat(), asked.known.isoformat()]
    text = csv_text(
        ["on", "known", "indicator", "unit", *(each.area for each in found.areas)],
        [[*days, row.indicator.label, row.indicator.unit, *row.in_file] for row in found.rows],
    )
    return file(text, "csv", f"compare-{asked.on}")
