"""When the catalogue changes, each enterprise that it changes something for is told so once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from network import CORNWALL, SOMERSET, Network, closed, eventually, joined, milestone, mutated, registered

from events import ledger
from events.base import named_id, today
from events.database import connect
from events.ledger import Recorded
from events.renewal_catalogue import Catalogue, read_catalogue
from events.renewals import RequirementsApplied
from events.requirements import applied
from events.settings import Settings
from hub.importing.run import import_file
from workers import requirements, tick
from workers.requirements import Rederiving, rederive

OWN = read_catalogue(None)
FEWER = Catalogue(version="fewer", requirements=OWN.requirements[1:])
INSURANCE = OWN.requirements[0].word
DAY = date(2026, 5, 3)


def of(network: Network, name: str, area: str = SOMERSET) -> list[Recorded]:
    return ledger.read_stream(network.connection, area, named_id("test", name))


def all_of_it(network: Network, rederiving: Rederiving) -> int:
    """Step until every area is done."""
    return sum(rederiving.step(network.connection) for _ in range(5))


def test_a_changed_catalogue_is_recorded_once_for_each_enterprise_it_changes(network: Network) -> None:
    network.given(joined(SOMERSET), registered("Bakery", on=DAY), milestone("x"), joined(CORNWALL), registered("Cafe"))
    network.given(registered("Gone"), closed())
    assert all_of_it(network, Rederiving(OWN)) == 2
    first = of(network, "Bakery")[-1]
    assert (first.actor, first.occurred_on) == ("hub:requirements", DAY)
    assert INSURANCE in applied(of(network, "Bakery"))
    assert len(of(network, "Gone", CORNWALL)) == 2
    assert all_of_it(network, Rederiving(OWN)) == 0

    assert all_of_it(network, Rederiving(FEWER)) == 2
    last = of(network, "Bakery")[-1]
    assert isinstance(last.event, RequirementsApplied)
    assert (last.event.catalogue, last.occurred_on) == ("fewer", today())
    assert INSURANCE not in applied(of(network, "Bakery"))
    assert all_of_it(network, Rederiving(FEWER)) == 0


def test_a_version_that_changes_nothing_records_nothing(network: Network) -> None:
    network.given(joined(SOMERSET), registered("Bakery"))
    all_of_it(network, Rederiving(OWN))
    before = of(network, "Bakery")
    assert all_of_it(network, Rederiving(msgspec.structs.replace(OWN, version="same"))) == 0
    assert of(network, "Bakery") == before


def test_each_area_is_looked_through_once_by_one_process(network: Network) -> None:
    network.given(joined(SOMERSET), registered("Bakery"))
    rederiving = Rederiving(OWN)
    all_of_it(network, rederiving)
    network.given(registered("Later"))
    assert all_of_it(network, rederiving) == 0
    network.given(joined(CORNWALL), registered("Cafe"))
    assert all_of_it(network, rederiving) == 1


def test_two_at_once_record_it_once(network: Network, settings: Settings) -> None:
    names = [f"Maple {number}" for number in range(150)]
    network.given(joined(SOMERSET), *(registered(name) for name in names))
    together = threading.Barrier(4)

    def work(_: int) -> int:
        with connect(settings.database_url) as connection:
            together.wait()
            written, done = 0, False
            while not done:
                more, done = rederive(connection, SOMERSET, OWN)
                written += more
            return written

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(work, range(4))) == 150
    assert {len(of(network, name)) for name in names} == {2}


def test_one_that_somebody_recorded_for_meanwhile_is_left_for_another_time(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.given(joined(SOMERSET), registered("Bakery"), registered("Cafe"))
    read = ledger.read_streams

    def meanwhile(connection: object, asked: object) -> object:
        found = read(connection, asked)  # pyright: ignore[reportArgumentType]
        monkeypatch.setattr(ledger, "read_streams", read)
        network.given(milestone("x", of="Bakery"))
        return found

    monkeypatch.setattr(ledger, "read_streams", meanwhile)
    assert rederive(network.connection, SOMERSET, OWN) == (1, False)
    assert rederive(network.connection, SOMERSET, OWN) == (1, True)


def test_an_area_that_somebody_holds_is_left_for_another_time(network: Network, settings: Settings) -> None:
    network.given(joined(SOMERSET), registered("Bakery"))
    with connect(settings.database_url) as other, other.transaction():
        ledger.lock(other, [SOMERSET])
        assert rederive(network.connection, SOMERSET, OWN) == (0, False)
    assert rederive(network.connection, SOMERSET, OWN) == (1, True)


def test_an_area_left_half_done_that_counted_as_done_would_show(network: Network, settings: Settings) -> None:
    """A mutant of the worker forgets what it could not record."""
    network.given(joined(SOMERSET), registered("Bakery"))
    mutant = mutated(requirements, "if all_done:", "if True:")
    forgetful = mutant.__dict__["Rederiving"](OWN)
    with connect(settings.database_url) as other, other.transaction():
        ledger.lock(other, [SOMERSET])
        careful = Rederiving(OWN)
        assert all_of_it(network, forgetful) == all_of_it(network, careful) == 0
    assert all_of_it(network, forgetful) == 0
    assert all_of_it(network, careful) == 1


def test_the_tick_does_it(network: Network, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tick, "_ask_for_checks", lambda *_: True)
    network.given(joined(SOMERSET), registered("Bakery"))
    over = threading.Event()
    ticking = threading.Thread(target=tick.run, args=[settings], kwargs={"stopping": over.is_set})
    ticking.start()
    try:
        eventually(lambda: INSURANCE in applied(of(network, "Bakery")))
    finally:
        over.set()
        ticking.join()


def test_an_import_records_what_applies_with_each_enterprise(
    network: Network, settings: Settings, tmp_path: Path
) -> None:
    network.given(joined(SOMERSET, on=DAY - timedelta(9)))
    file = tmp_path / "enterprises.csv"
    heading = "area,reference,name,origin,legal_form,registered_on\n"
    file.write_text(f"{heading}{SOMERSET},R1,Bakery,new,CIC,2026-05-03\n", encoding="utf-8")
    report = import_file(settings, "enterprises", file)
    assert (report.ok, report.new) == (True, 1)
    enterprise = named_id("enterprise", SOMERSET, "R1")
    entries = ledger.read_stream(network.connection, SOMERSET, enterprise)
    assert [type(each.event).__name__ for each in entries] == ["EnterpriseRegistered", "RequirementsApplied"]
    assert {each.command for each in entries} == {entries[0].command}
    assert "CIC34 report and accounts" in applied(entries)
    assert rederive(network.connection, SOMERSET, OWN) == (0, True)
