"""What stands in an area's briefing. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import msgspec
from msgspec import Struct

from events.places import place_name
from events.projections.indicators import INDICATORS
from events.projections.picture import AreaFigures, Picture, Point
from hub.areas.figures import CONDITIONS
from hub.areas.page import Standing, Waits
from hub.boundaries.keep import Boundaries
from hub.disclosure import FEWER, RULE, few, shown
from hub.look.briefing import Briefing, Drawing, Part, Told, short
from hub.look.words import change, count, in_words, number
from hub.national.briefing import day_words, drawn_curve, drawn_map, value_words
from hub.national.hexagons import Key, Said, hexagon_map
from hub.national.page import KEY_FIGURES, Curve, finding

SOON: Final = 60
"""Days ahead within which something is due soon."""

_POINTS: Final = 5
"""Of each kind of thing, so many are named."""


class Due(Struct, frozen=True, kw_only=True):
    """How many active enterprises have to hold something again soon, or let it run out."""

    requirement: str
    expired: int
    soon: int
    next_on: date | None


def area_briefing(
    area: AreaFigures,
    picture: Picture,
    year_before: Picture,
    course: Sequence[Point],
    standing: Standing,
    due: Sequence[Due],
    *,
    boundaries: Boundaries | None,
    notice: str,
    source: str,
) -> Briefing:
    name = place_name(area.area)
    before = next((each for each in year_before.areas if each.area == area.area), None)
    return Briefing(
        title=f"{name}: briefing, {in_words(picture.on)}",
        kind="Area briefing",
        name=name,
        day=day_words(picture.on, picture.known),
        notice=notice,
        sentence=_sentence(name, standing),
        figures=[_told(area, before, picture, each) for each in KEY_FIGURES] + [_load(standing)],
        map=_place(area.area, name, picture, boundaries),
        curves=[_curve(course, before)] if course else [],
        left=[
            Part(
                title="Beside the network",
                header=["Figure", name, "A year before", "Network"],
                rows=[
                    [
                        each.label,
                        value_words(shown(area.figures.get(each.name))),
                        value_words(shown(before.figures.get(each.name))) if before else "",
                        value_words(shown(picture.figures.get(each.name))),
                    ]
                    for each in INDICATORS.values()
                    if each.name != "areas"
                ],
            ),
            _due(standing, due),
            _waits(standing.waits),
        ],
        right=[_conditions(standing), _risks(standing), *_learning(standing)],
        rule=f"{RULE} Not reported means that nobody told; it is not nought.",
        source=source,
    )


def _sentence(name: str, standing: Standing) -> str:
    active = count(standing.totals.active, "enterprise is", "enterprises are")
    joined = f" since {in_words(standing.joined.joined_on)}" if standing.joined.joined_on else ""
    words = f"{active} active in {name}, of {number(standing.totals.registered)} supported{joined}."
    if standing.joined.left_on:
        words += f" The area left the network on {in_words(standing.joined.left_on)}."
    return words + (f" What it set out to do: {short(standing.joined.focus)}." if standing.joined.focus else "")


def _told(area: AreaFigures, before: AreaFigures | None, picture: Picture, name: str) -> Told:
    now, then = shown(area.figures.get(name)), shown(before.figures.get(name)) if before else 0
    whole = shown(picture.figures.get(name))
    moved = ""
    if not isinstance(now, str) and not isinstance(then, str) and now is not None:
        moved = change(now, then, "a year before")
    return Told(
        label=INDICATORS[name].label,
        value=value_words(now),
        change=moved[:1].upper() + moved[1:],
        coverage=f"{value_words(whole)} in the whole network",
    )


def _load(standing: Standing) -> Told:
    found = standing.load
    if found is None:
        return Told(label="Load", value="not known", coverage="It takes a Catalyst in post and a load target")
    return Told(label="Load", value=f"{number(found.percent)}%", coverage=found.formula)


def _place(area: str, name: str, picture: Picture, boundaries: Boundaries | None) -> Drawing:
    """The map of the network, with this area alone in the darkest colour."""
    found = hexagon_map(picture, INDICATORS["enterprises"])
    said = {each: Said("4" if each == area else "1", shown.words) for each, shown in found.said.items()}
    others = len(said) - 1
    marked = msgspec.structs.replace(
        found,
        title=f"{name}, one of {count(len(said), 'area', 'areas')}",
        label="Areas that take part",
        keys=[Key(kind="4", words=name, areas=1), Key(kind="1", words="Other areas taking part", areas=others)],
        said=said,
        placed=[
            msgspec.structs.replace(each, kind=said[each.area].kind) if each.area in said else each
            for each in found.placed
        ],
    )
    return drawn_map(marked, boundaries, on=picture.on)


def _curve(course: Sequence[Point], before: AreaFigures | None) -> Drawing:
    figure = before.figures.get("enterprises") if before else None
    title = finding(
        course,
        now=course[-1].value,
        before=(figure.value if figure else None) or 0,
        since="a year before",
        one="enterprise",
        many="enterprises",
    )
    caption = "Enterprises supported at the end of each quarter"
    return drawn_curve(Curve(name="enterprises", title=title, caption=caption, points=course), height=300)


def _conditions(standing: Standing) -> Part:
    points: list[str] = []
    for name in CONDITIONS:
        held = standing.conditions.get(name)
        if held is None:
            points.append(f"Not said: {name}.")
        else:
            met = "Met" if held.met else "Not met"
            points.append(short(f"{met} since {in_words(held.since)}: {name}. {held.evidence}"))
    return Part(title="What the area needs", points=points)


def _risks(standing: Standing) -> Part:
    open_risks = [each for each in standing.risks if each.closed_on is None]
    points = [
        short(
            f"{each.risk.capitalize()}, since {in_words(each.raised_on)}, looked after by: {each.owner}."
            + (f" Done: {each.action}" if each.action else "")
        )
        for each in open_risks[:_POINTS]
    ]
    return Part(title="Open risks", points=points, sentences=[] if points else ["None is open."])


def _due(standing: Standing, due: Sequence[Due]) -> Part:
    held = standing.requirements
    sentences = (
        [f"{number(held.valid)} of {number(held.applicable)} requirements are in date, {number(held.expired)} expired."]
        if held.applicable
        else ["No requirement applies."]
    )
    return Part(
        title=f"What is due within {SOON} days",
        sentences=sentences,
        header=["Requirement", "Expired", "Due", "Next on"] if due else [],
        rows=[
            [
                short(each.requirement),
                number(each.expired),
                number(each.soon),
                in_words(each.next_on) if each.next_on else "",
            ]
            for each in due
        ],
    )


def _waits(waits: Waits) -> Part:
    sentences = [f"{_people(waits.waiting)} for support now." if waits.waiting else "Nobody waits for support now."]
    # of few people, how long each waited would be told by any of these
    if waits.started and not few(waits.started) and waits.median is not None and waits.ninetieth is not None:
        sentences.append(
            f"Of the {number(waits.started)} people whose support started within a year, half waited "
            f"{count(round(waits.median), 'day', 'days')} or less and nine in ten "
            f"{count(round(waits.ninetieth), 'day', 'days')} or less."
        )
    return Part(title="Waits", sentences=sentences)


def _people(waiting: int) -> str:
    return f"{FEWER.capitalize()} people wait" if few(waiting) else f"{number(waiting)} people wait"


def _learning(standing: Standing) -> list[Part]:
    shared = [
        short(f"{each.title}: taken up in {count(int(each.words), 'area', 'areas')}.")
        for each in standing.shared[:_POINTS]
    ]
    taken = [short(f"{each.title}: {each.words} on {in_words(each.on)}.") for each in standing.taken_up[:_POINTS]]
    barriers = [short(f"{each.title}, since {in_words(each.on)}.") for each in standing.barriers[:_POINTS]]
    named: Mapping[str, tuple[list[str], str]] = {
        "Lessons shared": (shared, "None yet."),
        "Taken up from others": (taken, "Nothing yet."),
        "In the way": (barriers, "No barrier is open."),
    }
    return [
        Part(title=title, points=points, sentences=[] if points else [none]) for title, (points, none) in named.items()
    ]
