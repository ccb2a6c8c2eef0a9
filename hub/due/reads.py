"""What an enterprise sent and told by its links, closed, and whether reminders reach it: what its page shows of it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events.database import Connection
from events.nudges import FailedBecause
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


class Unreached(Struct, frozen=True, kw_only=True):
    """That the last reminder did not arrive."""

    since: date
    why: FailedBecause

    @property
    def words(self) -> str:
        return _WHY[self.why]


_WHY: Final[Mapping[FailedBecause, str]] = {
    "no address": "The hub knows no address for the way in which it wants to be reminded.",
    "refused": "The mail server of its address refused the reminder.",
    "bounced": "The reminder came back.",
    "complained": "Whoever got the reminder reported it as unwanted.",
    "stopped": "An earlier reminder came back, so the hub sends nothing more to that address.",
    "gave up": "The reminder could not be handed over.",
}

# one that is doubtful may have arrived
_UNREACHED = """
select since, why from (
    select since, why, state from nudge
    where area = %s and recipient = %s and recipient_kind = 'enterprise' and state in ('sent', 'delivered', 'failed')
    order by send_on desc, nudge desc limit 1
) newest where state = 'failed' and why <> 'doubtful'
"""

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


def unreached(connection: Connection, area: str, enterprise: UUID) -> Unreached | None:
    """Whether its last reminder did not arrive. The connection reads the work projection."""
    return connection.cursor(row_factory=class_row(Unreached)).execute(_UNREACHED, [area, enterprise]).fetchone()


def answers_of(connection: Connection, area: str, enterprise: UUID) -> list[Answer]:
    """What it told that nobody saw to yet. The connection reads the work projection."""
    return connection.cursor(row_factory=class_row(Answer)).execute(_ANSWERS, [area, enterprise]).fetchall()
