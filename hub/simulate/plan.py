"""What the demo network comes to on its last day, and how it grew until then: which areas, how much in each."""

from collections.abc import Sequence
from datetime import date, timedelta
from math import log
from random import Random
from typing import TypeVar
from uuid import UUID

from msgspec import Struct

from events.areas import Nation
from events.base import named_id
from events.places import places

T = TypeVar("T")

SOMERSET = "E06000066"
YEARS = 10
_SATURDAY, _SUNDAY = 5, 6
_HOLIDAYS = ((12, 25), (12, 26), (1, 1))
_TINY = ("E06000053", "E09000001")
"""The Isles of Scilly and the City of London have too few people for a network of enterprises."""
_AREAS_BY_NATION: dict[Nation, int] = {"England": 38, "Scotland": 5, "Wales": 4, "Northern Ireland": 3}


class Share(Struct, frozen=True, kw_only=True):
    """One area's part of the network: its enterprises, and what those still trading report together at the end."""

    area: str
    nation: Nation
    joined: date
    enterprises: int
    established: int
    people: int
    jobs: int
    volunteers: int
    hours: int | None = None
    """Hours of support in a week, in an area that reports them."""

    def enterprise(self, number: int) -> UUID:
        """The id of one of its enterprises, counted from 0."""
        return named_id("simulate", "enterprise", self.area, str(number))


def plan(random: Random, *, until: date) -> list[Share]:
    """The shares of 50 areas, which add up to what was published of the whole network."""
    codes = _areas(random)
    enterprises = _mixed(random, [33] * 37 + [34] * 12)
    people = _mixed(random, [242] * 7 + [243] * 42)
    jobs = _mixed(random, [47] * 32 + [48] * 17)
    days = _joining_days(len(codes), until)
    somerset_joined = days.pop(1)
    shares = [
        Share(
            area=SOMERSET,
            nation="England",
            joined=somerset_joined,
            enterprises=171,
            established=38,
            people=600,
            jobs=180,
            volunteers=30,
            hours=2200,
        )
    ]
    for n, area in enumerate(code for code in codes if code != SOMERSET):
        nation = places()[area].nation
        assert nation is not None
        shares.append(
            Share(
                area=area,
                nation=nation,
                joined=days[n],
                enterprises=enterprises[n],
                established=round(enterprises[n] * random.uniform(0.12, 0.3)),
                people=people[n],
                jobs=jobs[n],
                volunteers=30,
            )
        )
    return shares


def _areas(random: Random) -> list[str]:
    others = [place for place in places().values() if place.code not in (SOMERSET, *_TINY)]
    current = [place for place in others if place.nation and not place.to_year]
    chosen: list[str] = [SOMERSET]
    for nation, count in _AREAS_BY_NATION.items():
        there = sorted(place.code for place in current if place.nation == nation)
        chosen += random.sample(there, count - (nation == "England"))
    return _mixed(random, chosen)


def _joining_days(count: int, until: date) -> list[date]:
    first = until - timedelta(days=YEARS * 365 - 20)
    last = until - timedelta(days=600)
    return [office_day(first + s_curve(n / (count - 1)) * (last - first)) for n in range(count)]


def s_curve(share: float) -> float:
    """When, between 0 and 1, growth along a logistic curve has come to this share of all its growth."""
    edge = 0.03
    reached = edge + (1 - 2 * edge) * share
    return 0.5 + log(reached / (1 - reached)) / (2 * log((1 - edge) / edge))


def working_day(day: date) -> date:
    """The day itself or, if it is a Sunday, Christmas or New Year's Day, the next that is not."""
    while day.weekday() == _SUNDAY or (day.month, day.day) in _HOLIDAYS:
        day += timedelta(days=1)
    return day


def office_day(day: date) -> date:
    """The same for what happens on no Saturday either."""
    return working_day(day + timedelta(days=2) if day.weekday() == _SATURDAY else day)


def split(total: int, weights: Sequence[float], *, least: Sequence[int]) -> list[int]:
    """Whole numbers that add up to `total`, each at least its least, what is left shared out by weight."""
    rest = total - sum(least)
    assert rest >= 0
    exact = [rest * weight / sum(weights) for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda n: parts[n] - exact[n])
    for n in by_remainder[: rest - sum(parts)]:
        parts[n] += 1
    return [low + part for low, part in zip(least, parts, strict=True)]


def _mixed(random: Random, items: list[T]) -> list[T]:
    return random.sample(items, len(items))
