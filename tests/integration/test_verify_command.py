"""`hub verify` as somebody runs it: a sentence for each fault, an exit code, JSON for a script."""

import json

import msgspec
import pytest
from network import CORNWALL, SOMERSET, Network, hub, joined, milestone, registered

from events import heads
from events.heads import Sealer
from events.settings import Settings


@pytest.fixture(autouse=True)
def recorded(network: Network, settings: Settings) -> None:
    for area in (SOMERSET, CORNWALL):
        network.given(joined(area), registered(f"Bakery of {area}"), *(milestone(f"{n}") for n in range(5)))
    Sealer(settings.heads, heads.signing_key(settings.signing_key)).seal(network.connection)


def test_whole_ledgers_are_said_to_be_whole(settings: Settings) -> None:
    done = hub(settings, "verify")
    assert (done.returncode, done.stdout.startswith("14 events in 3 ledgers are whole.")) == (0, True)
    assert "Heads were last signed at" in done.stdout


def test_a_fault_is_named_by_area_and_position_and_ends_with_1(settings: Settings, network: Network) -> None:
    network.connection.execute("update event set actor = 'test:else' where area = %s and position = 4", [SOMERSET])
    network.connection.execute("delete from event where area = %s and position > 5", [CORNWALL])
    done = hub(settings, "verify")
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert "Somerset (E06000066), position 4" in said
    assert "Cornwall (E06000052), position 6" in said
    assert "Traceback" not in done.stderr


def test_a_script_is_told_the_same_as_json(settings: Settings, network: Network) -> None:
    assert json.loads(hub(settings, "verify", "--json").stdout)["faults"] == []
    network.connection.execute("delete from event where area = %s", [SOMERSET])
    done = hub(settings, "verify", "--json")
    (fault,) = json.loads(done.stdout)["faults"]
    assert (done.returncode, fault["area"], fault["position"]) == (1, SOMERSET, 1)


def test_a_forged_file_of_heads_ends_with_1_and_a_sentence(settings: Settings) -> None:
    file = settings.heads / "heads.jsonl"
    file.write_bytes(file.read_bytes().replace(b"E06000066", b"E06000067"))
    done = hub(settings, "verify")
    assert done.returncode == 1
    assert "Line 1 of" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_without_a_signing_key_it_says_what_to_set(settings: Settings) -> None:
    done = hub(msgspec.structs.replace(settings, signing_key=""), "verify")
    assert (done.returncode, "HUB_SIGNING_KEY" in done.stderr) == (2, True)


def test_nothing_is_behind_once_all_is_projected_and_a_rebuild_is_the_same(
    settings: Settings, network: Network
) -> None:
    late = json.loads(hub(settings, "lag", "--json").stdout)
    assert {each["area"]: each["events"] for each in late} == {SOMERSET: 7, CORNWALL: 7}
    network.project()
    assert "Nothing is behind." in hub(settings, "lag").stdout
    done = hub(settings, "rebuild", "national")
    assert (done.returncode, "Its checksums equal the one before." in " ".join(done.stdout.split())) == (0, True)


def test_a_rebuild_that_differs_says_where_and_ends_with_1(settings: Settings, network: Network) -> None:
    network.project()
    network.connection.execute("update national_1.belief set first = first + 1 where area = %s", [SOMERSET])
    done = hub(settings, "rebuild", "national")
    assert done.returncode == 1
    assert "DIFFERS from the one before in: Somerset" in " ".join(done.stdout.split())
