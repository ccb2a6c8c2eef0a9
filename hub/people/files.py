"""The files that an enterprise sent by its links: they lie outside the ledger, sealed under its key."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events.database import Connection
from events.places import place_name
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


class Box(SentFile, frozen=True, kw_only=True):
    """The same with what is in it, sealed."""

    box: bytes


_FILES = "select area, evidence, kind, size, at from evidence_file where subject = %s order by at, area, evidence"

_BOXES = "select area, evidence, kind, size, at, box from evidence_file where subject = %s order by at, area, evidence"


def files_of(connection: Connection, subject: UUID) -> list[SentFile]:
    """What lies there under somebody's key, in the areas that the connection was let in to."""
    return connection.cursor(row_factory=class_row(SentFile)).execute(_FILES, [subject]).fetchall()


def boxes_of(connection: Connection, subject: UUID) -> list[Box]:
    return connection.cursor(row_factory=class_row(Box)).execute(_BOXES, [subject]).fetchall()
