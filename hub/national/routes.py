"""The national picture: the page, what stands behind a figure, the same for programs and spreadsheets."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from events import ledger
from events.access import Principal
from events.areas import AreaJoined
from events.base import Event, NotFound, area_stream, civil_day, today
from events.catalogue import EntryCorrected
from events.corrections import corrected
from events.database import Connection
from events.enterprises import ActivityReported, EnterpriseRegistered, EnterpriseResumed, MilestoneRecorded
from events.ledger import Recorded
from events.places import place_name
from events.projections import picture as pictures
from events.projections.indicators import INDICATORS
from events.projections.national.read import read
from events.projections.picture import Behind, Figure, Picture
from events.projections.standing import mark
from hub import disclosure
from hub.access.guard import PUBLIC
from hub.as_of import AsOf, read_as_of
from hub.boundaries.keep import boundaries_mark, kept_boundaries
from hub.db import Hub, notice
from hub.errors import BadField
from hub.feed.routes import LIVE, shown
from hub.look.page import render
from hub.look.words import count, year_earlier
from hub.national import csv
from hub.national.changes import Line, this_week
from hub.national.exports import HEXAGONS
from hub.national.figure import FigureEvent, figure_page
from hub.national.growth.kept import expected, latest
from hub.national.kept import made_once
from hub.national.page import MAPPED, OF_AREAS, NationalPage, national_page
from hub.national.shapes import not_drawn, shapes

PAGE = 50
"""Events shown at a time behind a figure."""


class FigureShown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A number and how much of the network stands behind it. Null where nobody reported it, or where it is withheld."""

    value: int | float | None
    areas_reporting: int
    withheld: str = ""
    """Why a number that was reported is not shown: so few people that somebody could be recognised, or it would give
    such a number away."""


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
    areas: list[NationalArea]


def _asked(on: str | None, known: str | None) -> AsOf:
    return read_as_of(on, known, today=today()).refused()


@get("/", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def national(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
    by: FromQuery[str | None] = None,
    shape: FromQuery[str | None] = None,
) -> Response[bytes]:
    asked = read_as_of(on, known, today=today())
    if by is not None and by not in MAPPED:
        raise BadField("by", f"Choose what the map shows: one of {', '.join(MAPPED)}.")
    with hub.reading("national") as connection:
        live = "" if asked.errors or (asked.on, asked.known) != (today(), today()) else shown(connection)
        words = notice(connection)

        def make() -> bytes:
            (page, week), boundaries = _page(connection, asked, by), kept_boundaries(connection)
            drawn = boundaries if shape != HEXAGONS else None
            return render(
                "national/pages/national.html",
                page=page,
                week=week,
                boundaries=boundaries,
                shapes=shapes(page.map, drawn, asked.on) if drawn else None,
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
            *(asked.on, asked.known, today(), by, shape, who, words),
            *(mark(connection, "national"), boundaries_mark(connection)),
            latest(hub, "enterprises", on=asked.on, known=asked.known),
        )
        body = made_once(hub, follows_from, make)
    return Response(body, media_type=MediaType.HTML, headers=LIVE if live else {})


def _page(connection: Connection, asked: AsOf, by: str | None) -> tuple[NationalPage, Sequence[Line]]:
    """What the page says, from one look at the sums, and what changed in the week."""
    before = year_earlier(asked.on)
    sums = read(connection, [asked.on, before], known=asked.known, courses=True)

    def picture(day: date) -> Picture:
        found = pictures.picture_of(connection, sums, on=day, known=asked.known, of_areas=OF_AREAS)
        return disclosure.disclosed(found)

    courses = disclosure.disclosed_courses(pictures.courses_of(sums, on=asked.on))
    now = picture(asked.on)
    page = national_page(
        now,
        year_before=picture(before),
        curves=courses.network,
        by_area=courses.enterprises,
        today=today(),
        mapped=by or MAPPED[0],
    )
    return page, this_week(connection, now)


@get("/api/national", access=PUBLIC, sync_to_thread=True)
def national_api(
    hub: NamedDependency[Hub], on: FromQuery[str | None] = None, known: FromQuery[str | None] = None
) -> National:
    """The national figures of any day, as known on any day."""
    found = _picture(hub, _asked(on, known))
    return National(
        on=found.on,
        known=found.known,
        figures=_told(found.figures),
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
) -> Response[str]:
    asked = _asked(on, known)
    return _download(csv.areas_csv(_picture(hub, asked)), f"areas-{asked.on}.csv")


@get("/national/curves.csv", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def curves_csv(
    hub: NamedDependency[Hub], on: FromQuery[str | None] = None, known: FromQuery[str | None] = None
) -> Response[str]:
    asked = _asked(on, known)
    with hub.reading("national") as connection:
        courses = disclosure.courses(connection, on=asked.on, known=asked.known)
    return _download(csv.curves_csv(courses.network), f"curves-{asked.on}.csv")


def _download(text: str, name: str) -> Response[str]:
    return Response(text, media_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@get("/figures/{indicator:str}", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def figure(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    indicator: FromPath[str],
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> Response[bytes]:
    found = INDICATORS.get(indicator)
    if found is None:
        raise NotFound("There is no figure of that name.")
    asked = _asked(on, known)
    with hub.reading("national", who) as connection:
        rows = pictures.behind(
            connection, indicator, on=asked.on, known=asked.known, after=_mark(after), limit=PAGE + 1
        )
        page = figure_page(
            disclosure.picture(connection, on=asked.on, known=asked.known),
            found,
            events=entries_in_words(connection, rows[:PAGE], who, of_people=disclosure.of_people(found)),
            today=today(),
            after=after or "",
            next_after=f"{rows[PAGE - 1].area}.{rows[PAGE - 1].position}" if len(rows) > PAGE else "",
        )
        words = notice(connection)
    return Response(render("national/pages/figure.html", page=page, who=who, notice=words), media_type=MediaType.HTML)


def _mark(after: str | None) -> tuple[str, int]:
    area, _, position = (after or ".0").partition(".")
    if not re.fullmatch(r"[0-9]{1,15}", position) or not re.fullmatch(r"[A-Z0-9]{0,12}", area):
        raise BadField("after", "Follow the link to the next events rather than writing this address.")
    return area, int(position)


def entries_in_words(
    connection: Connection, rows: Sequence[Behind], who: Principal, *, of_people: bool
) -> list[FigureEvent]:
    shown: list[FigureEvent] = []
    for area in dict.fromkeys(row.area for row in rows):
        mine = [row for row in rows if row.area == area]
        said = {each.position: each for each in ledger.read_positions(connection, area, [row.said_at for row in mine])}
        names = _names(connection, area, {each.stream for each in said.values()})
        for row in mine:
            # of an area that is not theirs to read, people see that there is an entry and what it adds, not its words
            recorded = said.get(row.said_at)
            shown.append(
                FigureEvent(
                    area_name=place_name(area),
                    position=row.position,
                    words=describe(recorded.event, names.get(recorded.stream, "")) if recorded else "",
                    people_href=_people(recorded, who) if recorded else "",
                    occurred_on=row.occurred_on,
                    recorded_on=civil_day(recorded.recorded_at) if recorded else None,
                    contribution=row.amount if not of_people or who.may("read area", area) else None,
                )
            )
    return shown


def _people(recorded: Recorded, who: Principal) -> str:
    if recorded.stream == area_stream(recorded.area) or not who.may("read people", recorded.area):
        return ""
    return f"/areas/{recorded.area}/enterprises/{recorded.stream}/people"


def _names(connection: Connection, area: str, streams: set[UUID]) -> Mapping[UUID, str]:
    """What each enterprise is called, corrections counted in."""
    names: dict[UUID, str] = {}
    for (_, stream), history in ledger.read_streams(connection, {(area, stream) for stream in streams}).items():
        for entry in corrected(history):
            if isinstance(entry.event, EnterpriseRegistered):
                names[stream] = entry.event.name
    return names


def describe(event: Event, name: str) -> str:
    """What happened, for a person."""
    match event:
        case EntryCorrected(replacement=None):
            return f"{name}: taken back ({event.reason})".lstrip(": ")
        case EntryCorrected(replacement=Event() as replacement):
            return f"{describe(replacement, name)} (corrected: {event.reason})"
        case EnterpriseRegistered():
            return f"{event.name} registered, {event.origin}, {event.legal_form}"
        case ActivityReported():
            parts = (
                (event.people_supported, "person", "people"),
                (event.jobs, "job", "jobs"),
                (event.volunteers, "volunteer", "volunteers"),
                (event.hours_per_week, "hour a week", "hours a week"),
            )
            return f"{name} reported " + ", ".join(count(n, one, many) for n, one, many in parts if n is not None)
        case MilestoneRecorded():
            return f"{name}: {event.kind}"
        case EnterpriseResumed():
            return f"{name} resumed"
        case AreaJoined():
            return "Joined the network"
        case _:
            return name
