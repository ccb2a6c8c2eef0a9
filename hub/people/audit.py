"""Who looked at whom, and who had whom erased: for those who answer for an area."""

from datetime import date, datetime, time, timedelta
from typing import Literal, get_args
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events.base import LONDON
from events.database import Connection
from events.places import place_name
from hub.spreadsheet import csv_text

Done = Literal[
    "looked",
    "broke glass",
    "exported",
    "asked for erasure",
    "approved erasure",
    "declined erasure",
    "erased",
    "placed hold",
    "lifted hold",
]

DONE: tuple[Done, ...] = get_args(Done)


class Filter(Struct, frozen=True, kw_only=True):
    """What to list; None lists all of it."""

    area: str | None = None
    who: str | None = None
    subject: UUID | None = None
    day: date | None = None
    """In Europe/London."""
    done: str | None = None


class AuditRow(Struct, frozen=True, kw_only=True):
    area: str
    at: datetime
    who: str
    """As the ledger names them."""
    who_name: str
    subject: UUID
    done: Done
    why: str

    @property
    def area_name(self) -> str:
        return place_name(self.area)


_ROWS = """
with done as (
    select area, at, who, who_name, subject,
           case when exported then 'exported' when broken_glass then 'broke glass' else 'looked' end as done, why
    from look
    union all
    select area, asked_at, asked_by, asked_name, subject, 'asked for erasure', basis from erasure
    union all
    select area, decided_at, decided_by, decided_name, subject,
           case when approved then 'approved erasure' else 'declined erasure' end, basis
    from erasure where approved is not null
    union all
    select area, done_at, 'hub:erasure', 'The hub', subject, 'erased', basis from erasure where done_at is not null
    union all
    select area, placed_at, placed_by, placed_name, subject, 'placed hold', kind from erasure_hold
    union all
    select area, lifted_at, lifted_by, lifted_name, subject, 'lifted hold', kind
    from erasure_hold where lifted_at is not null
)
select area, at, who, who_name, subject, done, why from done
where (%(area)s::text is null or area = %(area)s)
  and (%(who)s::text is null or who = %(who)s)
  and (%(subject)s::uuid is null or subject = %(subject)s)
  and (%(done)s::text is null or done = %(done)s)
  and (%(starts)s::timestamptz is null or at >= %(starts)s and at < %(ends)s)
order by at desc, area, subject limit %(limit)s
"""

_PEOPLE = """
select who, max(who_name) from (
    select who, who_name from look
    union all select asked_by, asked_name from erasure
    union all select decided_by, decided_name from erasure where approved is not null
    union all select placed_by, placed_name from erasure_hold
    union all select lifted_by, lifted_name from erasure_hold where lifted_at is not null
) acted(who, who_name) group by who order by 2, 1
"""


def audit_rows(connection: Connection, wanted: Filter, *, limit: int) -> list[AuditRow]:
    """The newest first, of the areas that the connection was let in to."""
    starts = datetime.combine(wanted.day, time(), tzinfo=LONDON) if wanted.day else None
    ends = datetime.combine(wanted.day + timedelta(1), time(), tzinfo=LONDON) if wanted.day else None
    asked = {
        "area": wanted.area,
        "who": wanted.who,
        "subject": wanted.subject,
        "done": wanted.done,
        "starts": starts,
        "ends": ends,
        "limit": limit,
    }
    return connection.cursor(row_factory=class_row(AuditRow)).execute(_ROWS, asked).fetchall()


def people_in_audit(connection: Connection) -> dict[str, str]:
    """Everybody who did something, as the ledger names them: by what people call them."""
    return {str(who): str(name) for who, name in connection.execute(_PEOPLE)}


def audit_csv(rows: list[AuditRow]) -> str:
    return csv_text(
        ["at", "area", "area_name", "who", "who_name", "action", "person", "why"],
        [
            (
                each.at.isoformat(),
                each.area,
                each.area_name,
                each.who,
                each.who_name,
                each.done,
                str(each.subject),
                each.why,
            )
            for each in rows
        ],
    )
