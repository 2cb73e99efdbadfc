"""A device template: what is at which register."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from config.schema.base import Strict, Text
from config.schema.place import AtField, BareAt, RawField, ScaleField, WordsField
from config.schema.plant import PollClass
from config.schema.title import TitleField
from config.schema.values import EffectField, Identifier, Name, UnitField, choice, refuse
from drivers.points import NO_UNIT, Kind, Reason
from drivers.templates import ByteOrder, Coding, WordOrder

_WORD = 65535


class Verified(StrEnum):
    """What the register map was checked against."""

    MANUAL = "manual"
    SOURCE = "source"
    PARTIAL = "partial"


class BadReason(StrEnum):
    """Why raw numbers have no value."""

    SENTINEL = Reason.SENTINEL.value
    SENSOR = Reason.SENSOR.value
    DECODE = Reason.DECODE.value
    RANGE = Reason.RANGE.value


def _scalar(value: object) -> object:
    if not isinstance(value, bool | int | float | str):
        raise refuse("template.value")
    return value


Word = Annotated[int, Field(ge=0, le=_WORD)]
Scalar = Annotated[object, BeforeValidator(_scalar)]
CodingField = Annotated[Coding, choice(Coding)]
Orders = Annotated[WordOrder, choice(WordOrder)]
ByteOrders = Annotated[ByteOrder, choice(ByteOrder)]


class PointFields(Strict):
    """One value of a device."""

    name: Name
    title: TitleField
    at: AtField
    type: CodingField | None = None
    length: Annotated[int, Field(ge=1, le=125)] | None = None
    """Of a text: how many registers it has."""
    word_order: Orders | None = None
    byte_order: ByteOrders | None = None
    scale: ScaleField = 1.0
    offset: float = 0.0
    scale_from: Name | None = None
    """The point whose value multiplies this one."""
    decimals_from: Name | None = None
    """The point that tells how many decimal places this one has."""
    invalid: list[RawField] | None = None
    """Raw numbers that mean "not available"; left out: those of the template for its type."""
    sensor_fault: list[RawField] = Field(default=[])
    """Raw numbers that mean "the sensor has failed"."""
    states: dict[str, Name] = Field(default={})
    unit: UnitField = NO_UNIT
    range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    kind: Annotated[Kind, choice(Kind)] | None = None
    poll: Annotated[PollClass, choice(PollClass)] = PollClass.NORMAL


class AreaFields(Strict):
    """Addresses that the device answers as a whole only."""

    at: BareAt
    count: Annotated[int, Field(ge=1, le=125)]


class VectorFields(Strict):
    """What raw words mean, worked out by hand from the manual."""

    point: Name
    raw: WordsField
    given: Scalar = None
    """The value of the point that holds the scale or the decimals."""
    value: Scalar = None
    bad: Annotated[BadReason, choice(BadReason)] | None = None
    """Instead of a value: why there is none."""


class OfferFields(Strict):
    """An equipment the device is, as a whole or in part."""

    cls: Identifier = Field(alias="class")
    roles: dict[Name, Name] = Field(default={})
    """Role -> point, where they are not called the same."""
    commands: dict[Name, Name] = Field(default={})
    """Verb of the class -> command, where they are not called the same."""


class WriteFields(Strict):
    """One write of a command: registers ``at`` a place, or the value of a ``point``."""

    at: AtField | None = None
    key: Word | None = None
    """A value that is written together with its one's complement, against writes by mistake."""
    words: list[Word] = Field(default=[], max_length=123)
    """At most 123 (Modbus Application Protocol V1.1b3, §6.12)."""
    point: Name | None = None
    value: Scalar = None
    priority: Annotated[int, Field(ge=1, le=16)] | None = None
    relinquish: bool = False


class TemplateCommandFields(Strict):
    """A verb of the device."""

    name: Name
    title: TitleField
    effect: EffectField | None = None
    """What it does to the machine; left out, what it commands is not armed."""
    group: Name | None = None
    """Of a device that moves several machines, each by itself: which of them; left out, the device as a whole."""
    writes: list[WriteFields] = Field(min_length=1)


class IdentityFields(Strict):
    """A register that tells one device from another; it is no point."""

    name: Name
    """``serial``, or beginning so: the serial number, or a part of it."""
    at: AtField
    type: CodingField | None = None
    length: Annotated[int, Field(ge=1, le=125)] | None = None


@dataclass(frozen=True, slots=True)
class _OrNone:
    """The word ``none`` in the place of a list: the device tells nothing of itself."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(
            lambda value: None if value == "none" else value, handler(source)
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), {"const": "none"}]}


class TemplateFile(Strict):
    """A whole template file."""

    id: Identifier
    title: TitleField
    protocol: Literal["modbus", "bacnet"]
    base: Annotated[int, Field(ge=0, le=1)] | None = None
    """Modbus: the number the manual gives the first register: 0 as on the wire, or 1."""
    source: Text = ""
    """The manual or the public source the map was taken from."""
    page: Text = ""
    """Where in the source."""
    verified: Annotated[Verified, choice(Verified)] = Verified.PARTIAL
    word_order: Orders = WordOrder.BIG
    byte_order: ByteOrders = ByteOrder.BIG
    invalid: dict[CodingField, list[RawField]] = Field(default={})
    """Type -> raw numbers that mean "not available" in all its points; those of u16 hold for bits of a register too."""
    max_registers: Annotated[int, Field(ge=1, le=125)] = 125
    max_gap: Annotated[int, Field(ge=0, le=124)] = 0
    barriers: list[BareAt] = Field(default=[])
    """Modbus: first addresses of areas that are not read together with what lies below."""
    holes: list[BareAt] = Field(default=[])
    """Modbus: addresses that are not read across, in spite of ``max_gap``."""
    areas: list[AreaFields] = Field(default=[])
    """Modbus: addresses that are read as a whole and by themselves, or not at all."""
    points: list[PointFields] = Field(min_length=1)
    vectors: list[VectorFields] = Field(default=[])
    equipment: list[OfferFields] = Field(default=[])
    commands: list[TemplateCommandFields] = Field(default=[])
    identity: Annotated[list[IdentityFields] | None, _OrNone()] = Field(default=[])
    """Modbus: registers with make, model, serial number; or ``none``, and a fingerprint instead."""
    fingerprint: list[IdentityFields] = Field(default=[])
    """Modbus: two or more registers that never change, and are not the same in every device of this kind."""
