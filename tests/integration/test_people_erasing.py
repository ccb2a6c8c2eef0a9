"""Erasing a person: killed at any point it goes on, and no restored backup brings anybody back."""

import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from dumps import pg
from network import (
    CORNWALL,
    SOMERSET,
    Fact,
    Network,
    Server,
    closed,
    environment,
    eventually,
    hub,
    joined,
    milestone,
    reaching,
)

from events.access import EVERYWHERE, HeldRole
from events.base import named_id, today
from events.database import Connection, connect, value
from events.enterprises import EnterpriseRegistered, MilestoneRecorded, Owner
from events.erasing import approved, carry_out_all, erase_again, list_erased, read_erased
from events.people import PersonErased
from events.personal_data import sealed_in
from events.settings import Settings
from events.vault import Erased, Vault, destroyed, seal, unseal
from events.verify import verify_area
from hub.access.accounts import add_account, give_role
from hub.access.invitations import accept, invite
from hub.cli import _prepare
from workers import retention, tick

NAME = "Wilhelmina Quillfeather"


class Sealer:
    """Facts with something sealed in them."""

    def __init__(self, settings: Settings) -> None:
        self._vault = Vault(settings.vault_key)
        self._url = settings.vault_url

    def key(self, subject: UUID) -> bytes:
        with connect(self._url) as connection:
            return self._vault.keys(connection, [subject])[subject]

    def registered(self, enterprise: UUID, *, on: date | None = None) -> Fact:
        owner = named_id("owner", str(enterprise))
        event = EnterpriseRegistered(
            enterprise=enterprise,
            name="Bakery",
            origin="new",
            legal_form="CIC",
            owner=seal(Owner(name=NAME), subject=owner, key=self.key(owner)),
        )
        return Fact(event=event, on=on, stream=enterprise)

    def noted(self, enterprise: UUID, subject: UUID, *, area: str | None = None) -> Fact:
        note = seal(f"{NAME} called", subject=subject, key=self.key(subject))
        return Fact(event=MilestoneRecorded(kind="x", note=note), on=None, stream=enterprise, area=area)


@pytest.fixture
def settings(server: Server, settings: Settings) -> Settings:
    """A hub with a vault of its own, to be put back to an earlier state."""
    return reaching(settings, vault=server.database("vault"))


@pytest.fixture
def sealer(settings: Settings) -> Sealer:
    return Sealer(settings)


@pytest.fixture
def enterprise(network: Network, sealer: Sealer) -> UUID:
    """An enterprise of Somerset, whose owner is spoken of in Cornwall too."""
    enterprise = uuid4()
    owner = named_id("owner", str(enterprise))
    network.given(joined(SOMERSET), sealer.registered(enterprise), milestone("first customer"))
    network.given(joined(CORNWALL), sealer.noted(uuid4(), owner, area=CORNWALL))
    return enterprise


@pytest.fixture
def owner(enterprise: UUID) -> UUID:
    return named_id("owner", str(enterprise))


def order(connection: Connection, subject: UUID) -> None:
    """Two people agreed."""
    connection.execute(
        "insert into erasure (area, id, subject, basis, asked_by, asked_name, approved, decided_at, decided_by,"
        " decided_name) values (%s, %s, %s, 'asked by the person', 'account:a', 'A', true, now(), 'account:b', 'B')",
        [SOMERSET, uuid4(), subject],
    )


def carried_out(settings: Settings, connection: Connection) -> int:
    with connect(settings.vault_url) as vault:
        return carry_out_all(connection, vault, folder=settings.heads, backup_days=35)


def is_gone(settings: Settings, subject: UUID) -> bool:
    with connect(settings.vault_url) as vault:
        return subject in destroyed(vault, [subject])


def erasures_told(network: Network, subject: UUID) -> dict[str, int]:
    return {
        area: sum(1 for each in network.events(area) if each.event == erased_event(subject))
        for area in (SOMERSET, CORNWALL)
    }


def erased_event(subject: UUID) -> PersonErased:
    return PersonErased(subject=subject, basis="asked by the person")


def is_whole(connection: Connection) -> bool:
    return not any(
        verify_area(connection, area, signed={}, progress=lambda _: None) for area in (SOMERSET, CORNWALL, "UK")
    )


def test_every_area_that_holds_something_is_told_and_nothing_opens_any_more(
    settings: Settings, network: Network, connection: Connection, owner: UUID, sealer: Sealer
) -> None:
    key = sealer.key(owner)
    boxes = [each for entry in network.events(SOMERSET) for each in sealed_in(entry.event)]
    assert [unseal(each.sealed, key=key, type=each.holds) for each in boxes] == [Owner(name=NAME)]
    before = network.national().picture
    order(connection, owner)
    assert carried_out(settings, connection) == 1
    assert carried_out(settings, connection) == 0
    with pytest.raises(Erased):
        sealer.key(owner)
    assert erasures_told(network, owner) == {SOMERSET: 1, CORNWALL: 1}
    assert is_whole(connection)
    assert network.national().picture == before
    until = value(connection, "select backups_until from erasure where subject = %s", [owner])
    assert until == today() + timedelta(35)
    assert [each.subject for each in read_erased(settings.heads)] == [owner]


KILLED = """
import os, signal, sys
from events import erasing
from events.database import connect
from events.settings import read_settings

part, when, nth = sys.argv[1], sys.argv[2], int(sys.argv[3])
settings = read_settings()
counted = 0

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def deadly(real):
    def act(*args, **more):
        global counted
        counted += 1
        if counted == nth and when == "before":
            die()
        real(*args, **more)
        if counted == nth and when == "after":
            die()
    return act

setattr(erasing, part, deadly(getattr(erasing, part)))
with connect(settings.database_url) as connection, connect(settings.vault_url) as vault:
    erasing.carry_out_all(connection, vault, folder=settings.heads, backup_days=35)
print("survived")
"""


@pytest.mark.parametrize(
    ("part", "when", "nth"),
    [
        ("list_erased", "before", 1),
        ("list_erased", "after", 1),
        ("destroy_keys", "after", 1),
        ("tell", "after", 1),
        ("tell", "after", 2),
    ],
)
def test_killed_at_any_point_it_goes_on(
    settings: Settings, network: Network, connection: Connection, owner: UUID, part: str, when: str, nth: int
) -> None:
    order(connection, owner)
    command = [sys.executable, "-c", KILLED, part, when, str(nth)]
    killed = subprocess.run(command, env=environment(settings), capture_output=True, text=True, check=False)
    assert killed.returncode == -9, killed.stdout + killed.stderr
    assert len(approved(connection)) == 1, "it is not finished"
    assert carried_out(settings, connection) == 1
    assert is_gone(settings, owner)
    assert erasures_told(network, owner) == {SOMERSET: 1, CORNWALL: 1}
    assert [each.subject for each in read_erased(settings.heads)] == [owner]
    assert is_whole(connection)
    assert approved(connection) == []


def test_a_line_that_was_cut_short_is_written_again(tmp_path: Path) -> None:
    one, other = uuid4(), uuid4()
    list_erased(tmp_path, one)
    file = tmp_path / "erased.jsonl"
    file.write_bytes(file.read_bytes() + b'{"subject":"7b1f')
    assert [each.subject for each in read_erased(tmp_path)] == [one]
    list_erased(tmp_path, other)
    list_erased(tmp_path, one)
    assert [each.subject for each in read_erased(tmp_path)] == [one, other]


def test_a_running_tick_carries_it_out_and_erases_again(
    settings: Settings, network: Network, connection: Connection, owner: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tick, "ERASE_EVERY", 0.0)
    monkeypatch.setattr(tick, "SWEEP_EVERY", 0.0)
    dump = pg("pg_dump", settings.vault_url)
    with ticking(settings):
        order(connection, owner)
        eventually(lambda: approved(connection) == [] and is_gone(settings, owner))
    restored(settings, dump)
    assert not is_gone(settings, owner)
    with ticking(settings):
        eventually(lambda: is_gone(settings, owner))


def test_a_tick_goes_on_while_the_vault_is_away(
    settings: Settings, network: Network, connection: Connection, owner: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tick, "SEAL_EVERY", 0.0)
    order(connection, owner)
    with ticking(msgspec.structs.replace(settings, vault_url="postgresql://hub@/gone?host=/nowhere")):
        eventually(lambda: (settings.heads / "heads.jsonl").exists())
    assert len(approved(connection)) == 1, "it is not said to be done"


def test_a_tick_goes_on_while_the_list_of_the_erased_is_broken(
    settings: Settings, network: Network, owner: UUID, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tick, "SEAL_EVERY", 0.0)
    settings.heads.mkdir()
    (settings.heads / "erased.jsonl").write_text("somebody\n")
    with ticking(settings):
        eventually(lambda: (settings.heads / "heads.jsonl").exists())
        eventually(lambda: "does not name a person who was erased" in caplog.text)


@contextmanager
def ticking(settings: Settings) -> Generator[None]:
    over = threading.Event()
    thread = threading.Thread(target=tick.run, args=[settings], kwargs={"stopping": over.is_set})
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


# ---- restored backups


def restored(settings: Settings, dump: bytes) -> None:
    """Put a dump of the vault in the place of what it holds now."""
    with connect(settings.vault_url) as vault:
        vault.execute("drop table subject_key, migration")
    pg("psql", settings.vault_url, "--quiet", "--set=ON_ERROR_STOP=1", said=dump)


def test_a_restored_backup_of_the_vault_is_erased_again(
    settings: Settings, network: Network, connection: Connection, owner: UUID, sealer: Sealer
) -> None:
    key = sealer.key(owner)
    dump = pg("pg_dump", settings.vault_url)
    order(connection, owner)
    carried_out(settings, connection)
    connection.execute("delete from erasure")  # the ledger's database may come from a backup as well
    restored(settings, dump)
    assert sealer.key(owner) == key, "the backup brought the key back"
    with connect(settings.vault_url) as vault:
        assert erase_again(connection, vault, folder=settings.heads) == 1
        assert erase_again(connection, vault, folder=settings.heads) == 0
    assert is_gone(settings, owner)


def test_without_the_list_the_table_of_erasures_does_it(
    settings: Settings, network: Network, connection: Connection, owner: UUID, sealer: Sealer
) -> None:
    dump = pg("pg_dump", settings.vault_url)
    order(connection, owner)
    carried_out(settings, connection)
    (settings.heads / "erased.jsonl").unlink()
    restored(settings, dump)
    with connect(settings.vault_url) as vault:
        assert erase_again(connection, vault, folder=settings.heads) == 1
    assert is_gone(settings, owner)


def test_a_vault_from_before_there_was_a_key_gives_none(
    settings: Settings, network: Network, connection: Connection, sealer: Sealer
) -> None:
    dump = pg("pg_dump", settings.vault_url)
    somebody = uuid4()
    list_erased(settings.heads, somebody)
    restored(settings, dump)
    with connect(settings.vault_url) as vault:
        erase_again(connection, vault, folder=settings.heads)
    with pytest.raises(Erased):
        sealer.key(somebody)


def test_a_hub_on_one_machine_erases_again_before_it_answers(
    settings: Settings, connection: Connection, sealer: Sealer
) -> None:
    somebody = uuid4()
    sealer.key(somebody)
    list_erased(settings.heads, somebody)
    _prepare(settings, demo=False)
    assert is_gone(settings, somebody)


# ---- commands


def test_the_command_erases_as_two_people_decided(
    settings: Settings, network: Network, connection: Connection, owner: UUID
) -> None:
    people = (("cat@example.org", "catalyst"), ("lead@example.org", "lead"), ("other@example.org", "catalyst"))
    for email, role in people:
        account = uuid4()
        connection.execute("insert into account (id, name, email) values (%s, %s, %s)", [account, role, email])
        for area in (SOMERSET, CORNWALL):
            connection.execute(
                "insert into held_role (account, role, area, starts, given_by) values (%s, %s, %s, %s, 'test')",
                [account, role, area, today()],
            )
    words = ["erase", str(owner), "--area", SOMERSET, "--reason", "consent withdrawn", "--asked-by"]
    alone = hub(settings, *words, "lead@example.org", "--approved-by", "lead@example.org")
    assert alone.returncode == 1
    assert "somebody else" in alone.stderr
    done = hub(settings, *words, "lead@example.org", "--approved-by", "cat@example.org")
    assert done.returncode == 1, "a Catalyst cannot approve"
    connection.execute("delete from erasure")
    done = hub(settings, *words, "cat@example.org", "--approved-by", "lead@example.org")
    assert done.returncode == 0, done.stderr
    assert "The last backup" in done.stdout
    assert is_gone(settings, owner)
    names = connection.execute("select asked_name, decided_name from erasure").fetchall()
    assert names == [("catalyst (by the operator)", "lead (by the operator)")]
    another = hub(settings, *words, "other@example.org", "--approved-by", "lead@example.org")
    assert another.returncode == 1
    assert "asked for this already" in another.stderr
    assert hub(settings, *words, "cat@example.org", "--approved-by", "lead@example.org").returncode == 0


def test_the_command_erases_the_notes_about_the_enterprise_as_well(
    settings: Settings, network: Network, connection: Connection, sealer: Sealer
) -> None:
    enterprise = uuid4()
    owner = named_id("owner", str(enterprise))
    network.given(joined(SOMERSET), sealer.registered(enterprise), sealer.noted(enterprise, enterprise))
    for role in ("catalyst", "lead"):
        account = add_account(connection, name=role, email=f"{role}@example.org")
        give_role(connection, account, HeldRole(role=role, area=SOMERSET, starts=today()), given_by="test")
    words = ["erase", str(owner), "--area", SOMERSET, "--reason", "consent withdrawn"]
    words += ["--asked-by", "catalyst@example.org", "--approved-by", "lead@example.org"]
    done = hub(settings, *words)
    assert done.returncode == 0, done.stderr
    assert f"Notes about the enterprise they own are left: {enterprise}" in " ".join(done.stdout.split())
    assert (is_gone(settings, owner), is_gone(settings, enterprise)) == (True, False)
    for _ in range(2):
        done = hub(settings, *words, "--with-notes")
        assert done.returncode == 0, done.stderr
        assert is_gone(settings, enterprise)
    assert value(connection, "select count(*) from erasure") == 2


def test_the_command_asks_nobody_to_wait_who_got_in_by_a_link(
    settings: Settings, network: Network, connection: Connection, owner: UUID
) -> None:
    host = add_account(connection, name="host", email="host@example.org")
    give_role(connection, host, HeldRole(role="administrator", area=EVERYWHERE, starts=today()), given_by="test")
    for role in ("catalyst", "lead"):
        account = add_account(connection, name=role, email=f"{role}@example.org")
        for area in (SOMERSET, CORNWALL):
            give_role(connection, account, HeldRole(role=role, area=area, starts=today()), given_by="test")
        accept(connection, invite(connection, name="", email=f"{role}@example.org", role=None, by=f"account:{host}"))
    words = ["erase", str(owner), "--area", SOMERSET, "--reason", "consent withdrawn"]
    done = hub(settings, *words, "--asked-by", "catalyst@example.org", "--approved-by", "lead@example.org")
    assert done.returncode == 0, done.stderr
    assert is_gone(settings, owner)


def test_the_command_writes_a_copy_and_counts_it_as_a_look(
    settings: Settings, network: Network, connection: Connection, owner: UUID, tmp_path: Path
) -> None:
    done = hub(settings, "export-person", str(owner), "--reason", "They asked in a letter", "--to", str(tmp_path))
    assert done.returncode == 0, done.stderr
    file = tmp_path / f"person-{owner}.zip"
    assert file.stat().st_mode & 0o777 == 0o600
    looks = connection.execute("select area, who, why, exported from look order by area").fetchall()
    assert looks == [(area, "operator", "They asked in a letter", True) for area in (CORNWALL, SOMERSET)]


def test_a_copy_that_anybody_could_read_is_followed_by_one_that_nobody_else_can(
    settings: Settings, network: Network, owner: UUID, tmp_path: Path
) -> None:
    file = tmp_path / f"person-{owner}.zip"
    file.write_text("left behind")
    file.chmod(0o666)
    with file.open() as held_open:
        done = hub(settings, "export-person", str(owner), "--reason", "They asked in a letter", "--to", str(tmp_path))
        assert done.returncode == 0, done.stderr
        assert file.stat().st_mode & 0o777 == 0o600
        assert held_open.read() == "left behind", "whoever has the old one open sees nothing of the new"


# ---- retention


def test_what_was_kept_long_enough_is_proposed_and_not_erased(
    settings: Settings, network: Network, connection: Connection, sealer: Sealer
) -> None:
    long_ago, now = date(2015, 3, 1), today()
    old, open_, lately = uuid4(), uuid4(), uuid4()
    network.given(joined(SOMERSET, on=long_ago))
    for enterprise, closed_on in ((old, date(2020, 2, 29)), (open_, None), (lately, now)):
        network.given(sealer.registered(enterprise, on=long_ago))
        if closed_on:
            network.given(closed(on=closed_on))
    subjects = [named_id("owner", str(each)) for each in (old, open_, lately)]
    for day, due in ((date(2026, 2, 28), []), (date(2026, 3, 1), [(subjects[0], date(2026, 2, 28))])):
        retention.propose(connection, [SOMERSET], today=day)
        assert connection.execute("select subject, due_on from kept_long_enough").fetchall() == due
    assert not any(is_gone(settings, each) for each in subjects)
    order(connection, subjects[0])
    carried_out(settings, connection)
    assert retention.propose(connection, [SOMERSET], today=date(2026, 3, 1)) == 0


def test_one_area_is_looked_through_at_a_time_and_each_once_a_day(
    network: Network, connection: Connection, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tick that read the whole network at once would ring for nobody meanwhile."""
    looked: list[tuple[str, ...]] = []
    monkeypatch.setattr(retention, "propose", lambda _, areas, **__: looked.append(tuple(areas)) or 0)
    network.given(joined(SOMERSET), joined(CORNWALL))
    proposing, day = retention.Proposing(), date(2026, 3, 1)
    for _ in range(5):
        proposing.step(connection, today=day)
    known = [area for (area,) in connection.execute("select area from ledger order by area")]
    assert looked == [(area,) for area in known][:5]
    for _ in known:
        proposing.step(connection, today=day)
    assert looked == [(area,) for area in known]
    proposing.step(connection, today=date(2026, 3, 2))
    assert looked[-1] == looked[0]


def test_a_person_is_kept_as_long_as_the_last_of_their_data(
    network: Network, connection: Connection, sealer: Sealer
) -> None:
    """A note recorded today keeps the whole person, though the enterprise closed long ago."""
    enterprise = uuid4()
    owner = named_id("owner", str(enterprise))
    network.given(joined(SOMERSET, on=date(2015, 3, 1)), sealer.registered(enterprise, on=date(2015, 3, 1)))
    network.given(closed(on=date(2016, 1, 1)), sealer.noted(enterprise, owner))
    assert retention.propose(connection, [SOMERSET], today=today()) == 0


def test_old_records_of_looks_are_taken_out_when_the_operator_says_so(
    settings: Settings, connection: Connection
) -> None:
    for years in (0, 5, 7):
        connection.execute(
            "insert into look (area, id, at, who, who_name, subject, why)"
            " values (%s, %s, clock_timestamp() - make_interval(years => %s), 'account:x', 'X', %s, 'why')",
            [SOMERSET, uuid4(), years, uuid4()],
        )
    assert hub(settings, "forget-looks", "--dry-run").stdout.startswith("1 records")
    assert value(connection, "select count(*) from look") == 3
    assert hub(settings, "forget-looks").returncode == 0
    assert value(connection, "select count(*) from look") == 2
