"""Passkeys (WebAuthn level 2): a key pair that somebody's device keeps and opens for them alone.

The device must check who uses it, by finger, face or PIN. Its counter must go up, where it has one: a counter that went
back says that there is a copy, and that passkey is stopped.
"""

from datetime import datetime
from typing import Final, cast
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import webauthn
from cryptography.exceptions import UnsupportedAlgorithm
from msgspec import Struct
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from events.base import NotFound, Refused
from events.database import Connection, value
from hub.access.accounts import Account
from hub.access.attempts import NewPasskey, NotSignedIn, WithPasskey
from hub.access.log import note
from hub.access.provider import has_identity
from hub.access.recovery import codes_left

_MISFITS: Final = (WebAuthnException, UnsupportedAlgorithm, ValueError, TypeError, LookupError, AttributeError)
"""What the library raises for an answer that is not what was asked for, or is none at all."""

_FAILED = "This passkey did not let you in. Try again, or sign in another way."
_COPIED = (
    "This passkey was stopped: its counter went back, which happens when somebody has a copy of it. Sign in another "
    "way, remove it and make a new one."
)


class Passkey(Struct, frozen=True, kw_only=True):
    id: str
    """In hex."""
    name: str
    made_at: datetime
    used_at: datetime | None
    stopped_at: datetime | None


_ADD = """
insert into passkey (id, account, public_key, sign_count, name) values (%s, %s, %s, %s, %s)
on conflict (id) do nothing returning id
"""

_LIST = "select id, name, made_at, used_at, stopped_at from passkey where account = %s order by made_at"

_FIND = """
select p.account, p.public_key, p.stopped_at is not null from passkey p
join account a on a.id = p.account and a.closed_at is null where p.id = %s
"""

# A device without a counter says 0 each time. Two answers with the same count cannot both get past this.
_COUNT = """
update passkey set sign_count = %(count)s, used_at = clock_timestamp()
where id = %(id)s and stopped_at is null and (sign_count < %(count)s or (sign_count = 0 and %(count)s = 0))
returning id
"""

_STOP = "update passkey set stopped_at = clock_timestamp() where id = %s and stopped_at is null"

_RENAME = "update passkey set name = %s where id = %s and account = %s"

_REMOVE = "delete from passkey where id = %s and account = %s"

_WORKING = "select count(*) from passkey where account = %s and id <> %s and stopped_at is null"


def host_of(origin: str) -> str:
    """The name a passkey is made for."""
    return urlsplit(origin).hostname or ""


def to_register(connection: Connection, account: Account, *, origin: str) -> tuple[str, NewPasskey]:
    """What to ask a browser for, as JSON, so that it makes a passkey; and what to keep until it answers."""
    options = webauthn.generate_registration_options(
        rp_id=host_of(origin),
        rp_name="Trellis",
        user_id=account.id.bytes,
        user_name=account.email,
        user_display_name=account.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=bytes.fromhex(each.id)) for each in passkeys_of(connection, account.id)
        ],
    )
    return webauthn.options_to_json(options), NewPasskey(challenge=options.challenge, account=account.id)


def register(connection: Connection, asked: NewPasskey, answer: str, *, origin: str, name: str) -> None:
    """Keep the passkey that a browser made. Raises `Refused` if that is not what it was asked for."""
    name = name.strip()
    if not name or len(name) > 60 or not name.isprintable():
        raise Refused("Give the passkey a name that says where it is, in at most 60 characters.", field="name")
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=asked.challenge,
            expected_rp_id=host_of(origin),
            expected_origin=origin,
            require_user_verification=True,
        )
    except _MISFITS as error:
        raise Refused("This passkey could not be kept. Try again, or use another device.") from error
    row = [made.credential_id, asked.account, made.credential_public_key, made.sign_count, name]
    with connection.transaction():
        if value(connection, _ADD, row) is None:
            raise Refused("This passkey is kept here already.")
        note(connection, "way in", "added a passkey", who=f"account:{asked.account}", account=asked.account)


def to_sign_in(*, origin: str, to: str) -> tuple[str, WithPasskey]:
    """What to ask a browser for, as JSON, so that somebody signs in; and what to keep until it answers."""
    options = webauthn.generate_authentication_options(
        rp_id=host_of(origin), user_verification=UserVerificationRequirement.REQUIRED
    )
    return webauthn.options_to_json(options), WithPasskey(challenge=options.challenge, to=to)


def account_with(connection: Connection, asked: WithPasskey, answer: str, *, origin: str) -> UUID:
    """The account that a passkey opens; call it outside any transaction. Raises `NotSignedIn`."""
    try:
        id = base64url_to_bytes(str(msgspec.json.decode(answer, type=dict[str, object])["id"]))
        row = connection.execute(_FIND, [id]).fetchone()
    except (*_MISFITS, msgspec.DecodeError) as error:
        raise NotSignedIn(_FAILED, reason="passkey: no answer") from error
    if row is None:
        raise NotSignedIn(_FAILED, reason="passkey: unknown")
    account, stopped = cast("UUID", row[0]), bool(row[2])
    try:
        used = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=asked.challenge,
            expected_rp_id=host_of(origin),
            expected_origin=origin,
            credential_public_key=cast("bytes", row[1]),
            # The library looks at the counter before the signature; who cannot sign must not stop somebody's passkey.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _MISFITS as error:
        raise NotSignedIn(_FAILED, reason=f"passkey: {type(error).__name__}", account=account) from error
    if stopped or value(connection, _COUNT, {"id": id, "count": used.new_sign_count}) is None:
        with connection.transaction():
            if connection.execute(_STOP, [id]).rowcount:
                what = "stopped a passkey whose counter went back"
                note(connection, "way in", what, who=f"account:{account}", account=account)
        raise NotSignedIn(_COPIED, reason="passkey: counter went back", account=account)
    return account


def passkeys_of(connection: Connection, account: UUID) -> list[Passkey]:
    """Those of an account, the oldest first."""
    return [
        Passkey(
            id=cast("bytes", id).hex(),
            name=str(name),
            made_at=cast("datetime", made_at),
            used_at=cast("datetime | None", used_at),
            stopped_at=cast("datetime | None", stopped_at),
        )
        for id, name, made_at, used_at, stopped_at in connection.execute(_LIST, [account])
    ]


def rename(connection: Connection, account: UUID, id: str, name: str) -> None:
    """Raises `NotFound` for a passkey of somebody else, `Refused` for a name that is none."""
    name = name.strip()
    if not name or len(name) > 60 or not name.isprintable():
        raise Refused("Give the passkey a name that says where it is, in at most 60 characters.", field="name")
    if not connection.execute(_RENAME, [name, _id(id), account]).rowcount:
        raise NotFound("There is no such passkey.")


def remove(connection: Connection, account: UUID, id: str) -> None:
    """Let a passkey open nothing any more. Raises `NotFound`, or `Refused` for the last way in."""
    with connection.transaction():
        # nobody else changes the ways in to this account meanwhile
        connection.execute("select 1 from account where id = %s for update", [account])
        others = value(connection, _WORKING, [account, _id(id)])
        if not others and not has_identity(connection, account) and not codes_left(connection, account):
            raise Refused("This is your only way in. Add another passkey or make recovery codes first.")
        if not connection.execute(_REMOVE, [_id(id), account]).rowcount:
            raise NotFound("There is no such passkey.")
        note(connection, "way in", "removed a passkey", who=f"account:{account}", account=account)


def _id(id: str) -> bytes:
    try:
        return bytes.fromhex(id)
    except ValueError as error:
        raise NotFound("There is no such passkey.") from error


def by_name(origin: str) -> str:
    """Where to open this hub instead when it was opened by a number, for which no passkey can be; else empty."""
    host, port = host_of(origin), urlsplit(origin).port
    is_number = ":" in host or host.replace(".", "").isdigit()
    return f"http://localhost:{port or 80}" if is_number else ""
