"""Passkeys against devices that lie: copies, other origins, users nobody checked, challenges that were answered."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from types import ModuleType
from uuid import UUID

import cbor2
import pytest
from authenticator import PRESENT, VERIFIED, Authenticator
from network import mutated

from events.base import Refused
from events.database import Connection, connect
from events.settings import Settings
from hub.access import passkeys
from hub.access.accounts import Account, account_of, add_account, close_account
from hub.access.attempts import NewPasskey, NotSignedIn, WithPasskey, begin, finish
from hub.access.log import read_log
from hub.access.passkeys import passkeys_of

ORIGIN = "https://hub.example.org"


@pytest.fixture
def ann(connection: Connection) -> UUID:
    return add_account(connection, name="Ann", email="ann@example.org")


@pytest.fixture
def phone(connection: Connection, ann: UUID) -> Authenticator:
    phone = Authenticator(origin=ORIGIN)
    register(connection, ann, phone)
    return phone


def register(connection: Connection, owner: UUID, device: Authenticator, *, module: ModuleType = passkeys) -> None:
    account = account_of(connection, owner)
    assert account is not None
    _, asked = module.to_register(connection, account, origin=ORIGIN)
    module.register(connection, asked, device.made(asked.challenge), origin=ORIGIN, name="Phone")


def sign_in(connection: Connection, device: Authenticator, *, module: ModuleType = passkeys) -> UUID:
    """Ask for a passkey, and let the device answer with its counter as it is."""
    _, asked = module.to_sign_in(origin=ORIGIN, to="/account")
    return module.account_with(connection, asked, device.used(asked.challenge), origin=ORIGIN)


def refused(connection: Connection, device: Authenticator, *, module: ModuleType = passkeys) -> str:
    with pytest.raises(NotSignedIn) as found:
        sign_in(connection, device, module=module)
    return found.value.reason


def test_a_passkey_signs_its_owner_in_as_its_counter_goes_up(
    connection: Connection, ann: UUID, phone: Authenticator
) -> None:
    for phone.count in (1, 2, 50):
        assert sign_in(connection, phone) == ann
    (kept,) = passkeys_of(connection, ann)
    assert kept.used_at is not None
    assert kept.stopped_at is None


def test_a_device_without_a_counter_signs_in_as_often_as_it_likes(
    connection: Connection, ann: UUID, phone: Authenticator
) -> None:
    assert [sign_in(connection, phone) for _ in range(3)] == [ann] * 3


@pytest.mark.parametrize("behind", [0, 1, 5])
def test_a_counter_that_did_not_go_up_stops_the_passkey(
    connection: Connection, ann: UUID, phone: Authenticator, behind: int
) -> None:
    phone.count = 5
    sign_in(connection, phone)
    phone.count = 5 - behind
    assert refused(connection, phone) == "passkey: counter went back"
    phone.count = 100
    assert refused(connection, phone) == "passkey: counter went back", "the owner too makes a new one"
    assert passkeys_of(connection, ann)[0].stopped_at is not None
    stopped = [each.what for each in read_log(connection) if "counter" in each.what]
    assert stopped == ["stopped a passkey whose counter went back"]


def test_a_copy_would_be_let_in_without_the_look_at_the_counter(
    connection: Connection, ann: UUID, phone: Authenticator
) -> None:
    """The mutant."""
    guard = "and stopped_at is null and (sign_count < %(count)s or (sign_count = 0 and %(count)s = 0))"
    without = mutated(passkeys, guard, "")
    phone.count = 5
    sign_in(connection, phone, module=without)
    phone.count = 1
    assert sign_in(connection, phone, module=without) == ann


def test_of_two_answers_with_one_count_one_gets_in(
    settings: Settings, connection: Connection, ann: UUID, phone: Authenticator
) -> None:
    phone.count = 7

    def attempt(_: int) -> bool:
        with connect(settings.database_url, for_others=True) as own:
            try:
                return sign_in(own, phone) == ann
            except NotSignedIn:
                return False

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(attempt, range(4))) == [False, False, False, True]


def other_key(device: Authenticator) -> None:
    device.key = Authenticator(origin=ORIGIN).key


def other_site(device: Authenticator) -> None:
    device.origin = "https://evil.example"


def other_rp(device: Authenticator) -> None:
    device.rp_id = "evil.example"


def user_not_checked(device: Authenticator) -> None:
    device.flags = PRESENT


def user_not_there(device: Authenticator) -> None:
    device.flags = VERIFIED


LIES = [other_key, other_site, other_rp, user_not_checked, user_not_there]


@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_lies_lets_nobody_in_and_stops_no_passkey(
    connection: Connection, ann: UUID, phone: Authenticator, lie: Callable[[Authenticator], None]
) -> None:
    phone.count = 9
    sign_in(connection, phone)
    whole = dict(phone.__dict__)
    lie(phone)
    phone.count = 3
    assert refused(connection, phone).startswith("passkey: Invalid")
    phone.__dict__.update(whole)
    phone.count = 10
    assert sign_in(connection, phone) == ann


@pytest.mark.parametrize("lie", LIES[1:])
def test_a_passkey_made_elsewhere_or_without_its_user_is_not_kept(
    connection: Connection, ann: UUID, lie: Callable[[Authenticator], None]
) -> None:
    device = Authenticator(origin=ORIGIN)
    lie(device)
    with pytest.raises(Refused, match="could not be kept"):
        register(connection, ann, device)
    assert passkeys_of(connection, ann) == []


def broken_keys() -> Iterator[bytes]:
    """Public keys as a device may write them that means harm, or that never worked."""
    yield from (b"", b"\x04", b"\xff", cbor2.dumps({}), cbor2.dumps({1: 2, 3: -7, -1: 1}), cbor2.dumps([1]))
    dice = Random(3)
    values = (1, 2, 3, 6, 7, -1, -7, -8, -50, -257, 10**30, b"", b"x" * 32, None, "x", [], {}, 1.5)
    for _ in range(300):
        names = dice.sample((1, 2, 3, -1, -2, -3), dice.randint(1, 6))
        yield cbor2.dumps({name: dice.choice(values) for name in names} | dice.choice(({}, {1: 2, 3: -7}, {1: 3})))
        yield dice.randbytes(dice.randint(1, 40))


def test_a_broken_public_key_is_refused_at_once_or_lets_nobody_in(connection: Connection, ann: UUID) -> None:
    for public in broken_keys():
        device = Authenticator(origin=ORIGIN)
        device.public = public
        try:
            register(connection, ann, device)
        except Refused:
            continue
        device.count = 1
        refused(connection, device)


def test_a_public_key_without_its_parts_would_be_a_failure_of_the_hub_without_the_net(
    connection: Connection, ann: UUID
) -> None:
    """The mutant."""
    without = mutated(passkeys, "TypeError, LookupError, AttributeError", "TypeError, KeyError, AttributeError")
    device = Authenticator(origin=ORIGIN)
    device.public = cbor2.dumps([1])
    with pytest.raises(LookupError):
        register(connection, ann, device, module=without)


def test_a_user_nobody_checked_would_be_let_in_without_asking_for_it(
    connection: Connection, ann: UUID, phone: Authenticator
) -> None:
    """The mutant."""
    guard = "credential_current_sign_count=0,\n            require_user_verification=True,"
    without = mutated(passkeys, guard, "credential_current_sign_count=0,")
    user_not_checked(phone)
    assert sign_in(connection, phone, module=without) == ann


def test_an_answer_to_another_challenge_is_refused(connection: Connection, ann: UUID, phone: Authenticator) -> None:
    _, asked = passkeys.to_sign_in(origin=ORIGIN, to="/account")
    with pytest.raises(NotSignedIn):
        passkeys.account_with(connection, asked, phone.used(b"another challenge"), origin=ORIGIN)
    _, making = passkeys.to_register(connection, found(connection, ann), origin=ORIGIN)
    made = Authenticator(origin=ORIGIN).made(asked.challenge)
    with pytest.raises(Refused):
        passkeys.register(connection, making, made, origin=ORIGIN, name="x")


def found(connection: Connection, id: UUID) -> Account:
    account = account_of(connection, id)
    assert account is not None
    return account


def test_what_was_asked_is_answered_once_and_as_what_it_was(connection: Connection, ann: UUID) -> None:
    asked = WithPasskey(challenge=b"c", to="/account")
    token = begin(connection, asked).value
    assert finish(connection, token, WithPasskey) == asked
    with pytest.raises(NotSignedIn):
        finish(connection, token, WithPasskey)
    token = begin(connection, NewPasskey(challenge=b"c", account=ann)).value
    with pytest.raises(NotSignedIn):
        finish(connection, token, WithPasskey)
    with pytest.raises(NotSignedIn):
        finish(connection, token, NewPasskey)  # the wrong answer used it up
    for none in (None, "", "x"):
        with pytest.raises(NotSignedIn):
            finish(connection, none, NewPasskey)


def test_a_passkey_is_kept_for_one_account_only(connection: Connection, ann: UUID, phone: Authenticator) -> None:
    ben = add_account(connection, name="Ben", email="ben@example.org")
    with pytest.raises(Refused, match="kept here already"):
        register(connection, ben, phone)
    assert sign_in(connection, phone) == ann


def test_a_passkey_of_a_closed_account_lets_nobody_in(connection: Connection, ann: UUID, phone: Authenticator) -> None:
    close_account(connection, ann, by="test")
    assert refused(connection, phone) == "passkey: unknown"
