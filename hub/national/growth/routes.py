"""The page on growth, the same for programs, its months as CSV and its chart as a picture."""

from datetime import date
from typing import Final

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery
from msgspec import Struct

from events.access import Principal
from events.base import today
from hub.access.guard import PUBLIC
from hub.as_of import AsOf, read_as_of
from hub.db import Hub, notice
from hub.download import drawing, file
from hub.errors import BadField
from hub.look.page import render
from hub.national.growth.kept import studied
from hub.national.growth.model import SUBJECTS, BackTest, Parameters, Refusal, Row, Score, rows
from hub.national.growth.page import growth_drawing, growth_page, verdict
from hub.spreadsheet import csv_text

FIRST: Final = "enterprises"


class GrowthOf(Struct, frozen=True, kw_only=True):
    """How something grew, what a curve fitted to it expects, and how such forecasts did."""

    of: str
    on: date
    known: date
    refused: str | None
    """Why there is no forecast."""
    curve: Parameters | None
    course: list[Row]
    """Month ends, counted and fitted; where there is a forecast, what is expected at the next 24."""
    back_tests: list[BackTest]
    score: Score
    verdict: str


def _subject(of: str | None) -> str:
    if of is not None and of not in SUBJECTS:
        raise BadField("of", f"Choose what grows: one of {', '.join(SUBJECTS)}.")
    return of or FIRST


def _days(on: str | None, known: str | None) -> AsOf:
    asked = read_as_of(on, known, today=today())
    for field, sentence in asked.errors.items():
        raise BadField(field, sentence)
    return asked


@get("/growth", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def growth(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    of: FromQuery[str | None] = None,
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    asked = read_as_of(on, known, today=today())
    study = studied(hub, _subject(of), on=asked.on, known=asked.known)
    page = growth_page(study, on=asked.on, known=asked.known, today=today())
    with hub.pool.connection() as connection:
        words = notice(connection)
    body = render(
        "national/growth/pages/growth.html", page=page, errors=asked.errors, typed=asked.typed, who=who, notice=words
    )
    return Response(body, media_type=MediaType.HTML, status_code=400 if asked.errors else 200)


@get("/api/growth", access=PUBLIC, sync_to_thread=True)
def growth_api(
    hub: NamedDependency[Hub],
    of: FromQuery[str | None] = None,
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> GrowthOf:
    """How enterprises, areas or people supported grew up to a day, and what is expected of the next two years."""
    asked = _days(on, known)
    study = studied(hub, _subject(of), on=asked.on, known=asked.known)
    found = study.growth
    return GrowthOf(
        of=study.of,
        on=asked.on,
        known=asked.known,
        refused=found.why if isinstance(found, Refusal) else None,
        curve=None if isinstance(found, Refusal) else found.curve,
        course=rows(study),
        back_tests=study.tests,
        score=study.score,
        verdict=verdict(study.score),
    )


@get("/growth.csv", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def growth_csv(
    hub: NamedDependency[Hub],
    of: FromQuery[str | None] = None,
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    asked = _days(on, known)
    study = studied(hub, _subject(of), on=asked.on, known=asked.known)
    columns = Row.__struct_fields__
    lines = [[each.day.isoformat(), *(getattr(each, name) for name in columns[1:])] for each in rows(study)]
    return file(csv_text(columns, lines), "csv", f"growth-{study.of}-{asked.on}")


def charts(kind: str) -> HTTPRouteHandler:
    """The address of the chart as one kind of picture."""

    @get(f"/growth.{kind}", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
    def chart(
        hub: NamedDependency[Hub],
        of: FromQuery[str | None] = None,
        on: FromQuery[str | None] = None,
        known: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        asked = _days(on, known)
        study = studied(hub, _subject(of), on=asked.on, known=asked.known)
        if not study.points:
            raise BadField("on", "Nothing had been counted by this day, so nothing can be drawn. Choose a later one.")
        page = growth_page(study, on=asked.on, known=asked.known, today=today())
        with hub.pool.connection() as connection:
            svg = growth_drawing(page, notice=notice(connection))
        return drawing(svg, kind, f"growth-{study.of}-{asked.on}")

    return chart


GROWTH = [growth, growth_api, growth_csv, charts("svg"), charts("png")]
