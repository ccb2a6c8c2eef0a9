"""The API, described: as OpenAPI for programs, as a page for people."""

import json
import re
from typing import Any, cast

from litestar import MediaType, Request, Router
from litestar.openapi.plugins import OpenAPIRenderPlugin
from msgspec import Struct

from events.base import NotFound
from hub.errors import PROBLEM
from hub.look.page import render


class Field(Struct, frozen=True, kw_only=True):
    name: str
    type: str
    required: bool
    note: str


class Operation(Struct, frozen=True, kw_only=True):
    method: str
    path: str
    words: str
    parameters: list[Field]
    body: list[Field]
    example: str
    """A body, as JSON; empty where there is none."""
    answers: list[str]

    @property
    def anchor(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", f"{self.method}-{self.path}".lower()).strip("-")


class Group(Struct, frozen=True, kw_only=True):
    name: str
    operations: list[Operation]


Spec = dict[str, Any]


class SchemaPage(OpenAPIRenderPlugin):
    """The description as a page of ours: no script, nothing from elsewhere."""

    def __init__(self) -> None:
        super().__init__(path="/", media_type=MediaType.HTML)

    def receive_router(self, router: Router) -> None:
        router.before_request = _only_what_is_here

    def render(self, request: Request[Any, Any, Any], openapi_schema: Spec) -> bytes:
        about = openapi_schema["info"]
        return render(
            "schema/pages/schema.html",
            groups=groups(openapi_schema),
            version=about["version"],
            words=about["description"],
        )


async def _only_what_is_here(request: Request[Any, Any, Any]) -> None:
    """The framework has a page of its own for other addresses under this one; ours says more."""
    if "path" in request.path_params:
        raise NotFound("There is nothing at this address.")


def groups(spec: Spec) -> list[Group]:
    """The operations of an OpenAPI description, by their first tag."""
    by_tag: dict[str, list[Operation]] = {}
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["Figures"])[0]
            by_tag.setdefault(tag, []).append(_operation(spec, path, method, operation))
    return [Group(name=name, operations=found) for name, found in sorted(by_tag.items())]


def _operation(spec: Spec, path: str, method: str, operation: Spec) -> Operation:
    parameters = [
        Field(
            name=each["name"],
            type=_type(spec, each.get("schema", {})),
            required=each.get("required", False),
            note=each.get("description", ""),
        )
        for each in operation.get("parameters", [])
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return Operation(
        method=method.upper(),
        path=path,
        words=operation.get("description") or operation.get("summary", ""),
        parameters=parameters,
        body=_fields(spec, body),
        example=_example(_resolved(spec, body)),
        answers=[f"{status}: {_answer(spec, found)}" for status, found in operation["responses"].items()],
    )


def _fields(spec: Spec, schema: Spec) -> list[Field]:
    found = _resolved(spec, schema)
    required = found.get("required", [])
    return [
        Field(name=name, type=_type(spec, each), required=name in required, note=each.get("description", ""))
        for name, each in found.get("properties", {}).items()
    ]


def _example(schema: Spec) -> str:
    return next((json.dumps(each, ensure_ascii=False) for each in schema.get("examples", [])), "")


def _resolved(spec: Spec, schema: Spec) -> Spec:
    reference = schema.get("$ref")
    return cast("Spec", spec["components"]["schemas"][reference.rpartition("/")[2]]) if reference else schema


def _type(spec: Spec, schema: Spec) -> str:
    if "$ref" in schema:
        inner = _fields(spec, schema)
        return "fields " + ", ".join(each.name for each in inner) if inner else _type(spec, _resolved(spec, schema))
    if "enum" in schema:
        return "one of " + ", ".join(str(each) for each in schema["enum"] if each is not None)
    if "oneOf" in schema:
        return " or ".join(_type(spec, each) for each in schema["oneOf"] if each.get("type") != "null")
    match schema.get("type"):
        case "string" if schema.get("format") == "date":
            return "date, like 2026-05-03"
        case "string" if schema.get("format") == "uuid":
            return "UUID"
        case "string":
            return "text"
        case "integer":
            return "whole number"
        case "number":
            return "number"
        case "boolean":
            return "true or false"
        case "array":
            return f"list of {_type(spec, schema.get('items', {}))}"
        case _:
            return "fields"


def _answer(spec: Spec, response: Spec) -> str:
    content = response.get("content", {})
    schema = next((each.get("schema", {}) for kind, each in content.items() if kind != PROBLEM), {})
    names = [each.name for each in _fields(spec, schema)]
    return ", ".join(names) if names else str(response.get("description", ""))
