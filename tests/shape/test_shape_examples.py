"""Every body that the API takes is shown by an example, and the example is one it takes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from events.base import today
from events.settings import Settings
from hub.app import create_app
from hub.corrections.routes import INPUTS
from hub.input import Input, Line, happened_on
from hub.schema.examples import example
from hub.schema.page import groups


@pytest.fixture(scope="module")
def app() -> Litestar:
    return create_app(Settings(data=Path("/nowhere"), heads=Path("/nowhere")))


def bodies(app: Litestar) -> Iterator[tuple[str, type[Input], dict[str, Any]]]:
    """Each address that takes JSON, what it takes, and how that is described."""
    spec = app.openapi_schema.to_schema()
    taken = {
        (route.path_format, method.lower()): handler.parsed_fn_signature.parameters["data"].annotation
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler) and "data" in handler.parsed_fn_signature.parameters
        for method in handler.http_methods
    }
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            if schema:
                described = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
                yield f"{method} {path}", taken[path, method], described


def test_every_body_has_an_example_that_is_taken(app: Litestar) -> None:
    found = list(bodies(app))
    assert {kind for _, kind, _ in found} >= set(INPUTS.values())
    for address, kind, described in found:
        for each in described["examples"]:
            said = msgspec.convert(each, kind)
            said.check(today=today())
            assert said.on == happened_on(said.on, today=today()), address
            assert set(each) == {field.encode_name for field in msgspec.structs.fields(kind)}, address


def test_the_page_about_the_api_shows_it(app: Litestar) -> None:
    operations = [each for group in groups(app.openapi_schema.to_schema()) for each in group.operations]
    shown = {each.path: each.example for each in operations}
    assert "first customer" in shown["/api/areas/{area}/enterprises/{enterprise}/milestones"]
    assert shown["/api/national"] == ""


def test_a_text_that_nothing_is_known_of_is_noticed() -> None:
    class Unheard(Input, frozen=True, kw_only=True):
        unheard_of: Line

    class Told(Input, frozen=True, kw_only=True):
        unheard_of: Annotated[Line, Meta(examples=["a word"])]

    with pytest.raises(LookupError, match="unheard_of"):
        example(Unheard)
    assert example(Told)["unheard_of"] == "a word"
