"""Recovery codes: ten codes on paper for the day when a passkey is lost. Each works once."""

import secrets
from hashlib import scrypt
from typing import Final, cast
from uuid import UUID

from events.database import Connection, value
from hub.access.accounts import account_by_email
from hub.access.attempts import NotSignedIn
from hub.access.log import note

HOW_MANY: Final = 10
_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that are read for one another on paper."""

_ADD = "insert into recovery_code (account, digest, salt) values (%s, %s, %s)"
_SALT = "select salt from recovery_code where account = %s limit 1"
_LEFT = "select count(*) from recovery_code where account = %s and used_at is null"
_USE = """
update recovery_code set used_at = clock_timestamp() where account = %s and digest = %s and used_at is null
returning account
"""


def make_codes(connection: Connection, account: UUID) -> list[str]:
    """New codes, shown this once; those made before work no more."""
    codes = ["-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3)) for _ in range(HOW_MANY)]
    salt = secrets.token_bytes(16)
    rows = [[account, _hash(code, salt), salt] for code in codes]
    with connection.transaction():
        connection.execute("delete from recovery_code where account = %s", [account])
        connection.cursor().executemany(_ADD, rows)
        note(connection, "way in", "made recovery codes", who=f"account:{account}", account=account)
    return codes


def codes_left(connection: Connection, account: UUID) -> int:
    return int(str(value(connection, _LEFT, [account])))


def use_code(connection: Connection, *, email: str, code: str) -> UUID:
    """The account whose code this is; the code works no more. Raises `NotSignedIn`, the same for whatever is wrong."""
    account = account_by_email(connection, email)
    salt = value(connection, _SALT, [account.id]) if account else None
    # reckoned in any case, so that time does not tell whether there is such an account
    digest = _hash(code, cast("bytes", salt) if salt else b"nobody's")
    if account is None or salt is None or value(connection, _USE, [account.id, digest]) is None:
        raise NotSignedIn(
            "This address and code do not belong together, or the code was used already. Check both.",
            reason="recovery code",
            account=account.id if account else None,
        )
    return account.id


def _hash(code: str, salt: bytes) -> bytes:
    plain = "".join(each for each in code.lower() if each in _LETTERS)
    return scrypt(plain.encode(), salt=salt, n=2**14, r=8, p=1)
