"""Boundaries in the database: the latest import of each code."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from events.database import Connection, connect, value
from events.places import places
from events.settings import Settings
from hub.boundaries.draw import Shape, drawn
from hub.boundaries.read import read_boundaries
from hub.look.words import count

ONS: Final = (
    "Office for National Statistics, Open Government Licence v3.0. "
    "Contains OS data © Crown copyright and database right."
)
"""Whose boundaries are, unless told otherwise."""


_WHOSE: Final = """
insert into notice (name, words) values ('boundaries', %s) on conflict (name) do update set words = excluded.words
"""


class Boundaries(Struct, frozen=True, kw_only=True):
    shapes: Mapping[str, Sequence[Shape]]
    """By area."""
    attribution: str


def import_boundaries(settings: Settings, file: Path, *, attribution: str = "", dry_run: bool = False) -> str:
    """Keep the boundaries in a file instead of those kept before; what came of it, in a sentence or two.

    Raises `Misread`, and then changes nothing.
    """
    found = read_boundaries(file.read_bytes())
    shapes = drawn(found)
    today = {code for code, place in places().items() if place.nation and place.to_year is None}
    missing = sorted(places()[code].name for code in today - found.keys())
    words = (
        f"{count(len(found), 'shape', 'shapes')}, of {len(today & found.keys())} of today's {len(today)} authorities."
    )
    if missing:
        listed = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        words += f" Not in the file, and so not on the map: {listed}."
    if dry_run:
        return f"{words} This was a trial: nothing was recorded."
    with connect(settings.database_url) as connection, connection.transaction():
        connection.execute("delete from boundary")
        connection.cursor().executemany(
            "insert into boundary (area, frame, path) values (%s, %s, %s)",
            [(each.area, each.frame, each.path) for each in shapes],
        )
        connection.execute(
            _WHOSE,
            [attribution.strip() or ONS],
        )
    return f"{words} The map shows them from now on."


def boundaries_mark(connection: Connection) -> str:
    """Another one whenever other boundaries are kept."""
    return str(value(connection, "select count(*) || ' ' || coalesce(max(xmin::text::bigint), 0) from boundary"))


def kept_boundaries(connection: Connection) -> Boundaries | None:
    """What was imported; None while nothing was."""
    shapes: dict[str, list[Shape]] = {}
    for area, frame, path in connection.execute("select area, frame, path from boundary order by area, frame"):
        shapes.setdefault(str(area), []).append(Shape(area=str(area), frame=str(frame), path=str(path)))
    if not shapes:
        return None
    words = value(connection, "select words from notice where name = 'boundaries'")
    return Boundaries(shapes=shapes, attribution=str(words or ""))
