"""People with an account, the roles they hold, and the principal they are when they ask for something."""

import re
from datetime import date
from typing import LiteralString, cast
from uuid import UUID, uuid4

from msgspec import Struct

from events.access import EVERYWHERE, NETWORK_ROLES, NOBODY, ROLES, HeldRole, Principal, Role, grants
from events.base import Refused, in_words, today
from events.database import Connection, value
from events.places import place_name, places
from hub.access.log import note


class Account(Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    email: str
    roles: tuple[HeldRole, ...] = ()

    @property
    def principal(self) -> Principal:
        """Who they are today."""
        return Principal(id=f"account:{self.id}", name=self.name, grants=grants(self.roles, on=today()))


_ADD = """
insert into account (id, name, email) values (%s, %s, %s) on conflict (email) do nothing returning id
"""

_ACCOUNTS = """
select a.id, a.name, a.email, r.role, r.area, r.starts, r.ends
from account a left join held_role r on r.account = a.id
where a.closed_at is null
  and (%(id)s::uuid is null or a.id = %(id)s) and (%(email)s::text is null or a.email = %(email)s)
order by a.name, a.id, r.area, r.starts
"""

_GIVE = """
insert into held_role (account, role, area, starts, ends, given_by) values (%s, %s, %s, %s, %s, %s)
on conflict (account, role, area, starts) do update set ends = excluded.ends, given_by = excluded.given_by
where excluded.ends is null or held_role.ends <= excluded.ends
returning account
"""

_END = """
update held_role set ends = %(last)s
where account = %(account)s and role = %(role)s and area = %(area)s and (ends is null or ends > %(last)s)
  and starts <= %(last)s
"""

_ADMINISTRATORS = "select account from held_role where role = 'administrator' order by account, starts for update"

_OTHER_ADMINISTRATORS = """
select count(*) from held_role r join account a on a.id = r.account and a.closed_at is null
where r.role = 'administrator' and r.account <> %(account)s and r.starts <= %(on)s
  and (r.ends is null or r.ends >= %(on)s)
"""

# A role is held for whole days and for one at least, so one that began today is held until tonight.
# A role that was not held before today leaves nothing behind; the log says that it was given.
_TAKE_BACK = """
delete from held_role where account = %(account)s and role = %(role)s and area = %(area)s and starts >= %(today)s
"""

_TAKE_AWAY = """
update held_role set ends = %(today)s - 1
where account = %(account)s and role = %(role)s and area = %(area)s and starts < %(today)s
  and (ends is null or ends >= %(today)s)
"""

_NAMES = "select id, name from account order by name, id"

_CLOSE = "update account set closed_at = clock_timestamp() where id = %s and closed_at is null"

_OPEN = "update account set closed_at = null where id = %s and closed_at is not null"

_CLOSED = "select id, name, email from account where email = %s and closed_at is not null"

_HELD_IN = """
select distinct area from held_role where account = %(account)s and (ends is null or ends >= %(today)s)
"""

_END_ROLES: tuple[LiteralString, ...] = (
    "delete from held_role where account = %(account)s and starts >= %(today)s",
    """
    update held_role set ends = %(today)s - 1
    where account = %(account)s and starts < %(today)s and (ends is null or ends >= %(today)s)
    """,
)

_FORGET: tuple[LiteralString, ...] = (
    "delete from session where account = %s",
    "delete from passkey where account = %s",
    "delete from identity where account = %s",
    "delete from recovery_code where account = %s",
)
"""Ways in, of which a closed account has none. Who they are at the provider may come back with another account."""

_CLOSE_INVITATION = """
update invitation set closed_at = clock_timestamp(), email = '', name = ''
where closed_at is null and email = (select email from account where id = %s)
"""

_CLOSE_MADE = """
update invitation set closed_at = clock_timestamp(), email = '', name = ''
where closed_at is null and made_by = %s
"""


_REVOKE_MADE = """
update api_key set revoked_at = clock_timestamp()
where created_by = %s and revoked_at is null and ends_on >= %s returning prefix, areas
"""


def check_person(*, name: str, email: str) -> tuple[str, str]:
    """The name and the address as they are kept. Raises `Refused` naming the one that cannot be."""
    name, email = name.strip(), email.strip().lower()
    if not name or len(name) > 120 or not name.isprintable():
        raise Refused("Give the person's name, in at most 120 characters.", field="name")
    if len(email) > 254 or not re.fullmatch(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+", email):
        raise Refused("This is not an e-mail address. Write it like ann@example.org.", field="email")
    return name, email


def add_account(connection: Connection, *, name: str, email: str, id: UUID | None = None) -> UUID:
    """A new account, which holds no role yet. Raises `Refused` if the address has one already."""
    row = connection.execute(_ADD, [id or uuid4(), *check_person(name=name, email=email)]).fetchone()
    if row is None:
        raise Refused("There is an account with this e-mail address already.", field="email")
    return cast("UUID", row[0])


def accounts(connection: Connection) -> list[Account]:
    """All that are open, by name."""
    return _accounts(connection, id=None, email=None)


def names(connection: Connection) -> dict[UUID, str]:
    """What everybody is called who has an account or had one, by name."""
    return {cast("UUID", id): str(name) for id, name in connection.execute(_NAMES)}


def account_of(connection: Connection, id: UUID) -> Account | None:
    return next(iter(_accounts(connection, id=id, email=None)), None)


def account_by_email(connection: Connection, email: str) -> Account | None:
    return next(iter(_accounts(connection, id=None, email=email.strip().lower())), None)


def closed_account(connection: Connection, email: str) -> Account | None:
    """The account with an address that was closed, which holds no role."""
    row = connection.execute(_CLOSED, [email.strip().lower()]).fetchone()
    return Account(id=cast("UUID", row[0]), name=str(row[1]), email=str(row[2])) if row else None


def _accounts(connection: Connection, *, id: UUID | None, email: str | None) -> list[Account]:
    found: dict[UUID, Account] = {}
    for account, name, address, role, area, starts, ends in connection.execute(_ACCOUNTS, {"id": id, "email": email}):
        before = found.get(cast("UUID", account))
        found[cast("UUID", account)] = Account(
            id=cast("UUID", account),
            name=str(name),
            email=str(address),
            roles=(*(before.roles if before else ()), *([held_role(role, area, starts, ends)] if role else ())),
        )
    return list(found.values())


def held_role(role: object, area: object, starts: object, ends: object) -> HeldRole:
    """A row of the table of that name."""
    return HeldRole(
        role=cast("Role", role), area=str(area), starts=cast("date", starts), ends=cast("date | None", ends)
    )


def check_role(held: HeldRole) -> None:
    """Raises `Refused` for a role that does not exist, or one held for the wrong kind of area."""
    if held.role not in ROLES:
        raise Refused(f"There is no role {held.role}. Roles are: {', '.join(ROLES)}.", field="role")
    if not held.area or (held.role in NETWORK_ROLES) != (held.area == EVERYWHERE):
        where = "the whole network, without an area" if held.role in NETWORK_ROLES else "an area: give its code"
        raise Refused(f"The role {held.role} is held for {where}.", field="area")
    if held.area != EVERYWHERE and held.area not in places():
        raise Refused(f"There is no area with the code {held.area}. Write it like E06000066.", field="area")
    if held.ends is not None and held.ends < held.starts:
        raise Refused("A role cannot end before it starts.", field="ends")


def role_in_words(held: HeldRole) -> str:
    """Such as "catalyst for Somerset from 3 May 2026 until 2 May 2027"."""
    until = f" until {in_words(held.ends)}" if held.ends else ""
    return f"{held.role} for {area_in_words(held.area)} from {in_words(held.starts)}{until}"


def area_in_words(area: str) -> str:
    return "the whole network" if area == EVERYWHERE else place_name(area)


def give_role(connection: Connection, account: UUID, held: HeldRole, *, given_by: str) -> None:
    """Let somebody hold a role, or hold it longer. Whoever is signed in has to sign in again, with other rights.

    Raises `Refused` as `check_role` does, for a role that somebody gives themselves, and where it would end sooner.
    """
    check_role(held)
    check_other(account, given_by)
    with connection.transaction():
        check_manages(connection, given_by)
        row = [account, held.role, held.area, held.starts, held.ends, given_by]
        if value(connection, _GIVE, row) is None:
            raise Refused("They hold this role for longer already. To end it, take it away.", field="ends")
        what = f"made {role_in_words(held)}"
        note(connection, "gave role", what, who=given_by, account=account, areas=[held.area])
        _sign_out(connection, account)


def check_manages(connection: Connection, by: str) -> None:
    """Raises `NotAllowed` unless `by`, as the ledger names them, may change access now, whatever address let them ask.

    Whoever works at the hub's own machine may, and is called `local` here and nowhere on the web.
    """
    kind, _, id = by.partition(":")
    if kind == "account":
        found = account_of(connection, UUID(id))
        (found.principal if found else NOBODY).check("manage access")
    elif kind in ("key", NOBODY.id):
        NOBODY.check("manage access")


def check_other(account: UUID, by: str) -> None:
    """Raises `Refused` for a role that somebody gives themselves: a second person has to agree to it."""
    if by == f"account:{account}":
        raise Refused("You cannot give yourself a role. Ask another administrator.", field="role")


def end_role(connection: Connection, account: UUID, *, role: Role, area: str, last: date, by: str) -> bool:
    """Let a role end with a day. False if it was not held. Raises `Refused` for the last administrator."""
    with connection.transaction():
        check_manages(connection, by)
        if role == "administrator":
            _check_not_last(connection, account, by=by)
        ended = {"last": last, "account": account, "role": role, "area": area}
        done = connection.execute(_END, ended).rowcount > 0
        if done:
            what = f"no longer {role} for {area_in_words(area)} after {in_words(last)}"
            note(connection, "took role", what, who=by, account=account, areas=[area])
            if role == "administrator":
                _close_made(connection, account, by=by)
            _sign_out(connection, account)
    return done


def take_away(connection: Connection, account: UUID, *, role: Role, area: str, by: str) -> bool:
    """Let a role end at once, or never begin: yesterday was its last day. False if there was none to end.

    Raises `Refused` for the last administrator.
    """
    with connection.transaction():
        check_manages(connection, by)
        if role == "administrator":
            _check_not_last(connection, account, by=by)
        taken = {"today": today(), "account": account, "role": role, "area": area}
        done = sum(connection.execute(statement, taken).rowcount for statement in (_TAKE_BACK, _TAKE_AWAY)) > 0
        if done:
            what = f"took away {role} for {area_in_words(area)}"
            note(connection, "took role", what, who=by, account=account, areas=[area])
            if role == "administrator":
                _close_made(connection, account, by=by)
            _sign_out(connection, account)
    return done


def close_account(connection: Connection, account: UUID, *, by: str) -> None:
    """Nobody signs in with it any more, its roles end, and so do keys that it made; what was done under it stays.

    Raises `Refused` for the last administrator.
    """
    with connection.transaction():
        check_manages(connection, by)
        _check_not_last(connection, account, by=by)
        held = {"account": account, "today": today()}
        areas = [str(area) for (area,) in connection.execute(_HELD_IN, held)]
        if connection.execute(_CLOSE, [account]).rowcount:
            note(connection, "closed account", "closed the account", who=by, account=account, areas=areas)
        connection.execute(_CLOSE_INVITATION, [account])
        _close_made(connection, account, by=by)
        for end in _END_ROLES:
            connection.execute(end, held)
        _forget(connection, account)


def open_account(connection: Connection, account: UUID, *, by: str) -> None:
    """Let a closed account be used again. Its roles and ways in do not come back: both are given anew."""
    with connection.transaction():
        check_manages(connection, by)
        if connection.execute(_OPEN, [account]).rowcount:
            # somebody may have been signing in at the very moment when it was closed
            _forget(connection, account)
            note(connection, "opened account", "opened the account again", who=by, account=account)


def _check_not_last(connection: Connection, account: UUID, *, by: str) -> None:
    """Raises `Refused` where nobody would manage access any more. Whoever runs the hub can invite another, so they may.

    Two administrators who shut each other out at the same time wait here for one another.
    """
    if not by.startswith("account:"):
        return
    connection.execute(_ADMINISTRATORS)
    if not value(connection, _OTHER_ADMINISTRATORS, {"account": account, "on": today()}):
        raise Refused("There would be no administrator left. Make somebody else one first.")


def _close_made(connection: Connection, account: UUID, *, by: str) -> None:
    """End the open invitations and the keys that somebody made: one might be for themselves under another name."""
    maker = f"account:{account}"
    if connection.execute(_CLOSE_MADE, [maker]).rowcount:
        note(connection, "invitation", "withdrew the open invitations they had made", who=by, account=account)
    for prefix, areas in connection.execute(_REVOKE_MADE, [maker, today()]).fetchall():
        what = f"revoked the key {prefix}, whose maker no longer manages access"
        note(connection, "revoked key", what, who=by, areas=cast("list[str]", areas))


def _forget(connection: Connection, account: UUID) -> None:
    for forget in _FORGET:
        connection.execute(forget, [account])


def _sign_out(connection: Connection, account: UUID) -> None:
    connection.execute("delete from session where account = %s", [account])
