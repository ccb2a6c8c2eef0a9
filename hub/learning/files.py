"""What the pages on learning show, to take along as CSV and pictures: of any day, as known on any day."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from events.access import Principal
from events.base import today
from events.places import place_name
from hub.access.guard import Needs
from hub.as_of import AsOf, read_as_of
from hub.db import Hub, notice
from hub.download import drawing, file
from hub.learning.in_the_way import read_met
from hub.learning.introducing import read_introductions
from hub.learning.library import read_library
from hub.learning.page import reach_over_time, read_lesson
from hub.learning.spread import reach
from hub.look.drawing import curve_drawing
from hub.look.words import count, in_words
from hub.spreadsheet import Cell, csv_text


def _file(name: str, header: Sequence[str], rows: Sequence[Sequence[Cell]], asked: AsOf) -> Response[bytes]:
    told = [
        [cell.isoformat() if isinstance(cell, date) else cell for cell in (asked.on, asked.known, *row)] for row in rows
    ]
    return file(csv_text(["on", "known", *header], told), "csv", f"{name}-{asked.on}")


@get("/learning/lessons.csv", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def lessons_csv(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    """One row a lesson, with how far it went."""
    asked = read_as_of(on, known, today=today()).refused()
    with hub.reading("work", who) as connection:
        found = read_library(connection, on=asked.on, known=asked.known)
    header = ["lesson", "title", "area", "name", "topics", "resolves", "shared_on", "retired_on"]
    spread = ["reach", "adapted", "abandoned", "trialled", "median_days"]
    rows = [
        [
            *(str(each.lesson), each.title, each.area, place_name(each.area)),
            *("; ".join(each.topics), "; ".join(each.resolves), each.shared_on, each.retired_on),
            *(each.reach, each.adapted, each.abandoned, each.trialled, each.median_days),
        ]
        for each in found
    ]
    return _file("lessons", [*header, *spread], rows, asked)


@get("/learning/{lesson:uuid}/spread.csv", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def spread_csv(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    lesson: FromPath[UUID],
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    """One row an area that a lesson went to: where from, how far, and what it changed or why it gave it up."""
    asked = read_as_of(on, known, today=today()).refused()
    with hub.reading("work", who) as connection:
        found, taken = read_lesson(connection, lesson, asked)
    header = ["area", "name", "from_area", "from_name", "state", "since", "seen_on", "trialled_on", "adopted_on"]
    rows = [
        [
            *(each.area, place_name(each.area), each.from_area, place_name(each.from_area), each.state, each.since),
            *(each.seen_on, each.trialled_on, each.adopted_on, each.abandoned_on, each.days(found.shared_on)),
            *(each.change, each.why),
        ]
        for each in taken
    ]
    return _file("spread", [*header, "abandoned_on", "days_from_sharing", "change", "why"], rows, asked)


def charts(kind: str) -> HTTPRouteHandler:
    """The address of the chart of a lesson's reach, as one kind of picture."""

    path = f"/learning/{{lesson:uuid}}/spread.{kind}"

    @get(path, access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
    def chart(
        hub: NamedDependency[Hub],
        who: NamedDependency[Principal],
        lesson: FromPath[UUID],
        on: FromQuery[str | None] = None,
        known: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        asked = read_as_of(on, known, today=today()).refused()
        with hub.reading("work", who) as connection:
            found, taken = read_lesson(connection, lesson, asked)
            points = reach_over_time(connection, found, asked)
            words = notice(connection)
        reached = count(reach(found.area, taken), "area", "areas")
        svg = curve_drawing(
            points,
            title=f"{found.title}: adopted or adapted in {reached} by {in_words(asked.on)}",
            caption="Areas that had adopted or adapted it, day by day.",
            on=asked.on,
            known=asked.known,
            notice=words,
            steps=True,
        )
        return drawing(svg, kind, f"spread-{asked.on}")

    return chart


@get("/learning/barriers.csv", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def barriers_csv(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    """One row a barrier that an area taking part met, the oldest first."""
    asked = read_as_of(on, known, today=today()).refused()
    with hub.reading("work", who) as connection:
        met = read_met(connection, asked)
    header = ["barrier", "topic", "title", "area", "name", "raised_on", "resolved_on", "lesson", "lesson_title"]
    rows = [
        [
            *(str(each.barrier), each.topic, each.title, each.area, place_name(each.area)),
            *(each.raised_on, each.resolved_on, str(each.lesson or ""), each.lesson_title),
        ]
        for each in sorted(met, key=lambda each: (each.raised_on, each.area, each.barrier))
    ]
    return _file("barriers", header, rows, asked)


@get("/learning/introductions.csv", access=Needs("read area"), sync_to_thread=True, include_in_schema=False)
def introductions_csv(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    area: FromQuery[str] = "",
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    """One row a pair of areas that should talk, the best first, with the reasons that the page tells."""
    asked = read_as_of(on, known, today=today()).refused()
    found = read_introductions(hub, who, asked, of=area).found
    header = ["area", "name", "other_area", "other_name", "score", "alike", "reasons", "more_reasons"]
    rows = [
        [
            *(each.one.area, each.one.name, each.other.area, each.other.name, round(each.score, 2), each.alike),
            *(" ".join(reason.says for reason in each.reasons), each.more),
        ]
        for each in found
    ]
    return _file("introductions", header, rows, asked)


FILES: Final = [lessons_csv, spread_csv, charts("svg"), charts("png"), barriers_csv, introductions_csv]
