"""A device template: what is at which register."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from config.schema.base import Strict, Text, TitleFields
from config.schema.plant import PollClass
from config.schema.values import Identifier, Name, UnitField, choice, refuse
from drivers.points import NO_UNIT, Kind
from drivers.templates import Table, WordOrder

_AT = re.compile(r"(coil|discrete|input|holding) ([0-9]{1,5})(?: bit ([0-9]{1,2}))?\Z")
_OBJECT = re.compile(r"([a-z][a-z-]*|[0-9]{1,4}) ([0-9]{1,7})(?: ([a-z][a-z-]*|[0-9]+)(\[[0-9]+\])?)?\Z")
_WORD = 65535


class Coding(StrEnum):
    """How a value is coded on the wire."""

    BIT = "bit"
    U16 = "u16"
    I16 = "i16"
    U32 = "u32"
    I32 = "i32"
    F32 = "f32"


class Verified(StrEnum):
    """What the register map was checked against."""

    MANUAL = "manual"
    SOURCE = "source"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class At:
    """Where a value stands, as the manual numbers it."""

    table: Table
    number: int
    bit: int | None


@dataclass(frozen=True, slots=True)
class ObjectAt:
    """Where a value stands in a BACnet device."""

    object_type: str
    instance: int
    property: str


def _at(text: object) -> At | ObjectAt:
    if not isinstance(text, str):
        raise refuse("template.at")
    if matched := _AT.match(text):
        return _register(matched)
    if matched := _OBJECT.match(text):
        return ObjectAt(matched[1], int(matched[2]), (matched[3] or "present-value") + (matched[4] or ""))
    raise refuse("template.at")


def _register(matched: re.Match[str]) -> At:
    table, bit = Table(matched[1]), int(matched[3]) if matched[3] else None
    if bit is not None and (bit > 15 or table in (Table.COIL, Table.DISCRETE)):
        raise refuse("template.bit", bit=bit)
    return At(table, int(matched[2]), bit)


def _scalar(value: object) -> object:
    if not isinstance(value, bool | int | float | str):
        raise refuse("template.value")
    return value


def _bare_at(text: object) -> At:
    place = _at(text)
    if not isinstance(place, At) or place.bit is not None:
        raise refuse("template.place")
    return place


BareAt = Annotated[At, BeforeValidator(_bare_at), WithJsonSchema({"type": "string"})]
"""``holding 100``: an address without a value at it."""
AtField = Annotated[At | ObjectAt, BeforeValidator(_at), WithJsonSchema({"type": "string"})]
Word = Annotated[int, Field(ge=0, le=_WORD)]


class PointFields(Strict):
    """One value of a device."""

    name: Name
    title: TitleFields
    at: AtField
    type: Annotated[Coding, choice(Coding)] | None = None
    word_order: Annotated[WordOrder, choice(WordOrder)] = WordOrder.BIG
    scale: float = 1.0
    offset: float = 0.0
    invalid: list[int] = Field(default=[])
    states: dict[str, Name] = Field(default={})
    unit: UnitField = NO_UNIT
    range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    kind: Annotated[Kind, choice(Kind)] | None = None
    poll: Annotated[PollClass, choice(PollClass)] = PollClass.NORMAL


class WriteFields(Strict):
    """One write of a command: registers ``at`` a place, or the value of a ``point``."""

    at: AtField | None = None
    key: Word | None = None
    """A value that is written together with its one's complement, against writes by mistake."""
    words: list[Word] = Field(default=[], max_length=123)
    """At most 123 (Modbus Application Protocol V1.1b3, §6.12)."""
    point: Name | None = None
    value: Annotated[object, BeforeValidator(_scalar)] = None
    priority: Annotated[int, Field(ge=1, le=16)] | None = None
    relinquish: bool = False


class CommandFields(Strict):
    """A verb of the device."""

    name: Name
    title: TitleFields
    writes: list[WriteFields] = Field(min_length=1)


class TemplateFile(Strict):
    """A whole template file."""

    id: Identifier
    title: TitleFields
    protocol: Literal["modbus", "bacnet"]
    base: Annotated[int, Field(ge=0, le=1)] | None = None
    """Modbus: the number the manual gives the first register: 0 as on the wire, or 1."""
    source: Text = ""
    verified: Annotated[Verified, choice(Verified)] = Verified.PARTIAL
    max_registers: Annotated[int, Field(ge=1, le=125)] = 125
    max_gap: Annotated[int, Field(ge=0, le=124)] = 0
    barriers: list[BareAt] = Field(default=[])
    """Modbus: first addresses of areas that are not read together with what lies below."""
    holes: list[BareAt] = Field(default=[])
    """Modbus: addresses that are not read across, in spite of ``max_gap``."""
    points: list[PointFields] = Field(min_length=1)
    commands: list[CommandFields] = Field(default=[])
