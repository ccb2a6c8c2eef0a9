"""Who looked at whom, who had whom erased, and who changed what access: for those who answer for an area."""

from datetime import date, datetime, time, timedelta
from typing import Literal, get_args
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events.access import EVERYWHERE
from events.base import LONDON
from events.database import Connection
from events.places import place_name
from hub.access.changes import CHANGES, AccessChange, Change, access_changes, who_changed_access
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

DONE: tuple[Done | Change, ...] = (*get_args(Done), *CHANGES)


FIRST_DAY = date(2000, 1, 1)
"""Nothing was done before it, and days far from ours have no beginning and end that can be told."""


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
    subject: UUID | None
    """A person whose data is sealed, or the account of one whose access changed; None for a program's."""
    done: Done | Change
    why: str

    @property
    def area_name(self) -> str:
        return "The whole network" if self.area == EVERYWHERE else place_name(self.area)


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
    done = connection.cursor(row_factory=class_row(AuditRow)).execute(_ROWS, asked).fetchall()
    changed = access_changes(
        connection,
        area=wanted.area,
        who=wanted.who,
        account=wanted.subject,
        kind=wanted.done,
        starts=starts,
        ends=ends,
        limit=limit,
    )
    rows = [*done, *map(_of_access, changed)]
    return sorted(rows, key=lambda each: each.at, reverse=True)[:limit]


def _of_access(change: AccessChange) -> AuditRow:
    return AuditRow(
        area=change.area,
        at=change.at,
        who=change.who,
        who_name=change.who_name,
        subject=change.account,
        done=change.kind,
        why=change.what,
    )


def people_in_audit(connection: Connection) -> dict[str, str]:
    """Everybody who did something, as the ledger names them: by what people call them."""
    acted = {str(who): str(name) for who, name in connection.execute(_PEOPLE)}
    found = acted | who_changed_access(connection)
    return dict(sorted(found.items(), key=lambda each: each[1]))


def audit_csv(rows: list[AuditRow], *, most: int) -> str:
    """The newest `most` of the rows. If there are more, the last line says so."""
    cut = f"The file was cut: these are the newest {most}. Choose a day to see what was done before."
    end = [("", "", "", "", "", "", "", cut)] if len(rows) > most else []
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
                str(each.subject or ""),
                each.why,
            )
            for each in rows[:most]
        ]
        + end,
    )
