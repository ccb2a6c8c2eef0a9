"""Erasing a person takes two: one asks, another approves, unless a hold says not yet. The tick carries it out."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID, uuid4

from msgspec import Struct
from psycopg.rows import class_row

from events.access import Principal
from events.base import NotFound, Refused, in_words
from events.database import Connection, value
from events.erasing import entries_about
from events.people import ErasureBasis, HoldKind
from events.places import place_name
from hub.db import Hub


class Erasure(Struct, frozen=True, kw_only=True):
    area: str
    id: UUID
    subject: UUID
    basis: ErasureBasis
    asked_at: datetime
    asked_by: str
    asked_name: str
    approved: bool | None
    decided_at: datetime | None
    decided_name: str | None
    done_at: datetime | None
    backups_until: date | None

    @property
    def area_name(self) -> str:
        return place_name(self.area)


class Hold(Struct, frozen=True, kw_only=True):
    area: str
    id: UUID
    subject: UUID
    kind: HoldKind
    placed_at: datetime
    placed_name: str

    @property
    def area_name(self) -> str:
        return place_name(self.area)

    @property
    def words(self) -> str:
        return f"{self.kind}, since {in_words(self.placed_at.date())}, by {self.placed_name}"


class Proposal(Struct, frozen=True, kw_only=True):
    """Somebody whose data was kept as long as it may be."""

    area: str
    subject: UUID
    due_on: date

    @property
    def area_name(self) -> str:
        return place_name(self.area)


# One at a time for each person: what is decided here rests on what else was decided about them, in any area.
_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"

_ASK = """
insert into erasure (area, id, subject, basis, asked_by, asked_name) values (%s, %s, %s, %s, %s, %s)
"""

_ERASURES = """
select area, id, subject, basis, asked_at, asked_by, asked_name, approved, decided_at, decided_name, done_at,
       backups_until
from erasure
where (%(subject)s::uuid is null or subject = %(subject)s) and (%(id)s::uuid is null or id = %(id)s)
order by asked_at desc limit 200
"""

_DECIDE = """
update erasure set approved = %s, decided_at = clock_timestamp(), decided_by = %s, decided_name = %s
where area = %s and id = %s and approved is null
"""

_HOLD = """
insert into erasure_hold (area, id, subject, kind, placed_by, placed_name) values (%s, %s, %s, %s, %s, %s)
"""

_HOLDS = """
select area, id, subject, kind, placed_at, placed_name from erasure_hold
where lifted_at is null and (%(subject)s::uuid is null or subject = %(subject)s) order by placed_at
"""

_LIFT = """
update erasure_hold set lifted_at = clock_timestamp(), lifted_by = %s, lifted_name = %s
where area = %s and id = %s and lifted_at is null
"""

_LIFTED = "select exists (select from erasure_hold where subject = %s and lifted_by = %s)"

_PROPOSALS = """
select k.area, k.subject, k.due_on from kept_long_enough k
where not exists (select from erasure e where e.area = k.area and e.subject = k.subject and e.approved is not false)
order by k.due_on, k.area, k.subject limit 200
"""


def ask(hub: Hub, who: Principal, *, area: str, subject: UUID, basis: ErasureBasis) -> UUID:
    """Ask for a person to be erased. Raises `NotFound`, or `Refused` where that was asked for already."""
    _check_known(hub, who, area, subject)
    with hub.watching() as connection:
        connection.execute(_LOCK, [str(subject)])
        if open := next((each for each in erasures(connection, subject=subject) if each.approved is not False), None):
            raise Refused(f"{open.asked_name} asked for this on {in_words(open.asked_at.date())} already.")
        order = uuid4()
        connection.execute(_ASK, [area, order, subject, basis, who.id, who.name])
    return order


def decide(hub: Hub, who: Principal, *, area: str, id: UUID, approve: bool) -> Erasure:
    """Approve an erasure, or decline it.

    Nobody approves (`Refused`) while a hold stands, nor what they asked for, nor where they lifted a hold themselves,
    nor for areas in which they may not.
    """
    who.check("approve erasure", area)
    with hub.watching() as connection:
        asked = next((each for each in erasures(connection, id=id) if each.area == area), None)
        if asked is None:
            raise NotFound("Nobody asked for such an erasure.")
        connection.execute(_LOCK, [str(asked.subject)])
        if approve:
            _check_may_approve(connection, who, asked)
        if not connection.execute(_DECIDE, [approve, who.id, who.name, area, id]).rowcount:
            raise Refused("Somebody decided about this already.")
    return asked


def _check_may_approve(connection: Connection, who: Principal, asked: Erasure) -> None:
    """The connection sees every area."""
    if asked.asked_by == who.id:
        raise Refused("You asked for this erasure, so somebody else has to approve it.")
    if standing := holds(connection, subject=asked.subject):
        # the caller's own areas first: of a hold elsewhere they may know only that there is one
        told = [hold.words for hold in standing if who.may("approve erasure", hold.area)]
        raise Refused(f"This person must not be erased yet: {(told or ['a hold in another area'])[0]}.")
    if value(connection, _LIFTED, [asked.subject, who.id]):
        raise Refused("You lifted a hold of this person, so somebody else has to approve the erasure.")
    if not all(who.may("approve erasure", entry.area) for entry in entries_about(connection, asked.subject)):
        raise Refused(
            "Other areas hold something about this person too. "
            "Somebody who may approve erasures in all of them has to approve this one."
        )


def place_hold(hub: Hub, who: Principal, *, area: str, subject: UUID, kind: HoldKind) -> None:
    """Keep a person from being erased for now. Raises `NotFound`, or `Refused` once erasing was approved."""
    _check_known(hub, who, area, subject)
    with hub.watching() as connection:
        connection.execute(_LOCK, [str(subject)])
        if any(each.approved for each in erasures(connection, subject=subject)):
            raise Refused("Erasing this person was approved already. It cannot be stopped any more.")
        connection.execute(_HOLD, [area, uuid4(), subject, kind, who.id, who.name])


def lift_hold(hub: Hub, who: Principal, *, area: str, id: UUID) -> None:
    with hub.acting(who, "approve erasure", area) as connection:
        if not connection.execute(_LIFT, [who.id, who.name, area, id]).rowcount:
            raise NotFound("There is no such hold.")


def erasures(connection: Connection, *, subject: UUID | None = None, id: UUID | None = None) -> list[Erasure]:
    """Those in the areas that the connection was let in to, the newest first."""
    asked = {"subject": subject, "id": id}
    return connection.cursor(row_factory=class_row(Erasure)).execute(_ERASURES, asked).fetchall()


def holds(connection: Connection, *, subject: UUID | None = None) -> list[Hold]:
    """The holds that stand in the areas that the connection was let in to."""
    return connection.cursor(row_factory=class_row(Hold)).execute(_HOLDS, {"subject": subject}).fetchall()


def proposals(connection: Connection) -> Sequence[Proposal]:
    """Whose data was kept long enough, and nobody asked for their erasure yet."""
    return connection.cursor(row_factory=class_row(Proposal)).execute(_PROPOSALS).fetchall()


def _check_known(hub: Hub, who: Principal, area: str, subject: UUID) -> None:
    with hub.acting(who, "ask erasure", area) as connection:
        if not entries_about(connection, subject):
            raise NotFound("There is no such person here.")
