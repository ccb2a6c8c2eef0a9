"""The hash that ties each event of a ledger to all before it.

hash = sha256(previous hash || header || digest || sha256(data)), where the header is the UTF-8 text of the envelope's
fields, each followed by a bar, days and moments as whole numbers (days since 1970-01-01, microseconds since the epoch).
None of the fields can hold a bar. The digest is the command's, on its first event only. The first event of a ledger
follows the empty hash. The SQL function `append` does the same.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

EMPTY = b""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)


def link(
    previous: bytes,
    area: str,
    position: int,
    stream: UUID | str,
    version: int,
    type: str,
    data: bytes,
    occurred_on: date,
    recorded_at: datetime,
    actor: str,
    command: UUID | str,
    cause: str | None,
    digest: bytes | None,
) -> bytes:
    """The hash of one event, 32 bytes. After the previous hash come the columns of the event in their order."""
    header = (
        f"{area}|{position}|{stream}|{version}|{type}|{occurred_on.toordinal() - _EPOCH_DAY}"
        f"|{microseconds(recorded_at)}|{actor}|{command}|{cause or ''}|"
    )
    return sha256(previous + header.encode() + (digest or b"") + sha256(data).digest()).digest()


@lru_cache(maxsize=1024)  # the events of one commit share their moment
def microseconds(moment: datetime) -> int:
    """Whole microseconds from the epoch to an aware `moment`."""
    return (moment - _EPOCH) // _MICROSECOND
