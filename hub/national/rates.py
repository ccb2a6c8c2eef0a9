"""Rates: one figure of the network divided by another, and how long people wait. Pure.

A rate is worked out over the areas that can be in it: one without a Catalyst in post has no load, and takes no part in
the network's. `Rated.coverage` says how many can. Nothing is divided by nought, and what nobody reported is not nought.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Final

from msgspec import Struct

from events.projections.grounds import Waited
from events.projections.picture import AreaFigures, Picture
from hub.disclosure import FEWER, WITHHELD, few
from hub.look.words import count, number

AMBER, RED = 80, 100
"""Percent of what its Catalysts can look after, from which an area is said to be near and past it."""

CONDITIONS: Final = 6
"""What an area needs; `events.areas.Condition` names them."""


class Ground(Struct, frozen=True, kw_only=True):
    """What the rates of an area stand on."""

    now: AreaFigures
    before: AreaFigures | None
    """A year before; None where it took no part then."""
    pounds: float | None
    """What its posts cost so far; None where none was recorded."""

    def value(self, name: str) -> float | None:
        figure = self.now.figures.get(name)
        return figure.value if figure else None

    def lately(self, name: str) -> float:
        """By how much a figure that only grows grew in a year."""
        before = self.before.figures.get(name) if self.before else None
        return (self.value(name) or 0) - ((before.value if before else None) or 0)


Parts = tuple[float, float]
"""A numerator and a denominator."""


class Rate(Struct, frozen=True, kw_only=True):
    name: str
    label: str
    unit: str
    """percent, pounds or days."""
    formula: str
    """In words."""
    numerator: str
    """The name of the figure that is divided."""
    denominator: str
    """The name of what it is divided by; empty where nothing is divided."""
    covers: tuple[str, str]
    """What has to be known of an area for it to be in the rate, said of one and of several."""
    of: Callable[[Ground], Parts | None]
    """Of one area; None where it is not in the rate."""
    told: Callable[[Ground], bool] | None = None
    """Whether something is known of an area, where those of which nothing is known are in the rate all the same."""
    factor: str = ""
    """By what else is divided, in words."""
    lately: bool = False
    """Whether both figures are those of one year, up to the day."""


def _load(of: Ground) -> Parts | None:
    catalysts, target = of.value("catalysts"), of.now.load_target
    return (of.value("active") or 0, catalysts * target) if catalysts and target else None


def _cost_of_each(name: str) -> Callable[[Ground], Parts | None]:
    def parts(of: Ground) -> Parts | None:
        value = of.value(name)
        return None if of.pounds is None or value is None else (of.pounds, value)

    return parts


def _share(numerator: str, denominator: str, *, lately: bool = False) -> Callable[[Ground], Parts | None]:
    def parts(of: Ground) -> Parts | None:
        part, whole = (of.lately(each) if lately else of.value(each) or 0 for each in (numerator, denominator))
        return (part, whole) if whole > 0 else None

    return parts


_POST = ("has recorded a post of a Catalyst", "have recorded a post of a Catalyst")

RATES: Final[Mapping[str, Rate]] = {
    each.name: each
    for each in (
        Rate(
            name="catalyst_load",
            label="Load of Catalysts",
            unit="percent",
            formula="Active enterprises, divided by how many the Catalysts in post can look after: Catalysts in post "
            f"times the load target of their area. From {AMBER}% an area is near what they can look after, from "
            f"{RED}% past it.",
            numerator="active",
            denominator="catalysts",
            factor="times the load target of each area",
            covers=("has a Catalyst in post and a target", "have a Catalyst in post and a target"),
            of=_load,
        ),
        Rate(
            name="cost_per_enterprise",
            label="Cost of each enterprise",
            unit="pounds",
            formula="What posts of Catalysts cost so far, divided by the enterprises supported so far.",
            numerator="cost",
            denominator="enterprises",
            covers=_POST,
            of=_cost_of_each("enterprises"),
        ),
        Rate(
            name="cost_per_new_enterprise",
            label="Cost of each new enterprise",
            unit="pounds",
            formula="What posts of Catalysts cost so far, divided by the enterprises that did not exist before.",
            numerator="cost",
            denominator="enterprises_new",
            covers=_POST,
            of=_cost_of_each("enterprises_new"),
        ),
        Rate(
            name="cost_per_weekly_hour",
            label="Cost of each hour of support a week",
            unit="pounds",
            formula="What posts of Catalysts cost so far, divided by the hours of support that enterprises now give in "
            "a week.",
            numerator="cost",
            denominator="hours_per_week",
            covers=(
                "has recorded a post of a Catalyst and reports hours",
                "have recorded a post of a Catalyst and report hours",
            ),
            of=_cost_of_each("hours_per_week"),
        ),
        Rate(
            name="conditions_share",
            label="Conditions met, of all that areas need",
            unit="percent",
            formula=f"Conditions met, divided by {CONDITIONS} for each area taking part. One that nobody confirmed is "
            "not met.",
            numerator="conditions_met",
            denominator="areas",
            factor=f"times {CONDITIONS}",
            covers=("has told of a condition", "have told of a condition"),
            of=lambda of: (of.value("conditions_met") or 0, CONDITIONS),
            told=lambda of: bool(of.value("conditions_met") or of.value("conditions_withdrawn")),
        ),
        Rate(
            name="requirements_share",
            label="In date, of what enterprises must hold",
            unit="percent",
            formula="Requirements in date or waived, divided by the requirements that apply to active enterprises.",
            numerator="requirements_valid",
            denominator="requirements",
            covers=("has enterprises that must hold something", "have enterprises that must hold something"),
            of=_share("requirements_valid", "requirements"),
        ),
        Rate(
            name="renewed_in_time",
            label="Renewed on time in the last year",
            unit="percent",
            formula="Renewals on time, divided by the renewals that fell due, in the year up to the day.",
            numerator="renewals_on_time",
            denominator="renewals_due",
            covers=("had a renewal that fell due in the year", "had a renewal that fell due in the year"),
            of=_share("renewals_on_time", "renewals_due", lately=True),
            lately=True,
        ),
        Rate(
            name="acceptance",
            label="Referrals accepted in the last year",
            unit="percent",
            formula="Referrals accepted, divided by those accepted or declined, in the year up to the day.",
            numerator="acceptances",
            denominator="answers",
            covers=("had a referral answered in the year", "had a referral answered in the year"),
            of=_share("acceptances", "answers", lately=True),
            lately=True,
        ),
        *(
            Rate(
                name=name,
                label=label,
                unit=unit,
                formula=f"{said} Of the referrals after which support started in the year up to the day; from the day "
                "on which the person began to wait until support started.",
                numerator="starts",
                denominator="",
                covers=("had support start in the year", "had support start in the year"),
                of=lambda _: None,
                lately=True,
            )
            for name, label, unit, said in (
                ("wait_median", "Half wait this long or less", "days", "The median of the days that people waited."),
                (
                    "wait_ninetieth",
                    "Nine in ten wait this long or less",
                    "days",
                    "The 90th percentile of the days that people waited.",
                ),
                (
                    "waited_over_a_year",
                    "Waited for more than a year",
                    "people",
                    "How many people waited for more than 365 days.",
                ),
            )
        ),
    )
}

WAITS: Final = frozenset({"wait_median", "wait_ninetieth", "waited_over_a_year"})


class Rated(Struct, frozen=True, kw_only=True):
    """A rate in one picture, of the network or of an area."""

    rate: Rate
    value: float | None
    """In the rate's unit: percent to a tenth, the others whole. None where there is none, or it is not shown."""
    withheld: str = ""
    """Why one that there is is not shown: too few people stand behind it."""
    numerator: float | None
    denominator: float | None
    """None where nothing is divided."""
    covered: int
    """How many areas are in it."""
    areas: int
    """How many take part."""

    @property
    def shown(self) -> float | str | None:
        return self.withheld or self.value

    @property
    def words(self) -> str:
        """As a person reads it: "85.5%", "£789", "34 days"; or why there is none."""
        if self.withheld:
            return self.withheld.capitalize()
        return in_unit(self.value, self.rate.unit) if self.value is not None else self.missing

    @property
    def missing(self) -> str:
        """Why there is no value."""
        if not self.covered:
            return f"No area {self.rate.covers[0]}"
        return "Nothing to divide by"

    @property
    def coverage(self) -> str:
        covers = self.rate.covers[0 if self.covered == 1 else 1]
        return f"{number(self.covered)} of {count(self.areas, 'area', 'areas')} {covers}"


def in_unit(value: float, unit: str) -> str:
    if unit == "percent":
        return f"{number(value)}%"
    if unit == "pounds":
        return f"£{number(round(value))}"
    return count(value, unit.removesuffix("s"), unit) if unit == "days" else count(value, "person", "people")


class Rates(Struct, frozen=True, kw_only=True):
    network: Mapping[str, Rated]
    by_area: Mapping[str, Mapping[str, Rated]]
    """By the name of the rate, then by area, for each area that is in it."""


def grounds_of(picture: Picture, year_before: Picture, costs: Mapping[str, float]) -> list[Ground]:
    before = {each.area: each for each in year_before.areas}
    return [Ground(now=each, before=before.get(each.area), pounds=costs.get(each.area)) for each in picture.areas]


def rates(
    picture: Picture,
    year_before: Picture,
    *,
    costs: Mapping[str, float],
    waited: Mapping[str, Waited],
    of_areas: Collection[str] = RATES.keys(),
) -> Rates:
    """All rates of a picture; areas have all, or those named in `of_areas`.

    `costs` is by area; `waited` too, with all of them together under "".
    """
    grounds = grounds_of(picture, year_before, costs)
    network: dict[str, Rated] = {}
    by_area: dict[str, dict[str, Rated]] = {}
    for name, rate in RATES.items():
        if name in WAITS:
            each_area = {area: _waited(rate, each, covered=1, areas=1) for area, each in waited.items() if area}
            covered = len(each_area) or int(waited[""].started > 0)
            # numbers of people in areas would give small ones back, by what they come to together
            by_area[name] = {} if rate.unit == "people" else each_area
            network[name] = _waited(rate, waited[""], covered=covered, areas=len(grounds))
            continue
        parts = {of.now.area: found for of in grounds if (found := rate.of(of))}
        told = sum(rate.told(of) for of in grounds) if rate.told else len(parts)
        if name in of_areas:
            by_area[name] = {area: _divided(rate, each, covered=1, areas=1) for area, each in parts.items()}
        total = (sum(part for part, _ in parts.values()), sum(whole for _, whole in parts.values()))
        network[name] = _divided(rate, total, covered=told, areas=len(grounds))
    return Rates(network=network, by_area=by_area)


def _divided(rate: Rate, parts: Parts, *, covered: int, areas: int) -> Rated:
    part, whole = parts
    value = None
    if whole > 0 and covered:
        value = round(100 * part / whole, 1) if rate.unit == "percent" else round(part / whole)
    return Rated(
        rate=rate,
        value=value,
        numerator=round(part) if rate.numerator == "cost" else part,
        denominator=whole,
        covered=covered,
        areas=areas,
    )


def _waited(rate: Rate, waited: Waited, *, covered: int, areas: int) -> Rated:
    days = {
        "wait_median": waited.median,
        "wait_ninetieth": waited.ninetieth,
        "waited_over_a_year": waited.long if waited.started else None,
    }[rate.name]
    # what so few waited would tell of one of them
    hidden = few(waited.started) or (rate.unit == "people" and few(days))
    return Rated(
        rate=rate,
        value=None if hidden or days is None else round(days),
        withheld="" if not hidden else FEWER if rate.unit == "people" and not few(waited.started) else WITHHELD,
        numerator=None if few(waited.started) else waited.started,
        denominator=None,
        covered=covered,
        areas=areas,
    )
