"""Whatever is sent to whatever address of the API, the answer is never a mistake of the hub's."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import hypothesis.strategies as st
import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from litestar.testing import TestClient
from network import SOMERSET
from schemathesis import GenerationMode

from events.settings import Settings
from hub.app import create_app

KNOWN = {"area": SOMERSET, "enterprise": str(uuid4())}


@pytest.fixture(scope="module")
def client(module_settings: Settings) -> Iterator[TestClient]:
    enterprise = {"name": "B", "origin": "new", "legal_form": "CIC"}
    with TestClient(create_app(module_settings), raise_server_exceptions=False) as client:
        for path, said in (("join", {}), (f"enterprises/{KNOWN['enterprise']}", enterprise)):
            headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
            done = client.post(f"/api/areas/{SOMERSET}/{path}", content=json.dumps(said), headers=headers)
            assert done.status_code == 201
        yield client


def requests(operation: Any) -> st.SearchStrategy[Any]:
    """What the description asks for and what it rules out, at known addresses and at any."""
    known = {name: text for name, text in KNOWN.items() if f"{{{name}}}" in operation.path}
    return st.one_of(
        operation.as_strategy(mode, **at)
        for mode in GenerationMode
        for at in ([{}, {"path_parameters": known}] if known else [{}])
    )


@pytest.mark.parametrize(
    "each", [pytest.param(12, id="a little"), pytest.param(200, id="a lot", marks=pytest.mark.full)]
)
def test_no_request_is_answered_with_a_mistake_of_the_hubs(client: TestClient, each: int) -> None:
    described = schemathesis.openapi.from_dict(client.get("/schema/openapi.json").json())
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) > 15
    for operation in operations:

        @examples(
            max_examples=each,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=each < 100,
            database=None,
        )
        @given(case=requests(operation))
        def asking(case: Any) -> None:
            request = case.as_transport_kwargs(base_url="http://testserver.local")
            request["content"] = request.pop("data", None)
            # as bytes, since this client puts nothing but ASCII into a text
            request["headers"] = {
                name: str(value).encode("latin-1", "replace") for name, value in request["headers"].items()
            }
            for unknown in ("cookies", "files"):
                request.pop(unknown, None)
            if isinstance(request["content"], dict):
                return  # a form: what `requests` makes of one, this client does not
            answer = client.request(**request)
            assert answer.status_code < 500, (request, answer.text)
            # 405: schemathesis tries other methods too
            is_described = {*case.operation.definition.raw["responses"], "405"}
            assert str(answer.status_code) in is_described, (request, answer.text)
            if answer.status_code >= 400:
                assert answer.headers["content-type"].startswith("application/problem+json"), answer.text

        asking()
