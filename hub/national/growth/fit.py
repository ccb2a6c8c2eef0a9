"""Growth curves fitted to month ends, what they expect and how sure that is. Pure; the same points, the same answer.

Two shapes, both with a size m, a rate b and a head start a:

    logistic   m / (1 + a exp(-bt))                   P.-F. Verhulst, Correspondance mathématique et physique 10, 1838
    Bass       m (1 - exp(-bt)) / (1 + a exp(-bt))    F. M. Bass, Management Science 15, 1969, where p = b / (1 + a) is
                                                      for those who start by themselves, q = b - p for those who follow

Fitted is what each month adds, not the level: levels carry every earlier surprise along, so their scatter looks far
smaller than it is (V. Srinivasan and C. H. Mason, Marketing Science 5, 1986). What a month adds is a count, so its
variance goes with its mean. From month to month both shapes grow alike; they differ in what was there at the start.

Imported where it is used: the library takes a second to load.
"""

import warnings
from collections.abc import Callable, Sequence
from datetime import date, timedelta

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.optimize import OptimizeWarning, curve_fit

from events.projections.picture import Point
from hub.look.graphics import Expected
from hub.look.words import about, count, month, number
from hub.national.growth.model import (
    BAND,
    LEAST_MONTHS,
    SURE,
    Growth,
    Parameters,
    Range,
    Refusal,
    Shape,
    Subject,
    last_month_end,
    months_on,
    value_at,
)

Numbers = NDArray[np.float64]

AHEAD = 24
DRAWS = 1000
SEED = 1969
"""Any would do: the same points must give the same answer."""
YEAR = 365.25
FAR_OFF = 3.0
"""Standard deviations, as the years before scattered, by which the last year may leave the curve."""
NEAR = 0.15
"""How far the curve may ever be from what was counted, as a share of what there is now."""

BLOCKS = (1, 3, 6, 12)
"""Months taken together to see how the past scatters."""
WIDE = 0.5
"""How wide the band may be at its end, as a share of what there is now."""

_UNKNOWNS = 3
_STARTS = ((1.2, 0.5), (1.2, 1.5), (3.0, 0.5), (3.0, 1.5))
"""Where the search begins: size, in what is there already, and rate."""


def logistic(t: Numbers, m: Numbers, b: Numbers, a: Numbers) -> Numbers:
    return m / (1 + a * np.exp(-b * t))


def bass(t: Numbers, m: Numbers, b: Numbers, a: Numbers) -> Numbers:
    left = np.exp(-b * t)
    return m * (1 - left) / (1 + a * left)


Curve = Callable[[Numbers, Numbers, Numbers, Numbers], Numbers]
CURVES: dict[Shape, Curve] = {"Bass": bass, "logistic": logistic}


class _Fit(Struct, frozen=True, kw_only=True):
    shape: Shape
    logs: Numbers
    """The logarithms of m, b and a: none of them can be negative."""
    covariance: Numbers
    scatter: float
    aicc: float
    recent: float
    """How much more than the curve has the last twelve months added, in standard deviations of the years before."""
    gap: float
    """How far the curve is from what was counted where it is furthest."""

    def at(self, t: Numbers) -> Numbers:
        """The level at each of the times."""
        m, b, a = _unlogged(self.logs)
        return CURVES[self.shape](t, m, b, a)

    def drawn(self, t: Numbers, draws: Numbers) -> Numbers:
        """The same for other unknowns that might be the right ones, a row for each."""
        m, b, a = (each[:, None] for each in _unlogged(draws).T)
        return CURVES[self.shape](t, m, b, a)


def _unlogged(logs: Numbers) -> Numbers:
    """Far from any curve the numbers would run out."""
    return np.exp(np.clip(logs, -50, 80))


def grow(points: Sequence[Point], subject: Subject) -> Growth | Refusal:
    """What the growth so far, oldest point first, lets us expect of the next two years, or why nothing."""
    begun = [point for n, point in enumerate(points) if point.value or any(each.value for each in points[:n])]
    if thin := _too_thin(begun, subject):
        return thin
    # the warning that a covariance could not be found is dealt with below; to catch it for a while is not for threads
    warnings.filterwarnings("ignore", category=OptimizeWarning)
    with np.errstate(all="ignore"):
        fits = [fit for shape in CURVES if (fit := _fitted(begun, shape))]
        if not fits:
            return _no_such_curve()
        best = min(fits, key=lambda fit: fit.aicc)
        outlook = _outlook(begun, best, subject)
        if outlook is None:
            return _unknown_ceiling(subject)
        doubt = _doubt(float(begun[-1].value), best, outlook, subject)
        return doubt or _foretold(begun, best, outlook, {fit.shape: fit.aicc for fit in fits})


def _too_thin(points: Sequence[Point], subject: Subject) -> Refusal | None:
    if len(points) < LEAST_MONTHS:
        return Refusal(
            title="too few months",
            why=f"There are {count(len(points), 'month', 'months')} of figures. A growth curve has three unknowns, "
            f"and it takes at least {LEAST_MONTHS} months to tell them from chance.",
        )
    first, last = points[0], points[-1]
    if last.value < subject.least:
        return Refusal(
            title=f"too few {subject.many}",
            why=f"There are {count(last.value, subject.one, subject.many)}. Below {subject.least} "
            "a single one more or fewer bends the curve.",
        )
    year_before = value_at(points, last.day - timedelta(days=365))
    if last.value < year_before:
        return Refusal(
            title="their number fell",
            why=f"There are {number(year_before - last.value)} fewer {subject.many} than a year before. "
            "Growth curves only rise: they cannot say where a fall leads.",
        )
    if last.value == first.value:
        return Refusal(
            title="there was no growth",
            why=f"There have been {count(last.value, subject.one, subject.many)} since {month(first.day)}. "
            "Without growth there is no curve.",
        )
    return None


def _times(points: Sequence[Point]) -> Numbers:
    """Years since the month of the first point began."""
    return np.array([_time(points, point.day) for point in points])


def _time(points: Sequence[Point], day: date) -> float:
    return (day - points[0].day.replace(day=1)).days / YEAR


def _fitted(points: Sequence[Point], shape: Shape) -> _Fit | None:
    t = _times(points)
    added = np.diff(np.array([float(point.value) for point in points]), prepend=0.0)
    total = added.sum()
    # no month counts for more than four times an average one would
    floor = max(0.25 * added.mean(), 1e-9)
    smooth = np.convolve(np.pad(added, 6, mode="edge"), np.ones(13) / 13, "valid")
    variance = np.maximum(smooth, floor)
    fastest = max(float(t[np.argmax(smooth)]), 0.1)

    def grown(times: Numbers, *logs: float) -> Numbers:
        m, b, a = _unlogged(np.array(logs))
        return np.diff(CURVES[shape](times, m, b, a), prepend=0.0)

    def search(start: Sequence[float] | Numbers, variance: Numbers) -> tuple[Numbers, Numbers, float] | None:
        try:
            logs, covariance = curve_fit(
                grown, t, added, p0=start, sigma=np.sqrt(variance), absolute_sigma=True, maxfev=500
            )
        except (RuntimeError, ValueError, np.linalg.LinAlgError):  # it did not settle, or ran out of numbers
            return None
        squares = float(np.sum((added - grown(t, *logs)) ** 2 / variance))
        return (logs, covariance, squares) if np.isfinite(squares) else None

    starts = [[np.log(size * total), np.log(rate), rate * fastest] for size, rate in _STARTS]
    settled = [found for start in starts if (found := search(start, variance))]
    best = min(settled, key=lambda found: found[2], default=None)
    for _ in range(2):  # with the variance that the curve itself has
        if best is None:
            return None
        variance = np.maximum(grown(t, *best[0]), floor)
        best = search(best[0], variance)
    if best is None or not np.isfinite(best[1]).all():
        return None
    logs, covariance, squares = best
    over = added - grown(t, *logs)
    scatter, before = _scatter(over, variance), _scatter(over[:-12], variance[:-12])
    return _Fit(
        shape=shape,
        logs=logs,
        covariance=covariance * scatter,
        scatter=scatter,
        aicc=_aicc(over, variance, squares),
        recent=float(over[-12:].sum() / np.sqrt(before * variance[-12:].sum())),
        gap=float(np.abs(np.cumsum(over)).max()),
    )


def _scatter(over: Numbers, variance: Numbers) -> float:
    """How many times the variance of counts.

    Good and bad years come in rows, which single months do not show: months, quarters, half-years and years are looked
    at where there are six or more, and the largest counts. It is never less than counts have by chance.
    """
    return max(1.0, *(_scatter_by(months, over, variance) for months in BLOCKS if len(over) >= 6 * months))


def _scatter_by(months: int, over: Numbers, variance: Numbers) -> float:
    whole = len(over) // months * months
    sums, expected = (each[-whole:].reshape(-1, months).sum(axis=1) for each in (over, variance))
    return float(np.sum(sums**2 / expected) / max(len(sums) - _UNKNOWNS, 1))


def _aicc(over: Numbers, variance: Numbers, squares: float) -> float:
    """C. M. Hurvich and C.-L. Tsai, Biometrika 76 (1989), with the scatter as a fourth unknown."""
    n, k = len(over), _UNKNOWNS + 1
    scatter = max(squares / n, 1e-12)
    return float(np.sum(np.log(2 * np.pi * scatter * variance)) + n + 2 * k + 2 * k * (k + 1) / (n - k - 1))


class _Outlook(Struct, frozen=True, kw_only=True):
    """Where curves that might as well be the right one come to, with chance having its way on each."""

    days: list[date]
    low: Numbers
    high: Numbers
    ceiling: float
    """Where the best curve levels off, on from the last value; of all of them, the band below."""
    ceilings: tuple[float, float]
    slowed: float
    """On how many of them growth was fastest already, as a share."""


def _outlook(points: Sequence[Point], fit: _Fit, subject: Subject) -> _Outlook | None:
    """None where the unknowns are not known well enough to draw others like them."""
    now, last = _time(points, points[-1].day), float(points[-1].value)
    days = [months_on(last_month_end(points[-1].day), n) for n in range(1, AHEAD + 1)]
    t = np.array([now, *(_time(points, day) for day in days)])
    rng = np.random.default_rng(SEED)
    try:
        draws = rng.multivariate_normal(fit.logs, fit.covariance, size=DRAWS, method="cholesky")
    except np.linalg.LinAlgError:
        return None
    levels = fit.drawn(t, draws)
    ceilings = last + _unlogged(draws[:, 0]) - levels[:, 0]
    if not (np.isfinite(levels).all() and np.isfinite(ceilings).all()):
        return None
    steps = np.maximum(np.diff(levels, axis=1), 0)
    paths = last + np.cumsum(steps + rng.standard_normal(steps.shape) * np.sqrt(fit.scatter * steps), axis=1)
    low, high = _band(np.clip(paths, 0 if subject.falls else last, subject.most))
    least, most = _band(np.clip(ceilings, None, subject.most))
    return _Outlook(
        days=days,
        low=low,
        high=high,
        ceiling=last + float(_unlogged(fit.logs)[0]) - float(fit.at(t)[0]),
        ceilings=(float(least), float(most)),
        slowed=float(np.mean(draws[:, 2] / np.exp(draws[:, 1]) < now)),
    )


def _doubt(last: float, fit: _Fit, outlook: _Outlook, subject: Subject) -> Refusal | None:
    """What speaks against the curve that fits best."""
    if outlook.slowed < SURE:
        return _unknown_ceiling(subject, *outlook.ceilings, last)
    if fit.gap > NEAR * last:
        return _no_such_curve()
    if abs(fit.recent) > FAR_OFF:
        return Refusal(
            title="the last year left the curve",
            why=f"The last twelve months brought {'more' if fit.recent > 0 else 'less'} growth than a curve through "
            "all years has for them. Something changed that one curve cannot follow.",
        )
    if subject.most is not None and outlook.ceiling > subject.most:
        return Refusal(
            title=f"the curve leads beyond all {subject.most}",
            why=f"The curve that fits best leads to {about(outlook.ceiling)} {subject.many}, and there are "
            f"{subject.most} at most. What is known does not tell yet where growth will level off.",
        )
    if outlook.high[-1] - outlook.low[-1] > WIDE * last:
        return Refusal(
            title="too much might come of it",
            why=f"In two years there might be anything from {about(outlook.low[-1])} to {about(outlook.high[-1])} "
            f"{subject.many}, which says too little.",
        )
    return None


def _foretold(points: Sequence[Point], fit: _Fit, outlook: _Outlook, aicc: dict[Shape, float]) -> Growth:
    begun, last = points[0].day.replace(day=1), float(points[-1].value)
    now = _time(points, points[-1].day)
    size, rate, head_start = (float(each) for each in _unlogged(fit.logs))
    fastest = min(max(0.0, float(fit.logs[2]) / rate), now)
    level = fit.at(np.array([now, *(_time(points, day) for day in outlook.days)]))
    ceiling, (least, most) = outlook.ceiling, outlook.ceilings
    innovation = rate / (1 + head_start) if fit.shape == "Bass" else None
    return Growth(
        curve=Parameters(
            shape=fit.shape,
            origin=begun,
            size=size,
            rate=rate,
            head_start=head_start,
            innovation=innovation,
            imitation=None if innovation is None else rate - innovation,
            aicc=aicc,
            scatter=fit.scatter,
            heading_for=Range(value=ceiling, low=min(least, ceiling), high=max(most, ceiling)),
            fastest_on=begun + timedelta(days=YEAR * fastest),
            half_on=next((point.day for point in points if point.value >= ceiling / 2), None),
        ),
        fitted=[Point(point.day, float(at)) for point, at in zip(points, fit.at(_times(points)), strict=True)],
        expected=[
            Expected(day, float(value), float(min(below, value)), float(max(above, value)))
            for day, value, below, above in zip(
                outlook.days, last + level[1:] - level[0], outlook.low, outlook.high, strict=True
            )
        ],
    )


def _band(drawn: Numbers) -> Numbers:
    return np.quantile(drawn, [(1 - BAND) / 2, (1 + BAND) / 2], axis=0)


def _no_such_curve() -> Refusal:
    return Refusal(
        title="their growth follows no such curve",
        why="Neither a Bass nor a logistic curve comes near these figures. They may have grown in waves.",
    )


def _unknown_ceiling(subject: Subject, low: float = 0, high: float = 0, last: float = 0) -> Refusal:
    """`low` and `high` are what the past might lead to, `last` what there is."""
    told = f" The past fits {about(low)} as well as {about(high)} {subject.many}." if 0 < high < 100 * last else ""
    return Refusal(
        title="growth has not clearly begun to slow",
        why="As long as growth has not clearly begun to slow, nobody can tell from the past where it will level off."
        + told,
    )
