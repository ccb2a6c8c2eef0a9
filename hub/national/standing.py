"""The parts of the national page on how areas stand: conditions and risks, what must be held, waits, load. Pure.

Their titles state what was found. Which risk an area has is told to those who may read the area: of one with a single
Catalyst "the wrong recruit" would be about somebody. Everybody else sees in how many areas, and that risk among others.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, get_args

from msgspec import Struct

from events.areas import Condition
from events.projections.grounds import Stands
from events.projections.picture import Picture
from hub.disclosure import shown
from hub.look.words import count, listed, number
from hub.national.rates import AMBER, RED, Rated, Rates

MOST_NAMED: Final = 6
"""Areas named in one line."""

RATES_OF_AREAS: Final = ("requirements_share", "catalyst_load")
"""Rates of which areas are named."""

ABOUT_SOMEBODY: Final = "the wrong recruit"
OTHER: Final = "another risk"


class ConditionRow(Struct, frozen=True, kw_only=True):
    condition: str
    met: int
    withdrawn: int
    not_confirmed: int


class RiskRow(Struct, frozen=True, kw_only=True):
    risk: str
    areas: int
    mitigated: int
    """In how many of them something is done about it."""
    named: str
    """The areas that the reader may read; empty if none."""


class Tile(Struct, frozen=True, kw_only=True):
    """One number of a section, as `key_figure` shows it."""

    label: str
    value: int | float | str | None
    change: str
    coverage: str
    href: str


class LoadRow(Struct, frozen=True, kw_only=True):
    area: str
    name: str
    rated: Rated
    colour: str


class Standing(Struct, frozen=True, kw_only=True):
    conditions_title: str
    conditions: list[ConditionRow]
    risks_title: str
    risks: list[RiskRow]
    held_title: str
    held: list[Tile]
    lowest: str
    """Where least is in date; empty where nothing is to be held, or all is in date."""
    waits_title: str
    waits: list[Tile]
    load_title: str
    load: list[LoadRow]
    """The areas at amber or red, the most first."""
    load_more: int
    """How many more there are than are shown."""
    no_load: str
    """The areas of which no load can be told."""
    costs: list[Tile]
    rates: Mapping[str, Rated]
    """Of the network, by name."""


def standing_of(
    picture: Picture,
    year_before: Picture,
    found: Rates,
    stands: Sequence[Stands],
    *,
    query: str,
    may_read: Callable[[str], bool],
) -> Standing:
    """`may_read` says of an area's code whether the reader may read the area."""
    areas = picture.areas_active
    conditions = _conditions(stands, areas)
    risks = _risks(picture, stands, may_read)
    loaded = _loaded(picture, found)
    return Standing(
        conditions_title=_conditions_title(conditions, areas),
        conditions=conditions,
        risks_title=_risks_title(stands),
        risks=risks,
        held_title=_held_title(found.network["requirements_share"]),
        held=_held(picture, year_before, found, query),
        lowest=_lowest(picture, found),
        waits_title=_waits_title(found.network["wait_median"]),
        waits=_waits(picture, found, query),
        load_title=_load_title(loaded, found.network["catalyst_load"]),
        load=loaded[: 2 * MOST_NAMED],
        load_more=max(0, len(loaded) - 2 * MOST_NAMED),
        no_load=_named([each.name for each in picture.areas if each.area not in found.by_area["catalyst_load"]]),
        costs=[
            _tile(found.network[name], query)
            for name in ("catalyst_load", "cost_per_enterprise", "cost_per_new_enterprise", "cost_per_weekly_hour")
        ],
        rates=found.network,
    )


# ---- conditions and risks


def _conditions(stands: Sequence[Stands], areas: int) -> list[ConditionRow]:
    told = {(each.key, each.second): len(each.areas) for each in stands if each.facet == "condition"}
    return [
        ConditionRow(
            condition=condition,
            met=(met := told.get((condition, False), 0)),
            withdrawn=(withdrawn := told.get((condition, True), 0)),
            not_confirmed=areas - met - withdrawn,
        )
        for condition in get_args(Condition)
    ]


def _conditions_title(rows: Sequence[ConditionRow], areas: int) -> str:
    if not any(row.met or row.withdrawn for row in rows):
        return "No area has told of a condition yet"
    least = min(rows, key=lambda row: row.met)
    if least.met == areas:
        return "Every area has all that it needs"
    return f"Most often missing: {least.condition}, met in {least.met} of {count(areas, 'area', 'areas')}"


def _risks(picture: Picture, stands: Sequence[Stands], may_read: Callable[[str], bool]) -> list[RiskRow]:
    names = {each.area: each.name for each in picture.areas}
    open_in: dict[str, dict[str, bool]] = {}
    for each in stands:
        if each.facet == "risk":
            for area in each.areas:
                kind = OTHER if each.key == ABOUT_SOMEBODY and not may_read(area) else each.key
                here = open_in.setdefault(kind, {})
                # of two risks told of as one, something is done where it is done about both
                here[area] = each.second and here.get(area, True)
    return [
        RiskRow(
            risk=kind,
            areas=len(here),
            mitigated=sum(here.values()),
            named=_named([names[area] for area in here if area in names and may_read(area)]),
        )
        for kind, here in sorted(open_in.items(), key=lambda each: (-len(each[1]), each[0]))
    ]


def _risks_title(stands: Sequence[Stands]) -> str:
    risks = [each for each in stands if each.facet == "risk"]
    total = sum(len(each.areas) for each in risks)
    if not total:
        return "No risk is open"
    where = {area for each in risks for area in each.areas}
    untouched = sum(len(each.areas) for each in risks if not each.second)
    rest = "something is done about each" if not untouched else f"nothing is done yet about {number(untouched)}"
    are = "risk is" if total == 1 else "risks are"
    return f"{number(total)} {are} open in {count(len(where), 'area', 'areas')}; {rest}"


# ---- what enterprises must hold


def _held_title(rated: Rated) -> str:
    if rated.value is None:
        return "Nobody has said yet what enterprises must hold"
    return f"{number(rated.value)}% of what enterprises must hold is in date"


def _held(picture: Picture, year_before: Picture, found: Rates, query: str) -> list[Tile]:
    before = {each.area: each.figures for each in year_before.areas}

    def lately(name: str, label: str) -> Tile:
        grown = sum(
            (each.figures[name].value or 0) - (before[each.area][name].value or 0 if each.area in before else 0)
            for each in picture.areas
            if name in each.figures
        )
        total = picture.figures[name].value or 0
        return Tile(
            label=label,
            value=total,
            change=f"{number(grown)} of them in the last year",
            coverage="",
            href=f"/figures/{name}?{query}",
        )

    return [
        _tile(found.network["requirements_share"], query),
        _tile(found.network["renewed_in_time"], query),
        lately("trainings", "Courses completed"),
        lately("checks", "Quality checks"),
    ]


def _lowest(picture: Picture, found: Rates) -> str:
    by_area = found.by_area["requirements_share"]
    rows = sorted(
        (value, each.name)
        for each in picture.areas
        if each.area in by_area and (value := by_area[each.area].value) is not None and value < 100
    )
    return listed([f"{name} ({number(value)}%)" for value, name in rows[:3]])


# ---- waits


def _waits_title(median: Rated) -> str:
    if median.value is not None:
        return f"Half of those whose support started in the last year had waited {median.words} or less"
    return (
        "Too few people’s support started to say how long they waited"
        if median.withheld
        else ("Nobody’s support started in the last year")
    )


def _waits(picture: Picture, found: Rates, query: str) -> list[Tile]:
    waiting = [
        Tile(
            label=label,
            value=shown(picture.figures.get(name)),
            change="",
            coverage="",
            href=f"/figures/{name}?{query}",
        )
        for name, label in (("waiting", "People waiting now"), ("waiting_long", "Waiting for more than a year"))
    ]
    return [
        *(_tile(found.network[name], query) for name in ("wait_median", "wait_ninetieth", "waited_over_a_year")),
        *waiting,
        _tile(found.network["acceptance"], query),
    ]


# ---- load


def colour(percent: float) -> str:
    """As on the page of an area: red from where it is past what its Catalysts can look after."""
    return "red" if percent >= RED else "yellow" if percent >= AMBER else "green"


def _loaded(picture: Picture, found: Rates) -> list[LoadRow]:
    names = {each.area: each.name for each in picture.areas}
    rows = [
        LoadRow(area=area, name=names[area], rated=rated, colour=colour(rated.value))
        for area, rated in found.by_area["catalyst_load"].items()
        if rated.value is not None and rated.value >= AMBER
    ]
    return sorted(rows, key=lambda row: (-(row.rated.value or 0), row.name))


def _load_title(loaded: Sequence[LoadRow], network: Rated) -> str:
    if not network.covered:
        return f"{network.missing}, so no load can be told"
    red = sum(row.colour == "red" for row in loaded)
    if not loaded:
        return f"No area is near what its Catalysts can look after; together they are at {network.words}"
    near = len(loaded) - red
    told = [
        f"{count(number_of, 'area is', 'areas are')} {words} what their Catalysts can look after"
        for number_of, words in ((red, "at or past"), (near, "near"))
        if number_of
    ]
    return told[0] + (f", {number(near)} near it" if red and near else "")


# ----


def _tile(rated: Rated, query: str) -> Tile:
    return Tile(
        label=rated.rate.label,
        value=rated.words,
        change="",
        coverage=rated.coverage if rated.rate.unit not in ("days", "people") else "",
        href=f"/figures/{rated.rate.name}?{query}",
    )


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return listed([*sorted(names)[:MOST_NAMED], *([f"{more} more"] if more > 0 else [])])
