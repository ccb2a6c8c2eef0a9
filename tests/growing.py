"""Histories of growth made to order: month ends of a known curve, with chance or without."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from events.projections.picture import Point
from hub.national.growth.fit import CURVES
from hub.national.growth.model import Shape, months_on

BEGAN = date(2012, 1, 31)


def month_ends(values: Sequence[float], first: date = BEGAN) -> list[Point]:
    return [Point(months_on(first, n), int(value)) for n, value in enumerate(values)]


def added(
    months: int, *, shape: Shape = "Bass", size: float = 2000, rate: float = 0.8, head_start: float = 60
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """What each month adds along a curve."""
    t = np.arange(1, months + 1) / 12
    curve = CURVES[shape](t, np.float64(size), np.float64(rate), np.float64(head_start))
    return np.diff(curve, prepend=0.0)


def exact(months: int, **curve: float | str) -> list[Point]:
    """A curve that chance left alone."""
    return month_ends(np.round(np.cumsum(added(months, **curve))))  # pyright: ignore[reportArgumentType]


def by_chance(months: int, *, seed: int, **curve: float | str) -> list[Point]:
    """A curve of which each month adds a number by chance."""
    rng = np.random.default_rng(seed)
    return month_ends(np.cumsum(rng.poisson(added(months, **curve))))  # pyright: ignore[reportArgumentType]
