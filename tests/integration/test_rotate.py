"""A new key takes over from another while the hub goes on: nothing becomes unreadable, nothing unverifiable."""

import base64
import os
import threading
from collections.abc import Iterator
from uuid import UUID, uuid4

import msgspec
import pytest
from litestar.testing import TestClient
from network import CORNWALL, SOMERSET, Network, Server, hub, joined, milestone, mutated, reaching

from events import heads
from events.base import CannotStart
from events.database import Connection, connect, value
from events.heads import Seal, SealBroken, Sealer, public_bytes, signing_key
from events.settings import Settings
from events.vault import Erased, Vault, VaultDamaged, destroy_keys
from hub.app import create_app
from hub.rotate import rotate_signing, rotate_vault


def new() -> str:
    return base64.b64encode(os.urandom(32)).decode()


# ---- the vault


@pytest.fixture
def own(server: Server, settings: Settings) -> Settings:
    """A hub with a vault of its own."""
    return reaching(settings, vault=server.database("vault"))


@pytest.fixture
def rotated(own: Settings) -> Settings:
    return msgspec.structs.replace(own, vault_key=new(), vault_key_before=own.vault_key)


@pytest.fixture
def keys(own: Settings) -> Iterator[Connection]:
    with connect(own.vault_url) as connection:
        yield connection


def people(connection: Connection, secret: str, number: int) -> dict[UUID, bytes]:
    return Vault(secret).keys(connection, [uuid4() for _ in range(number)])


def test_all_keys_are_the_same_afterwards_and_open_with_the_new_master_alone(
    own: Settings, rotated: Settings, keys: Connection
) -> None:
    before = people(keys, own.vault_key, 2500)
    assert rotate_vault(rotated) == 2500
    assert Vault(rotated.vault_key).existing_keys(keys, before.keys()) == before
    with pytest.raises(VaultDamaged):
        Vault(own.vault_key).existing_keys(keys, before.keys())
    assert rotate_vault(rotated) == 0, "twice is once"


def test_meanwhile_both_are_read_and_new_keys_are_made(own: Settings, rotated: Settings, keys: Connection) -> None:
    old = people(keys, own.vault_key, 3)
    both = Vault(rotated.vault_key, before=rotated.vault_key_before)
    fresh = both.keys(keys, [uuid4()])
    assert both.existing_keys(keys, [*old, *fresh]) == old | fresh
    # a process that was not given the new settings yet, the other way round
    assert Vault(own.vault_key, before=rotated.vault_key).existing_keys(keys, fresh.keys()) == fresh


def test_a_key_that_is_destroyed_meanwhile_stays_destroyed(own: Settings, rotated: Settings, keys: Connection) -> None:
    somebody, *_ = people(keys, own.vault_key, 5)
    with connect(own.vault_url) as other, other.transaction():
        destroy_keys(other, [somebody])
        rotating = threading.Thread(target=rotate_vault, args=[rotated])
        rotating.start()
        rotating.join(0.5)
        assert rotating.is_alive(), "it waits for whoever holds the row"
    rotating.join()
    with pytest.raises(Erased):
        Vault(rotated.vault_key).existing_keys(keys, [somebody])
    assert value(keys, "select count(*) from subject_key where wrapped is null") == 1


def test_a_rotation_that_was_cut_off_goes_on(
    own: Settings, rotated: Settings, keys: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = people(keys, own.vault_key, 1500)
    both = Vault(rotated.vault_key, before=rotated.vault_key_before)

    def cut_off(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        both.rewrap(keys, progress=cut_off)
    assert both.existing_keys(keys, before.keys()) == before
    assert rotate_vault(rotated) == 500
    assert Vault(rotated.vault_key).existing_keys(keys, before.keys()) == before


def test_a_key_under_neither_master_stops_it_before_anything_is_lost(
    own: Settings, rotated: Settings, keys: Connection
) -> None:
    mine = people(keys, own.vault_key, 3)
    strange = people(keys, new(), 1)
    with pytest.raises(VaultDamaged):
        rotate_vault(rotated)
    keys.execute("delete from subject_key where subject = any (%s)", [list(strange)])
    assert rotate_vault(rotated) == 3
    assert Vault(rotated.vault_key).existing_keys(keys, mine.keys()) == mine


def test_a_hub_serves_before_during_and_after(network: Network, own: Settings, rotated: Settings) -> None:
    network.given(joined(SOMERSET))
    path = f"/api/areas/{SOMERSET}/enterprises/{uuid4()}"
    said = {"name": "B", "origin": "new", "legal_form": "CIC", "owner": {"name": "Ann"}}
    key = {"Idempotency-Key": "one"}
    with TestClient(create_app(own)) as client:
        assert client.post(path, json=said, headers=key).status_code == 201
    with TestClient(create_app(rotated)) as client:
        assert client.post(path, json=said, headers=key).json()["again"] is True
        rotate_vault(rotated)
        assert client.post(path, json=said, headers=key).json()["again"] is True
    after = msgspec.structs.replace(rotated, vault_key_before="")
    with TestClient(create_app(after)) as client:
        assert client.post(path, json=said, headers=key).json()["again"] is True


def test_without_the_key_before_it_says_what_to_set(settings: Settings) -> None:
    with pytest.raises(CannotStart, match="HUB_VAULT_KEY_BEFORE"):
        rotate_vault(settings)
    with pytest.raises(CannotStart, match="HUB_SIGNING_KEY_BEFORE"):
        rotate_signing(settings)
    assert hub(settings, "rotate", "vault").returncode == 2


# ---- signing


def seals(settings: Settings, module: object = heads) -> list[Seal]:
    signer = public_bytes(signing_key(settings.signing_key))
    return list(module.read_seals(settings.heads, signer=signer))  # pyright: ignore[reportAttributeAccessIssue]


def sealed_by(settings: Settings, connection: Connection) -> None:
    assert Sealer(settings.heads, signing_key(settings.signing_key)).seal(connection) == 1


def next_key(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, signing_key=new(), signing_key_before=settings.signing_key)


def test_seals_of_three_keys_in_turn_all_verify(network: Network, settings: Settings) -> None:
    network.given(joined(SOMERSET))
    sealed_by(settings, network.connection)
    for n in range(2):
        settings = next_key(settings)
        assert rotate_signing(settings) is True
        assert rotate_signing(settings) is False
        network.given(milestone(f"{n}"))
        sealed_by(settings, network.connection)
    assert [[head.position for head in seal.heads] for seal in seals(settings)] == [[1], [2], [3]]
    assert len({seal.signer for seal in seals(settings)}) == 3
    done = hub(settings, "verify")
    assert (done.returncode, done.stderr) == (0, "")


def test_after_the_handover_the_key_before_signs_no_more(network: Network, settings: Settings) -> None:
    network.given(joined(SOMERSET))
    sealed_by(settings, network.connection)
    assert rotate_signing(next_key(settings))
    network.given(milestone("x"))
    with pytest.raises(SealBroken):
        Sealer(settings.heads, signing_key(settings.signing_key)).seal(network.connection)


def test_a_key_that_never_signed_hands_nothing_over(network: Network, settings: Settings) -> None:
    network.given(joined(SOMERSET))
    sealed_by(settings, network.connection)
    stranger = msgspec.structs.replace(settings, signing_key=new(), signing_key_before=new())
    with pytest.raises(SealBroken):
        rotate_signing(stranger)
    assert len(seals(settings)) == 1


def forged(network: Network, settings: Settings) -> None:
    """The file of somebody who has the old key, or any key, but not the new one: their own heads, handed over."""
    network.given(joined(CORNWALL))
    thief = msgspec.structs.replace(settings, signing_key=new())
    file = settings.heads / "heads.jsonl"
    file.unlink(missing_ok=True)
    sealed_by(thief, network.connection)
    mine, theirs = signing_key(settings.signing_key), signing_key(thief.signing_key)
    handover = heads.Handover(
        at=seals(thief)[0].at,
        previous=seals(thief)[0].signature,
        signer=public_bytes(theirs),
        next=public_bytes(mine),
    )
    handover = msgspec.structs.replace(handover, signature=theirs.sign(msgspec.json.encode(handover)))
    handover = msgspec.structs.replace(handover, accepted=theirs.sign(msgspec.json.encode(handover)))
    with file.open("ab") as lines:
        lines.write(msgspec.json.encode(handover) + b"\n")


def test_a_handover_that_the_new_key_did_not_sign_shows(network: Network, settings: Settings) -> None:
    forged(network, settings)
    with pytest.raises(SealBroken, match="Line 2"):
        seals(settings)


def test_not_asking_for_the_new_keys_signature_would_be_noticed(network: Network, settings: Settings) -> None:
    forged(network, settings)
    mutant = mutated(
        heads,
        "    Ed25519PublicKey.from_public_bytes(each.next).verify(each.accepted, msgspec.json.encode(unaccepted))\n",
        "",
    )
    assert len(seals(settings, mutant)) == 1


def test_a_handover_that_is_taken_out_or_changed_shows(network: Network, settings: Settings) -> None:
    network.given(joined(SOMERSET))
    sealed_by(settings, network.connection)
    after = next_key(settings)
    rotate_signing(after)
    network.given(milestone("x"))
    sealed_by(after, network.connection)
    file = after.heads / "heads.jsonl"
    first, handover, last = file.read_bytes().splitlines(keepends=True)
    for wrong in (first + last, handover + last, first + handover.replace(b'"at":"2', b'"at":"1') + last, last):
        file.write_bytes(wrong)
        with pytest.raises(SealBroken):
            seals(after)
    file.write_bytes(first + handover + last)
    assert len(seals(after)) == 2
