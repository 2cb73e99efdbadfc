"""The shapes of our files as JSON Schemas, and the first line of a file that names its own: what editors understand."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from config.schema.equipment_class import ClassFile
from config.schema.people import PeopleFile
from config.schema.plant import PlantFile
from config.schema.procedure import PlanFile, ProcedureFile
from config.schema.rule import RuleFile
from config.schema.rule_test import RuleTestFile
from config.schema.template import TemplateFile

FOLDER = ".schema"
"""Where the schemas of a site lie, beside its plant.yaml."""
_MODELINE = "# yaml-language-server: $schema="
"""What the YAML language server reads (redhat-developer/yaml-language-server, "Using inlined schema")."""


_VARIABLE = {"type": "string", "pattern": r"\$\{[a-z][a-z0-9_]*\}"}
"""A text with a variable of the site in it."""


class FileKind(Enum):
    """The kinds of files; the value is the name of the schema."""

    PLANT = "plant"
    RULES = "rules"
    RULE_TESTS = "rule-tests"
    PROCEDURES = "procedures"
    PLANS = "plans"
    TEMPLATE = "template"
    CLASS = "class"
    PEOPLE = "people"


_SHAPES: dict[FileKind, Any] = {
    FileKind.PLANT: PlantFile,
    FileKind.RULES: RuleFile,
    FileKind.RULE_TESTS: RuleTestFile,
    FileKind.PROCEDURES: ProcedureFile,
    FileKind.PLANS: PlanFile,
    FileKind.TEMPLATE: TemplateFile,
    FileKind.CLASS: ClassFile,
    FileKind.PEOPLE: PeopleFile,
}
_FOLDERS = {
    "rules": FileKind.RULES,
    "procedures": FileKind.PROCEDURES,
    "plans": FileKind.PLANS,
    "templates": FileKind.TEMPLATE,
    "classes": FileKind.CLASS,
}


@dataclass(frozen=True, slots=True)
class Known:
    """The ids a site may use, its own and those of the library; an editor offers them."""

    templates: Sequence[str]
    classes: Sequence[str]
    packs: Sequence[str]


def json_schema(kind: FileKind, known: Known | None = None) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a kind of file, made from the very shapes that check it; with ``known``, ids too."""
    schema: dict[str, Any] = TypeAdapter(_SHAPES[kind]).json_schema(schema_generator=_Generator)
    if known is not None:
        _offer(schema, known)
    if kind not in (FileKind.TEMPLATE, FileKind.CLASS):
        schema = _with_variables(schema)
    return {"$schema": _Generator.schema_dialect, **schema, "title": f"plantgate {kind.value}"}


def _offer(schema: dict[str, Any], known: Known) -> None:
    """Replace the pattern of an id by the ids there are."""
    for shape in (schema, *schema.get("$defs", {}).values()):
        fields = shape.get("properties", {})
        for name, ids in (("template", known.templates), ("class", known.classes), ("for_each", known.classes)):
            # A work order has a class too, of another kind: it is not an id.
            if "pattern" in fields.get(name, {}):
                fields[name] = {"type": "string", "enum": list(ids)}
        if "packs" in fields:
            fields["packs"]["items"] = {"type": "string", "enum": list(known.packs)}


def _with_variables(schema: dict[str, Any]) -> dict[str, Any]:
    """The same, with a variable allowed wherever a single value is."""
    made: dict[str, Any] = {}
    for key, part in schema.items():
        if key in ("properties", "patternProperties", "$defs"):
            made[key] = {name: _or_variable(one) for name, one in part.items()}
        elif key in ("items", "additionalProperties") and isinstance(part, dict):
            made[key] = _or_variable(part)
        else:
            made[key] = part
    return made


def _or_variable(schema: dict[str, Any]) -> dict[str, Any]:
    types = schema.get("type", "string" if "enum" in schema else "")
    single = {types} if isinstance(types, str) else {*types}
    # A text of any form includes one with a variable.
    free = single == {"string"} and not {"pattern", "enum"} & schema.keys()
    if free or not single <= {"string", "integer", "number", "boolean"}:
        return _with_variables(schema)
    told: dict[str, Any] = {key: schema[key] for key in ("description", "title") if key in schema}
    value = {key: part for key, part in schema.items() if key not in told}
    return {**told, "anyOf": [value, _VARIABLE]}


def file_kind(path: PurePath) -> FileKind | None:
    """What kind of file ``path`` is, relative to its site or to the library; None: none of ours."""
    if path in (PurePath("plant.yaml"), PurePath("people.yaml")):
        return FileKind(path.stem)
    if path.suffix != ".yaml" or len(path.parts) < 2:
        return None
    return FileKind.RULE_TESTS if path.name.endswith(".test.yaml") else _FOLDERS.get(path.parts[0])


def modeline(path: PurePath) -> str:
    """The first line of the site's file ``path``, which leads an editor to its schema. ValueError: no file of ours."""
    kind = file_kind(path)
    if kind is None:
        raise ValueError(path)
    return f"{_MODELINE}{'../' * (len(path.parts) - 1)}{FOLDER}/{kind.value}.json"


def has_modeline(text: str) -> bool:
    """Whether the first line of ``text`` names a schema."""
    return text.startswith(_MODELINE)


class _Generator(GenerateJsonSchema):
    """Without defaults: in the shapes they are parsed values, which is not how people write them."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """The schema of the value alone."""
        return self.generate_inner(schema["schema"])

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """What may be left out cannot be written as nothing."""
        return self.generate_inner(schema["schema"])

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Keys that do not have the form of a name are mistakes."""
        made = super().dict_schema(schema)
        return {**made, "additionalProperties": False} if "patternProperties" in made else made
