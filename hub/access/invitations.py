"""Invitations: a link that makes somebody an account, or lets them back in to the one they have. It works once.

Whoever holds the link is taken for the person it was made for, so it is made by people who manage access only, goes to
one person, and ends after a week. The table holds its hash. Only a way back in, made as such, opens an account that is
in use, and it ends every other way in to it: whoever has the account learns that somebody else got in.
"""

import secrets
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import LiteralString, cast
from uuid import UUID

from msgspec import Struct

from events.access import HeldRole, NotAllowed, Role
from events.base import Refused
from events.database import Connection
from hub.access.accounts import (
    account_by_email,
    add_account,
    check_manages,
    check_person,
    check_role,
    closed_account,
    give_role,
    open_account,
    role_in_words,
)
from hub.access.log import note

LASTS = timedelta(days=7)


class Invitation(Struct, frozen=True, kw_only=True):
    email: str
    name: str
    role: HeldRole | None
    """None where it is only a way back in to an account."""
    ends_at: datetime


# An invitation that is over says no more whom it was for.
_CLOSE_EARLIER = """
update invitation set closed_at = clock_timestamp(), email = '', name = '' where email = %s and closed_at is null
"""

_ADD = """
insert into invitation (token, email, name, role, area, starts, ends, made_by, ends_at)
values (%s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp() + %s)
"""

_OPEN = """
select email, name, role, area, starts, ends, ends_at from invitation
where (%(token)s::bytea is null or token = %(token)s) and closed_at is null and ends_at > clock_timestamp()
order by made_at
"""

# One of two who follow the link at the same time waits here for the other, and then finds it closed.
_TAKE = """
update invitation set closed_at = clock_timestamp()
where token = %s and closed_at is null and ends_at > clock_timestamp()
returning email, name, role, area, starts, ends, ends_at, made_by
"""

_ACCEPTED = "update invitation set account = %s, email = '', name = '' where token = %s"

_LOST: tuple[LiteralString, ...] = (
    "delete from session where account = %s",
    "delete from passkey where account = %s",
    "delete from identity where account = %s",
    "delete from recovery_code where account = %s",
)

NOT_OPEN = "This invitation was used already, or has ended. Ask the person who runs this hub for a new one."
HAS_ACCOUNT = "There is an account with this address by now. Sign in to it, or ask for a link that lets you back in."


def invite(connection: Connection, *, name: str, email: str, role: HeldRole | None, by: str) -> str:
    """Make an invitation and give the token of its link, shown this once. An earlier one for the address ends.

    Without a role it is the way back in to an account that is open; to give that a role there is `give_role`. A closed
    one keeps its name and is opened again when they accept. Raises `Refused` naming the field at fault.
    """
    with connection.transaction():
        check_manages(connection, by)
        found = account_by_email(connection, email)
        if found is None and role is None:
            raise Refused("Say which role they are to have.", field="role")
        if found is not None and role is not None:
            raise Refused(f"{found.name} has an account with this address already. Give them the role.", field="email")
        known = found or closed_account(connection, email)
        name, email = (known.name, known.email) if known else check_person(name=name, email=email)
        if role is not None:
            check_role(role)
        connection.execute(_CLOSE_EARLIER, [email])
        token = secrets.token_urlsafe(32)
        held = [role.role, role.area, role.starts, role.ends] if role else [None] * 4
        connection.execute(_ADD, [digest(token), email, name, *held, by, LASTS])
        what = f"invited as {role_in_words(role)}" if role else "made a link that lets them back in"
        note(connection, "invitation", what, who=by, account=known.id if known else None)
    return token


def invitations(connection: Connection) -> list[Invitation]:
    """All that can still be accepted, the oldest first."""
    return [_invitation(row) for row in connection.execute(_OPEN, {"token": None})]


def invitation_of(connection: Connection, token: str) -> Invitation:
    """What a link invites to. Raises `Refused` if it cannot be accepted any more."""
    row = connection.execute(_OPEN, {"token": digest(token)}).fetchone()
    if row is None:
        raise Refused(NOT_OPEN)
    return _invitation(row)


def accept(connection: Connection, token: str) -> UUID:
    """Use an invitation up and give the account that it is for, made if there was none.

    Raises `Refused` if it cannot be accepted any more, because whoever made it no longer manages access for one.
    """
    return accept_digest(connection, digest(token))


def accept_digest(connection: Connection, digest: bytes) -> UUID:
    """The same for whoever kept the digest of the token while somebody was away to sign in."""
    with connection.transaction():
        row = connection.execute(_TAKE, [digest]).fetchone()
        if row is None:
            raise Refused(NOT_OPEN)
        invitation, by = _invitation(row[:7]), str(row[7])
        try:
            check_manages(connection, by)
        except NotAllowed as error:
            raise Refused(NOT_OPEN) from error
        if closed := closed_account(connection, invitation.email):
            open_account(connection, closed.id, by=by)
            account = closed.id
        elif found := account_by_email(connection, invitation.email):
            if invitation.role:
                raise Refused(HAS_ACCOUNT)
            account = found.id
            _end_ways_in(connection, account)
        else:
            account = add_account(connection, name=invitation.name, email=invitation.email)
        if invitation.role:
            give_role(connection, account, invitation.role, given_by=by)
        connection.execute(_ACCEPTED, [account, digest])
        note(connection, "invitation", "accepted an invitation", who=f"account:{account}", account=account)
    return account


def _end_ways_in(connection: Connection, account: UUID) -> None:
    """Whoever needed a way back in lost the others: they may be in somebody else's hands."""
    for forget in _LOST:
        connection.execute(forget, [account])
    note(
        connection,
        "way in",
        "ended the sessions, passkeys, identities and recovery codes from before",
        who=f"account:{account}",
        account=account,
    )


def withdraw(connection: Connection, email: str, *, by: str) -> bool:
    """Let the open invitation for an address be used no more. False if there is none."""
    check_manages(connection, by)
    done = connection.execute(_CLOSE_EARLIER, [email.strip().lower()]).rowcount > 0
    if done:
        note(connection, "invitation", "withdrew an invitation", who=by)
    return done


def _invitation(row: tuple[object, ...]) -> Invitation:
    email, name, role, area, starts, ends, ends_at = row
    held = HeldRole(
        role=cast("Role", role), area=str(area), starts=cast("date", starts), ends=cast("date | None", ends)
    )
    return Invitation(email=str(email), name=str(name), role=held if role else None, ends_at=cast("datetime", ends_at))


def digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
