"""What an enterprise sent and told by its links, closed: what its page shows of it."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events.database import Connection
from hub.due.upload import JPEG, PDF, PNG

ENDINGS: Final = {PDF: "pdf", JPEG: "jpg", PNG: "png"}

MOST_SHOWN: Final = 20


class File(Struct, frozen=True, kw_only=True):
    evidence: UUID
    kind: str
    size: int
    at: datetime

    @property
    def words(self) -> str:
        return f"{ENDINGS[self.kind].upper()}, {max(1, round(self.size / 1024))} KB"


class Answer(Struct, frozen=True, kw_only=True):
    answer: UUID
    says: str
    told_on: date


_FILES = """
select evidence, kind, size, at from evidence_file where area = %s and enterprise = %s order by at desc limit %s
"""

_ANSWERS = """
select answer, says, told_on from told_by_link
where area = %s and enterprise = %s and seen_on is null order by told_on
"""


def files_of(connection: Connection, area: str, enterprise: UUID) -> list[File]:
    """What an enterprise sent, closed, the newest first."""
    return connection.cursor(row_factory=class_row(File)).execute(_FILES, [area, enterprise, MOST_SHOWN]).fetchall()


def answers_of(connection: Connection, area: str, enterprise: UUID) -> list[Answer]:
    """What it told that nobody saw to yet. The connection reads the work projection."""
    return connection.cursor(row_factory=class_row(Answer)).execute(_ANSWERS, [area, enterprise]).fetchall()
