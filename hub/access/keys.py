"""Keys for programs of partners: what each may do, where and until when.

A key is `trellis_PREFIX_SECRET`. The prefix is what lists and the ledger show; of the whole only a hash is kept.
"""

import secrets
from collections.abc import Collection
from datetime import date, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Final, cast

from msgspec import Struct

from events.access import ACTIONS, EVERYWHERE, Action, Grant, Principal
from events.base import Refused, today
from events.database import Connection, value
from events.places import places
from hub.access.accounts import check_manages
from hub.access.log import note

FOR_KEYS: tuple[Action, ...] = ("read area", "record")
"""What a program may be let do. Looking at people, and deciding about access, is for people."""


LONGEST: Final = timedelta(days=400)
"""A year, and time to pass the next one on."""


class Key(Struct, frozen=True, kw_only=True):
    prefix: str
    name: str
    actions: tuple[Action, ...]
    areas: tuple[str, ...]
    ends_on: date
    """The last day it works."""
    used_at: datetime | None
    made_by: str
    """As the ledger names them."""
    revoked: bool


_ADD = """
insert into api_key (prefix, digest, name, actions, areas, created_by, ends_on) values (%s, %s, %s, %s, %s, %s, %s)
"""

_LIST = """
select prefix, name, actions, areas, ends_on, used_at, created_by, revoked_at is not null from api_key
order by created_at
"""

_REVOKE = """
update api_key set revoked_at = coalesce(revoked_at, clock_timestamp()) where prefix = %s returning areas
"""

_FIND = """
select digest, name, actions, areas, used_at is null or used_at < clock_timestamp() - interval '1 minute'
from api_key where prefix = %s and ends_on >= %s and revoked_at is null
"""


def make_key(
    connection: Connection,
    *,
    name: str,
    actions: Collection[Action],
    areas: Collection[str],
    ends_on: date,
    created_by: str,
) -> str:
    """A new key, whole: it is shown this once. Raises `Refused` naming the field at fault."""
    if not name.strip():
        raise Refused("Give the key a name that says who uses it.", field="name")
    if not actions or not set(actions) <= set(FOR_KEYS):
        raise Refused(f"A key may be let: {', '.join(FOR_KEYS)}.", field="actions")
    if not areas:
        raise Refused(f"Say in which areas the key works; {EVERYWHERE} for all.", field="areas")
    if unknown := sorted(set(areas) - set(places()) - {EVERYWHERE}):
        raise Refused(f"There is no area with the code {unknown[0]}. Write it like E06000066.", field="areas")
    if ends_on < today():
        raise Refused("A key cannot end in the past.", field="ends_on")
    if ends_on > today() + LONGEST:
        raise Refused(f"A key works for at most {LONGEST.days} days. Make another when it ends.", field="ends_on")
    prefix = secrets.token_hex(4)
    key = f"trellis_{prefix}_{secrets.token_urlsafe(32)}"
    row = [prefix, _hash(key), name.strip(), sorted(actions), sorted(areas), created_by, ends_on]
    with connection.transaction():
        check_manages(connection, created_by)
        connection.execute(_ADD, row)
        note(connection, "made key", f"made the key {prefix}", who=created_by, areas=areas)
    return key


def keys(connection: Connection) -> list[Key]:
    """All keys ever made, the oldest first."""
    return [
        Key(
            prefix=str(prefix),
            name=str(name),
            actions=tuple(cast("list[Action]", actions)),
            areas=tuple(cast("list[str]", areas)),
            ends_on=cast("date", ends_on),
            used_at=cast("datetime | None", used_at),
            made_by=str(made_by),
            revoked=bool(revoked),
        )
        for prefix, name, actions, areas, ends_on, used_at, made_by, revoked in connection.execute(_LIST)
    ]


def revoke_key(connection: Connection, prefix: str, *, by: str) -> bool:
    """Let a key open nothing from now on. False if there is none of that prefix."""
    with connection.transaction():
        check_manages(connection, by)
        areas = cast("list[str] | None", value(connection, _REVOKE, [prefix]))
        if areas is not None:
            note(connection, "revoked key", f"revoked the key {prefix}", who=by, areas=areas)
    return areas is not None


def holder_of(connection: Connection, key: str) -> Principal | None:
    """The program a key was made for; None if it opens nothing."""
    prefix = key.removeprefix("trellis_").partition("_")[0]
    row = connection.execute(_FIND, [prefix, today()]).fetchone()
    if row is None or not compare_digest(cast("bytes", row[0]), _hash(key)):
        return None
    if row[4]:
        connection.execute("update api_key set used_at = clock_timestamp() where prefix = %s", [prefix])
    allowed = cast("list[str]", row[2])
    actions: frozenset[Action] = frozenset(action for action in ACTIONS if action in allowed)
    areas = cast("list[str]", row[3])
    return Principal(id=f"key:{prefix}", name=str(row[1]), grants=tuple(Grant(actions, area) for area in areas))


def _hash(key: str) -> bytes:
    return sha256(key.encode()).digest()
