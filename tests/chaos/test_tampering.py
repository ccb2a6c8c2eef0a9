"""Whatever a superuser changes in the database or in the file of signed heads is found, and the place is named."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from network import CORNWALL, SOMERSET, command, mutated

from events import bulk, heads, ledger, verify
from events.chain import EMPTY, link
from events.database import Connection
from events.enterprises import MilestoneRecorded
from events.heads import Seal, SealBroken, Sealer
from events.settings import Settings
from events.verify import Fault

SIGNED = 30
AFTER = 10
STREAMS = [uuid4() for _ in range(4)]


def fill(connection: Connection, area: str, count: int) -> None:
    versions = {stream: len(ledger.read_stream(connection, area, stream)) for stream in STREAMS}
    asked: list[ledger.Command] = []
    for number in range(count):
        stream = STREAMS[number % len(STREAMS)]
        asked.append(
            command(
                area, MilestoneRecorded(kind=f"kind {number}"), stream=stream, expected=versions[stream], cause="UK/1"
            )
        )
        versions[stream] += 1
    bulk.append_all(connection, asked)


@pytest.fixture(autouse=True)
def ledgers(connection: Connection, settings: Settings) -> None:
    """Two ledgers, signed half-way and at the end, with a little after it that no seal covers yet."""
    ledger.open_ledger(connection, [SOMERSET, CORNWALL])
    sealer = Sealer(settings.heads, heads.signing_key(settings.signing_key))
    for count in (SIGNED // 2, SIGNED // 2):
        for area in (SOMERSET, CORNWALL):
            fill(connection, area, count)
        sealer.seal(connection)
    for area in (SOMERSET, CORNWALL):
        fill(connection, area, AFTER)


@pytest.fixture
def check(connection: Connection, settings: Settings) -> Callable[[], dict[str, Fault]]:
    def checked() -> dict[str, Fault]:
        signer = heads.public_bytes(heads.signing_key(settings.signing_key))
        signed = verify.signed_positions(heads.read_seals(settings.heads, signer=signer))
        found = {
            area: verify.verify_area(connection, area, signed=signed.get(area, {}), progress=lambda _: None)
            for area in {*ledger.heads(connection), *signed}
        }
        return {area: fault for area, fault in found.items() if fault}

    return checked


Check = Callable[[], dict[str, Fault]]


def chain_again(connection: Connection, area: str, *, after: int = 0) -> None:
    """What a forger who knows the code would do: give every event from there on a hash that follows."""
    head = EMPTY
    for row in connection.execute("select * from event where area = %s order by position", [area]).fetchall():
        _, position, stream, version, type, data, occurred_on, recorded_at, actor, id, cause, digest, hash = row
        if position > after:
            hash = link(
                head,
                area,
                position,
                stream,
                version,
                type,
                data.encode(),
                occurred_on,
                recorded_at,
                actor,
                id,
                cause,
                digest,
            )
            connection.execute("update event set hash = %s where area = %s and position = %s", [hash, area, position])
        head = hash


def test_untouched_ledgers_are_whole(check: Check) -> None:
    assert check() == {}


EDITS = {
    "stream": "stream = gen_random_uuid()",
    "version": "version = version + 1000",
    "type": "type = 'enterprise.resumed'",
    "data": "data = replace(data, 'kind', 'kino')",
    "data, its spaces only": "data = data || ' '",
    "occurred_on": "occurred_on = occurred_on - 1",
    "recorded_at": "recorded_at = recorded_at + interval '1 microsecond'",
    "actor": "actor = 'test:else'",
    "command": "command = gen_random_uuid()",
    "cause": "cause = null",
    "digest": "digest = sha256(digest)",
    "digest, so that the request is forgotten": "digest = null",
    "hash": "hash = sha256(hash)",
}


@pytest.mark.parametrize("column", EDITS)
def test_an_edited_column_is_found_in_its_place(connection: Connection, check: Check, column: str) -> None:
    dice = random.Random(column)
    for position in sorted(dice.sample(range(1, SIGNED + AFTER + 1), 5), reverse=True):
        statement = f"update event set {EDITS[column]} where area = %s and position = %s"
        assert connection.execute(statement.encode(), [SOMERSET, position]).rowcount == 1
        assert {area: fault.position for area, fault in check().items()} == {SOMERSET: position}


def test_a_tail_cut_off_after_the_last_signed_head_is_found_by_what_was_projected(
    connection: Connection, check: Check
) -> None:
    a_cut_new_tail(connection)
    assert {area: fault.position for area, fault in check().items()} == {SOMERSET: SIGNED + AFTER}


@pytest.mark.parametrize("position", [1, 7, SIGNED, SIGNED + 4])
def test_a_deleted_row_is_found_in_its_place(connection: Connection, check: Check, position: int) -> None:
    connection.execute("delete from event where area = %s and position = %s", [SOMERSET, position])
    assert check() == {SOMERSET: Fault(SOMERSET, position, "is missing")}


@pytest.mark.parametrize("seed", range(5))
def test_two_swapped_rows_are_found_at_the_first(connection: Connection, check: Check, seed: int) -> None:
    one, other = sorted(random.Random(seed).sample(range(1, SIGNED + AFTER + 1), 2))
    for old, new in ((one, 10_000), (other, one), (10_000, other)):
        connection.execute("update event set position = %s where area = %s and position = %s", [new, SOMERSET, old])
    assert check()[SOMERSET].position == one


@pytest.mark.parametrize("left", [0, 1, 12, SIGNED - 1])
def test_a_tail_cut_below_what_was_signed_is_found(connection: Connection, check: Check, left: int) -> None:
    connection.execute("delete from event where area = %s and position > %s", [SOMERSET, left])
    fault = check()[SOMERSET]
    assert fault.position == left + 1
    assert f"signed up to position {SIGNED}" in fault.sentence


def test_a_ledger_deleted_with_all_that_names_it_is_found(connection: Connection, check: Check) -> None:
    for table in ("event", "ledger"):
        connection.execute(f"delete from {table} where area = %s".encode(), [SOMERSET])
    assert check()[SOMERSET].position == 1


def test_an_inserted_row_is_found(connection: Connection, check: Check) -> None:
    connection.execute(
        "insert into event select area, position + 1, stream, version + 1000, type, data, occurred_on, recorded_at,"
        " actor, command, cause, null, hash from event where area = %s order by position desc limit 1",
        [SOMERSET],
    )
    assert check()[SOMERSET].position == SIGNED + AFTER + 1


@pytest.mark.parametrize("position", [1, 4, SIGNED // 2, SIGNED // 2 + 1, SIGNED])
def test_a_chain_rewritten_with_hashes_that_follow_is_found_at_the_next_signed_head(
    connection: Connection, check: Check, position: int
) -> None:
    connection.execute(
        "update event set data = replace(data, 'kind ', 'kino ') where area = %s and position = %s",
        [SOMERSET, position],
    )
    chain_again(connection, SOMERSET)
    at = SIGNED // 2 if position <= SIGNED // 2 else SIGNED
    fault = check()[SOMERSET]
    assert fault.position == at
    assert "rewritten" in fault.sentence


def test_streams_out_of_order_are_found_even_with_hashes_that_follow(connection: Connection, check: Check) -> None:
    connection.execute("update event set version = 1000 where area = %s and position = %s", [SOMERSET, SIGNED + 2])
    chain_again(connection, SOMERSET, after=SIGNED)
    assert check() == {SOMERSET: Fault(SOMERSET, SIGNED + 2, "is out of order in its stream (version 1000)")}


def test_data_that_no_version_can_read_is_found_even_with_hashes_that_follow(
    connection: Connection, check: Check
) -> None:
    connection.execute("update event set data = '{}' where area = %s and position = %s", [SOMERSET, SIGNED + 2])
    chain_again(connection, SOMERSET, after=SIGNED)
    assert check()[SOMERSET].position == SIGNED + 2


def test_a_type_that_is_not_the_one_in_the_data_is_found_even_with_hashes_that_follow(
    connection: Connection, check: Check
) -> None:
    connection.execute(
        "update event set type = 'enterprise.closed' where area = %s and position = %s", [SOMERSET, SIGNED + 2]
    )
    chain_again(connection, SOMERSET, after=SIGNED)
    assert check()[SOMERSET].position == SIGNED + 2


def test_a_time_that_runs_backwards_is_found_even_with_hashes_that_follow(connection: Connection, check: Check) -> None:
    connection.execute(
        "update event set recorded_at = recorded_at - interval '1 day' where area = %s and position = %s",
        [SOMERSET, SIGNED + 2],
    )
    chain_again(connection, SOMERSET, after=SIGNED)
    assert check()[SOMERSET].position == SIGNED + 2


# ---- the file of signed heads


@pytest.fixture
def file(settings: Settings) -> Path:
    return settings.heads / "heads.jsonl"


@pytest.fixture
def read(settings: Settings) -> Callable[[], list[Seal]]:
    signer = heads.public_bytes(heads.signing_key(settings.signing_key))
    return lambda: list(heads.read_seals(settings.heads, signer=signer))


Read = Callable[[], list[Seal]]


def forged(line: bytes, **changes: object) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(msgspec.json.decode(line, type=Seal), **changes))


def signed_by(key: Ed25519PrivateKey, line: bytes) -> bytes:
    unsigned = msgspec.structs.replace(
        msgspec.json.decode(line, type=Seal), signer=heads.public_bytes(key), signature=b""
    )
    return forged(msgspec.json.encode(unsigned), signature=key.sign(msgspec.json.encode(unsigned)))


FORGERIES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "the moment": lambda lines: [lines[0], forged(lines[1], at=datetime.now(UTC) + timedelta(days=1))],
    "a head": lambda lines: [forged(lines[0], heads=[]), lines[1]],
    "a signature": lambda lines: [lines[0], forged(lines[1], signature=bytes(64))],
    "no signature": lambda lines: [lines[0], forged(lines[1], signature=b"")],
    "what was before": lambda lines: [lines[0], forged(lines[1], previous=b"")],
    "the first line is gone": lambda lines: lines[1:],
    "the lines are swapped": lambda lines: lines[::-1],
    "a line twice": lambda lines: [lines[0], lines[0], lines[1]],
    "a line between": lambda lines: [lines[0], b"{}", lines[1]],
    "not JSON": lambda lines: [lines[0], lines[1][:-3]],
    "not UTF-8": lambda lines: [lines[0].replace(b"at", b"\xff\xfe"), lines[1]],
    "signed by another key": lambda lines: [signed_by(Ed25519PrivateKey.generate(), lines[0])],
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_file_of_heads_that_was_changed_is_refused(file: Path, read: Read, forgery: str) -> None:
    assert len(read()) == 2
    lines = FORGERIES[forgery](file.read_bytes().splitlines())
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    with pytest.raises(SealBroken, match=r"Line \d of .*heads.jsonl"):
        read()


def test_nothing_is_signed_after_a_line_that_was_changed(
    file: Path, settings: Settings, connection: Connection
) -> None:
    lines = file.read_bytes().splitlines()
    file.write_bytes(forged(lines[0], heads=[]) + b"\n" + lines[1] + b"\n")
    before = file.read_bytes()
    with pytest.raises(SealBroken):
        Sealer(settings.heads, heads.signing_key(settings.signing_key)).seal(connection)
    assert file.read_bytes() == before


def test_a_seal_whose_writing_was_cut_short_is_passed_over_and_signed_again(
    file: Path, read: Read, settings: Settings, connection: Connection
) -> None:
    whole = file.read_bytes()
    for cut in (1, 40, 200):
        file.write_bytes(whole[:-cut])
        assert len(read()) == 1
    Sealer(settings.heads, heads.signing_key(settings.signing_key)).seal(connection)
    assert len(read()) == 2
    assert read()[-1].heads == [head for head in read()[-1].heads if head.position == SIGNED + AFTER]


# ---- each guard of the check is needed: without it, something above goes unseen


def an_edit(connection: Connection, position: int = SIGNED + 3) -> None:
    connection.execute("update event set actor = 'test:else' where area = %s and position = %s", [SOMERSET, position])


def a_gap(connection: Connection) -> None:
    connection.execute("delete from event where area = %s and position = %s", [SOMERSET, SIGNED + AFTER - 1])
    chain_again(connection, SOMERSET, after=SIGNED)


def a_rewriting(connection: Connection) -> None:
    an_edit(connection, position=9)
    chain_again(connection, SOMERSET)


def a_cut_tail(connection: Connection) -> None:
    connection.execute("delete from event where area = %s and position >= %s", [SOMERSET, SIGNED])


def a_cut_new_tail(connection: Connection) -> None:
    last = SIGNED + AFTER
    connection.execute(
        "insert into checkpoint (area, projection, build, position) values (%s, 'national', 1, %s)", [SOMERSET, last]
    )
    connection.execute("delete from event where area = %s and position = %s", [SOMERSET, last])


def an_order(connection: Connection) -> None:
    connection.execute("update event set version = 1000 where area = %s and position = %s", [SOMERSET, SIGNED + AFTER])
    chain_again(connection, SOMERSET, after=SIGNED)


def a_type(connection: Connection) -> None:
    connection.execute("update event set type = 'enterprise.closed' where area = %s and position = 33", [SOMERSET])
    chain_again(connection, SOMERSET, after=SIGNED)


def a_time(connection: Connection) -> None:
    connection.execute(
        "update event set recorded_at = recorded_at + interval '1 day' where area = %s and position = 33", [SOMERSET]
    )
    chain_again(connection, SOMERSET, after=SIGNED)


GUARDS: dict[str, tuple[str, Callable[[Connection], None]]] = {
    "positions": ("if at != position:", a_gap),
    "hashes": ("if head != hash:", an_edit),
    "versions": ("if version != versions.get(stream, 0) + 1:", an_order),
    "moments": ("if recorded_at < moment:", a_time),
    "signed heads": ("if signed[at] != head:", a_rewriting),
    "signed length": ("    if pending:\n        return", a_cut_tail),
    "types": ("if not known:", a_type),
    "projected length": ("if projected > position:", a_cut_new_tail),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_each_guard_of_the_check_is_needed(connection: Connection, settings: Settings, guard: str) -> None:
    line, tamper = GUARDS[guard]
    without = mutated(verify, line, line.replace("if ", "if False and ", 1))
    signer = heads.public_bytes(heads.signing_key(settings.signing_key))
    signed = verify.signed_positions(heads.read_seals(settings.heads, signer=signer))[SOMERSET]
    tamper(connection)
    assert verify.verify_area(connection, SOMERSET, signed=signed, progress=lambda _: None)
    assert without.verify_area(connection, SOMERSET, signed=signed, progress=lambda _: None) is None


HEADS_GUARDS = {
    "the signature": (
        '        key.verify(each.signature, msgspec.json.encode(msgspec.structs.replace(each, signature=b"")))\n',
        "",
        "a head",
    ),
    "what was before": ("if each.previous != previous:", "if False:", "the first line is gone"),
}


@pytest.mark.parametrize("guard", HEADS_GUARDS)
def test_each_guard_of_the_file_of_heads_is_needed(file: Path, settings: Settings, guard: str) -> None:
    old, new, forgery = HEADS_GUARDS[guard]
    without = mutated(heads, old, new)
    key = heads.signing_key(settings.signing_key)
    lines = FORGERIES[forgery](file.read_bytes().splitlines())
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    list(without.read_seals(settings.heads, signer=heads.public_bytes(key)))
