"""A class file: what a kind of equipment offers."""

from typing import Annotated

from pydantic import Field

from config.schema.base import Strict, Text, TitleFields
from config.schema.values import Identifier, Name, Tag, UnitField, choice
from drivers.points import NO_UNIT, Kind


class RoleFields(Strict):
    """One thing a class offers."""

    kind: Annotated[Kind, choice(Kind)]
    unit: UnitField = NO_UNIT
    required: bool = False
    states: list[Name] = Field(default=[])
    title: TitleFields
    span: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    moves: bool = False


class ParameterFields(Strict):
    """A number a site may set."""

    unit: UnitField = NO_UNIT
    default: float | None = None
    title: TitleFields


class RelationFields(Strict):
    """Another equipment this one needs to know."""

    cls: Identifier = Field(alias="class")
    required: bool = False
    title: TitleFields


class CommandFields(Strict):
    """A verb: either it moves the equipment or it is safe to repeat."""

    moving: bool = False
    safe: bool = False
    title: TitleFields


class InterlockFields(Strict):
    """A condition under which no procedure may start or go on."""

    id: Identifier
    when: Text
    title: TitleFields
    aborts: bool = True


class ClassFile(Strict):
    """A whole class file."""

    id: Identifier
    title: TitleFields
    roles: dict[Name, RoleFields] = Field(min_length=1)
    parameters: dict[Name, ParameterFields] = Field(default={})
    terms: dict[Name, Text] = Field(default={})
    relations: dict[Name, RelationFields] = Field(default={})
    commands: dict[Name, CommandFields] = Field(default={})
    interlocks: list[InterlockFields] = Field(default=[])
    read_only: bool = False
    tags: list[Tag] = Field(default=[])
