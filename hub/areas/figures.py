"""An area's load and cost, with the numbers they are made of. Pure."""

from collections.abc import Iterable
from datetime import date
from typing import Final, get_args

from msgspec import Struct

from events.areas import Condition
from hub.look.words import count

CONDITIONS: Final = get_args(Condition)

AMBER, RED = 80, 100
"""Percent of what the Catalysts can look after."""


class Load(Struct, frozen=True, kw_only=True):
    """How much of what they can look after an area's Catalysts look after."""

    active: int
    posts: int
    target: int

    @property
    def percent(self) -> float:
        return 100 * self.active / (self.posts * self.target)

    @property
    def colour(self) -> str:
        return "red" if self.percent >= RED else "yellow" if self.percent >= AMBER else "green"

    @property
    def formula(self) -> str:
        catalysts = count(self.posts, "Catalyst", "Catalysts")
        return f"{count(self.active, 'active enterprise', 'active enterprises')} ÷ ({catalysts} × {self.target})"


def load(*, active: int, posts: int, target: int | None) -> Load | None:
    """None where nobody is in post, or nobody said how many enterprises one can look after."""
    return Load(active=active, posts=posts, target=target) if posts and target else None


def share(part: int, whole: int) -> float | None:
    """In percent, to a tenth. None of nothing."""
    return round(100 * part / whole, 1) if whole else None


def each(total: float, enterprises: int) -> float | None:
    """For each enterprise, to a hundredth. None where there is none."""
    return round(total / enterprises, 2) if enterprises else None


class Spent(Struct, frozen=True, kw_only=True):
    """What the posts of Catalysts cost so far, in whole pounds, for each enterprise that they supported."""

    pounds: int
    posts: int
    enterprises: int
    new: int

    @property
    def per_enterprise(self) -> int | None:
        return round(self.pounds / self.enterprises) if self.enterprises else None

    @property
    def per_new(self) -> int | None:
        return round(self.pounds / self.new) if self.new else None


def spent(
    posts: Iterable[tuple[int, date, date, date | None]], *, on: date, enterprises: int, new: int
) -> Spent | None:
    """What posts cost up to a day: each by the share of its days that have passed. None where there was none.

    Each post: its cost in pounds, first and last day, and the day its Catalyst left early, if they did.
    """
    begun = [(cost, starts, ends, min(left or ends, ends, on)) for cost, starts, ends, left in posts if starts <= on]
    if not begun:
        return None
    pounds = sum(
        cost * max(0, (until - starts).days + 1) / ((ends - starts).days + 1) for cost, starts, ends, until in begun
    )
    return Spent(pounds=round(pounds), posts=len(begun), enterprises=enterprises, new=new)
