"""What rules want on a day, and to whom. It writes nothing, so it also shows what would happen on another day."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events.areas import Nation
from events.base import civil_day
from events.civil import served_until
from events.database import Connection
from events.nudges import nudge_id
from events.nudging.preferences import Recipient
from events.nudging.recipients import accounts_of, holders
from events.nudging.rule import KEPT_DAYS, LATE_DAYS, Day, Rule, Wanted
from events.places import places
from events.projections import engine
from events.projections.work import WORK


class Draft(Struct, frozen=True, kw_only=True):
    """A nudge that a rule wants, to one recipient."""

    id: UUID
    area: str
    rule: Rule[Any]
    wanted: Wanted
    recipient: UUID

    @property
    def to(self) -> Recipient:
        return self.wanted.to, self.recipient

    def held_out_by(self, *, on: date) -> str | None:
        """The trial for whose sake it is not sent."""
        trial = self.rule.trial
        return trial.name if trial and trial.holds_out(self.wanted.about, on=on) else None


def nation_of(area: str) -> Nation | None:
    place = places().get(area)
    return place.nation if place else None


class Want(Struct, frozen=True, kw_only=True):
    """What a rule wants, and whoever is there to tell; nobody where no account holds the role."""

    area: str
    rule: Rule[Any]
    wanted: Wanted
    recipients: tuple[UUID, ...]

    def drafts(self) -> Iterator[Draft]:
        wanted = self.wanted
        for recipient in self.recipients:
            id = nudge_id(
                self.rule.name,
                self.area,
                about=wanted.about,
                what=wanted.what,
                due=wanted.due,
                step=wanted.step,
                recipient_kind=wanted.to,
                recipient=recipient,
            )
            yield Draft(id=id, area=self.area, rule=self.rule, wanted=wanted, recipient=recipient)


DAYS_OFF = 5
"""At most so many days pass until the next that is worked."""


def due(
    connection: Connection, *, now: datetime, areas: Collection[str], rules: Sequence[Rule[Any]], late: bool = False
) -> list[Draft]:
    """What the rules want at `now` and was not planned before, to each recipient."""
    found = wants(connection, now=now, areas=areas, rules=rules, late=late)
    return [draft for want in found for draft in want.drafts()]


def wants(
    connection: Connection, *, now: datetime, areas: Collection[str], rules: Sequence[Rule[Any]], late: bool = False
) -> list[Want]:
    """What the rules want at `now` and was not planned before.

    Raises `NotBuilt` while the projection is being made anew: whoever asks has not looked then, and asks again.
    """
    with engine.reading(connection, "work") as build:
        if build.version != WORK.version:  # one from before an upgrade lacks what rules read
            raise engine.NotBuilt("What stands now is being made anew. Until then nothing is planned.")
        connection.execute("set local work_mem = '32MB'")  # what was planned lately, of a large network, in memory
        return list(wanted_on(connection, civil_day(now), areas=areas, rules=rules, late=late))


def wanted_on(
    connection: Connection, day: date, *, areas: Collection[str], rules: Sequence[Rule[Any]], late: bool = False
) -> Iterator[Want]:
    """What the rules want on a day and was not planned before. The connection reads the work projection.

    Of the last week; or, looking for what was missed, of the last three months, of what nobody may do without.
    """
    found = holders(connection, today=day)
    recent = day - timedelta(LATE_DAYS if late else KEPT_DAYS)
    asked = {
        "today": day,
        "through": max(served_until(day, nation) for nation in get_args(Nation)),
        "recent": recent,
        "oldest": recent - timedelta(DAYS_OFF),
        "areas": list(areas),
    }
    for rule in rules:
        if late and rule.optional:
            continue
        rows = connection.cursor(row_factory=class_row(rule.row)).execute(
            rule.query, asked | {"steps": list(rule.steps)}
        )
        for row in rows.fetchall():
            for wanted in rule.nudges(row, Day(day, nation_of(row.area), late)):
                recipients = accounts_of(found, wanted.to, row.area) if wanted.recipient is None else [wanted.recipient]
                yield Want(area=row.area, rule=rule, wanted=wanted, recipients=tuple(recipients))
