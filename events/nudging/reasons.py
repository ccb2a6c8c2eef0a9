"""Which reasons to remind of something still stand, and in which words they are told."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events.database import Connection
from events.nudges import RecipientKind
from events.nudging.rule import Reminder, Rule, Standing


class Planned(Protocol):
    """A nudge, as far as its words go: a `NudgePlanned`, or a row of the table `nudge`."""

    @property
    def rule(self) -> str: ...
    @property
    def about(self) -> UUID: ...
    @property
    def what(self) -> str: ...
    @property
    def due(self) -> date: ...
    @property
    def step(self) -> int: ...
    @property
    def recipient_kind(self) -> RecipientKind: ...


class Reason(Struct, frozen=True, kw_only=True):
    """One that was not planned yet."""

    rule: str
    about: UUID
    what: str
    due: date
    step: int
    recipient_kind: RecipientKind


def standing(
    connection: Connection, rules: Mapping[str, Rule[Any]], area: str, planned: Mapping[UUID, Planned], *, today: date
) -> dict[UUID, Standing]:
    """Those that stand on a day, by the id they are asked about with. The connection reads the work projection.

    A rule that is no longer there gives nothing to remind of.
    """
    found: dict[UUID, Standing] = {}
    for name in sorted({each.rule for each in planned.values()} & rules.keys()):
        asked = [nudge for nudge, each in planned.items() if each.rule == name]
        rows = connection.cursor(row_factory=class_row(Standing)).execute(
            rules[name].still,
            {
                "area": area,
                "today": today,
                "abouts": [planned[nudge].about for nudge in asked],
                "whats": [planned[nudge].what for nudge in asked],
                "dues": [planned[nudge].due for nudge in asked],
                "recipients": [getattr(planned[nudge], "recipient", None) for nudge in asked],
            },
        )
        found |= {asked[row.nth - 1]: row for row in rows.fetchall()}
    return found


def reminder(planned: Planned, standing: Standing, *, area: str, today: date) -> Reminder:
    """What the rule's sentence is made of."""
    return Reminder(
        to=planned.recipient_kind,
        area=area,
        name=standing.name,
        detail=standing.detail,
        what=planned.what,
        due=planned.due,
        step=planned.step,
        today=today,
    )
