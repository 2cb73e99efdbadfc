"""From what a device says of an object to a reading's value and quality, and back to bytes for a write. Pure."""

import math
import struct
from dataclasses import dataclass

from drivers.bacnet.names import LIFE_SAFETY, OBJECT_TYPES, PRESENT_VALUE
from drivers.bacnet.services import Answers, PropertyFailure
from drivers.bacnet.source import ObjectKey, PropertyKey, object_key, property_key
from drivers.bacnet.tags import Datum, TagType, application
from drivers.codec import Decoded, EncodeError
from drivers.codec.decode import LARGEST
from drivers.points import Kind, Quality, Reason, Value
from drivers.templates import BacnetSource

_NUMBERS = frozenset({TagType.UNSIGNED, TagType.SIGNED, TagType.REAL, TagType.DOUBLE})
_SWITCHES = frozenset({TagType.BOOLEAN, TagType.UNSIGNED, TagType.ENUMERATED})
_CODES = frozenset({TagType.UNSIGNED, TagType.SIGNED, TagType.ENUMERATED, TagType.BOOLEAN})
_NO_FLAGS = (False, False, False, False)
"""in-alarm, fault, overridden, out-of-service (clause 12.1)."""
_NO_FAULT = 0
"""Reliability no-fault-detected (clause 21, BACnetReliability)."""

_BINARY = frozenset(number for name, number in OBJECT_TYPES.items() if name.startswith("binary-"))
_WRITE_TYPES: dict[int, TagType] = {
    OBJECT_TYPES["analog-input"]: TagType.REAL,
    OBJECT_TYPES["analog-output"]: TagType.REAL,
    OBJECT_TYPES["analog-value"]: TagType.REAL,
    OBJECT_TYPES["loop"]: TagType.REAL,
    OBJECT_TYPES["pulse-converter"]: TagType.REAL,
    OBJECT_TYPES["large-analog-value"]: TagType.DOUBLE,
    OBJECT_TYPES["binary-input"]: TagType.ENUMERATED,
    OBJECT_TYPES["binary-output"]: TagType.ENUMERATED,
    OBJECT_TYPES["binary-value"]: TagType.ENUMERATED,
    OBJECT_TYPES["multi-state-input"]: TagType.UNSIGNED,
    OBJECT_TYPES["multi-state-output"]: TagType.UNSIGNED,
    OBJECT_TYPES["multi-state-value"]: TagType.UNSIGNED,
    OBJECT_TYPES["accumulator"]: TagType.UNSIGNED,
    OBJECT_TYPES["positive-integer-value"]: TagType.UNSIGNED,
    OBJECT_TYPES["integer-value"]: TagType.SIGNED,
    OBJECT_TYPES["characterstring-value"]: TagType.TEXT,
}
"""The data type of present-value by object type (clause 12)."""


@dataclass(frozen=True, slots=True)
class Flags:
    """What the object says about itself."""

    fault: bool = False
    overridden: bool = False
    out_of_service: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One point: what to look up in an answer and how to understand it."""

    point: str
    kind: Kind | None
    """None: whatever primitive the device gives."""
    object: ObjectKey
    property: PropertyKey
    source: BacnetSource
    low: float | None = None
    high: float | None = None


def bad(reason: Reason) -> Decoded:
    """No value, for this reason."""
    return None, Quality.BAD, reason


def outcome_of(item: Item, answers: Answers, flags: Flags | None) -> Decoded:
    """Value, quality and reason of one point; ``flags`` None: the object's flags could not be understood."""
    if (item.object, item.property) not in answers:
        return bad(Reason.DECODE)
    answer = answers[item.object, item.property]
    if isinstance(answer, PropertyFailure):
        return bad(Reason.EXCEPTION)
    if answer is None or flags is None:
        return bad(Reason.DECODE)
    value = _value(item, answer)
    return _judged(item, value, flags)


def flags_of(status: Datum | PropertyFailure | None, reliability: Datum | PropertyFailure | None) -> Flags | None:
    """What status-flags and reliability say; a property the object does not have says nothing, nonsense gives None."""
    bits = _NO_FLAGS if isinstance(status, PropertyFailure) else status and status.value
    if not isinstance(bits, tuple) or len(bits) != len(_NO_FLAGS) or reliability is None:
        return None
    broken = isinstance(reliability, Datum) and reliability.value != _NO_FAULT
    return Flags(bits[1] or broken, bits[2], bits[3])


def encoded(source: BacnetSource, value: Value | None) -> bytes:
    """The tagged bytes that mean ``value`` in the object's own data type; None is Null. Raises EncodeError."""
    if value is None:
        return application(TagType.NULL, None)
    try:
        return application(_write_type(source), _raw(source, value))
    except (ArithmeticError, ValueError, TypeError, struct.error) as error:
        raise EncodeError("bacnet.not-encodable", object=source.object_type, value=value) from error


def _judged(item: Item, value: Value | Reason, flags: Flags) -> Decoded:
    """Out of service comes first: such a value follows whoever works on the device, not the plant."""
    if flags.out_of_service:
        return bad(Reason.OUT_OF_SERVICE)
    if flags.fault and item.object[0] not in LIFE_SAFETY:
        return bad(Reason.SENSOR)
    if isinstance(value, Reason):
        return bad(value)
    if flags.fault:
        return value, Quality.UNCERTAIN, Reason.SENSOR
    if flags.overridden:
        return value, Quality.UNCERTAIN, Reason.OVERRIDDEN
    return value, Quality.GOOD, Reason.NONE


def _value(item: Item, datum: Datum) -> Value | Reason:
    """The value of the point's kind, or why there is none."""
    if item.kind is None:
        return _whatever(item, datum)
    if item.source.states:
        return _state(item.source, datum)
    if item.kind is Kind.BINARY:
        return _switch(datum)
    if item.kind is Kind.TEXT:
        return datum.value if isinstance(datum.value, str) else Reason.DECODE
    if item.kind is Kind.ENUM:
        return Reason.DECODE
    return _number(item, datum)


def _whatever(item: Item, datum: Datum) -> Value | Reason:
    if item.object[0] in _BINARY and item.property[0] == PRESENT_VALUE:
        return _switch(datum)
    value = datum.value
    if isinstance(value, float) and not math.isfinite(value):
        return Reason.DECODE
    return value if isinstance(value, str | int | float) else Reason.DECODE


def _state(source: BacnetSource, datum: Datum) -> Value | Reason:
    if datum.type not in _CODES:
        return Reason.DECODE
    return next((name for number, name in source.states if number == datum.value), Reason.DECODE)


def _switch(datum: Datum) -> Value | Reason:
    """Inactive is 0, active 1; anything else is not understood, and not "on"."""
    if datum.type not in _SWITCHES or datum.value not in (0, 1):
        return Reason.DECODE
    return bool(datum.value)


def _number(item: Item, datum: Datum) -> Value | Reason:
    if datum.type not in _NUMBERS or not isinstance(datum.value, float | int) or not math.isfinite(datum.value):
        return Reason.DECODE
    number = _scaled(item, datum.value)
    low = -LARGEST if item.low is None else item.low
    high = LARGEST if item.high is None else item.high
    return number if low <= number <= high else Reason.RANGE


def _scaled(item: Item, raw: float | int) -> float | int:
    """Counters without scale stay whole numbers."""
    source = item.source
    if source.scale != 1.0 or source.offset != 0.0:
        return raw * source.scale + source.offset
    return raw if item.kind is Kind.COUNTER else float(raw)


def _write_type(source: BacnetSource) -> TagType:
    if property_key(source) != (PRESENT_VALUE, None) or object_key(source)[0] not in _WRITE_TYPES:
        raise TypeError(source.property)
    return _WRITE_TYPES[object_key(source)[0]]


def _raw(source: BacnetSource, value: Value) -> float | int | str:
    """The number the device knows; raises TypeError or ValueError when there is none."""
    type = _write_type(source)
    if source.states:
        return _state_number(source, value)
    if type is TagType.TEXT:
        return str(value)
    if type is TagType.ENUMERATED:
        return _active(value)
    if isinstance(value, str):
        raise TypeError(value)
    raw = (float(value) - source.offset) / source.scale
    if not math.isfinite(raw):
        raise ValueError(value)
    return raw if type in (TagType.REAL, TagType.DOUBLE) else round(raw)


def _state_number(source: BacnetSource, value: Value) -> int:
    for number, name in source.states:
        if name == value:
            return number
    raise ValueError(value)


def _active(value: Value) -> int:
    if value not in (0, 1):
        raise ValueError(value)
    return int(value)
