"""Signed heads: what the last event of every ledger was, signed and written outside the database.

The chain shows an edit to anybody who recomputes it. It cannot show that its tail was cut off, or that everything was
rewritten with fresh hashes; a head kept elsewhere does. Each line of `heads.jsonl` is one `Seal`, or a `Handover` from
one signing key to the next.
"""

import base64
import fcntl
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Struct

from events.base import CannotStart, TrellisError, now
from events.database import Connection


class Head(Struct, frozen=True, array_like=True):
    area: str
    position: int
    hash: bytes


class Seal(Struct, frozen=True, kw_only=True):
    """The heads that moved since the seal before, at a moment in UTC."""

    at: datetime
    heads: list[Head]
    previous: bytes
    """Signature of the seal before, empty for the first: a seal taken out of the file leaves a gap."""
    signer: bytes
    """The Ed25519 public key."""
    signature: bytes = b""


class Handover(Struct, frozen=True, kw_only=True):
    """From here on another key signs. Both sign this, so nobody with one of them alone can put a file before it."""

    at: datetime
    previous: bytes
    """As in `Seal`."""
    signer: bytes
    """The public key that signed so far."""
    next: bytes
    """The public key that signs from now on."""
    signature: bytes = b""
    """By the key that signed so far."""
    accepted: bytes = b""
    """By the key that signs from now on, over the signature too."""


class SealBroken(TrellisError):
    """The file of signed heads was changed, or was signed by somebody else."""


def signing_key(secret: str) -> Ed25519PrivateKey:
    """The key that `HUB_SIGNING_KEY` holds in base64. Raises `CannotStart` for anything else."""
    try:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret, validate=True))
    except ValueError as error:
        raise CannotStart(
            "HUB_SIGNING_KEY must be 32 random bytes in base64. Make one with: head -c 32 /dev/urandom | base64"
        ) from error


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


_HEADS = """
select l.area, last.position, last.hash
from ledger l
cross join lateral (select position, hash from event e where e.area = l.area order by position desc limit 1) last
order by l.area
"""


class Sealer:
    """Signs the heads that moved since the last seal and adds them to the file.

    It remembers the file as it left it, and reads it all again only when somebody else wrote to it.
    """

    def __init__(self, folder: Path, key: Ed25519PrivateKey) -> None:
        self._folder = folder
        self._key = key
        self._size = -1
        self._positions: dict[str, int] = {}
        self._previous = b""

    def seal(self, connection: Connection) -> int:
        """Returns how many heads had moved. Raises `SealBroken` rather than go on from a file that was changed."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with _file(self._folder).open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # ask for the end only now: somebody may have signed while we waited for the lock
            if file.seek(0, os.SEEK_END) != self._size:
                self._read()
                file.truncate(self._size)
            moved = [
                Head(str(area), int(str(position)), cast("bytes", hash))
                for area, position, hash in connection.execute(_HEADS)
                if self._positions.get(str(area)) != position
            ]
            if moved:
                unsigned = Seal(at=now(), heads=moved, previous=self._previous, signer=public_bytes(self._key))
                signed = msgspec.structs.replace(unsigned, signature=self._key.sign(msgspec.json.encode(unsigned)))
                file.write(msgspec.json.encode(signed) + b"\n")
                file.flush()
                os.fsync(file.fileno())
                self._size = file.tell()
                self._follow(signed)
            return len(moved)

    def hand_over_from(self, before: Ed25519PrivateKey) -> bool:
        """Let this key sign after the one `before`. False if it is the one that signs already.

        Raises `SealBroken` if the file was changed, or was signed by neither.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with _file(self._folder).open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if file.seek(0, os.SEEK_END) and _last_signer(self._folder) == public_bytes(self._key):
                return False
            old = Sealer(self._folder, before)
            old._read()
            file.truncate(old._size)
            handover = Handover(
                at=now(), previous=old._previous, signer=public_bytes(before), next=public_bytes(self._key)
            )
            handover = msgspec.structs.replace(handover, signature=before.sign(msgspec.json.encode(handover)))
            handover = msgspec.structs.replace(handover, accepted=self._key.sign(msgspec.json.encode(handover)))
            file.write(msgspec.json.encode(handover) + b"\n")
            file.flush()
            os.fsync(file.fileno())
            return True

    def _read(self) -> None:
        self._positions, self._previous = {}, b""
        for each in _read_lines(self._folder, signer=public_bytes(self._key)):
            self._follow(each)
        # a line without its end is a seal whose writing was cut short: it goes
        self._size = _file(self._folder).read_bytes().rfind(b"\n") + 1

    def _follow(self, each: Seal | Handover) -> None:
        if isinstance(each, Seal):
            self._positions.update({head.area: head.position for head in each.heads})
        self._previous = _last_signature(each)


def read_seals(folder: Path, *, signer: bytes) -> Iterator[Seal]:
    """The seals so far, each checked, by the key of `signer` and those that handed over to it.

    Raises `SealBroken` at the first that does not hold. A last line without its end is a seal whose writing was cut
    short, and is passed over.
    """
    return (each for each in _read_lines(folder, signer=signer) if isinstance(each, Seal))


def _read_lines(folder: Path, *, signer: bytes) -> Iterator[Seal | Handover]:
    try:
        lines = _file(folder).read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return
    last, signer = signer, _first_signer(lines, signer)
    previous = b""
    for number, line in enumerate(lines, start=1):
        broken = f"Line {number} of {_file(folder)} is not a head this hub signed, or the line before it is gone."
        try:
            each = _read_line(line)
            _check(each, signer)
        except (msgspec.DecodeError, InvalidSignature, ValueError) as error:
            raise SealBroken(broken) from error
        if each.previous != previous:
            raise SealBroken(broken)
        previous = _last_signature(each)
        if isinstance(each, Handover):
            signer = each.next
        yield each
    if signer != last:
        raise SealBroken(f"Another key than HUB_SIGNING_KEY signs {_file(folder)} by now. Set it to that one.")


def _read_line(line: bytes) -> Seal | Handover:
    if b'"next":' in line:
        return msgspec.json.decode(line, type=Handover)
    return msgspec.json.decode(line, type=Seal)


def _check(each: Seal | Handover, signer: bytes) -> None:
    """Raises `InvalidSignature`, or `ValueError` for what is no key."""
    key = Ed25519PublicKey.from_public_bytes(signer)
    if isinstance(each, Seal):
        key.verify(each.signature, msgspec.json.encode(msgspec.structs.replace(each, signature=b"")))
        return
    unaccepted = msgspec.structs.replace(each, accepted=b"")
    key.verify(each.signature, msgspec.json.encode(msgspec.structs.replace(unaccepted, signature=b"")))
    Ed25519PublicKey.from_public_bytes(each.next).verify(each.accepted, msgspec.json.encode(unaccepted))


def _first_signer(lines: Sequence[bytes], last: bytes) -> bytes:
    """Who must have signed the first line for the key `last` to be the one that signs now."""
    for line in reversed(lines):
        try:
            each = _read_line(line)
        except msgspec.DecodeError:
            continue  # told of with its number, by whoever checks each line
        if isinstance(each, Handover) and each.next == last:
            last = each.signer
    return last


def _last_signer(folder: Path) -> bytes:
    """Who says that they signed the last whole line."""
    lines = _file(folder).read_bytes().split(b"\n")[:-1]
    try:
        each = _read_line(lines[-1])
    except (IndexError, msgspec.DecodeError):
        return b""
    return each.next if isinstance(each, Handover) else each.signer


def _last_signature(each: Seal | Handover) -> bytes:
    return each.accepted if isinstance(each, Handover) else each.signature


def _file(folder: Path) -> Path:
    return folder / "heads.jsonl"
