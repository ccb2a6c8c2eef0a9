"""Erasing a person takes two: one asks, another approves, unless a hold says not yet. The tick carries it out."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct
from psycopg.rows import class_row

from events import ledger
from events.access import EVERYWHERE, ROLES, Principal
from events.base import NotFound, Refused, civil_day, in_words, today
from events.database import Connection
from events.enterprises import EnterpriseRegistered
from events.erasing import areas_about, entries_about
from events.people import ErasureBasis, HoldKind
from events.personal_data import sealed_in
from events.places import place_name
from hub.db import Hub
from hub.people.looking import Of, held_of

WAITS = timedelta(days=7)
"""How long somebody who got in by a link keeps out of erasures: whoever makes a link can use it as somebody else, and
those who lead see in the audit meanwhile that there was one."""

ONE_HOST = timedelta(days=90)
"""How long two whom one person let in are no two people."""


_WHOM: Mapping[Of, str] = {
    "a person": "Person",
    "an enterprise": "Notes about enterprise",
    "somebody who waits": "Somebody who waits for support,",
    "feedback": "Feedback",
}


class About(Struct, frozen=True, kw_only=True):
    """Whom something is about."""

    area: str
    subject: UUID
    begun_by: str | None
    """What the stream that has the subject's id began with; none where the subject is a person like any other."""

    @property
    def of(self) -> Of:
        return held_of(self.begun_by)

    @property
    def of_enterprise(self) -> bool:
        return self.of == "an enterprise"

    @property
    def area_name(self) -> str:
        return place_name(self.area)

    @property
    def whom(self) -> str:
        return f"{_WHOM[self.of]} {self.subject}"


class Erasure(About, frozen=True, kw_only=True):
    id: UUID
    basis: ErasureBasis
    asked_at: datetime
    asked_by: str
    asked_name: str
    approved: bool | None
    decided_at: datetime | None
    decided_name: str | None
    done_at: datetime | None
    backups_until: date | None


class Hold(About, frozen=True, kw_only=True):
    id: UUID
    kind: HoldKind
    placed_at: datetime
    placed_name: str

    @property
    def words(self) -> str:
        return f"{self.kind}, since {in_words(self.placed_at.date())}, by {self.placed_name}"


class Proposal(About, frozen=True, kw_only=True):
    """Somebody whose data was kept as long as it may be."""

    due_on: date
    asked_elsewhere: bool
    """Whether somebody asked for it in another area already."""


class Case(Struct, frozen=True, kw_only=True):
    """All that decides who may approve an erasure."""

    asked_by: str
    areas: frozenset[str]
    """Those that hold something about the person."""
    holds: Sequence[Hold]
    """Those of the person; for notes about an enterprise, those of its owner as well."""
    lifted_by: frozenset[str]
    """Who lifted one of these."""
    let_in: frozenset[str]
    """Whom the asker let in to the hub, and who let the asker in."""
    one_host: frozenset[str]
    """Whom somebody let in lately who let the asker in lately too."""
    may_from: Mapping[str, date]
    """Those who got in by a link lately, and the day from which they may take part."""
    may_approve: Mapping[str, frozenset[str]]
    """The areas in which others may, by who they are."""

    def refusal(self, who: Principal) -> str:
        """Why somebody may not approve it, in a sentence or two; empty if they may."""
        reason = self._reason(who)
        if reason and not self.holds and not any(self._could(other) for other in self.may_approve):
            reason += (
                " At present nobody can: an administrator has to make one more person lead of every area concerned."
            )
        return reason

    def _reason(self, who: Principal) -> str:
        if who.id == self.asked_by:
            return "You asked for this erasure, so somebody else has to approve it."
        if self.holds:
            # the caller's own areas first: of a hold elsewhere they may know only that there is one
            told = [hold.words for hold in self.holds if who.may("approve erasure", hold.area)]
            return f"They must not be erased yet: {(told or ['a hold in another area'])[0]}."
        if who.id in self.lifted_by:
            return "You lifted a hold on this, so somebody else has to approve the erasure."
        if who.id in self.let_in:
            return (
                "One of you, whoever asked for this and you, invited the other to this hub, "
                "so somebody else has to approve it."
            )
        if who.id in self.may_from:
            return too_new(self.may_from[who.id])
        if who.id in self.one_host:
            return (
                "One person let both of you in to this hub in the last 90 days, whoever asked for this and you, "
                "so somebody else has to approve it."
            )
        if not all(who.may("approve erasure", area) for area in self.areas):
            return (
                "Other areas hold something of this too. "
                "Somebody who may approve erasures in all of them has to approve this one."
            )
        return ""

    def _could(self, other: str) -> bool:
        areas = self.may_approve[other]
        barred = {self.asked_by, *self.lifted_by, *self.let_in, *self.one_host, *self.may_from}
        return other not in barred and (EVERYWHERE in areas or self.areas <= areas)


# One at a time for each person: what is decided here rests on what else was decided about them, in any area.
_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"

_ASK = """
insert into erasure (area, id, subject, basis, asked_by, asked_name) values (%s, %s, %s, %s, %s, %s)
"""

# The stream of an enterprise, a need, a referral or feedback has its id; a person has none.
_ERASURES = """
select area, id, subject,
       (select type from event where event.area = erasure.area and stream = subject and version = 1) as begun_by,
       basis, asked_at, asked_by, asked_name, approved, decided_at, decided_name, done_at,
       backups_until
from erasure
where (%(subject)s::uuid is null or subject = %(subject)s) and (%(id)s::uuid is null or id = %(id)s)
order by approved is not null, asked_at desc
limit 200 + (select count(*) from erasure where approved is null)
"""

_DECIDE = """
update erasure set approved = %s, decided_at = clock_timestamp(), decided_by = %s, decided_name = %s
where area = %s and id = %s and approved is null
"""

_HOLD = """
insert into erasure_hold (area, id, subject, kind, placed_by, placed_name) values (%s, %s, %s, %s, %s, %s)
"""

_HOLDS = """
select area, id, subject,
       (select type from event where event.area = erasure_hold.area and stream = subject and version = 1) as begun_by,
       kind, placed_at, placed_name
from erasure_hold
where lifted_at is null and (%(subject)s::uuid is null or subject = %(subject)s) order by placed_at
"""

_LIFT = """
update erasure_hold set lifted_at = clock_timestamp(), lifted_by = %s, lifted_name = %s
where area = %s and id = %s and lifted_at is null
"""

_LIFTED = "select distinct subject, lifted_by from erasure_hold where subject = any (%s) and lifted_at is not null"

_LET_IN = """
select made_by, 'account:' || account from invitation where account is not null
  and (made_by = any (%(askers)s) or 'account:' || account = any (%(askers)s))
"""

# The hub's own machine lets in whoever begins; who works there erases without two browsers anyhow.
_ONE_HOST = """
select distinct 'account:' || one.account, 'account:' || other.account
from invitation one join invitation other on other.made_by = one.made_by and other.account <> one.account
where 'account:' || one.account = any (%(askers)s) and one.made_by <> 'local'
  and least(one.closed_at, other.closed_at) > clock_timestamp() - %(lately)s
"""

_CAME_IN = """
select 'account:' || account, max(closed_at) from invitation
where account is not null and closed_at > clock_timestamp() - %s - interval '1 day' group by account
"""

_MAY_APPROVE = """
select 'account:' || r.account, r.area from held_role r join account a on a.id = r.account
where a.closed_at is null and r.role = any (%s) and r.starts <= %s and (r.ends is null or r.ends >= %s)
"""

_PROPOSALS = """
select k.area, k.subject,
       (select type from event where event.area = k.area and stream = k.subject and version = 1) as begun_by,
       k.due_on, false as asked_elsewhere
from kept_long_enough k
where not exists (select from erasure e where e.area = k.area and e.subject = k.subject and e.approved is not false)
order by k.due_on, k.area, k.subject limit 200
"""


_ASKED = "select subject from erasure where subject = any (%s) and approved is not false"


def ask(
    hub: Hub,
    who: Principal,
    *,
    area: str,
    subject: UUID,
    basis: ErasureBasis,
    with_notes: bool = False,
    by_operator: bool = False,
) -> None:
    """Ask for a person to be erased, and `with_notes` for what is noted about the area's enterprises that they own.

    Raises `NotFound`, or `Refused` where that was asked for already or, unless `by_operator`, `who` got in by a link
    lately. Notes that it was asked for are passed over.
    """
    _check_known(hub, who, area, subject)
    if not by_operator and (refusal := why_not_yet(hub, who)):
        raise Refused(refusal)
    with hub.acting(who, "ask erasure", area) as connection:
        notes = notes_with(connection, subject).get(area, []) if with_notes else []
    with hub.watching() as connection:
        for each in sorted({subject, *notes}):
            connection.execute(_LOCK, [str(each)])
        for each in (subject, *notes):
            open = next((order for order in erasures(connection, subject=each) if order.approved is not False), None)
            if open is None:
                connection.execute(_ASK, [area, uuid4(), each, basis, who.id, who.name])
            elif each == subject:
                raise Refused(f"{open.asked_name} asked for this on {in_words(open.asked_at.date())} already.")


def notes_with(connection: Connection, subject: UUID) -> dict[str, list[UUID]]:
    """The enterprises that somebody owns or owned and of which there are notes, by area: of those that the connection
    was let in to. That two owners are one human is not guessed.
    """
    owned = {
        (entry.area, entry.stream)
        for entry in entries_about(connection, subject)
        for found in sealed_in(entry.event)
        if found.sealed.subject == subject and found.kind == (EnterpriseRegistered, "owner")
    }
    noted: dict[str, list[UUID]] = {}
    for (area, enterprise), history in ledger.read_streams(connection, owned).items() if owned else ():
        if any(found.sealed.subject == enterprise for entry in history for found in sealed_in(entry.event)):
            noted.setdefault(area, []).append(enterprise)
    return noted


def why_not_yet(hub: Hub, who: Principal) -> str:
    """Why somebody who got in by a link lately keeps out of erasures for now, in a sentence; empty if they need not."""
    with hub.pool.connection() as connection:
        day = _may_from(connection).get(who.id)
    return too_new(day) if day else ""


def too_new(day: date) -> str:
    return (
        "You got in to this hub by a link in the last 7 days. "
        f"You may ask for erasures and approve them from {in_words(day)}."
    )


def decide(hub: Hub, who: Principal, *, area: str, id: UUID, approve: bool, by_operator: bool = False) -> Erasure:
    """Approve an erasure, or decline it.

    Nobody approves (`Refused`) while a hold stands, nor what they asked for, nor what somebody asked for whom they let
    in to the hub or who let them in, nor where they lifted a hold themselves, nor for areas in which they may not; nor,
    unless `by_operator`, if they got in by a link lately, or one person let both in.
    """
    who.check("approve erasure", area)
    with hub.watching() as connection:
        asked = next((each for each in erasures(connection, id=id) if each.area == area), None)
        if asked is None:
            raise NotFound("Nobody asked for such an erasure.")
        for each in sorted({asked.subject, *_owners(connection, [asked])[asked.id]}):
            connection.execute(_LOCK, [str(each)])
        case = cases(connection, [asked])[asked.id]
        if by_operator:
            case = msgspec.structs.replace(case, one_host=frozenset(), may_from={})
        if approve and (refusal := case.refusal(who)):
            raise Refused(refusal)
        if not connection.execute(_DECIDE, [approve, who.id, who.name, area, id]).rowcount:
            raise Refused("Somebody decided about this already.")
    return asked


def refusals(hub: Hub, who: Principal, waiting: Sequence[Erasure]) -> dict[UUID, str]:
    """Why somebody may not approve these, by the order's id; empty where they may."""
    with hub.watching() as connection:
        return {id: case.refusal(who) for id, case in cases(connection, waiting).items()}


def cases(connection: Connection, asked: Sequence[Erasure]) -> dict[UUID, Case]:
    """What decides about each order, by its id. The connection sees every area."""
    subjects = [each.subject for each in asked]
    areas = areas_about(connection, subjects)
    owners = _owners(connection, asked)
    concerned = {each.id: {each.subject} | owners[each.id] for each in asked}
    everybody = {subject for found in concerned.values() for subject in found}
    lifted: dict[UUID, set[str]] = {}
    for subject, by in connection.execute(_LIFTED, [list(everybody)]):
        lifted.setdefault(cast("UUID", subject), set()).add(str(by))
    askers = [each.asked_by for each in asked]
    let_in = [(str(one), str(other)) for one, other in connection.execute(_LET_IN, {"askers": askers})]
    lately = {"askers": askers, "lately": ONE_HOST}
    one_host = [(str(one), str(other)) for one, other in connection.execute(_ONE_HOST, lately)]
    may_from = _may_from(connection)
    may_approve = _may_approve(connection)
    standing = holds(connection)
    return {
        each.id: Case(
            asked_by=each.asked_by,
            areas=areas[each.subject] | {each.area},
            holds=[hold for hold in standing if hold.subject in concerned[each.id]],
            lifted_by=frozenset(by for subject in concerned[each.id] for by in lifted.get(subject, ())),
            let_in=frozenset({name for pair in let_in if each.asked_by in pair for name in pair} - {each.asked_by}),
            one_host=frozenset(other for asker, other in one_host if asker == each.asked_by),
            may_from=may_from,
            may_approve=may_approve,
        )
        for each in asked
    }


def _owners(connection: Connection, asked: Sequence[Erasure]) -> dict[UUID, set[UUID]]:
    """By order, who owns or owned the enterprise whose notes it is about: a hold of theirs holds the notes as well,
    those that were recorded later too. The connection sees every area.
    """
    noted = [each.subject for each in asked if each.of_enterprise]
    places = {(area, subject) for subject, areas in areas_about(connection, noted).items() for area in areas}
    owners: dict[UUID, set[UUID]] = {}
    for (_, enterprise), history in ledger.read_streams(connection, places).items() if places else ():
        for found in (found for entry in history for found in sealed_in(entry.event)):
            if found.kind == (EnterpriseRegistered, "owner"):
                owners.setdefault(enterprise, set()).add(found.sealed.subject)
    return {each.id: owners.get(each.subject, set()) for each in asked}


def _may_from(connection: Connection) -> dict[str, date]:
    """Those who got in by a link lately: the day from which they may ask for erasures and approve them."""
    days = {
        str(account): civil_day(cast("datetime", at)) + WAITS for account, at in connection.execute(_CAME_IN, [WAITS])
    }
    return {account: day for account, day in days.items() if today() < day}


def _may_approve(connection: Connection) -> dict[str, frozenset[str]]:
    """The areas in which each account may approve erasures today."""
    roles = [role for role, actions in ROLES.items() if "approve erasure" in actions]
    found: dict[str, frozenset[str]] = {}
    for account, area in connection.execute(_MAY_APPROVE, [roles, today(), today()]):
        found[str(account)] = found.get(str(account), frozenset()) | {str(area)}
    return found


def place_hold(hub: Hub, who: Principal, *, area: str, subject: UUID, kind: HoldKind) -> None:
    """Keep a person from being erased for now, and with them what is noted about the area's enterprises they own.

    Raises `NotFound`, or `Refused` once erasing them was approved.
    """
    _check_known(hub, who, area, subject)
    with hub.acting(who, "ask erasure", area) as connection:
        notes = notes_with(connection, subject).get(area, [])
    with hub.watching() as connection:
        for each in sorted({subject, *notes}):
            connection.execute(_LOCK, [str(each)])
        for each in (subject, *notes):
            if not any(order.approved for order in erasures(connection, subject=each)):
                connection.execute(_HOLD, [area, uuid4(), each, kind, who.id, who.name])
            elif each == subject:
                raise Refused("Erasing this person was approved already. It cannot be stopped any more.")


def lift_hold(hub: Hub, who: Principal, *, area: str, id: UUID) -> None:
    with hub.acting(who, "approve erasure", area) as connection:
        if not connection.execute(_LIFT, [who.id, who.name, area, id]).rowcount:
            raise NotFound("There is no such hold.")


def erasures(connection: Connection, *, subject: UUID | None = None, id: UUID | None = None) -> list[Erasure]:
    """Those in the areas that the connection was let in to: all that wait, then the newest 200 that were decided."""
    asked = {"subject": subject, "id": id}
    return connection.cursor(row_factory=class_row(Erasure)).execute(_ERASURES, asked).fetchall()


def holds(connection: Connection, *, subject: UUID | None = None) -> list[Hold]:
    """The holds that stand in the areas that the connection was let in to."""
    return connection.cursor(row_factory=class_row(Hold)).execute(_HOLDS, {"subject": subject}).fetchall()


def proposals(hub: Hub, who: Principal) -> Sequence[Proposal]:
    """Whose data was kept long enough in areas where `who` approves, and nobody asked for their erasure there yet."""
    with hub.acting(who, "approve erasure") as connection:
        found = connection.cursor(row_factory=class_row(Proposal)).execute(_PROPOSALS).fetchall()
    asked = asked_for(hub, [each.subject for each in found])
    return [msgspec.structs.replace(each, asked_elsewhere=each.subject in asked) for each in found]


def asked_for(hub: Hub, subjects: Sequence[UUID]) -> set[UUID]:
    """Those of them whose erasure somebody asked for in any area, and nobody declined."""
    with hub.watching() as connection:
        return {cast("UUID", subject) for (subject,) in connection.execute(_ASKED, [list(subjects)])}


def _check_known(hub: Hub, who: Principal, area: str, subject: UUID) -> None:
    with hub.acting(who, "ask erasure", area) as connection:
        if not entries_about(connection, subject):
            raise NotFound("There is no such person here.")
