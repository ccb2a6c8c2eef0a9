"""The table of areas: sorted by any column, some of them by nation or name, the first twenty or all. Pure.

What is asked for stands in the address beside the day, so that a link shows the same table.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final, get_args
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from events.areas import Nation
from hub.errors import BadField
from hub.look.words import count

FIRST: Final = 20
"""Rows shown unless all are asked for, so that the page stays light whatever the number of areas."""

LONGEST: Final = 100
"""Letters of a name to look for."""

NATIONS: Final = get_args(Nation)


class AreaRow(Struct, frozen=True, kw_only=True):
    area: str
    name: str
    nation: str
    joined_on: date
    enterprises: int | float
    change: int | float
    """More (or fewer) enterprises than a year before; an area that was not yet there had none."""
    reported: list[int | float | str | None]
    """People, jobs, volunteers, hours a week; None where the area has not reported, words where it is not shown."""


class Column(Struct, frozen=True, kw_only=True):
    """A column that rows can be sorted by, and how its two orders are said."""

    name: str
    label: str
    rising: str
    falling: str
    first: str = "desc"
    """The order in which a reader most likely wants it."""


COLUMNS: Final = {
    each.name: each
    for each in (
        Column(name="area", label="Area", rising="A to Z", falling="Z to A", first="asc"),
        Column(
            name="enterprises",
            label="Enterprises",
            rising="fewest enterprises first",
            falling="most enterprises first",
        ),
        Column(
            name="change",
            label="Change in a year",
            rising="least growth in a year first",
            falling="most growth in a year first",
        ),
        Column(name="people", label="People", rising="fewest people first", falling="most people first"),
        Column(name="jobs", label="Jobs", rising="fewest jobs first", falling="most jobs first"),
        Column(
            name="volunteers", label="Volunteers", rising="fewest volunteers first", falling="most volunteers first"
        ),
        Column(name="hours", label="Hours a week", rising="fewest hours first", falling="most hours first"),
        Column(name="joined", label="Joined", rising="first to join first", falling="last to join first"),
    )
}
_REPORTED: Final = ("people", "jobs", "volunteers", "hours")
"""What `AreaRow.reported` holds, in its order."""


class Asked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an address of the national page asks for, beside what is so by itself."""

    on: str = ""
    known: str = ""
    by: str = ""
    shape: str = ""
    sort: str = ""
    order: str = ""
    q: str = ""
    nation: str = ""
    all: str = ""

    def href(self, fragment: str = "", **changes: str) -> str:
        """The same address with some of it changed; an empty value is left out."""
        query = urlencode({name: text for name, text in {**msgspec.structs.asdict(self), **changes}.items() if text})
        return f"/{'?' if query else ''}{query}{fragment}"

    def fields(self, *without: str) -> list[tuple[str, str]]:
        """What a form has to carry along, other than what it asks itself."""
        return [(name, text) for name, text in msgspec.structs.asdict(self).items() if text and name not in without]


NOTHING_ASKED: Final = Asked()


def read_table(*, sort: str | None, order: str | None, q: str | None, nation: str | None, all: str | None) -> Asked:
    """What is asked of the table. Raises `BadField` for what no link and no form asks."""
    if sort and sort not in COLUMNS:
        raise BadField("sort", f"Sort by one of {', '.join(COLUMNS)}.")
    if order and order not in ("asc", "desc"):
        raise BadField("order", "Choose asc or desc as the order.")
    if nation and nation not in NATIONS:
        raise BadField("nation", f"Choose one of {', '.join(NATIONS)}.")
    words = " ".join((q or "").split())
    if len(words) > LONGEST:
        raise BadField("q", f"Look for a name of at most {LONGEST} letters.")
    return Asked(sort=sort or "", order=order or "", q=words, nation=nation or "", all="1" if all else "")


class Heading(Struct, frozen=True, kw_only=True):
    name: str
    label: str
    href: str
    """To the same rows sorted by it, or the other way round."""
    sorted: str
    """ascending or descending; empty where rows are not sorted by it."""


class AreasTable(Struct, frozen=True, kw_only=True):
    title: str
    headings: list[Heading]
    rows: list[AreaRow]
    matching: int
    """How many there are to see."""
    taking_part: int
    asked: Asked

    @property
    def is_cut(self) -> bool:
        return len(self.rows) < self.matching

    @property
    def is_filtered(self) -> bool:
        return bool(self.asked.q or self.asked.nation)

    @property
    def beyond(self) -> str:
        """Where every area has a row; empty if they have here."""
        whole = len(self.rows) == self.taking_part
        return "" if whole else self.asked.href(all="1", q="", nation="")

    @property
    def matching_words(self) -> str:
        areas = count(self.matching, "area", "areas")
        nation = f" in {self.asked.nation}" if self.asked.nation else ""
        words = f" with “{self.asked.q}” in the name" if self.asked.q else ""
        return f"{areas}{nation}{words}"


def areas_table(rows: Sequence[AreaRow], asked: Asked) -> AreasTable:
    """The table of `rows`, which are sorted with the most enterprises first."""
    column = COLUMNS[asked.sort or "enterprises"]
    order = asked.order or column.first
    looked_for = asked.q.casefold()
    matching = [
        row for row in rows if looked_for in row.name.casefold() and (not asked.nation or row.nation == asked.nation)
    ]
    # twice, and sorting keeps what is level in order: where numbers are equal, areas go by name either way
    matching.sort(key=lambda row: row.name)
    matching = _sorted(matching, column.name, falling=order == "desc")
    return AreasTable(
        title=f"Areas, {column.falling if order == 'desc' else column.rising}",
        headings=[_heading(each, asked, column, order) for each in COLUMNS.values()],
        rows=matching if asked.all else matching[:FIRST],
        matching=len(matching),
        taking_part=len(rows),
        asked=asked,
    )


def _sorted(rows: Sequence[AreaRow], column: str, *, falling: bool) -> list[AreaRow]:
    """What was not reported or is not shown comes last either way: its place must not tell how much it is."""
    told, untold = list[tuple[float | str, AreaRow]](), list[AreaRow]()
    for row in rows:
        value = _value(row, column)
        if value is None:
            untold.append(row)
        else:
            told.append((value, row))
    told.sort(key=lambda each: each[0], reverse=falling)
    return [row for _, row in told] + untold


def _value(row: AreaRow, column: str) -> float | str | None:
    """What a row is sorted by; None where there is no number to see."""
    match column:
        case "area":
            return row.name
        case "enterprises":
            return row.enterprises
        case "change":
            return row.change
        case "joined":
            return row.joined_on.toordinal()
        case _:
            value = row.reported[_REPORTED.index(column)]
            return None if isinstance(value, str) else value


def _heading(column: Column, asked: Asked, sorted_by: Column, order: str) -> Heading:
    chosen = column.name == sorted_by.name
    # the order it has already is turned round
    wanted = {"asc": "desc", "desc": "asc"}[order] if chosen else column.first
    plain = column.name == "enterprises"
    return Heading(
        name=column.name,
        label=column.label,
        href=asked.href(
            "#areas",
            sort="" if plain else column.name,
            order="" if wanted == column.first else wanted,
        ),
        sorted={"asc": "ascending", "desc": "descending"}[order] if chosen else "",
    )
