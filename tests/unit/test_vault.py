"""What is sealed opens with its own person's key and no other, and not at all once it was changed."""

import base64
import os
from uuid import UUID, uuid4

import msgspec
import pytest

from events.base import CannotStart, Sealed
from events.enterprises import Owner
from events.vault import VaultDamaged, command_digest, master_key, seal, unseal

KEY = bytes(range(32))
SOMEBODY = UUID(int=7)


def test_what_was_sealed_comes_back() -> None:
    owner = Owner(name="Siân ŵ 🧶", email="sian@example.org")
    sealed: Sealed[Owner] = seal(owner, subject=SOMEBODY, key=KEY)
    assert unseal(sealed, key=KEY, type=Owner) == owner
    assert b"example" not in sealed.box


def test_the_format_that_was_once_written_is_read_for_ever() -> None:
    box = base64.b64decode(WRITTEN)
    assert unseal(Sealed(subject=SOMEBODY, box=box), key=KEY, type=str) == "Somebody called. 🧶"


def test_two_seals_of_the_same_are_unlike() -> None:
    assert seal("x", subject=SOMEBODY, key=KEY) != seal("x", subject=SOMEBODY, key=KEY)


def test_another_key_does_not_open_it() -> None:
    sealed: Sealed[str] = seal("x", subject=SOMEBODY, key=KEY)
    with pytest.raises(VaultDamaged):
        unseal(sealed, key=bytes(32), type=str)


def test_it_does_not_open_for_somebody_else() -> None:
    sealed: Sealed[str] = seal("x", subject=SOMEBODY, key=KEY)
    with pytest.raises(VaultDamaged):
        unseal(msgspec.structs.replace(sealed, subject=uuid4()), key=KEY, type=str)


def test_it_does_not_open_once_any_bit_was_changed() -> None:
    sealed: Sealed[str] = seal("x", subject=SOMEBODY, key=KEY)
    for place in range(len(sealed.box)):
        changed = bytearray(sealed.box)
        changed[place] ^= 1
        with pytest.raises(VaultDamaged):
            unseal(Sealed(subject=SOMEBODY, box=bytes(changed)), key=KEY, type=str)


@pytest.mark.parametrize("length", [0, 1, 5, 13, 28])
def test_it_does_not_open_when_cut_short(length: int) -> None:
    sealed: Sealed[str] = seal("x", subject=SOMEBODY, key=KEY)
    with pytest.raises(VaultDamaged):
        unseal(Sealed(subject=SOMEBODY, box=sealed.box[:length]), key=KEY, type=str)


@pytest.mark.parametrize("secret", ["", "x", "not base64!", base64.b64encode(bytes(31)).decode(), "ŵ" * 44])
def test_a_master_key_that_is_none_is_refused_in_a_sentence(secret: str) -> None:
    with pytest.raises(CannotStart, match="HUB_VAULT_KEY must be 32 random bytes"):
        master_key(secret)


def test_a_digest_tells_requests_apart_and_tells_nothing_without_the_key() -> None:
    assert command_digest(KEY, b"a") != command_digest(KEY, b"b")
    assert command_digest(KEY, b"a") != command_digest(os.urandom(32), b"a")


WRITTEN = "AbamIQEphD+a/ABsKMsTGziEmyr1Qa/2GQcK+2JYIh3o10s0dlAd7vi4Ws/tNiF/xLXaMQ=="
