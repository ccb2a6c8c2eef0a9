"""The national picture of a day on two printed pages. Pure."""

from datetime import date
from typing import Final

from events.projections.indicators import INDICATORS
from events.projections.picture import Picture
from hub.boundaries.keep import Boundaries
from hub.disclosure import RULE, shown
from hub.look.briefing import Briefing, Drawing, Part, Told, short
from hub.look.drawing import chart
from hub.look.graphics import describe
from hub.look.words import in_words, month, number, signed
from hub.national.drawings import plain_map
from hub.national.hexagons import HexagonMap
from hub.national.page import Curve, NationalPage
from hub.national.standing import Standing

AREAS: Final = 36
"""Areas in its table."""
PUBLISHED: Final = 9


def national_briefing(
    picture: Picture,
    year_before: Picture,
    page: NationalPage,
    standing: Standing,
    *,
    boundaries: Boundaries | None,
    notice: str,
    source: str,
) -> Briefing:
    return Briefing(
        title=f"National briefing, {in_words(picture.on)}",
        kind="National briefing",
        name="The network",
        day=day_words(picture.on, picture.known),
        notice=notice,
        sentence=page.sentence.striptags(),
        figures=[
            Told(label=each.label, value=value_words(each.value), change=each.change, coverage=each.coverage)
            for each in page.figures
        ],
        map=drawn_map(page.map, boundaries, on=picture.on),
        curves=[drawn_curve(each) for each in page.curves],
        left=[
            Part(
                title="All figures",
                header=["Figure", "Now", "A year before", "Areas"],
                rows=[
                    [
                        each.label,
                        value_words(shown(found := picture.figures.get(name))),
                        value_words(shown(year_before.figures.get(name))) if year_before.areas else "",
                        number(found.areas_reporting) if found else "0",
                    ]
                    for name, each in INDICATORS.items()
                ],
            ),
            _moves(picture, year_before, page),
            Part(
                title="How areas stand",
                points=[
                    f"{each}."
                    for each in (
                        standing.conditions_title,
                        standing.risks_title,
                        standing.held_title,
                        standing.waits_title,
                        standing.load_title,
                    )
                ],
            ),
            Part(
                title="As others published them",
                sentences=[] if page.published else ["Nothing was."],
                header=["Figure", "Published", "Recorded here"],
                rows=[
                    [f"{each.label}, {each.area_name}", each.published, value_words(each.counted)]
                    for each in page.published[:PUBLISHED]
                ],
            ),
        ],
        right=[
            Part(
                title="Areas with the most enterprises",
                header=["Area", "Enterprises", "In a year", "People", "Jobs"],
                rows=[
                    [each.name, number(each.enterprises), signed(each.change), *map(value_words, each.reported[:2])]
                    for each in page.areas[:AREAS]
                ],
            ),
        ],
        rule=f"{RULE} Not reported means that no area told; it is not nought. Areas: how many stand behind a figure.",
        source=source,
    )


def _moves(picture: Picture, year_before: Picture, page: NationalPage) -> Part:
    """Who came, and where it grew and stood still."""
    before = {each.area for each in year_before.areas}
    joined = sorted((each for each in picture.areas if each.area not in before), key=lambda each: each.joined_on)
    grown = [each for each in sorted(page.areas, key=lambda each: (-each.change, each.name)) if each.change > 0]
    still = [each.name for each in page.areas if each.change <= 0 and each.area in before]
    points = [f"{each.name} joined in {month(each.joined_on)}." for each in joined[-4:]]
    if grown:
        most = ", ".join(f"{each.name} ({signed(each.change)})" for each in grown[:4])
        points.append(f"Most new enterprises: {most}.")
    if still:
        others = f" and {len(still) - 4} more" if len(still) > 4 else ""
        points.append(f"No more enterprises than a year before: {', '.join(still[:4])}{others}.")
    return Part(title="What moved in a year", points=[short(each) for each in points] or ["Nothing yet."])


def drawn_map(found: HexagonMap, boundaries: Boundaries | None, *, on: date) -> Drawing:
    keys = "; ".join(f"{key.words}: {number(key.areas)}" for key in found.keys)
    one = "Each shape is one upper-tier authority" if boundaries else "Each hexagon is one upper-tier authority"
    whose = f" Boundaries: {boundaries.attribution}" if boundaries else ""
    return Drawing(
        title=found.title,
        caption=f"{found.label}. {one}.{whose}",
        svg=plain_map(found, boundaries, on=on),
        alt=f"Map. {keys}.",
    )


def drawn_curve(curve: Curve, *, height: int = 190) -> Drawing:
    return Drawing(
        title=curve.title,
        caption=curve.caption,
        svg=chart(curve.points, width=460, height=height, steps=curve.name == "areas"),
        alt=describe(curve.points),
    )


def day_words(on: date, known: date) -> str:
    return f"The picture on {in_words(on)}, as known on {in_words(known)}"


def value_words(value: float | str | None) -> str:
    return "not reported" if value is None else value if isinstance(value, str) else number(value)
