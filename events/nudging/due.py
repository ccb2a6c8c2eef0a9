"""What rules want on a day, and to whom. It writes nothing, so it also shows what would happen on another day."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
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
from events.nudging.rule import KEPT_DAYS, Day, Rule, Wanted
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


def due(connection: Connection, *, now: datetime, areas: Collection[str], rules: Sequence[Rule[Any]]) -> list[Draft]:
    """What the rules want at `now` and was not planned before, to each recipient."""
    return [draft for want in wants(connection, now=now, areas=areas, rules=rules) for draft in want.drafts()]


def wants(connection: Connection, *, now: datetime, areas: Collection[str], rules: Sequence[Rule[Any]]) -> list[Want]:
    """What the rules want at `now` and was not planned before. While the projection is being made anew, nothing."""
    with engine.reading(connection, "work") as build:
        if build.version != WORK.version:  # one from before an upgrade lacks what rules read
            return []
        return list(wanted_on(connection, civil_day(now), areas=areas, rules=rules))


def wanted_on(
    connection: Connection, day: date, *, areas: Collection[str], rules: Sequence[Rule[Any]]
) -> Iterator[Want]:
    """What the rules want on a day and was not planned before. The connection reads the work projection."""
    found = holders(connection, today=day)
    through = max(served_until(day, nation) for nation in get_args(Nation))
    asked = {"today": day, "through": through, "kept": KEPT_DAYS, "areas": list(areas)}
    for rule in rules:
        rows = connection.cursor(row_factory=class_row(rule.row)).execute(rule.query, asked).fetchall()
        for row in rows:
            for wanted in rule.nudges(row, Day(day, nation_of(row.area))):
                recipients = accounts_of(found, wanted.to, row.area) if wanted.recipient is None else [wanted.recipient]
                yield Want(area=row.area, rule=rule, wanted=wanted, recipients=tuple(recipients))
