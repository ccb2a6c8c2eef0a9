"""The web's edges, for all pages alike."""

from collections.abc import Iterator

import msgspec
import pytest
from litestar.testing import TestClient
from network import hub

from events.settings import Settings
from hub.app import create_app


@pytest.fixture(scope="module")
def client(module_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(module_settings), raise_server_exceptions=False) as client:
        yield client


# ---- HEAD


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/readyz", "/status", "/api/national", "/schema", "/static/favicon.svg", "/nothing-here"]
)
def test_head_answers_as_get_does_without_the_body(client: TestClient, path: str) -> None:
    got, asked = client.get(path), client.head(path)
    assert asked.status_code == got.status_code
    assert asked.content == b""
    assert {**asked.headers} == {**got.headers}


def test_head_does_not_open_what_only_takes_posts(client: TestClient) -> None:
    assert client.head("/api/areas/E06000066/join").status_code == 405


# ---- commands


@pytest.mark.parametrize("words", ["serve", "project", "tick", "work", "simulate", "import areas pyproject.toml"])
def test_a_command_that_is_given_no_queue_says_so_in_a_sentence(module_settings: Settings, words: str) -> None:
    wrong = msgspec.structs.replace(module_settings, redis_url="redis://:s3cret@host:notaport")
    done = hub(wrong, *words.split())
    assert done.returncode == 2
    assert "HUB_REDIS_URL is not an address of Redis" in done.stderr
    assert "s3cret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
