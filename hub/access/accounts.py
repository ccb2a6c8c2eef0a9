"""People with an account, the roles they hold, and the principal they are when they ask for something."""

from datetime import date
from typing import cast
from uuid import UUID, uuid4

from msgspec import Struct

from events.access import EVERYWHERE, NETWORK_ROLES, ROLES, HeldRole, Principal, Role, grants
from events.base import Refused, today
from events.database import Connection


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
"""

_END = """
update held_role set ends = %(last)s
where account = %(account)s and role = %(role)s and area = %(area)s and (ends is null or ends > %(last)s)
  and starts <= %(last)s
"""

_CLOSE = "update account set closed_at = clock_timestamp() where id = %s and closed_at is null"


def add_account(connection: Connection, *, name: str, email: str) -> UUID:
    """A new account, which holds no role yet. Raises `Refused` if the address has one already."""
    row = connection.execute(_ADD, [uuid4(), name, email.strip().lower()]).fetchone()
    if row is None:
        raise Refused("There is an account with this e-mail address already.", field="email")
    return cast("UUID", row[0])


def accounts(connection: Connection) -> list[Account]:
    """All that are open, by name."""
    return _accounts(connection, id=None, email=None)


def account_of(connection: Connection, id: UUID) -> Account | None:
    return next(iter(_accounts(connection, id=id, email=None)), None)


def account_by_email(connection: Connection, email: str) -> Account | None:
    return next(iter(_accounts(connection, id=None, email=email.strip().lower())), None)


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


def give_role(connection: Connection, account: UUID, held: HeldRole, *, given_by: str) -> None:
    """Let somebody hold a role. Whoever is signed in has to sign in again, as somebody with other rights.

    Raises `Refused` for a role that does not exist, or one held for the wrong kind of area.
    """
    if held.role not in ROLES:
        raise Refused(f"There is no role {held.role}. Roles are: {', '.join(ROLES)}.", field="role")
    if (held.role in NETWORK_ROLES) != (held.area == EVERYWHERE):
        where = "the whole network, without an area" if held.role in NETWORK_ROLES else "an area: give its code"
        raise Refused(f"The role {held.role} is held for {where}.", field="area")
    if held.ends is not None and held.ends < held.starts:
        raise Refused("A role cannot end before it starts.", field="ends")
    connection.execute(_GIVE, [account, held.role, held.area, held.starts, held.ends, given_by])
    _sign_out(connection, account)


def end_role(connection: Connection, account: UUID, *, role: Role, area: str, last: date) -> bool:
    """Let a role end with a day. False if it was not held."""
    done = connection.execute(_END, {"account": account, "role": role, "area": area, "last": last}).rowcount
    _sign_out(connection, account)
    return done > 0


def close_account(connection: Connection, account: UUID) -> None:
    """Nobody signs in with it any more; what was done under it stays."""
    connection.execute(_CLOSE, [account])
    _sign_out(connection, account)


def _sign_out(connection: Connection, account: UUID) -> None:
    connection.execute("delete from session where account = %s", [account])
