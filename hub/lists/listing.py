"""What a list shows, how it may be filtered and sorted, and what is read for one page of it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal, LiteralString
from urllib.parse import urlencode

from msgspec import Struct
from psycopg import sql
from psycopg.rows import dict_row

from events.database import Connection
from events.places import place_name

PAGE: Final = 50
"""Rows on a page."""

MOST_ROWS: Final = 100_000
"""Of a file."""

Shape = Literal["text", "day", "number", "state"]

Row = Mapping[str, Any]


class Column(Struct, frozen=True, kw_only=True):
    name: str
    """In the query, in addresses that sort by it, and in files."""
    label: str
    order: LiteralString = ""
    """What `order by` says to sort by it, ascending; empty if it cannot be sorted by."""
    shape: Shape = "text"
    only_file: bool = False
    """Whether it is in files alone: an id, which tells people nothing."""


class Filter(Struct, frozen=True, kw_only=True):
    """One choice, or one text to look for. The query has it as a parameter that is null where nothing was chosen."""

    name: str
    label: str
    options: tuple[str, ...] = ()
    """None: a text to look for."""
    hint: str = ""


class Listing(Struct, frozen=True, kw_only=True):
    name: str
    """Also its address."""
    heading: str
    lead: str
    nothing: str
    """What is said where no row fits."""
    query: LiteralString
    """Reads the work projection; ends before `order by`. It is given the filters, `area` and `today`."""
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    order: str
    """The column it is sorted by unless asked otherwise, with a minus before it for the last first."""
    tie: LiteralString
    """What settles the order of rows that are alike: their key."""
    page: str = ""
    """Where a row's own page is, before its `id`; empty if it has none."""
    states: Mapping[str, str] = {}
    """The colours of words in a column of the shape "state"."""

    @property
    def shown(self) -> list[Column]:
        return [column for column in self.columns if not column.only_file]


class Asked(Struct, frozen=True, kw_only=True):
    """What somebody wants to see of a list."""

    filters: Mapping[str, str]
    area: str | None
    order: str
    page: int

    def query(self, **changes: str | int | None) -> str:
        """The part of the address that asks for this, with some of it changed."""
        said: dict[str, str | int | None] = {**self.filters, "area": self.area, "sort": self.order, "page": self.page}
        said |= changes
        return urlencode({name: value for name, value in said.items() if value not in (None, "")})


def asked(listing: Listing, query: Mapping[str, str], *, areas: Sequence[str]) -> Asked:
    """What the query of an address asks for; what makes no sense in it is passed over."""
    chosen = {each.name: query[each.name].strip() for each in listing.filters if query.get(each.name, "").strip()}
    fit = {
        each.name: chosen[each.name]
        for each in listing.filters
        if each.name in chosen and (not each.options or chosen[each.name] in each.options)
    }
    sortable = {column.name for column in listing.columns if column.order}
    order = query.get("sort", "")
    page = query.get("page", "1")
    return Asked(
        filters=fit,
        area=query["area"] if query.get("area") in areas else None,
        order=order if order.removeprefix("-") in sortable else listing.order,
        page=min(max(int(page), 1), 10_000) if page.isascii() and page.isdecimal() and len(page) < 9 else 1,
    )


def rows(
    connection: Connection, listing: Listing, wanted: Asked, *, today: date, limit: int = PAGE, offset: int = 0
) -> tuple[Sequence[Row], int]:
    """Some of the rows that fit, in order, and how many fit in all."""
    column = next(each for each in listing.columns if each.name == wanted.order.removeprefix("-"))
    query = sql.SQL("select *, count(*) over () as total from ({query}) listed order by {order} {way}, {tie} ").format(
        query=sql.SQL(listing.query),
        order=sql.SQL(column.order),
        way=sql.SQL("desc nulls last" if wanted.order.startswith("-") else "nulls last"),
        tie=sql.SQL(listing.tie),
    ) + sql.SQL("limit %(limit)s offset %(offset)s")
    known: dict[str, object] = {each.name: wanted.filters.get(each.name) for each in listing.filters}
    texts = {each.name for each in listing.filters if not each.options} & wanted.filters.keys()
    known |= {name: _like(wanted.filters[name]) for name in texts}
    known |= {"area": wanted.area, "today": today, "limit": limit, "offset": offset}
    found = connection.cursor(row_factory=dict_row).execute(query, known).fetchall()
    return found, int(found[0]["total"]) if found else 0


def _like(text: str) -> str:
    """A pattern for texts that hold this one somewhere."""
    return "%" + "".join(f"\\{letter}" if letter in "\\%_" else letter for letter in text) + "%"


def cell(row: Row, column: Column) -> str | int | float | date | None:
    """What a column holds, as a file or a page shows it."""
    held = row[column.name]
    if column.name == "area":
        return str(held)
    if isinstance(held, list):
        return "; ".join(str(each) for each in held)
    if held is None or isinstance(held, int | float | date):
        return held
    return str(held)


def header(listing: Listing) -> list[str]:
    """The columns of a file: an area is there by its code and by its name."""
    names: list[str] = []
    for column in listing.columns:
        names += [column.name, "area_name"] if column.name == "area" else [column.name]
    return names


def line(listing: Listing, row: Row) -> list[str | int | float | date | None]:
    cells: list[str | int | float | date | None] = []
    for column in listing.columns:
        cells.append(cell(row, column))
        if column.name == "area":
            cells.append(place_name(str(row["area"])))
    return cells
