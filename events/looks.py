"""That somebody looked at what is sealed for a person. It is on record before anything opens."""

from collections.abc import Collection
from uuid import UUID

from events.database import Connection

_RECORD = """
insert into look (area, id, who, who_name, subject, why, exported, broken_glass) values (%s, %s, %s, %s, %s, %s, %s, %s)
"""

_RECORD_MANY = """
insert into look (area, id, who, who_name, subject, why)
select %s, gen_random_uuid(), %s, %s, subject, %s from unnest(%s::uuid[]) subject
"""


def record_look(
    connection: Connection,
    area: str,
    look: UUID,
    *,
    who: str,
    who_name: str,
    subject: UUID,
    why: str,
    exported: bool = False,
    broken_glass: bool = False,
) -> None:
    """Record it. Only what is committed is on record: open nothing before."""
    connection.execute(_RECORD, [area, look, who, who_name, subject, why, exported, broken_glass])


def record_looks(
    connection: Connection, area: str, *, who: str, who_name: str, subjects: Collection[UUID], why: str
) -> None:
    """The same of many people in one area, a look each."""
    connection.execute(_RECORD_MANY, [area, who, who_name, why, list(subjects)])
