"""How alike areas are in what is stated of them, and why: one measure for all that puts areas beside each other."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from events.database import Connection
from events.projections.picture import Picture
from hub.look.words import listed

MEASURED: Final = (
    "Two areas score one point each for being in the same nation, having the same focus and having joined in the same "
    "year, and up to one point each for supporting as many enterprises a year and for having met barriers on the same "
    "topics."
)
"""What `points` counts, for the pages that rank by it."""

MEASURED_BY: Final = frozenset({"enterprises"})
"""The figures of a picture that `circumstances` reads."""

MOST: Final = 5
"""Points of two areas that have all of it in common."""

SIMILAR: Final = 0.75
"""An area that supports at least this share of another's enterprises a year is called of a similar size."""

_YEAR = 365.25


class Circumstances(Struct, frozen=True, kw_only=True):
    """What is stated of an area on a day."""

    area: str
    name: str
    nation: str
    focus: str
    """What it set out to do; may be empty."""
    joined_on: date
    a_year: float
    """Enterprises supported for each year since it joined; in its first year, all of them."""
    topics: frozenset[str] = frozenset()
    """Of the barriers it met."""


class Near(Struct, frozen=True, kw_only=True):
    """An area beside another one."""

    it: Circumstances
    points: float
    why: str


_STATED = """
select a.area, a.focus, coalesce(array_agg(distinct b.topic) filter (where b.topic is not null), '{}')
from areas_on(%(on)s, %(known)s) a left join barriers_on(%(on)s, %(known)s) b using (area)
group by a.area, a.focus
"""


def circumstances(connection: Connection, picture: Picture) -> list[Circumstances]:
    """Of the areas in a picture, in its order. The connection reads the projection `work`."""
    stated = {
        str(area): (str(focus), frozenset(topics))  # pyright: ignore[reportArgumentType]
        for area, focus, topics in connection.execute(
            _STATED, {"on": picture.on, "known": picture.known}, prepare=False
        )
    }
    found: list[Circumstances] = []
    for each in picture.areas:
        focus, topics = stated.get(each.area, ("", frozenset[str]()))
        years = max((picture.on - each.joined_on).days / _YEAR, 1)
        found.append(
            Circumstances(
                area=each.area,
                name=each.name,
                nation=each.nation,
                focus=focus,
                joined_on=each.joined_on,
                a_year=(each.figures["enterprises"].value or 0) / years,
                topics=topics,
            )
        )
    return found


def points(these: Sequence[Circumstances], those: Sequence[Circumstances]) -> NDArray[np.float64]:
    """How alike each of these is to each of those: a row for each of these, 0 to `MOST`."""
    return (
        _same([each.nation for each in these], [each.nation for each in those])
        + _same([each.focus.casefold() for each in these], [each.focus.casefold() for each in those])
        + _same([str(each.joined_on.year) for each in these], [str(each.joined_on.year) for each in those])
        + _share([each.a_year for each in these], [each.a_year for each in those])
        + _overlap([each.topics for each in these], [each.topics for each in those])
    )


def _same(these: Sequence[str], those: Sequence[str]) -> NDArray[np.float64]:
    """1 where two words are the same; what is not known is like nothing."""
    number = {word: at for at, word in enumerate(dict.fromkeys([*these, *those]), start=1)}
    rows = np.array([number[word] if word else -1 for word in these])[:, None]
    columns = np.array([number[word] if word else 0 for word in those])[None, :]
    return (rows == columns).astype(np.float64)


def _share(these: Sequence[float], those: Sequence[float]) -> NDArray[np.float64]:
    """What part the smaller is of the larger; 1 of two noughts."""
    rows, columns = np.array(these)[:, None], np.array(those)[None, :]
    larger = np.maximum(rows, columns)
    return np.where(larger > 0, np.minimum(rows, columns) / np.where(larger > 0, larger, 1), 1.0)


def _overlap(these: Sequence[frozenset[str]], those: Sequence[frozenset[str]]) -> NDArray[np.float64]:
    """What part those in common are of all that either has; 0 where neither has one."""
    rows, columns = as_bits(these, those)
    either = np.bitwise_count(rows[:, None] | columns[None, :])
    return np.bitwise_count(rows[:, None] & columns[None, :]) / np.maximum(either, 1)


def as_bits(
    these: Sequence[frozenset[str]], those: Sequence[frozenset[str]]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Each set of topics as a number with a bit for each, so that pairs are counted without a loop."""
    bit = {topic: 1 << at for at, topic in enumerate(sorted(frozenset[str]().union(*these, *those)))}
    return (
        np.array([sum(bit[topic] for topic in each) for each in these], dtype=np.uint64),
        np.array([sum(bit[topic] for topic in each) for each in those], dtype=np.uint64),
    )


def nearest(areas: Sequence[Circumstances], to: str, *, most: int) -> list[Near]:
    """The areas most alike to the one with this code, the nearest first; where as near, by name."""
    own = next((each for each in areas if each.area == to), None)
    others = [each for each in areas if each.area != to]
    if own is None or not others:
        return []
    scored = zip(others, points([own], others)[0].tolist(), strict=True)
    ranked = sorted(scored, key=lambda each: (-each[1], each[0].name))[:most]
    return [Near(it=other, points=score, why=why(own, other)) for other, score in ranked]


def why(one: Circumstances, other: Circumstances, *, begin: str = "Also") -> str:
    """What two areas have in common, as a sentence about the other; empty if nothing that is stated."""
    larger = max(one.a_year, other.a_year)
    both = sorted(one.topics & other.topics)
    reasons = [
        f"in {other.nation}" if other.nation and other.nation == one.nation else "",
        f"joined in the same year ({other.joined_on.year})" if other.joined_on.year == one.joined_on.year else "",
        "of a similar size" if larger and min(one.a_year, other.a_year) >= SIMILAR * larger else "",
        f"with the same focus ({other.focus})"
        if other.focus and other.focus.casefold() == one.focus.casefold()
        else "",
        f"held up by the same ({listed(both)})" if both else "",
    ]
    said = [each for each in reasons if each]
    return f"{begin} {listed(said)}." if said else ""
