"""A class file: what a kind of equipment offers."""

from typing import Annotated, Literal

from pydantic import Field

from config.schema.base import Strict, Text
from config.schema.title import TitleField
from config.schema.values import EffectField, Identifier, Name, Period, Tag, UnitField, choice
from drivers.points import NO_UNIT, Kind


class RoleFields(Strict):
    """One thing a class offers."""

    kind: Annotated[Kind, choice(Kind)]
    unit: UnitField = NO_UNIT
    required: bool = False
    states: list[Name] = Field(default=[])
    title: TitleField
    span: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    moves: bool = False


class ParameterFields(Strict):
    """A number a site may set."""

    unit: UnitField = NO_UNIT
    default: float | None = None
    title: TitleField
    safe: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    """Lowest and highest value that a site may set, of what an interlock, proof or handover reads."""


class RelationFields(Strict):
    """Another equipment this one needs to know."""

    cls: Identifier = Field(alias="class")
    also: list[Identifier] = Field(default=[])
    """Further classes the other one may be of."""
    required: bool = False
    declared: bool = False
    """Equipment that takes commands names it, or says ``none`` and why."""
    title: TitleField


class ClassCommandFields(Strict):
    """A verb and its effect."""

    effect: EffectField | None = None
    moving: bool = False
    """Until release 0.3: the effect by the name of the verb, else switch."""
    safe: bool = False
    """Until release 0.3: effect safe."""
    title: TitleField
    proof: Text | None = None
    """What shows that it has done its work."""
    within: Period = 60.0
    """In which time that shows."""
    unless: Literal["handover"] | None = None
    """Of a safe command: not given while the equipment is needed, or nobody knows."""


class ByPersonFields(Strict):
    """What reveals that a person has taken the equipment in hand."""

    modes: list[Name] = Field(default=[])
    when: Text | None = None


class InterlockFields(Strict):
    """A condition under which no procedure may start or go on."""

    id: Identifier
    when: Text
    title: TitleField
    aborts: bool = True
    forbids: list[EffectField] | None = Field(default=None, min_length=1)
    """The effects of the commands it forbids; left out: every effect but safe and signal."""


class ClassFile(Strict):
    """A whole class file."""

    id: Identifier
    title: TitleField
    roles: dict[Name, RoleFields] = Field(min_length=1)
    parameters: dict[Name, ParameterFields] = Field(default={})
    terms: dict[Name, Text] = Field(default={})
    relations: dict[Name, RelationFields] = Field(default={})
    commands: dict[Name, ClassCommandFields] = Field(default={})
    interlocks: list[InterlockFields] = Field(default=[])
    handover: Text | None = None
    """While it holds, the equipment is needed: it is given back, never stopped."""
    rest: Text | None = None
    """While it holds, the equipment stands still."""
    by_person: ByPersonFields | None = None
    read_only: bool = False
    tags: list[Tag] = Field(default=[])
