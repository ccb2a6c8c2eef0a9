"""The files that an enterprise sent by its links: they lie outside the ledger, sealed under its key."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events.access import Principal
from events.base import Sealed
from events.database import Connection
from events.places import place_name
from events.vault import unseal
from hub.db import Hub
from hub.due.reads import ENDINGS


class SentFile(Struct, frozen=True, kw_only=True):
    """One of them, closed."""

    area: str
    evidence: UUID
    kind: str
    size: int
    at: datetime

    @property
    def area_name(self) -> str:
        return place_name(self.area)

    @property
    def name(self) -> str:
        return f"evidence-{self.evidence}.{ENDINGS[self.kind]}"


class _Box(SentFile, frozen=True, kw_only=True):
    box: bytes


_FILES = "select area, evidence, kind, size, at from evidence_file where subject = %s order by at, area, evidence"

_BOXES = "select area, evidence, kind, size, at, box from evidence_file where subject = %s order by at, area, evidence"


def files_of(connection: Connection, subject: UUID) -> list[SentFile]:
    """What lies there under somebody's key, in the areas that the connection was let in to."""
    return connection.cursor(row_factory=class_row(SentFile)).execute(_FILES, [subject]).fetchall()


def open_files(hub: Hub, who: Principal, subject: UUID) -> list[tuple[SentFile, bytes]]:
    """The same, opened: only for whoever has a look at all of it on record already, in each area that holds some.

    Raises `Erased`.
    """
    with hub.acting(who, "read people") as connection:
        boxes = connection.cursor(row_factory=class_row(_Box)).execute(_BOXES, [subject]).fetchall()
    key = hub.key_of(subject) if boxes else None
    if key is None:
        return []
    return [(each, unseal(Sealed[bytes](subject, each.box), key=key, type=bytes)) for each in boxes]
