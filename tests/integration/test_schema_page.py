"""The description of the API as a page, and what is not there."""

from collections.abc import Iterator

import pytest
from litestar.testing import TestClient

from events.settings import Settings
from hub.app import create_app


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), base_url="http://localhost:8000") as client:
        yield client


@pytest.mark.parametrize("path", ["/schema/nonsense", "/schema/openapi.yaml", "/schema/swagger", "/schema/a/b"])
def test_what_is_not_described_is_said_as_everywhere_else(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert answer.text == client.get("/nonsense", headers={"accept": "text/html"}).text
    program = client.get(path)
    assert program.headers["content-type"] == "application/problem+json"
    assert program.json()["detail"] == "There is nothing at this address."


def test_the_description_is_there_for_people_and_for_programs(client: TestClient) -> None:
    assert "<h1" in client.get("/schema", headers={"accept": "text/html"}).text
    assert client.get("/schema/").status_code == 200
    assert client.get("/schema/openapi.json").json()["openapi"].startswith("3.")
