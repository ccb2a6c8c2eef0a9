"""What a reader of the national projection gets: figures by area, and their course over time."""

from datetime import date

from msgspec import Struct


class Indicator(Struct, frozen=True, kw_only=True):
    """One figure the network is judged by."""

    name: str
    label: str
    unit: str
    """What is counted, in the plural: "enterprises"."""
    meaning: str
    """One sentence: what it counts and what it leaves out."""
    reported: bool = False
    """True when it is the sum of enterprises' latest reports; an area without a current one has not reported."""


INDICATORS: dict[str, Indicator] = {
    each.name: each
    for each in (
        Indicator(
            name="enterprises",
            label="Enterprises supported",
            unit="enterprises",
            meaning="Enterprises registered so far, new and established, whether or not they still trade.",
        ),
        Indicator(
            name="enterprises_new",
            label="New enterprises",
            unit="enterprises",
            meaning="Enterprises that did not exist before an area helped them start.",
        ),
        Indicator(
            name="enterprises_established",
            label="Established enterprises",
            unit="enterprises",
            meaning="Enterprises that were already running when an area began to help them.",
        ),
        Indicator(
            name="active",
            label="Active now",
            unit="enterprises",
            meaning="Enterprises registered and neither paused nor closed.",
        ),
        Indicator(
            name="people_supported",
            label="People supported",
            unit="people",
            meaning="The sum of each enterprise's latest report. Somebody helped by two enterprises counts twice.",
            reported=True,
        ),
        Indicator(
            name="jobs",
            label="Jobs",
            unit="jobs",
            meaning="People earning an income, from each enterprise's latest report.",
            reported=True,
        ),
        Indicator(
            name="volunteers",
            label="Volunteering",
            unit="volunteering places",
            meaning="People who give their time, from each enterprise's latest report.",
            reported=True,
        ),
        Indicator(
            name="hours_per_week",
            label="Hours of support a week",
            unit="hours",
            meaning="Hours of care and support in a week, from each enterprise's latest report.",
            reported=True,
        ),
        Indicator(
            name="milestones",
            label="Milestones",
            unit="milestones",
            meaning="Milestones recorded so far.",
        ),
    )
}


class Figure(Struct, frozen=True, kw_only=True):
    """A number and how much of the network stands behind it. `value` is None where nobody has reported."""

    value: int | float | None
    areas_reporting: int


class AreaFigures(Struct, frozen=True, kw_only=True):
    area: str
    """ONS code."""
    name: str
    nation: str
    joined_on: date
    figures: dict[str, Figure]


class Published(Struct, frozen=True, kw_only=True):
    """A figure as somebody published it, kept beside what the ledger counts."""

    area: str
    area_name: str
    indicator: str
    value: int | float
    qualifier: str
    """exact, about, or more than."""
    source: str
    occurred_on: date


class Picture(Struct, frozen=True, kw_only=True):
    """The network on day `on`, from what was known at the end of day `known` (both Europe/London)."""

    on: date
    known: date
    figures: dict[str, Figure]
    areas: list[AreaFigures]
    """The areas taking part, by name."""
    published: list[Published]

    @property
    def areas_active(self) -> int:
        return len(self.areas)


class Point(Struct, frozen=True, array_like=True):
    """The state of one indicator at the end of `day`."""

    day: date
    value: int | float
