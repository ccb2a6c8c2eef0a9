"""What rates stand on beside the sums of a picture: what posts cost, how long people waited, which conditions are met.

Few rows or one index stand behind each, however long the ledgers are. All run inside `engine.reading(connection,
"national")`, and of the areas that are given: those taking part in the picture that the rates are of.
"""

from collections.abc import Sequence
from datetime import date
from typing import cast

from msgspec import Struct

from events.database import Connection
from events.projections.picture import Behind

_COSTS = """
select area, sum(second * (least(ends_on, %(on)s::date + 1) - occurred_on)::numeric / third)::float8
from belief
where facet = 'post' and third > 0 and area = any (%(areas)s) and occurred_on <= %(on)s
  and known_on <= %(known)s and superseded_on > %(known)s
group by area
"""


def costs(connection: Connection, areas: Sequence[str], *, on: date, known: date) -> dict[str, float]:
    """What each area's posts of Catalysts cost up to a day, in pounds: of each the share of its days that have passed.

    Areas without a post that had begun are left out.
    """
    rows = connection.execute(_COSTS, {"areas": list(areas), "on": on, "known": known}).fetchall()
    return {str(area): float(str(pounds)) for area, pounds in rows}


_POSTS = """
select area, position, said_at, occurred_on, key,
       second * (least(ends_on, %(on)s::date + 1) - occurred_on)::numeric / third
from belief
where facet = 'post' and third > 0 and area = any (%(areas)s) and occurred_on <= %(on)s
  and known_on <= %(known)s and superseded_on > %(known)s
  and (area, position, key) > (%(area)s, %(position)s, %(key)s)
order by area, position, key
limit %(limit)s
"""


def posts_behind(
    connection: Connection,
    areas: Sequence[str],
    *,
    on: date,
    known: date,
    after: tuple[str, int, str],
    limit: int,
) -> list[Behind]:
    """The posts that `costs` adds up, each with what it cost so far, in whole pounds."""
    area, position, key = after
    asked = {"areas": list(areas), "on": on, "known": known, "area": area, "position": position, "key": key}
    return [
        Behind(
            area=str(area),
            position=int(str(position)),
            said_at=int(str(said_at)),
            occurred_on=cast("date", occurred_on),
            key=str(key),
            amount=round(float(str(pounds))),
        )
        for area, position, said_at, occurred_on, key, pounds in connection.execute(_POSTS, asked | {"limit": limit})
    ]


class Waited(Struct, frozen=True, kw_only=True):
    """How long people waited for support that started, in days. None where none started."""

    started: int = 0
    median: float | None = None
    ninetieth: float | None = None
    long: int = 0
    """How many of them waited for more than 365 days."""


_WAITED_BY_AREA = """
-- an area of '' stands for all of them together
select coalesce(area, ''), count(*), percentile_cont(array[0.5, 0.9]) within group (order by second),
       coalesce(sum(third), 0)
from belief
where facet = 'start' and area = any (%(areas)s) and occurred_on > %(since)s and occurred_on <= %(on)s
  and ends_on > %(on)s and known_on <= %(known)s and superseded_on > %(known)s
group by grouping sets ((), (area))
"""
_WAITED = """
select '', count(*), percentile_cont(array[0.5, 0.9]) within group (order by second), coalesce(sum(third), 0)
from belief
where facet = 'start' and area = any (%(areas)s) and occurred_on > %(since)s and occurred_on <= %(on)s
  and ends_on > %(on)s and known_on <= %(known)s and superseded_on > %(known)s
"""


def waits(
    connection: Connection, areas: Sequence[str], *, since: date, on: date, known: date, by_area: bool = False
) -> dict[str, Waited]:
    """The waits that ended with support after `since` and up to `on`: under "" those of all areas together."""
    asked = {"areas": list(areas), "since": since, "on": on, "known": known}
    rows = connection.execute(_WAITED_BY_AREA if by_area else _WAITED, asked).fetchall()
    found = {"": Waited()}
    for area, started, shares, long in rows:
        median, ninetieth = cast("Sequence[float | None]", shares or (None, None))
        found[str(area)] = Waited(started=int(str(started)), median=median, ninetieth=ninetieth, long=int(str(long)))
    return found


class Stands(Struct, frozen=True, kw_only=True):
    """Which areas a condition or a risk stands in, and how."""

    facet: str
    """condition, or risk."""
    key: str
    """Which one."""
    second: bool
    """Of a condition: met once and then withdrawn. Of a risk: something is done about it."""
    areas: Sequence[str]


_STANDS = """
select facet, key, second > 0, array_agg(area order by area)
from belief
where facet in ('condition', 'risk') and area = any (%(areas)s) and occurred_on <= %(on)s and ends_on > %(on)s
  and known_on <= %(known)s and superseded_on > %(known)s
group by 1, 2, 3
order by 1, 2, 3
"""


def conditions_and_risks(connection: Connection, areas: Sequence[str], *, on: date, known: date) -> list[Stands]:
    """What was said of each condition and each open risk, and where."""
    rows = connection.execute(_STANDS, {"areas": list(areas), "on": on, "known": known}).fetchall()
    return [
        Stands(facet=str(facet), key=str(key), second=bool(second), areas=cast("Sequence[str]", found))
        for facet, key, second, found in rows
    ]
