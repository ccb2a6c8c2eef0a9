"""Whether reminders help: what was done in time by those reminded, beside those held out for a trial."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from math import sqrt
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace
from psycopg.rows import class_row

from events.database import Connection
from events.nudging.rule import Counted, Rule, Unit

LEAST: Final = 50
"""With fewer on either side, chance alone would decide."""

_Z: Final = 1.959963984540054
"""Of a standard normal, 95% lies within so far of 0."""


INVENTED: Final = timedelta(days=400)
"""For so long a demonstration pretends to have tried."""


class Arm(Struct, frozen=True):
    """Those reminded, or those held out: how many, and how many of them did it in time."""

    number: int
    in_time: int

    @property
    def percent(self) -> float | None:
        return round(100 * self.in_time / self.number, 1) if self.number else None


class Interval(Struct, frozen=True):
    """In percentage points."""

    difference: float
    low: float
    high: float


class Effect(Struct, frozen=True, kw_only=True):
    """What came of one step of a rule."""

    rule: str
    step: int
    unit: Unit
    trial: str | None
    """The trial that holds some out, if one was declared."""
    reminded: Arm
    held_out: Arm

    @property
    def interval(self) -> Interval | None:
        """None where there are too few to tell."""
        enough = min(self.reminded.number, self.held_out.number) >= LEAST
        return difference(self.reminded, self.held_out) if enough else None

    @property
    def finding(self) -> str:
        found = self.interval
        if self.trial is None:
            return "Nobody is held out"
        if found is None:
            return "Not enough data"
        if found.low > 0:
            return "Reminding helps"
        return "Reminding does harm" if found.high < 0 else "No difference that chance could not make"

    @property
    def words(self) -> str:
        """Which step it is."""
        return step_in_words(self.step, self.unit)


def step_in_words(step: int, unit: Unit) -> str:
    """30 days before, on the day, 7 working days after."""
    match unit:
        case "percent":
            return f"At {step}%"
        case "areas":
            return f"After {step} areas"
        case _:
            if step == 0:
                return "On the day"
            return f"{abs(step)} {unit} {'before' if step < 0 else 'after'}"


def wilson(arm: Arm) -> tuple[float, float]:
    """Between which shares the true one lies with 95% confidence (E. B. Wilson 1927)."""
    n, p, z = arm.number, arm.in_time / arm.number, _Z
    middle = p + z * z / (2 * n)
    spread = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)


def difference(a: Arm, b: Arm) -> Interval:
    """How much larger the share of `a` is than that of `b`, with 95% confidence.

    R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in Medicine 17
    (1998), method 10: from Wilson's intervals, without correction for continuity. It holds for small shares as well.
    """
    p, q = a.in_time / a.number, b.in_time / b.number
    (p_low, p_high), (q_low, q_high) = wilson(a), wilson(b)
    low = p - q - sqrt((p - p_low) ** 2 + (q_high - q) ** 2)
    high = p - q + sqrt((p_high - p) ** 2 + (q - q_low) ** 2)
    return Interval(*(round(100 * each, 1) for each in (p - q, low, high)))


def as_shown(rules: Sequence[Rule[Any]], *, today: date, invented: bool) -> Sequence[Rule[Any]]:
    """The rules; in an invented network as if their trials had begun with its history, so that one can be looked at."""
    if not invented:
        return rules
    began = today - INVENTED
    return [replace(rule, trial=rule.trial and replace(rule.trial, declared_on=began, ends_on=today)) for rule in rules]


def effects(connection: Connection, rules: Sequence[Rule[Any]], *, areas: Collection[str], today: date) -> list[Effect]:
    """Of each rule that says what it is for, step by step. The connection reads the work projection.

    Where a trial was declared, of what was planned while it lasts.
    """
    found: list[Effect] = []
    for rule in rules:
        if rule.outcome is None:
            continue
        trial = rule.trial
        asked = {
            "rule": rule.name,
            "trial": trial and trial.name,
            "areas": list(areas),
            "today": today,
            "since": trial.declared_on if trial else date.min,
            "until": trial.ends_on if trial else date.max,
        }
        rows = connection.cursor(row_factory=class_row(Counted)).execute(rule.outcome.query, asked).fetchall()
        arms = {(row.step, row.held_out): Arm(row.number, row.in_time) for row in rows}
        found += (
            Effect(
                rule=rule.name,
                step=step,
                unit=rule.unit,
                trial=trial and trial.name,
                reminded=arms.get((step, False), Arm(0, 0)),
                held_out=arms.get((step, True), Arm(0, 0)),
            )
            for step in sorted({step for step, _ in arms})
        )
    return found
