"""What is said of growth: of what, which curve, what it expects, why there is none, how earlier ones did.

Kept apart from the fitting, which needs a numerical library that takes a second to import.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, Literal

from msgspec import Struct

from events.projections.picture import Point
from hub.look.graphics import Expected

UPPER_TIER: Final = 218
"""Upper-tier authorities of the UK: there cannot be more areas."""

LEAST_MONTHS: Final = 36
"""Month ends below which three unknowns cannot be told from chance, and two years ahead are too many."""

SURE: Final = 0.9
"""How much of the uncertainty must agree that growth was fastest already: before that no ceiling can be told."""

BAND: Final = 0.8
"""Of what might come, how much lies within the band."""


class Subject(Struct, frozen=True, kw_only=True):
    """What grows."""

    name: str
    label: str
    one: str
    many: str
    least: int
    """Below this a single one more bends the curve."""
    most: int | None = None
    """More there cannot be."""
    falls: bool = False
    """Whether it can also go down: an area may leave; what was registered stays counted."""
    ceiling: str
    """What the number it is heading for means, and what it does not."""


SUBJECTS: Final = {
    each.name: each
    for each in (
        Subject(
            name="enterprises",
            label="Enterprises",
            one="enterprise",
            many="enterprises",
            least=20,
            ceiling="This is how many enterprises there would have been in the end if everything went on as it has: "
            "the same areas, the same people, the same ways of working. It is no measure of how many are needed, "
            "and it rises when areas join or when something new works.",
        ),
        Subject(
            name="areas",
            label="Areas",
            one="area",
            many="areas",
            least=10,
            most=UPPER_TIER,
            falls=True,
            ceiling="This is how many areas would take part in the end if areas went on joining as they have. It is "
            f"never more than the {UPPER_TIER} upper-tier authorities of the UK. A decision to open the network to "
            "more of them is not in the past, so it is not in this number.",
        ),
        Subject(
            name="people_supported",
            label="People supported",
            one="person supported",
            many="people supported",
            least=20,
            falls=True,
            ceiling="This is how many people would be supported at a time in the end if everything went on as it has. "
            "It is no measure of how many need support.",
        ),
    )
}


class Range(Struct, frozen=True, kw_only=True):
    """A number and the band around it."""

    value: float
    low: float
    high: float


Shape = Literal["Bass", "logistic"]


class Parameters(Struct, frozen=True, kw_only=True):
    """A curve fitted to the past, and what it means. Rates are for a year."""

    shape: Shape
    origin: date
    """The day from which the curve's time is counted."""
    size: float
    """What the curve itself rises to from nothing."""
    rate: float
    head_start: float
    """`rate` and `head_start` are b and a of the formulas in `fit.py`."""
    innovation: float | None
    """Bass's p: which share of those still to come start by themselves. Null for a logistic curve."""
    imitation: float | None
    """Bass's q: how strongly those already there draw others in."""
    aicc: dict[Shape, float]
    """How well each shape fits; smaller is better."""
    scatter: float
    """How many times as much the past scatters around the curve as counts do by chance; at least 1."""
    heading_for: Range
    """Where it levels off: the last value and all growth still to come."""
    fastest_on: date
    half_on: date | None
    """When half of what it is heading for was first there."""


class Growth(Struct, frozen=True, kw_only=True):
    curve: Parameters
    fitted: list[Point]
    """The curve at the days of the past, from the first that is not nought."""
    expected: list[Expected]
    """The next 24 month ends, on from the last value."""


class Refusal(Struct, frozen=True, kw_only=True):
    """Why there is no forecast."""

    title: str
    """In a few words, after "No forecast of enterprises:"."""
    why: str
    """In sentences."""


class BackTest(Struct, frozen=True, kw_only=True):
    """A forecast of twelve months made from what was known on a day, and what then happened."""

    made_on: date
    about: date
    actual: float
    naive: float
    """As many more as in the year before."""
    naive_off: float
    """How far that was from what happened, in % of it."""
    forecast: Range | None
    off: float | None
    held: bool | None
    """Whether what happened lay within the band, in whole numbers."""
    refusal: str = ""
    """In a few words; empty where there is a forecast."""


class Score(Struct, frozen=True, kw_only=True):
    """How the forecasts that would have been made did, all together; of none, nothing can be said."""

    tests: int
    off: float
    """How far they were off on average, in %."""
    naive_off: float
    """How far "as many more as in the year before" was off in the same years."""
    held: int

    @property
    def beats_naive(self) -> bool:
        return self.tests > 0 and self.off < self.naive_off


class Study(Struct, frozen=True, kw_only=True):
    """Everything about the growth of one thing, on a day as known on another."""

    of: str
    points: list[Point]
    growth: Growth | Refusal
    tests: list[BackTest]
    score: Score

    @property
    def relied_on(self) -> Growth | None:
        """The forecast, if there is one and such forecasts did better than none."""
        return self.growth if isinstance(self.growth, Growth) and self.score.beats_naive else None


class Row(Struct, frozen=True, kw_only=True):
    """A day of the course: counted and fitted, or expected."""

    day: date
    counted: float | None = None
    fitted: float | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None


def rows(study: Study) -> list[Row]:
    """The whole course, oldest first."""
    growth = study.growth if isinstance(study.growth, Growth) else None
    fitted = {point.day: round(point.value, 1) for point in growth.fitted} if growth else {}
    past = [Row(day=point.day, counted=point.value, fitted=fitted.get(point.day)) for point in study.points]
    return past + [
        Row(day=each.day, expected=round(each.value, 1), low=round(each.low, 1), high=round(each.high, 1))
        for each in (growth.expected if growth else ())
    ]


def last_month_end(day: date) -> date:
    """That day if it ends a month, else the end of the month before."""
    following = day + timedelta(days=1)
    return day if following.day == 1 else day.replace(day=1) - timedelta(days=1)


def months_on(end: date, months: int) -> date:
    """The month end so many months after (or before) a month end."""
    count = end.year * 12 + end.month + months
    return date(count // 12, count % 12 + 1, 1) - timedelta(days=1)


def value_at(points: Sequence[Point], day: date) -> float:
    """The value at the last point up to a day; 0 before the first."""
    return max(
        (point for point in points if point.day <= day), key=lambda point: point.day, default=Point(day, 0)
    ).value
