"""What the API's description says of errors is what the API answers."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from litestar.testing import TestClient
from network import CORNWALL, SOMERSET

from events.database import connect
from events.settings import Settings
from events.vault import destroy_keys
from hub.app import create_app
from hub.errors import PROBLEM, Problem

KEY = "s3cret"
AREA = f"/api/areas/{SOMERSET}"


@pytest.fixture(scope="module")
def client(module_settings: Settings) -> Iterator[TestClient]:
    settings = msgspec.structs.replace(module_settings, write_key=KEY)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        assert ask(client, "POST", f"{AREA}/join", {}).status_code == 201
        yield client


def ask(client: TestClient, method: str, path: str, said: object = None, **headers: str | None) -> Any:
    given = {"authorization": f"Bearer {KEY}", "idempotency-key": str(uuid4()), "content-type": "application/json"}
    given |= {name.replace("_", "-"): text for name, text in headers.items()}  # pyright: ignore
    sent = {name: text for name, text in given.items() if text is not None}
    return client.request(method, path, content=None if said is None else json.dumps(said), headers=sent)


def described(client: TestClient) -> dict[str, Any]:
    return client.get("/schema/openapi.json").json()


def test_every_error_of_every_address_is_described_as_problem_details(client: TestClient) -> None:
    spec = described(client)
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                if status >= "400" and path != "/readyz":
                    [kind] = answer["content"]
                    schema = answer["content"][kind]["schema"]
                    assert (kind, schema) == (PROBLEM, {"$ref": "#/components/schemas/Problem"}), f"{method} {path}"
    assert spec["components"]["schemas"]["Problem"]["required"] == ["status", "title"]


def test_what_is_limited_says_so(client: TestClient) -> None:
    paths = described(client)["paths"]
    unlimited = {path for path, methods in paths.items() if "429" not in next(iter(methods.values()))["responses"]}
    assert unlimited == {"/healthz", "/readyz"}


def test_an_address_that_takes_a_key_says_so_and_what_it_answers_without_one(client: TestClient) -> None:
    for path, methods in described(client)["paths"].items():
        for method, operation in methods.items():
            if path.startswith(("/api/areas/", "/api/deliveries", "/api/learning/")):
                assert operation["security"] == [{"key": []}], f"{method} {path}"
                assert {"401", "403"} <= operation["responses"].keys()
                assert "404" in operation["responses"] or "{" not in path
            else:
                assert "security" not in operation
                assert not {"401", "403"} & operation["responses"].keys()


ENTERPRISE = f"{AREA}/enterprises/{{enterprise}}"
NEW = {"name": "B", "origin": "new", "legal_form": "CIC"}

ANSWERS: list[tuple[int, str, str, object, dict[str, str | None]]] = [
    (400, "GET", "/api/national?on=nonsense", None, {}),
    (400, "GET", f"{AREA}/ledger?limit=-1", None, {}),
    (400, "POST", f"{AREA}/leave", {"nonsense": 1}, {}),
    (400, "POST", f"{AREA}/leave", {}, {"idempotency_key": None}),
    (401, "GET", f"{AREA}/ledger", None, {"authorization": None}),
    (401, "POST", f"{AREA}/leave", {}, {"authorization": "Bearer trellis_x_y"}),
    (404, "GET", f"/api/areas/{CORNWALL}/ledger", None, {}),
    (404, "POST", f"{ENTERPRISE}/close".replace("{enterprise}", str(UUID(int=7))), {}, {}),
    (413, "POST", f"{AREA}/leave", {"reason": "x" * 1_100_000}, {}),
    (422, "POST", f"{AREA}/join", {}, {}),
]


@pytest.mark.parametrize(("status", "method", "path", "said", "headers"), ANSWERS)
def test_an_answer_is_one_that_is_described(
    client: TestClient, status: int, method: str, path: str, said: object, headers: dict[str, str | None]
) -> None:
    answer = ask(client, method, path, said, **headers)
    assert answer.status_code == status, answer.text
    is_described(client, answer, method)


def test_a_field_called_as_something_that_handlers_are_given_is_named(client: TestClient) -> None:
    at = ENTERPRISE.replace("{enterprise}", str(uuid4()))
    assert ask(client, "POST", at, NEW).status_code == 201
    answer = ask(client, "POST", f"{at}/training", {"course": "first aid", "who": "somebody"})
    assert answer.status_code == 400, answer.text
    assert [each["field"] for each in answer.json()["errors"]] == ["who"]
    is_described(client, answer, "POST")


def test_adding_to_an_erased_person_is_answered_as_described(client: TestClient, module_settings: Settings) -> None:
    enterprise = uuid4()
    at = ENTERPRISE.replace("{enterprise}", str(enterprise))
    assert ask(client, "POST", at, NEW).status_code == 201
    assert ask(client, "POST", f"{at}/milestones", {"kind": "x", "note": "y"}).status_code == 201
    with connect(module_settings.vault_url) as vault:
        destroy_keys(vault, [enterprise])
    answer = ask(client, "POST", f"{at}/milestones", {"kind": "z", "note": "y"})
    assert answer.status_code == 410
    is_described(client, answer, "POST")


def is_described(client: TestClient, answer: Any, method: str) -> None:
    path = answer.request.url.path.replace(SOMERSET, "{area}").replace(CORNWALL, "{area}")
    parts = ["{enterprise}" if len(part) == 36 else part for part in path.split("/")]
    operation = described(client)["paths"]["/".join(parts)][method.lower()]
    assert list(operation["responses"][str(answer.status_code)]["content"]) == [answer.headers["content-type"]]
    said = msgspec.json.decode(answer.content, type=Problem)
    assert said.status == answer.status_code


def test_the_page_tells_errors_in_words(client: TestClient) -> None:
    said = client.get("/schema", headers={"accept": "text/html"}).text
    assert "413: The request is too large." in said
    assert "status_code" not in said
