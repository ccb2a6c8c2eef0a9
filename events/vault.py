"""A key for each person, kept apart from the ledger: seal, open, shred.

What identifies a person is encrypted under a key of their own before it reaches the ledger. Destroying the key makes
every copy of it unreadable, in backups of the ledger too. Keys are stored wrapped under the hub's master key.
"""

import base64
import os
from binascii import Error as NotBase64
from collections.abc import Callable, Collection
from datetime import datetime
from hashlib import blake2b, sha256
from typing import TypeVar, cast
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.base import CannotStart, Sealed, TrellisError
from events.database import Connection

T = TypeVar("T")

_VERSION = b"\x01"
_NONCE = 12
_FINGERPRINT = 4
_HUB = UUID(int=0)
"""The subject under which the hub keeps a key of its own, for the digests of commands."""


class Erased(TrellisError):
    """The person was erased: what was sealed for them can never be read again."""


class VaultDamaged(TrellisError):
    """A sealed value or a key does not fit: another master key, or bytes that were changed."""


def seal(value: object, *, subject: UUID, key: bytes) -> Sealed[T]:
    """Encrypt `value` as JSON under the subject's key. The box opens for this subject only."""
    nonce = os.urandom(_NONCE)
    ciphertext = AESGCM(key).encrypt(nonce, msgspec.json.encode(value), _VERSION + subject.bytes)
    return Sealed(subject=subject, box=_VERSION + nonce + ciphertext)


def unseal(sealed: Sealed[T], *, key: bytes, type: type[T]) -> T:
    """What was sealed. Raises `VaultDamaged` if the key is not the one it was sealed under."""
    version, nonce, ciphertext = sealed.box[:1], sealed.box[1 : 1 + _NONCE], sealed.box[1 + _NONCE :]
    if version != _VERSION:
        raise VaultDamaged("A sealed value has a format this version of Trellis does not know.")
    try:
        plain = AESGCM(key).decrypt(nonce, ciphertext, version + sealed.subject.bytes)
    except (InvalidTag, ValueError) as error:  # ValueError: cut short
        raise VaultDamaged("A sealed value does not open with the key kept for its person.") from error
    return msgspec.json.decode(plain, type=type)


def master_key(secret: str) -> bytes:
    """The 32 bytes that `HUB_VAULT_KEY` holds in base64. Raises `CannotStart` for anything else."""
    try:
        key = base64.b64decode(secret, validate=True)
    except (NotBase64, ValueError):
        key = b""
    if len(key) != 32:
        raise CannotStart(
            "HUB_VAULT_KEY must be 32 random bytes in base64. Make one with: head -c 32 /dev/urandom | base64"
        )
    return key


class Master:
    """The key that people's keys are wrapped under. It comes from a setting, and so from wherever that is kept."""

    def __init__(self, secret: str) -> None:
        self._cipher = AESGCM(master_key(secret))
        self.fingerprint = sha256(master_key(secret)).digest()[:_FINGERPRINT]
        """Four bytes by which a wrapped key tells which master it needs."""

    def wrap(self, subject: UUID, key: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, key, subject.bytes)

    def unwrap(self, subject: UUID, wrapped: bytes) -> bytes:
        """Raises `VaultDamaged` for bytes that it did not wrap for this subject."""
        try:
            return self._cipher.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], subject.bytes)
        except (InvalidTag, ValueError) as error:  # ValueError: cut short
            raise VaultDamaged("A key in the vault was changed and cannot be used.") from error


class Vault:
    """The keys. A connection to the vault's database is lent for each call; no key is kept in memory after it."""

    def __init__(self, secret: str, *, before: str = "") -> None:
        """Wrap under the master key `secret`; open what is wrapped under it or under the one `before`."""
        self._master = Master(secret)
        accepted = [self._master, *([Master(before)] if before else [])]
        self._accepted = {master.fingerprint: master for master in accepted}

    def keys(self, connection: Connection, subjects: Collection[UUID]) -> dict[UUID, bytes]:
        """The key of each subject, made and committed now where there is none yet.

        Raises `Erased` if one of them was destroyed.
        """
        fresh = [(subject, self._wrap(subject, os.urandom(32))) for subject in subjects]
        connection.execute(
            "insert into subject_key (subject, wrapped) select * from unnest(%b::uuid[], %b::bytea[])"
            " on conflict (subject) do nothing",
            [[subject for subject, _ in fresh], [wrapped for _, wrapped in fresh]],
        )
        return self.existing_keys(connection, subjects)

    def existing_keys(self, connection: Connection, subjects: Collection[UUID]) -> dict[UUID, bytes]:
        """The key of each subject that has one. Raises `Erased` if one of them was destroyed."""
        rows = connection.execute(
            "select subject, wrapped from subject_key where subject = any (%b)", [list(subjects)], binary=True
        ).fetchall()
        keys: dict[UUID, bytes] = {}
        for subject, wrapped in rows:
            if not isinstance(subject, UUID) or not isinstance(wrapped, bytes):
                raise Erased("This person's data was erased on request and cannot be read or added to.")
            keys[subject] = self._unwrap(subject, wrapped)
        return keys

    def digest_key(self, connection: Connection) -> bytes:
        """The hub's own key for `command_digest`."""
        return self.keys(connection, [_HUB])[_HUB]

    def rewrap(self, connection: Connection, *, progress: Callable[[int], None]) -> int:
        """Wrap all keys under the master key that are wrapped under the one before; returns how many those were.

        Others may use the vault meanwhile. Stopped half way, it goes on where it was. Raises `VaultDamaged` at a key
        that is wrapped under neither.
        """
        done = 0
        while True:
            with connection.transaction():
                rows = connection.execute(_UNDER_ANOTHER, [_FINGERPRINT, self._master.fingerprint]).fetchall()
                keys = [(cast("UUID", subject), cast("bytes", wrapped)) for subject, wrapped in rows]
                connection.execute(
                    "update subject_key k set wrapped = n.wrapped"
                    " from unnest(%b::uuid[], %b::bytea[]) n (subject, wrapped) where k.subject = n.subject",
                    [
                        [subject for subject, _ in keys],
                        [self._wrap(subject, self._unwrap(subject, wrapped)) for subject, wrapped in keys],
                    ],
                )
            if not rows:
                return done
            done += len(rows)
            progress(len(rows))

    def _wrap(self, subject: UUID, key: bytes) -> bytes:
        return self._master.fingerprint + self._master.wrap(subject, key)

    def _unwrap(self, subject: UUID, wrapped: bytes) -> bytes:
        master = self._accepted.get(wrapped[:_FINGERPRINT])
        if master is None:
            raise VaultDamaged("The vault's keys were wrapped under another master key. Set HUB_VAULT_KEY to that one.")
        return master.unwrap(subject, wrapped[_FINGERPRINT:])


# locked, so that a key destroyed meanwhile stays destroyed
_UNDER_ANOTHER = """
select subject, wrapped from subject_key
where wrapped is not null and substr(wrapped, 1, %s) <> %s
order by subject limit 1000
for update
"""


def destroyed(connection: Connection, subjects: Collection[UUID]) -> dict[UUID, datetime]:
    """When the key of each of these was destroyed; those whose key was not are left out."""
    rows = connection.execute(
        "select subject, destroyed_at from subject_key where subject = any (%s) and destroyed_at is not null",
        [list(subjects)],
    )
    return {cast("UUID", subject): cast("datetime", at) for subject, at in rows}


def destroy_keys(connection: Connection, subjects: Collection[UUID]) -> int:
    """Shred these keys, and let none be made for a subject that has none. Returns how many there were to destroy."""
    rows = connection.execute(
        "insert into subject_key as k (subject, wrapped, destroyed_at)"
        " select subject, null, clock_timestamp() from unnest(%s::uuid[]) subject"
        " on conflict (subject) do update set wrapped = null, destroyed_at = clock_timestamp()"
        " where k.destroyed_at is null",
        [list(subjects)],
    )
    return rows.rowcount


def command_digest(key: bytes, request: bytes) -> bytes:
    """Tells two requests apart without letting anybody who reads the database guess at what they said.

    32 bytes of keyed BLAKE2b (RFC 7693), which Python computes without letting go of its lock: with an HMAC, which lets
    go, many writers kept each other waiting and appended 5% less.
    """
    return blake2b(request, key=key, digest_size=32).digest()
