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

MOST_COUNTED: Final = 2_000
"""Beyond this the page says "more than": nobody pages so far, and counting all would take longer than reading some."""

MOST_ROWS: Final = 20_000
"""Of a spreadsheet, which takes more of a server that others wait for."""

SOME: Final = 10
"""Areas whose rows are sorted without an index that knows their order."""

FEW: Final = 1000
"""Things that fit a text, up to which their rows are found by each of them."""

Shape = Literal["text", "day", "number", "state"]

Row = Mapping[str, Any]


class Column(Struct, frozen=True, kw_only=True):
    name: str
    """In the query, in addresses that sort by it, and in files."""
    label: str
    order: LiteralString = ""
    """What `order by` says to sort by it; empty if it cannot be sorted by. Of a table with many rows that is what an
    index knows: sorting all of them for one page takes too long. What there is a filter for needs no sorting."""
    order_of_some: bool = False
    """Whether it is sorted by only in `SOME` areas: sorting the rows of all of them would take too long."""
    may_lack: bool = False
    """Whether some rows have nothing there: those come last, whichever way it is sorted."""
    shape: Shape = "text"
    only_file: bool = False
    """Whether it is in files alone: an id, which tells people nothing."""


class Among(Struct, frozen=True, kw_only=True):
    """What a text is first looked for among, where each thing stands but once: if few fit, an index finds their rows,
    and it is known how many those are before they are read."""

    query: LiteralString
    """What fits the pattern that it has by the filter's name."""
    where: LiteralString
    """Which rows have one of those; it has a list of them by the filter's name."""


class Filter(Struct, frozen=True, kw_only=True):
    """One choice, or one text to look for."""

    name: str
    label: str
    where: LiteralString
    """Which rows fit what was chosen, or the pattern of a text to look for, which it has by the filter's name."""
    options: tuple[str, ...] = ()
    """None: a text to look for."""
    as_typed: bool = False
    """Whether `where` is given a text just so, to search for its words."""
    among: Among | None = None
    hint: str = ""


OF_ENTERPRISE: Final = "left join enterprise e on e.area = t.area and e.enterprise = t.enterprise"
"""How the enterprise of each row is found, as `e`."""

# Where many names fit, the rows are read in the order of the page until it is full. "Is true" keeps the planner from
# reading the rows of each enterprise instead: it believes that few fit, whatever is looked for.
NAMED: Final = Filter(
    name="name",
    label="Part of the enterprise's name",
    where="(t.enterprise in (select enterprise from enterprise where name ilike %(name)s)) is true",
    among=Among(
        query="select enterprise from enterprise where name ilike %(name)s", where="t.enterprise = any (%(name)s)"
    ),
)


class Listing(Struct, frozen=True, kw_only=True):
    """A list. The rows of a page are found in its table alone, and what else is shown is read for these few."""

    name: str
    """Also its address."""
    heading: str
    lead: str
    nothing: str
    """What is said where no row fits."""
    table: LiteralString
    """Of the work projection, with a row for each row of the list and an `area`. In what is said of it, it is `t`."""
    joins: LiteralString = ""
    """Left joins of at most one row each: those that nothing asks for are not made."""
    select: LiteralString
    """Each column by its name, and `today` is known."""
    national: bool = False
    """Whether it shows all areas to everybody who may read one."""
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    order: str
    """The column it is sorted by unless asked otherwise, with a minus before it for the last first."""
    key: tuple[LiteralString, ...]
    """Columns of the table. They settle the order of rows that are alike."""
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
    sorts: frozenset[str]
    """The columns it may be sorted by."""
    page: int

    def query(self, **changes: str | int | None) -> str:
        """The part of the address that asks for this, with some of it changed."""
        said: dict[str, str | int | None] = {**self.filters, "area": self.area, "sort": self.order, "page": self.page}
        said |= changes
        return urlencode({name: value for name, value in said.items() if value not in (None, "")})


def asked(listing: Listing, query: Mapping[str, str], *, areas: Sequence[str]) -> Asked:
    """What the query of an address asks for, by somebody who may choose from these areas; what makes no sense in it is
    passed over."""
    chosen = {each.name: query[each.name].strip() for each in listing.filters if query.get(each.name, "").strip()}
    fit = {
        each.name: chosen[each.name]
        for each in listing.filters
        if each.name in chosen and (not each.options or chosen[each.name] in each.options)
    }
    area = query["area"] if query.get("area") in areas else None
    some = area is not None or len(areas) <= SOME
    sorts = {each.name for each in listing.columns if each.order and (some or not each.order_of_some)}
    order = query.get("sort", "")
    page = query.get("page", "1")
    return Asked(
        filters=fit,
        area=area,
        order=order if order.removeprefix("-") in sorts else listing.order,
        sorts=frozenset(sorts),
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
    known: dict[str, object] = {"today": today, "limit": limit, "offset": offset}
    where: list[LiteralString] = []
    if wanted.area or areas is not None:
        # named, so that an index finds them: row-level security alone would look at all rows
        known["areas"] = [wanted.area] if wanted.area else list(areas or ())
        where.append("t.area = any (%(areas)s)")
    for each in listing.filters:
        if said := wanted.filters.get(each.name):
            known[each.name] = said if each.options or each.as_typed else _like(said)
            few = _few(connection, each.among, known) if each.among else None
            if each.among and few is not None:
                known[each.name] = few
                where.append(each.among.where)
            else:
                where.append(each.where)
    # each time planned for what was chosen: a plan for whatever might be chosen reads everything
    cursor = connection.cursor(row_factory=dict_row)
    column = next(each for each in listing.columns if each.name == wanted.order.removeprefix("-"))
    found: Sequence[Row] = ()
    if column.may_lack and wanted.order.startswith("-"):
        # an index read backwards begins with what lacks it; mostly a page is full before those come
        page = _page(listing, wanted, column, [*where, f"{column.order} is not null"])
        found = cursor.execute(page, known, prepare=False).fetchall()
    if len(found) < limit:
        found = cursor.execute(_page(listing, wanted, column, where), known, prepare=False).fetchall()
    if offset == 0 and len(found) < limit:
        return found, len(found)
    known["counted"] = max(MOST_COUNTED, offset + limit) + 1
    counting = sql.SQL("select count(*) from (select {fit} limit %(counted)s) counted").format(fit=_fit(listing, where))
    total = connection.execute(counting, known, prepare=False).fetchone()
    assert total
    return found, cast("int", total[0])


def _fit(listing: Listing, where: Sequence[LiteralString]) -> sql.Composed:
    conditions = sql.SQL(" and ").join(sql.SQL(f"({each})") for each in where or ("true",))
    return sql.SQL("from {} t {} where {}").format(sql.SQL(listing.table), sql.SQL(listing.joins), conditions)


def _page(listing: Listing, wanted: Asked, column: Column, where: Sequence[LiteralString]) -> sql.Composed:
    """The keys of a page first, and then what is shown of these."""
    # all one way, so that an index can be read forwards and backwards
    way: LiteralString = "desc" if wanted.order.startswith("-") else "asc"
    first: LiteralString = f"{column.order} {way} nulls last" if column.may_lack else f"{column.order} {way}"
    return sql.SQL(
        """
        select {select}
        from (select {key} {fit} order by {order} limit %(limit)s offset %(offset)s) page
        join {table} t using ({names}) {joins}
        order by {order}
        """
    ).format(
        select=sql.SQL(listing.select),
        key=sql.SQL(", ").join(sql.SQL(f"t.{name}") for name in listing.key),
        fit=_fit(listing, where),
        order=sql.SQL(", ").join([sql.SQL(first), *(sql.SQL(f"t.{name} {way}") for name in listing.key)]),
        table=sql.SQL(listing.table),
        names=sql.SQL(", ").join(sql.SQL(name) for name in listing.key),
        joins=sql.SQL(listing.joins),
    )


def in_all(connection: Connection, listings: Sequence[Listing], *, areas: Sequence[str] | None) -> list[int]:
    """How many rows each list has. `areas`: whose, if not of all it can see; those of national lists are all."""
    all_areas = sql.SQL("(select count(*) from {})")
    of_some = sql.SQL("(select count(*) from {} where %(areas)s::text[] is null or area = any (%(areas)s))")
    counts = ((all_areas if each.national else of_some).format(sql.SQL(each.table)) for each in listings)
    query = sql.SQL("select ") + sql.SQL(", ").join(counts)
    row = connection.execute(query, {"areas": None if areas is None else list(areas)}, prepare=False).fetchone()
    return [cast("int", each) for each in row or ()]


def _few(connection: Connection, among: Among, known: Mapping[str, object]) -> list[object] | None:
    """What fits, unless that is much."""
    query = sql.SQL("{} limit {}").format(sql.SQL(among.query), sql.Literal(FEW + 1))
    fit = [value for (value,) in connection.execute(query, known, prepare=False)]
    return fit if len(fit) <= FEW else None


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
