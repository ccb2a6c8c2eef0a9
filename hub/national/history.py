"""What was believed of a day at one time and another, and what corrected it."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from events.access import Principal
from events.base import NotFound, today
from events.database import Connection
from events.places import place_name
from events.projections.believed import Moved, Step, believed, facets_of, moved, moves, steps
from events.projections.indicators import INDICATORS, Indicator
from events.projections.national.measures import HUNDREDTHS, SLOT
from events.projections.national.read import read
from events.projections.picture import Behind, Point
from hub import disclosure
from hub.access.guard import PUBLIC
from hub.as_of import AsOf, read_as_of
from hub.db import Hub, notice
from hub.download import drawing, file
from hub.errors import BadField
from hub.look.drawing import curve_drawing
from hub.look.page import render
from hub.look.words import in_words, month, number
from hub.national.entries import entries_in_words
from hub.national.page import KEY_FIGURES
from hub.spreadsheet import csv_text

MOST: Final = 200
"""Steps shown one by one; those before are put together by month."""

PAGE: Final = 50
"""Entries at a time."""

TOLD: Final = ("areas", *KEY_FIGURES)

Value = int | float | str | None


class StepRow(Struct, frozen=True, kw_only=True):
    when: str
    value: Value
    change: int | float | None
    """None for the first, and where one of the two is not shown."""
    recorded: int
    corrected: int
    affected: int
    picture: str
    """The address of the national picture as known then."""


class EntryRow(Struct, frozen=True, kw_only=True):
    """An entry that moved the figure."""

    area_name: str
    position: int
    words: str
    """What it says now, and why it was corrected; empty where the reader may not know."""
    learned_on: date
    why: str
    counted: str
    """What it counted for before and after; empty where the reader may not see it."""
    href: str


class Told(Struct, frozen=True, kw_only=True):
    """One figure of a day as it was believed then and as it is believed now."""

    indicator: Indicator
    then: Value
    now: Value
    change: int | float | None
    recorded: int
    corrected: int
    affected: int
    href: str

    @property
    def sentence(self) -> str:
        """The difference and what it comes from."""
        before, after = _said(self.then), _said(self.now)
        unit = self.indicator.unit
        why = reasons(recorded=self.recorded, corrected=self.corrected, affected=self.affected)
        if not why:
            return f"Then we believed {before} {unit}, and that is what we believe today."
        return f"Then we believed {before} {unit}; today we believe {after} for that day: {why}."


def reasons(*, recorded: int, corrected: int, affected: int) -> str:
    """ "31 entries were recorded later, 3 were corrected"; empty if there are none."""
    parts = [
        f"{number(many)} {'was' if many == 1 else 'were'} {words}"
        for many, words in (
            (recorded, "recorded later"),
            (corrected, "corrected"),
            (affected, "changed by what else was learned"),
        )
        if many
    ]
    return ", ".join(parts)


def _said(value: Value) -> str:
    return "no report of" if value is None else value if isinstance(value, str) else number(value)


def _shown(step: Step, indicator: Indicator, joined_on: Mapping[str, date]) -> Value:
    """A believed figure as anybody may see it."""
    if disclosure.of_people(indicator):
        hidden = disclosure.hides_sum(step.by_area, joined_on)
        if hidden:
            return hidden
    return step.figure.value


def _difference(before: Value, after: Value) -> int | float | None:
    if isinstance(before, str) or isinstance(after, str):
        return None
    return (after or 0) - (before or 0)


def step_rows(found: Sequence[Step], values: Sequence[Value], *, on: date) -> list[StepRow]:
    """The latest first; what is older than the latest `MOST` by month, each with the value at its end. Pure."""
    rows: list[StepRow] = []
    first = max(len(found) - MOST, 0)
    numbered = list(enumerate(found))
    early = [
        list(of)
        for _, of in groupby((each for each in numbered[1:first]), key=lambda each: each[1].known.replace(day=1))
    ]
    parts = [[each] for each in numbered[:1]] + early + [[each] for each in numbered[max(first, 1) :]]
    for part in parts:
        at, last = part[-1]
        begins = part[0][0]
        rows.append(
            StepRow(
                when=in_words(last.known) if len(part) == 1 else month(last.known),
                value=values[at],
                change=_difference(values[begins - 1], values[at]) if begins else None,
                recorded=sum(step.recorded for _, step in part),
                corrected=sum(step.corrected for _, step in part),
                affected=sum(step.affected for _, step in part),
                picture=f"/?{urlencode({'on': on.isoformat(), 'known': last.known.isoformat()})}",
            )
        )
    return rows[::-1]


class _Figure(Struct, kw_only=True):
    steps: list[Step]
    values: list[Value]
    moved: list[Moved]


def _read(connection: Connection, indicator: Indicator, asked: AsOf) -> _Figure:
    found, changes = believed(connection, indicator.name, on=asked.on, until=max(asked.known, asked.on))
    joined = {
        each.area: each.joined_on for each in disclosure.picture(connection, on=asked.on, known=asked.known).areas
    }
    return _Figure(steps=found, values=[_shown(each, indicator, joined) for each in found], moved=changes)


def _indicator(name: str) -> Indicator:
    found = INDICATORS.get(name)
    if found is None:
        raise NotFound("There is no figure of that name.")
    return found


@get("/figures/{indicator:str}/history", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def figure_history(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    indicator: FromPath[str],
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> Response[bytes]:
    """How a figure of a day was believed from that day on, until today or the day of `known`."""
    of = _indicator(indicator)
    asked = read_as_of(on, known, today=today())
    skipped = _skipped(after)
    with hub.reading("national", who) as connection:
        found = _read(connection, of, asked)
        entries = _entries(connection, found.moved[skipped : skipped + PAGE], of, who, asked)
        words = notice(connection)
    rows = step_rows(found.steps, found.values, on=asked.on)
    days = {"on": asked.on.isoformat(), "known": asked.known.isoformat()}
    body = render(
        "national/pages/figure_history.html",
        who=who,
        notice=words,
        asked=asked,
        errors=asked.errors,
        indicator=of,
        title=_title(found, of, asked),
        rows=rows,
        points=_points(found, until=max(asked.known, asked.on)),
        entries=entries,
        total=len(found.moved),
        skipped=skipped,
        next_href=(
            f"/figures/{of.name}/history?{urlencode(days | {'after': str(skipped + PAGE)})}#entries"
            if len(found.moved) > skipped + PAGE
            else ""
        ),
        query=urlencode(days),
        rule=disclosure.RULE if disclosure.of_people(of) else "",
    )
    return Response(body, media_type=MediaType.HTML, status_code=400 if asked.errors else 200)


def _skipped(after: str | None) -> int:
    if after and not (after.isascii() and after.isdigit() and len(after) < 8):
        raise BadField("after", "Follow the link to the next entries rather than writing this address.")
    return int(after or 0)


def _title(found: _Figure, of: Indicator, asked: AsOf) -> str:
    first, last = found.values[0], found.values[-1]
    learned = [sum(each) for each in zip(*((s.recorded, s.corrected, s.affected) for s in found.steps), strict=True)]
    why = reasons(recorded=learned[0], corrected=learned[1], affected=learned[2])
    if not why:
        return f"{_said(last).capitalize()} {of.unit} on {in_words(asked.on)}, and never believed otherwise since"
    return f"On {in_words(asked.on)} we believed {_said(first)} {of.unit}; now {_said(last)} for that day: {why}"


def _points(found: _Figure, *, until: date) -> list[Point]:
    points = [
        Point(step.known, value)
        for step, value in zip(found.steps, found.values, strict=True)
        if value is not None and not isinstance(value, str)
    ]
    return [*points, Point(until, points[-1].value)] if points and points[-1].day < until else points


def _entries(
    connection: Connection, rows: Sequence[Moved], of: Indicator, who: Principal, asked: AsOf
) -> list[EntryRow]:
    behind = [
        Behind(
            area=each.area,
            position=each.position,
            said_at=each.said_at,
            occurred_on=each.learned_on,
            key=each.key,
            amount=0,
        )
        for each in sorted(rows, key=lambda each: each.area)
    ]
    told = entries_in_words(connection, behind, who, of_people=disclosure.of_people(of))
    words = {(row.area, row.position, row.said_at): each.words for row, each in zip(behind, told, strict=True)}
    return [
        EntryRow(
            area_name=place_name(each.area),
            position=each.position,
            words=words[each.area, each.position, each.said_at],
            learned_on=each.learned_on,
            why={
                "recorded": "Recorded later",
                "corrected": "Corrected",
                "affected": "Changed by what else was learned",
            }[each.why],
            counted=""
            if disclosure.of_people(of) and not who.may("read area", each.area)
            else f"{_amount(each.before, of)} to {_amount(each.after, of)}",
            href=_behind(each, of, asked),
        )
        for each in rows
    ]


def _amount(amounts: Sequence[int | None], of: Indicator) -> str:
    amount = amounts[SLOT[of.name]]
    if amount is None:
        return "nothing"
    return number(amount / HUNDREDTHS if of.name == "hours_per_week" and amount % HUNDREDTHS else amount // _unit(of))


def _unit(of: Indicator) -> int:
    return HUNDREDTHS if of.name == "hours_per_week" else 1


def _behind(each: Moved, of: Indicator, asked: AsOf) -> str:
    """Where the entry stands among those behind the figure, as known when it was learned; else as known before."""
    known = each.learned_on if any(amount is not None for amount in each.after) else asked.on
    days = {"on": asked.on.isoformat(), "known": known.isoformat(), "after": f"{each.area}.{each.position - 1}"}
    return f"/figures/{of.name}?{urlencode(days)}#events"


@get("/figures/{indicator:str}/history.csv", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def figure_history_csv(
    hub: NamedDependency[Hub],
    indicator: FromPath[str],
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    """One row a day on which the figure came to be believed otherwise."""
    of, asked = _indicator(indicator), read_as_of(on, known, today=today()).refused()
    with hub.reading("national") as connection:
        found = _read(connection, of, asked)
    lines = [
        [
            asked.on.isoformat(),
            step.known.isoformat(),
            disclosure.in_file_as(value),
            step.recorded,
            step.corrected,
            step.affected,
        ]
        for step, value in zip(found.steps, found.values, strict=True)
    ]
    text = csv_text(["on", "known", of.name, "recorded", "corrected", "affected"], lines)
    return file(text, "csv", f"{of.name}-history-{asked.on}")


def charts(kind: str) -> HTTPRouteHandler:
    """The address of the chart of what was believed, as one kind of picture."""

    @get(f"/figures/{{indicator:str}}/history.{kind}", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
    def chart(
        hub: NamedDependency[Hub],
        indicator: FromPath[str],
        on: FromQuery[str | None] = None,
        known: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        of, asked = _indicator(indicator), read_as_of(on, known, today=today()).refused()
        with hub.reading("national") as connection:
            found = _read(connection, of, asked)
            words = notice(connection)
        points = _points(found, until=max(asked.known, asked.on))
        if not points:
            raise BadField("on", "Nobody reported this for that day, so nothing can be drawn. Choose a later one.")
        svg = curve_drawing(
            points,
            title=_title(found, of, asked),
            caption=f"{of.label} on {in_words(asked.on)}, by the day of knowledge.",
            on=asked.on,
            known=asked.known,
            notice=words,
            steps=True,
        )
        return drawing(svg, kind, f"{of.name}-history-{asked.on}")

    return chart


def compared(connection: Connection, asked: AsOf, *, until: date) -> list[Told]:
    """Each key figure of a day as known on one day and on a later one, with what was learned in between."""
    changes = moved(connection, facets_of(TOLD), on=asked.on, since=asked.known, until=until)
    start = read(connection, [asked.on], known=asked.known)
    joined = {each.area: each.joined_on for each in disclosure.picture(connection, on=asked.on, known=until).areas}
    found: list[Told] = []
    for name in TOLD:
        way = steps(start, changes, name, on=asked.on, known=asked.known)
        then, now = (_shown(each, INDICATORS[name], joined) for each in (way[0], way[-1]))
        why = [each.why for each in changes if moves(each, name)]
        found.append(
            Told(
                indicator=INDICATORS[name],
                then=then,
                now=now,
                change=_difference(then, now),
                recorded=why.count("recorded"),
                corrected=why.count("corrected"),
                affected=why.count("affected"),
                href=f"/figures/{name}/history?{urlencode({'on': asked.on.isoformat()})}",
            )
        )
    return found


@get("/history", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def history(
    hub: NamedDependency[Hub],
    who: NamedDependency[Principal],
    on: FromQuery[str | None] = None,
    known: FromQuery[str | None] = None,
) -> Response[bytes]:
    """A day as it was believed then and as it is believed today."""
    asked = read_as_of(on, known, today=today())
    with hub.reading("national") as connection:
        told = compared(connection, asked, until=today())
        words = notice(connection)
    body = render("national/pages/history.html", who=who, notice=words, asked=asked, errors=asked.errors, told=told)
    return Response(body, media_type=MediaType.HTML, status_code=400 if asked.errors else 200)


@get("/history.csv", access=PUBLIC, sync_to_thread=True, include_in_schema=False)
def history_csv(
    hub: NamedDependency[Hub], on: FromQuery[str | None] = None, known: FromQuery[str | None] = None
) -> Response[bytes]:
    """One row a key figure: as believed then and as believed today, and what was learned in between."""
    asked = read_as_of(on, known, today=today()).refused()
    with hub.reading("national") as connection:
        told = compared(connection, asked, until=today())
    lines = [
        [
            each.indicator.name,
            asked.on.isoformat(),
            *(asked.known.isoformat(), disclosure.in_file_as(each.then)),
            *(asked.today.isoformat(), disclosure.in_file_as(each.now)),
            *(each.recorded, each.corrected, each.affected),
        ]
        for each in told
    ]
    header = ["figure", "on", "known", "then", "known_now", "now", "recorded", "corrected", "affected"]
    return file(csv_text(header, lines), "csv", f"history-{asked.on}")


HISTORY: Final = [figure_history, figure_history_csv, charts("svg"), charts("png"), history, history_csv]
