"""The hash that ties each event of a ledger to all before it.

hash = sha256(previous hash || header || sha256(data)), where the header is the UTF-8 text of the envelope's fields
joined by bars, days and moments as whole numbers (days since 1970-01-01, microseconds since the epoch). None of the
fields can hold a bar. The first event of a ledger follows the empty hash. The SQL function `append` does the same.
"""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

EMPTY = b""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)


def link(
    previous: bytes,
    *,
    area: str,
    position: int,
    stream: UUID | str,
    version: int,
    type: str,
    occurred_on: date,
    recorded_at: datetime,
    actor: str,
    command: UUID | str,
    cause: str | None,
    data: bytes,
) -> bytes:
    """The hash of one event, 32 bytes."""
    header = (
        f"{area}|{position}|{stream}|{version}|{type}|{occurred_on.toordinal() - _EPOCH_DAY}"
        f"|{microseconds(recorded_at)}|{actor}|{command}|{cause or ''}"
    )
    return sha256(b"%b%b%b" % (previous, header.encode(), sha256(data).digest())).digest()


def microseconds(moment: datetime) -> int:
    """Whole microseconds from the epoch to an aware `moment`."""
    return (moment - _EPOCH) // _MICROSECOND
