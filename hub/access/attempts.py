"""What was asked of somebody about to sign in: kept for minutes, answered once, by the browser that was asked."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final, TypeVar, cast
from uuid import UUID

import msgspec
from litestar.datastructures import Cookie
from msgspec import Struct

from events.base import TrellisError
from events.database import Connection, value

COOKIE: Final = "__Host-trellis-attempt"
LASTS: Final = timedelta(minutes=10)


class NotSignedIn(TrellisError):
    """Somebody was not let in. The sentence is for them; `reason` is for the log and holds nothing of theirs.

    `account` is the one they tried to sign in to, where that is known.
    """

    def __init__(self, sentence: str, *, reason: str, account: UUID | None = None) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.account = account


class WithProvider(Struct, frozen=True, kw_only=True, tag="provider"):
    """Somebody was sent to the identity provider."""

    state: str
    nonce: str
    verifier: str
    """Of PKCE (RFC 7636): who fetches the token is who asked for it."""
    to: str
    again: bool = False
    """Whether they were signed in, and are to show once more that it is them."""
    invitation: bytes | None = None
    """Digest of the invitation that they are accepting."""


class WithPasskey(Struct, frozen=True, kw_only=True, tag="passkey"):
    """Somebody was asked to sign in with a passkey."""

    challenge: bytes
    to: str


class NewPasskey(Struct, frozen=True, kw_only=True, tag="new passkey"):
    """Somebody who is signed in was asked to make a passkey."""

    challenge: bytes
    account: UUID


Attempt = WithProvider | WithPasskey | NewPasskey
T = TypeVar("T", WithProvider, WithPasskey, NewPasskey)

_BEGIN = "insert into sign_in_attempt (token, data, ends_at) values (%s, %s, clock_timestamp() + %s)"
_FINISH = "delete from sign_in_attempt where token = %s and ends_at > clock_timestamp() returning data"
_SWEEP = "delete from sign_in_attempt where ends_at <= clock_timestamp()"


def begin(connection: Connection, attempt: Attempt) -> Cookie:
    """Keep what was asked, and give the cookie of the browser that may answer."""
    token = secrets.token_urlsafe(32)
    connection.execute(_SWEEP)
    connection.execute(_BEGIN, [_hash(token), msgspec.json.encode(attempt), LASTS])
    seconds = int(LASTS.total_seconds())
    return Cookie(key=COOKIE, value=token, path="/", max_age=seconds, secure=True, httponly=True, samesite="lax")


def finish(connection: Connection, token: str | None, kind: type[T]) -> T:
    """Take out what was asked; call it outside any transaction, so that a wrong answer uses it up as well.

    Raises `NotSignedIn` if nothing of this kind was asked of this browser lately, or it was answered before.
    """
    found = value(connection, _FINISH, [_hash(token)]) if token else None
    attempt: Any = msgspec.json.decode(cast("bytes", found), type=Attempt) if found else None
    if not isinstance(attempt, kind):
        raise NotSignedIn("That took too long, or was done already. Start again.", reason="no such attempt")
    return attempt


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
