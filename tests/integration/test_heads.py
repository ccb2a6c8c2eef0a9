"""Signed heads: written outside the database, each tied to the one before, only of what moved."""

import threading

import pytest
from network import CORNWALL, SOMERSET, Network, joined, milestone

from events import heads
from events.base import CannotStart
from events.database import connect
from events.heads import Seal, Sealer
from events.settings import Settings
from events.verify import signed_positions, verify_area


def sealer(settings: Settings) -> Sealer:
    return Sealer(settings.heads, heads.signing_key(settings.signing_key))


def seals(settings: Settings) -> list[Seal]:
    signer = heads.public_bytes(heads.signing_key(settings.signing_key))
    return list(heads.read_seals(settings.heads, signer=signer))


def positions(seal: Seal) -> dict[str, int]:
    return {head.area: head.position for head in seal.heads}


def test_only_heads_that_moved_are_signed_again(network: Network, settings: Settings) -> None:
    mine = sealer(settings)
    network.given(joined(SOMERSET), joined(CORNWALL))
    assert mine.seal(network.connection) == 2
    network.given(milestone("one"))
    assert mine.seal(network.connection) == 1
    assert mine.seal(network.connection) == 0
    assert [positions(seal) for seal in seals(settings)] == [{SOMERSET: 1, CORNWALL: 1}, {CORNWALL: 2}]


def test_nothing_is_written_while_there_is_nothing_to_sign(network: Network, settings: Settings) -> None:
    assert sealer(settings).seal(network.connection) == 0
    assert seals(settings) == []


def test_sealers_that_take_turns_go_on_from_each_other(network: Network, settings: Settings) -> None:
    one, other = sealer(settings), sealer(settings)
    for each in (one, other, one, other):
        network.given(joined(SOMERSET), milestone("x"))
        assert each.seal(network.connection) == 1
    assert [positions(seal)[SOMERSET] for seal in seals(settings)] == [2, 4, 6, 8]


def test_sealers_at_once_leave_a_file_that_holds(network: Network, settings: Settings) -> None:
    network.given(joined(SOMERSET))
    over = threading.Event()

    def seal() -> None:
        with connect(settings.database_url) as connection:
            mine = sealer(settings)
            while not over.is_set():
                mine.seal(connection)

    sealing = [threading.Thread(target=seal) for _ in range(3)]
    for thread in sealing:
        thread.start()
    for number in range(30):
        network.given(milestone(f"{number}"))
    over.set()
    for thread in sealing:
        thread.join()
    signed = signed_positions(seals(settings))[SOMERSET]
    assert verify_area(network.connection, SOMERSET, signed=signed, progress=lambda _: None) is None


def test_a_tail_cut_and_grown_again_is_found_though_signing_went_on(network: Network, settings: Settings) -> None:
    mine = sealer(settings)
    network.given(joined(SOMERSET), *(milestone(f"{n}") for n in range(9)))
    mine.seal(network.connection)
    network.connection.execute("delete from event where position > 5")
    mine.seal(network.connection)
    network.given(*(milestone(f"other {n}") for n in range(9)))
    mine.seal(network.connection)
    fault = verify_area(
        network.connection, SOMERSET, signed=signed_positions(seals(settings))[SOMERSET], progress=lambda _: None
    )
    assert fault is not None
    assert (fault.position, "rewritten" in fault.sentence) == (10, True)


@pytest.mark.parametrize("secret", ["", "x", "ŵ", "AAAA"])
def test_a_signing_key_that_is_none_is_refused_in_a_sentence(secret: str) -> None:
    with pytest.raises(CannotStart, match="HUB_SIGNING_KEY must be 32 random bytes"):
        heads.signing_key(secret)
