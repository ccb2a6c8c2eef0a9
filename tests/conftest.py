"""One PostgreSQL and one Valkey for the whole run; a fresh pair of databases for each test that asks."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest
from network import Network, Server
from running import of_this_run

from events.database import Connection, connect
from events.settings import Settings
from hub.local.supervisor import Local

# how long an example takes says nothing on a machine that runs other tests beside it
hypothesis.settings.register_profile("trellis", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("trellis")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The servers of this run. HUB_TEST_POSTGRES_BIN and HUB_TEST_REDIS_URL choose others than the embedded ones."""
    programs = os.environ.get("HUB_TEST_POSTGRES_BIN")
    with Local.temporary(programs=Path(programs) if programs else None) as local:
        yield Server(local.settings, redis_url=os.environ.get("HUB_TEST_REDIS_URL") or local.settings.redis_url)


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> Iterator[Settings]:
    """A hub of this test's own: migrated databases, nothing recorded, a folder for signed heads."""
    with server.fresh(tmp_path) as settings:
        yield settings


@pytest.fixture(scope="module")
def module_settings(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The same for a whole module, where tests keep out of each other's way by themselves."""
    with server.fresh(tmp_path_factory.mktemp("hub")) as settings:
        yield settings


@pytest.fixture
def connection(settings: Settings) -> Iterator[Connection]:
    with connect(settings.database_url) as connection:
        yield connection


@pytest.fixture
def network(settings: Settings) -> Iterator[Network]:
    with ExitStack() as stack:
        yield stack.enter_context(Network.on(settings))


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("HUB_TEST_RUN", uuid4().hex)  # before there are workers, who get it from here


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(of_this_run(), ignore_errors=True)
        of_this_run().with_suffix(".lock").unlink(missing_ok=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="also run the long versions of chaos, race and model tests")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long versions run when asked for: `--full`, or `-m full` for them alone. They may take as long as they do."""
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(pytest.mark.timeout(0))
    if not config.option.full and not config.option.markexpr:
        long = [item for item in items if item.get_closest_marker("full")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
