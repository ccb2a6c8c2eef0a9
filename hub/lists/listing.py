"""What a list shows, how it may be filtered and sorted, and what is read for one page of it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal, LiteralString, cast
from urllib.parse import urlencode

from msgspec import Struct
from psycopg import sql
from psycopg.rows import dict_row

from events.database import Connection
from events.places import place_name

PAGE: Final = 50
"""Rows on a page."""

MOST_LINES: Final = 100_000
"""Of a CSV file."""

MOST_COUNTED: Final = 10_000
"""Beyond this the page says "more than": nobody pages so far, and counting all would take longer than reading some."""

MOST_ROWS: Final = 20_000
"""Of a spreadsheet, which takes more of a server that others wait for."""

Shape = Literal["text", "day", "number", "state"]

Row = Mapping[str, Any]


class Column(Struct, frozen=True, kw_only=True):
    name: str
    """In the query, in addresses that sort by it, and in files."""
    label: str
    order: LiteralString = ""
    """What `order by` says to sort by it; empty if it cannot be sorted by. Of a table with many rows that is what an
    index knows: sorting all of them for one page takes too long. What there is a filter for needs no sorting."""
    may_lack: bool = False
    """Whether some rows have nothing there: those come last, whichever way it is sorted."""
    shape: Shape = "text"
    only_file: bool = False
    """Whether it is in files alone: an id, which tells people nothing."""


class Filter(Struct, frozen=True, kw_only=True):
    """One choice, or one text to look for. The query has it as a parameter that is null where nothing was chosen."""

    name: str
    label: str
    options: tuple[str, ...] = ()
    """None: a text to look for."""
    as_typed: bool = False
    """Whether the query is given a text just so, to search for its words; otherwise a pattern that it is part of."""
    hint: str = ""


class Listing(Struct, frozen=True, kw_only=True):
    name: str
    """Also its address."""
    heading: str
    lead: str
    nothing: str
    """What is said where no row fits."""
    query: LiteralString
    """Reads the work projection; ends before `order by`. It is given the filters and `today`, and has an `area`."""
    table: LiteralString
    """Has a row for each row of the list, so that all can be counted without the rest of the query."""
    national: bool = False
    """Whether it shows all areas to everybody who may read one."""
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    order: str
    """The column it is sorted by unless asked otherwise, with a minus before it for the last first."""
    tie: tuple[LiteralString, ...]
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
    connection: Connection,
    listing: Listing,
    wanted: Asked,
    *,
    areas: Sequence[str] | None,
    today: date,
    limit: int,
    offset: int = 0,
) -> tuple[Sequence[Row], int]:
    """Some of the rows that fit, in order, and how many fit in all, counted up to one more than `MOST_COUNTED` or than
    those asked for. `areas`: whose, if not of all it can see."""
    column = next(each for each in listing.columns if each.name == wanted.order.removeprefix("-"))
    known: dict[str, object] = {each.name: _looked_for(each, wanted.filters.get(each.name)) for each in listing.filters}
    known |= {"today": today, "limit": limit, "offset": offset}
    # named, so that an index finds them: row-level security alone would look at all rows
    known["areas"] = [wanted.area] if wanted.area else None if areas is None else list(areas)
    listed = sql.SQL("from ({query}) listed where (%(areas)s::text[] is null or area = any (%(areas)s))").format(
        query=sql.SQL(listing.query)
    )
    # all one way, so that an index can be read forwards and backwards
    way: LiteralString = "desc" if wanted.order.startswith("-") else "asc"
    order = sql.SQL(" order by {order} limit %(limit)s offset %(offset)s").format(
        order=sql.SQL(", ").join(
            [
                sql.SQL(column.order) + sql.SQL(f" {way} nulls last" if column.may_lack else f" {way}"),
                *(sql.SQL(f"{part} {way}") for part in listing.tie),
            ]
        )
    )
    # each time planned for what was chosen: a plan for whatever might be chosen reads everything
    cursor = connection.cursor(row_factory=dict_row)
    found = cursor.execute(sql.SQL("select * ") + listed + order, known, prepare=False).fetchall()
    if offset == 0 and len(found) < limit:
        return found, len(found)
    known["counted"] = max(MOST_COUNTED, offset + limit) + 1
    if not wanted.filters:
        table = sql.Identifier(listing.table)
        listed = sql.SQL("from {} where %(areas)s::text[] is null or area = any (%(areas)s)").format(table)
    counting = sql.SQL("select count(*) from (select {listed} limit %(counted)s) counted").format(listed=listed)
    total = connection.execute(counting, known, prepare=False).fetchone()
    assert total
    return found, cast("int", total[0])


def in_all(connection: Connection, listings: Sequence[Listing], *, areas: Sequence[str] | None) -> list[int]:
    """How many rows each list has. `areas`: whose, if not of all it can see; those of national lists are all."""
    all_areas = sql.SQL("(select count(*) from {})")
    of_some = sql.SQL("(select count(*) from {} where %(areas)s::text[] is null or area = any (%(areas)s))")
    counts = ((all_areas if each.national else of_some).format(sql.Identifier(each.table)) for each in listings)
    query = sql.SQL("select ") + sql.SQL(", ").join(counts)
    row = connection.execute(query, {"areas": None if areas is None else list(areas)}, prepare=False).fetchone()
    return [cast("int", each) for each in row or ()]


def _looked_for(filter: Filter, said: str | None) -> str | None:
    return _like(said) if said and not filter.options and not filter.as_typed else said


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
