"""How a lesson spread: from the area that shared it, from area to area, as a tree."""

from collections.abc import Sequence
from datetime import date
from statistics import median

from msgspec import Struct

from events.places import place_name
from events.projections.picture import Point


class Taken(Struct, frozen=True, kw_only=True):
    """How far an area came with a lesson."""

    area: str
    state: str
    since: date
    from_area: str
    seen_on: date | None
    trialled_on: date | None
    adopted_on: date | None
    abandoned_on: date | None
    change: str
    why: str | None
    takes_part: bool = True
    """Whether the area was part of the network."""

    @property
    def took_it_up(self) -> bool:
        return self.state in ("adopted", "adapted")

    def days(self, since: date | None) -> int | None:
        """From a day to the day it was adopted; none if it was not, or was before."""
        return (self.adopted_on - since).days if since and self.adopted_on and self.adopted_on >= since else None


class Node(Struct, frozen=True, kw_only=True):
    area: str
    name: str
    taken: Taken | None
    """None of the area that shared it, and of one that recorded nothing itself."""
    passed_on: "tuple[Node, ...]"
    days: int | None = None
    """How long it took to adopt it, from the day on which the area it learned from had it; None if it did not."""


def tree(root: str, taken: Sequence[Taken], shared_on: date) -> tuple[Node, ...]:
    """The area that shared it with all that learned from it, and what hangs together elsewhere beside it.

    Each area is in it once: areas that say they learned from each other are told apart at the first of them.
    """
    learned = {each.area: each for each in taken if each.area != root}
    placed: set[str] = set()

    def had_it(area: str) -> date | None:
        return shared_on if area == root else learned[area].adopted_on if area in learned else None

    def node(area: str) -> Node:
        placed.add(area)
        after = [each.area for each in taken if each.area in learned and each.from_area == area]
        passed_on = tuple(node(each) for each in after if each not in placed)
        own = learned.get(area)
        return Node(
            area=area,
            name=place_name(area),
            taken=own,
            passed_on=passed_on,
            days=own.days(had_it(own.from_area)) if own else None,
        )

    found = [node(root)]
    unknown = dict.fromkeys(each.from_area for each in learned.values() if each.from_area not in {root, *learned})
    for area in (*unknown, *learned):
        if area not in placed:
            found.append(node(area))  # noqa: PERF401 - what is placed changes on the way
    return tuple(found)


def reach(root: str, taken: Sequence[Taken]) -> int:
    """How many areas of the network took it up, without the one that shared it."""
    return sum(each.took_it_up and each.takes_part and each.area != root for each in taken)


def course(changes: Sequence[tuple[date, int]], *, since: date, until: date) -> list[Point]:
    """A count from one day to another, given by how much it changed on which days; those before count at once."""
    points = [Point(since, sum(more for day, more in changes if day <= since))]
    for day, more in changes:
        if day > since:
            points.append(Point(day, points[-1].value + more))
    return points if points[-1].day == until else [*points, Point(until, points[-1].value)]


def median_days(taken: Sequence[Taken], shared_on: date) -> int | None:
    """Of the areas that took it up, from the day the lesson was shared."""
    days = [found for each in taken if each.took_it_up and (found := each.days(shared_on)) is not None]
    return round(median(days)) if days else None
