"""An example of each body that the API takes, made from the types themselves, so that none is forgotten.

A field's example is what its `Meta(examples=[...])` says, else what `SAID` has under its name, else any of its choices.
All that a body may hold is in its example.
"""

from collections.abc import Mapping
from typing import Any

from litestar._openapi.schema_generation.plugins.struct import StructSchemaPlugin
from litestar.openapi.spec import Schema
from litestar.typing import FieldDefinition
from msgspec import Struct, inspect

from hub.input import Input

DAY = "2026-05-03"
ID = "6a0f3c1e-5a1b-4b7e-9d5e-0c6f7a8b9c0d"

SAID: Mapping[str, str | float] = {
    "action": "The council's housing lead joined the monthly meeting.",
    "can_take": 2,
    "change": "Two people visit together at first.",
    "checklist": "2026",
    "contact": "01632 960001, after school",
    "context": "A coastal district with few buses.",
    "cost": 135_000,
    "course": "first aid",
    "detail": "Insurers ask sole traders for three years of accounts.",
    "email": "ann@example.org",
    "employer": "Somerset Council",
    "enterprises": 200,
    "evidence": "The director signed the plan on 1 May 2026.",
    "focus": "support at home in villages",
    "from_area": "E10000008",
    "from_code": "E10000027",
    "hourly_rate": 18.5,
    "hours_per_week": 12.5,
    "how": "An insurer now covers all members of the network.",
    "indicator": "jobs",
    "jobs": 2,
    "kind": "first customer",
    "message": "Somebody near the harbour would like company on walks, two mornings a week.",
    "minutes": 45,
    "name": "Orchard Bakery",
    "note": "It went well.",
    "outcome": "ended early",
    "owner": "director of adult social care",
    "people_supported": 6,
    "person": "Ann Lee",
    "phone": "01632 960000",
    "places": 12,
    "position": 12,
    "post": "coast",
    "reference": "certificate 1042",
    "requirement": "public liability insurance",
    "result": "Six people started within a month.",
    "service": "company and walks",
    "services": "baking together",
    "source": "annual report 2026",
    "stage": "trading",
    "text": "It began with one oven and three neighbours.",
    "title": "Neighbours bake together",
    "to_code": "E06000066",
    "tried": "Asked at the school gate who would like to help.",
    "value": 2500,
    "venue": "Town hall",
    "version": "2026",
    "volunteers": 3,
    "wants": "Somebody to walk with, and a chat.",
    "what": "Keep the first aid box filled.",
    "wording": "A 2026-05",
}
"""What somebody might say in a field of this name."""


def example(type: type[Struct]) -> dict[str, Any]:
    """The example of a struct, as JSON has it. Raises `LookupError` for text that nothing is known of."""
    info = inspect.type_info(type)
    assert isinstance(info, inspect.StructType)
    return {field.encode_name: _value(field.encode_name, field.type) for field in info.fields}


def _value(name: str, type: inspect.Type) -> Any:
    match type:
        case inspect.Metadata(extra_json_schema=dict() as said) if said.get("examples"):
            return said["examples"][0]
        case inspect.Metadata():
            return _value(name, type.type)
        case inspect.UnionType():
            return _value(name, next(each for each in type.types if not isinstance(each, inspect.NoneType)))
        case inspect.StructType():
            return example(type.cls)
        case inspect.LiteralType():
            return SAID[name] if SAID.get(name) in type.values else type.values[0]
        case inspect.VarTupleType() | inspect.ListType():
            return [_value(name, type.item_type)]
        case inspect.StrType():
            if name not in SAID:
                raise LookupError(f"Say in Meta(examples=[…]) or in {__name__} what a {name} is, for example.")
            return SAID[name]
        case inspect.IntType() | inspect.FloatType():
            return SAID.get(name, 1)
        case inspect.BoolType():
            return True
        case inspect.DateType():
            return DAY
        case inspect.UUIDType():
            return ID
        case _:
            raise LookupError(f"Say in Meta(examples=[…]) what a {name} is, for example.")


class DescribeInputs(StructSchemaPlugin):
    """Puts the example of each input into its description."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        return super().is_plugin_supported_field(field_definition) and field_definition.is_subclass_of(Input)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Schema:
        schema = super().to_openapi_schema(field_definition, schema_creator)
        schema.examples = [example(field_definition.annotation)]
        return schema
