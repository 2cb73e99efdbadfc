"""The JSON Schema of a message, read off its dataclass: fields, types and the texts below them."""

import inspect
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from headquarters.contract import protocol
from headquarters.contract.docstrings import field_texts
from headquarters.contract.examples import FACTS
from headquarters.contract.protocol import EventMessage
from rules.facts import Fact
from runtime.parsing import MAX_INTEGER, Text, Within

DRAFT = "http://json-schema.org/draft-07/schema#"
"""What AsyncAPI 3 payloads are without another schemaFormat."""
_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER},
    float: {"type": "number"},
    type(None): {"type": "null"},
    Any: {},
}


def schema(shape: type) -> dict[str, Any]:
    """The JSON Schema of a message."""
    definitions: dict[str, Any] = {}
    body = _object(shape, definitions)
    if shape is EventMessage:
        facts = [_shape(fact, definitions) for fact in get_args(Fact)]
        # A newer gateway may tell of more kinds.
        unknown = {"type": "object", "required": ["kind"], "properties": {"kind": {"not": {"enum": [*FACTS]}}}}
        body["properties"]["body"] = {"anyOf": [*facts, unknown]}
    return {"$schema": DRAFT, **body, "definitions": dict(sorted(definitions.items()))}


def _shape(shape: Any, definitions: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any type of our messages
    if is_dataclass(shape) and isinstance(shape, type):
        if shape.__name__ not in definitions:
            definitions[shape.__name__] = {}  # so that a shape within itself ends
            definitions[shape.__name__] = _object(shape, definitions)
        return {"$ref": f"#/definitions/{shape.__name__}"}
    if get_origin(shape) is Annotated:
        base, *limits = get_args(shape)
        return _shape(base, definitions) | {key: value for limit in limits for key, value in _limits(limit).items()}
    if isinstance(shape, UnionType):
        return {"anyOf": [_shape(one, definitions) for one in get_args(shape)]}
    if get_origin(shape) is list:
        return {"type": "array", "items": _shape(get_args(shape)[0], definitions)}
    if get_origin(shape) is dict:
        return {"type": "object", "additionalProperties": _shape(get_args(shape)[1], definitions) or True}
    return dict(_PLAIN[shape])


def _limits(limit: Text | Within) -> dict[str, Any]:
    if isinstance(limit, Within):
        return {"minimum": limit.low, "maximum": limit.high}
    form = {"pattern": f"^{limit.form}$"} if limit.form else {}
    return {"minLength": limit.least, "maxLength": limit.most} | form


def _later(shape: type) -> set[str]:
    """Fields of a message that were added later: an older sender does not have them."""
    given = shape.__module__ == protocol.__name__
    return {one.name for one in fields(shape) if given and (one.default, one.default_factory) != (MISSING, MISSING)}


def _object(shape: type, definitions: dict[str, Any]) -> dict[str, Any]:
    hints, texts = get_type_hints(shape, include_extras=True), field_texts(shape)
    properties: dict[str, Any] = {}
    for field in fields(shape):
        described = _shape(hints[field.name], definitions)
        if field.name == "kind" and isinstance(field.default, str):
            described = {"const": field.default}
        if field.name in texts:
            described = {"allOf": [described]} if "$ref" in described else described
            described["description"] = texts[field.name]
        properties[field.name] = described
    return {
        "title": shape.__name__,
        "description": inspect.cleandoc(shape.__doc__ or ""),
        "type": "object",
        "required": [field.name for field in fields(shape) if field.name not in _later(shape)],
        "properties": properties,
    }
