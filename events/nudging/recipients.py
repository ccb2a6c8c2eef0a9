"""Who is reminded: the accounts that hold a role in an area on a day."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import cast
from uuid import UUID

from events.access import EVERYWHERE, NETWORK_ROLES
from events.database import Connection
from events.nudges import RecipientKind

Holders = Mapping[tuple[RecipientKind, str], frozenset[UUID]]
"""Accounts by role and area; those of the whole network under `EVERYWHERE`."""

_HOLDERS = """
select distinct h.role, h.area, h.account
from held_role h join account a on a.id = h.account
where a.closed_at is null and h.starts <= %(today)s and coalesce(h.ends >= %(today)s, true)
"""


def holders(connection: Connection, *, today: date) -> Holders:
    """Whoever holds a role on a day and whose account is open."""
    found: dict[tuple[RecipientKind, str], set[UUID]] = {}
    for role, area, account in connection.execute(_HOLDERS, {"today": today}):
        found.setdefault((cast("RecipientKind", role), str(area)), set()).add(cast("UUID", account))
    return {key: frozenset(accounts) for key, accounts in found.items()}


def accounts_of(found: Holders, kind: RecipientKind, area: str) -> Collection[UUID]:
    """Those who hold a role in an area, in an order that is always the same."""
    return sorted(found.get((kind, EVERYWHERE if kind in NETWORK_ROLES else area), frozenset()))
