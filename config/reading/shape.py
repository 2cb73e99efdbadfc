"""Checks the data of a file against its shape; every mistake becomes a finding at its key or value."""

from collections.abc import Mapping
from types import NoneType
from typing import TypeVar, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from config.reading.yamlfile import Path, YamlFile
from drivers.points import Finding, Place
from rules.suggest import nearest

Shape = TypeVar("Shape")

_CODES = {
    "missing": "schema.missing",
    "extra_forbidden": "schema.unknown-key",
    "string_type": "schema.text",
    "int_type": "schema.integer",
    "float_type": "schema.number",
    "finite_number": "schema.number",
    "bool_type": "schema.truth",
    "list_type": "schema.list",
    "dict_type": "schema.mapping",
    "model_type": "schema.mapping",
    "literal_error": "schema.literal",
    "string_too_short": "schema.empty",
    "too_short": "schema.too-few",
    "too_long": "schema.too-many",
    "greater_than_equal": "schema.too-small",
    "less_than_equal": "schema.too-large",
}
"""pydantic's error type -> our message code."""


def check(file: YamlFile, shape: type[Shape]) -> tuple[Shape | None, list[Finding]]:
    """The data of ``file`` as ``shape``, or None and every mistake in it."""
    try:
        return TypeAdapter(shape).validate_python(file.data), []
    except ValidationError as error:
        findings = [_finding(file, shape, details) for details in error.errors(include_url=False)]
        return None, [finding for finding in findings if not _misspelt(finding, findings)]


def _misspelt(finding: Finding, findings: list[Finding]) -> bool:
    # `clas` instead of `class` is one mistake, not an unknown key and a missing one.
    unknown = [other for other in findings if other.code == "schema.unknown-key"]
    meant = {(other.arguments["inside"], other.suggestion) for other in unknown}
    return finding.code == "schema.missing" and (finding.arguments["inside"], finding.arguments["key"]) in meant


def _finding(file: YamlFile, shape: object, details: ErrorDetails) -> Finding:
    context: Mapping[str, object] = details.get("ctx", {})
    path, is_key = _path(details)
    code = details["type"] if "." in details["type"] else _CODES[details["type"]]
    suggestion = context.get("suggestion")
    if code == "schema.unknown-key":
        suggestion = nearest(path[-1], _known_keys(shape, path[:-1]))
    arguments = {**context, "key": _label(path), "inside": path[:-1]}
    arguments.pop("suggestion", None)
    place = file.key(path) if is_key else file.value(path)
    return Finding(code, _veiled(place, code), arguments, None if suggestion is None else str(suggestion))


def _path(details: ErrorDetails) -> tuple[Path, bool]:
    path = tuple(details["loc"])
    if path and path[-1] == "[key]":
        return path[:-1], True
    return path, details["type"] == "extra_forbidden"


def _label(path: Path) -> str:
    return str(next((part for part in reversed(path) if isinstance(part, str)), ""))


def _veiled(place: Place, code: str) -> Place:
    # The line may hold the very secret that should not be there; nobody prints it.
    return Place(place.file, place.line, place.column) if code == "value.secret" else place


def _known_keys(shape: object, path: Path) -> list[str]:
    for part in path:
        shape = _inside(_present(shape), part)
    shape = _present(shape)
    fields = shape.model_fields if isinstance(shape, type) and issubclass(shape, BaseModel) else {}
    return [field.alias or name for name, field in fields.items()]


def _inside(shape: object, part: str | int) -> object:
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        fields = {field.alias or name: field for name, field in shape.model_fields.items()}
        return fields[str(part)].annotation
    return get_args(shape)[-1]


def _present(shape: object) -> object:
    kinds = get_args(shape)
    return kinds[0] if NoneType in kinds else shape
