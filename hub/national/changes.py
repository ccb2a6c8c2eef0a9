"""What changed in the days up to a day: who joined, what was lost, what came. No word of it was typed by anybody."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from msgspec import Struct

from events.access import Principal
from events.base import today
from events.database import Connection
from events.places import place_name
from events.projections import changes as turns
from events.projections.changes import Turned
from events.projections.indicators import INDICATORS, Indicator
from events.projections.national.read import read
from events.projections.picture import Picture, picture_of
from hub import disclosure
from hub.access.guard import PUBLIC
from hub.as_of import AsOf, read_as_of
from hub.db import Hub, notice
from hub.download import file
from hub.errors import BadField
from hub.look.page import render
from hub.look.words import number
from hub.national.page import KEY_FIGURES
from hub.spreadsheet import csv_text

WEEK: Final = 7
MOST_DAYS: Final = 92
ON_PAGE: Final = 8
"""Lines on the national page."""

ROUND: Final = (1, 25, 50, 100)
"""Which enterprises of an area are told of; and every further hundredth."""

ORDER: Final = "Areas that joined or left come first, then what was lost or is at risk, then what was gained."


class Line(Struct, frozen=True, kw_only=True):
    """Something that changed in an area."""

    rank: int
    """How telling it is, the least first."""
    area: str
    area_name: str
    day: date
    words: str
    href: str


class FigureChange(Struct, frozen=True, kw_only=True):
    """A key figure, how much of it came in these days, and how much in them was learned of days before."""

    indicator: Indicator
    now: int | float | str | None
    change: int | float | None
    late: int | float | None


# by facet and turn, of those that one phrase fits: how telling, the words, and the figure that the entry is behind
_WORDS: Final[Mapping[tuple[str, str], tuple[int, str, str]]] = {
    ("area", "began"): (0, "Joined the network", "areas"),
    ("area", "ended"): (0, "Left the network", "areas"),
    ("post", "ended"): (2, "A Catalyst’s post ended", "catalysts"),
    ("post", "began"): (4, "A Catalyst came into post", "catalysts"),
    ("risk", "ended"): (5, "Risk closed: {}", "risks"),
}


def lines(turned: Sequence[Turned], found: Picture, *, known: date) -> list[Line]:
    """What changed, the most telling first. Pure. `found` is the picture of the last of the days."""
    names = {each.area: each.name for each in found.areas}
    here = [each for each in turned if each.area in names or (each.facet, each.turn) == ("area", "ended")]
    told = [
        line
        for each in here
        if each.facet not in ("registered", "lesson", "practice") and (line := _line(each, names, known=known))
    ]
    told += _round_numbers([each for each in here if each.facet == "registered"], found, known=known)
    told += _counted([each for each in here if each.facet in ("lesson", "practice")], names, known=known)
    return sorted(told, key=lambda each: (each.rank, -each.day.toordinal(), each.area_name, each.words))


def _line(each: Turned, names: Mapping[str, str], *, known: date) -> Line | None:
    phrase = _WORDS.get((each.facet, each.turn))
    if each.facet == "condition" and each.turn == "began":
        met = bool(each.amounts[0])
        phrase = (
            (5, "Condition met: {}", "conditions_met")
            if met
            else (1, "Condition withdrawn: {}", "conditions_withdrawn")
        )
    elif each.facet == "risk" and each.turn == "began":
        acted = bool(each.amounts[1])
        phrase = (
            (5, "Something was done about a risk: {}", "risks_mitigated") if acted else (1, "Risk raised: {}", "risks")
        )
    if phrase is None:
        return None
    rank, words, figure = phrase
    return _told(each, each, names, rank, words.format(each.key), figure, known=known)


def _told(
    each: Turned, first: Turned, names: Mapping[str, str], rank: int, words: str, figure: str, *, known: date
) -> Line:
    """It leads to where the first of its entries stands; what ended is behind the figure of the day before."""
    on = each.day - timedelta(days=1) if each.turn == "ended" else each.day
    days = {"on": on.isoformat(), "known": known.isoformat(), "after": f"{first.area}.{first.position - 1}"}
    return Line(
        rank=rank,
        area=each.area,
        area_name=names.get(each.area) or place_name(each.area),
        day=each.day,
        words=words,
        href=f"/figures/{figure}?{urlencode(days)}#events",
    )


def _round_numbers(registered: Sequence[Turned], found: Picture, *, known: date) -> list[Line]:
    """The first, 25th, 50th … enterprise of an area, on the day it came."""
    names = {each.area: each.name for each in found.areas}
    now = {each.area: int(each.figures["enterprises"].value or 0) for each in found.areas}
    by_area: dict[str, list[Turned]] = defaultdict(list)
    for each in sorted(registered, key=lambda each: (each.day, each.position)):
        by_area[each.area].append(each)
    told: list[Line] = []
    for area, new in by_area.items():
        for nth, each in enumerate(new, now[area] - len(new) + 1):
            if nth in ROUND or (nth > ROUND[-1] and nth % ROUND[-1] == 0):
                words = "The first enterprise" if nth == 1 else f"The {number(nth)}th enterprise"
                told.append(_told(each, each, names, 3, words, "enterprises", known=known))
    return told


def _counted(turned: Sequence[Turned], names: Mapping[str, str], *, known: date) -> list[Line]:
    """Lessons shared and practices adopted, put together for each area."""
    told: list[Line] = []
    groups: dict[tuple[str, str], list[Turned]] = defaultdict(list)
    for each in turned:
        if each.turn != "ended" and (each.facet == "lesson" or each.amounts[1]):
            groups[each.area, each.facet].append(each)
    for (_, facet), of in groups.items():
        many = len(of)
        if facet == "lesson":
            words, figure = "A lesson was shared" if many == 1 else f"{number(many)} lessons were shared", "lessons"
        else:
            words = "A practice was adopted" if many == 1 else f"{number(many)} practices were adopted"
            figure = "adoptions"
        last = max(of, key=lambda each: each.day)
        first = min(of, key=lambda each: each.position)
        told.append(_told(last, first, names, 6, words, figure, known=known))
    return told


class Changes(Struct, frozen=True, kw_only=True):
    """What there is to say of the days up to a day."""

    since: date
    """The day before the first of them."""
    figures: list[FigureChange]
    happened: list[Line]
    late: list[Line]
    """What was learned in the same number of days up to the day of knowledge, about days up to `since`."""

    @property
    def by_area(self) -> list[tuple[str, list[Line]]]:
        return grouped(self.happened)

    @property
    def late_by_area(self) -> list[tuple[str, list[Line]]]:
        return grouped(self.late)


def grouped(told: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    """By area, in the order in which areas first come."""
    areas: dict[str, list[Line]] = {}
    for each in told:
        areas.setdefault(each.area_name, []).append(each)
    return list(areas.items())


def this_week(connection: Connection, found: Picture) -> list[Line]:
    """What changed in the week up to the day of a picture, from one look at few rows."""
    since = found.on - timedelta(days=WEEK)
    return lines(turns.turned(connection, since=since, on=found.on, known=found.known), found, known=found.known)


def changes(connection: Connection, asked: AsOf, days: int) -> Changes:
    since, unknown = asked.on - timedelta(days=days), asked.known - timedelta(days=days)
    sums = read(connection, [asked.on, since], known=asked.known)

    now, before = (
        disclosure.disclosed(picture_of(connection, sums, on=day, known=asked.known)) for day in (asked.on, since)
    )
    believed = disclosure.picture(connection, on=since, known=unknown)
    late = turns.learned_late(connection, since=unknown, known=asked.known, before=since)
    happened = turns.turned(connection, since=since, on=asked.on, known=asked.known)
    return Changes(
        since=since,
        figures=[_change(INDICATORS[name], now, before, believed) for name in ("areas", *KEY_FIGURES)],
        happened=lines(happened, now, known=asked.known),
        late=lines(late, now, known=asked.known),
    )


def _change(indicator: Indicator, now: Picture, before: Picture, believed: Picture) -> FigureChange:
    values = [disclosure.shown(each.figures.get(indicator.name)) for each in (now, before, believed)]
    return FigureChange(
        indicator=indicator, now=values[0], change=_grown(values[1], values[0]), late=_grown(values[2], values[1])
    )


def _grown(before: int | float | str | None, after: int | float | str | None) -> int | float | None:
    return None if isinstance(before, str) or isinstance(after, str) else (after or 0) - (before or 0)


def _days(typed: str | None) -> int:
    text = (typed or str(WEEK)).strip()
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= MOST_DAYS):
        raise BadField("days", f"Choose from 1 to {MOST_DAYS} days.")
    return int(text)


@get("/changes", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def changes_page(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
    days: FromQuery[str | None] = None,
) -> Response[bytes]:
    asked, many = read_as_of(on, known, today=today()), _days(days)
    with hub.reading("national") as connection:
        found = changes(connection, asked, many)
        words = notice(connection)
    body = render(
        "national/pages/changes.html",
        who=who,
        notice=words,
        asked=asked,
        errors=asked.errors,
        days=many,
        found=found,
        order=ORDER,
        query=urlencode({"on": asked.on.isoformat(), "known": asked.known.isoformat()}),
        earlier=urlencode({"on": found.since.isoformat(), "known": asked.known.isoformat(), "days": many}),
    )
    return Response(body, media_type=MediaType.HTML, status_code=400 if asked.errors else 200)


@get("/changes.csv", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def changes_csv(
    hub: NamedDependency[Hub],
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
    days: FromQuery[str | None] = None,
) -> Response[bytes]:
    """One row a change; `learned_late` is yes for what is about earlier days."""
    asked, many = read_as_of(on, known, today=today()).refused(), _days(days)
    with hub.reading("national") as connection:
        found = changes(connection, asked, many)
    rows = [
        [
            asked.on.isoformat(),
            asked.known.isoformat(),
            each.area,
            each.area_name,
            each.day.isoformat(),
            each.words,
            late,
        ]
        for told, late in ((found.happened, "no"), (found.late, "yes"))
        for each in told
    ]
    text = csv_text(["on", "known", "area", "name", "day", "what", "learned_late"], rows)
    return file(text, "csv", f"changes-{asked.on}")


CHANGES: Final = [changes_page, changes_csv]
