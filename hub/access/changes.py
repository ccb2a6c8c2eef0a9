"""What changed about access in an area, for those who answer for it."""

from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events.database import Connection
from hub.access.log import OPERATOR

Change = Literal["gave role", "took role", "made key", "revoked key", "closed account", "invitation", "way in"]

CHANGES: tuple[Change, ...] = get_args(Change)


class AccessChange(Struct, frozen=True, kw_only=True):
    area: str
    """`*` where it holds for the whole network, and so in every area."""
    at: datetime
    who: str
    """As the ledger names them."""
    who_name: str
    account: UUID | None
    """Whose access changed; none for a key."""
    kind: Change
    what: str


# The log is no table of areas, so the condition that row-level security sets elsewhere stands here.
_CHANGES = """
select area, l.at, l.who,
       coalesce(by.name, case l.who when 'local' then %(operator)s else l.who end) as who_name, l.account, l.kind,
       upper(left(l.what, 1)) || substr(l.what, 2) || coalesce(': ' || a.name, '') as what
from access_log l cross join unnest(l.areas) as area
left join account a on a.id = l.account
left join account by on 'account:' || by.id = l.who
where (current_setting('trellis.areas', true) = '*' or area = '*'
       or area = any (string_to_array(current_setting('trellis.areas', true), ',')))
  and l.kind = any (%(kinds)s)
  and (%(area)s::text is null or area = %(area)s)
  and (%(who)s::text is null or l.who = %(who)s)
  and (%(account)s::uuid is null or l.account = %(account)s)
  and (%(starts)s::timestamptz is null or l.at >= %(starts)s and l.at < %(ends)s)
order by l.at desc, area limit %(limit)s
"""

_WHO = """
select distinct l.who, coalesce(by.name, case l.who when 'local' then %(operator)s else l.who end)
from access_log l cross join unnest(l.areas) as area
left join account by on 'account:' || by.id = l.who
where (current_setting('trellis.areas', true) = '*' or area = '*'
       or area = any (string_to_array(current_setting('trellis.areas', true), ',')))
  and l.kind = any (%(kinds)s)
order by 2, 1
"""


def access_changes(
    connection: Connection,
    *,
    area: str | None = None,
    who: str | None = None,
    account: UUID | None = None,
    kind: str | None = None,
    starts: datetime | None = None,
    ends: datetime | None = None,
    limit: int,
) -> list[AccessChange]:
    """The newest first, of the areas that the connection was let in to; None lists all."""
    asked = {
        "area": area,
        "who": who,
        "account": account,
        "kinds": [each for each in CHANGES if kind in (None, each)],
        "starts": starts,
        "ends": ends,
        "operator": OPERATOR,
        "limit": limit,
    }
    return connection.cursor(row_factory=class_row(AccessChange)).execute(_CHANGES, asked).fetchall()


def who_changed_access(connection: Connection) -> dict[str, str]:
    """Everybody who changed access there, as the ledger names them: by what people call them."""
    asked = {"kinds": list(CHANGES), "operator": OPERATOR}
    return {str(who): str(name) for who, name in connection.execute(_WHO, asked)}
