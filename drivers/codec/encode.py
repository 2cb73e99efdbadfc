"""Value -> registers: the inverse of the decoder, for writes and emulators."""

import struct
from fractions import Fraction

from drivers.codec.decode import BCD, FLOATS, SIGNED, divisor_of, is_single_bit, multiplier_of
from drivers.codec.words import split_words
from drivers.points import Kind, PlantgateError, Value
from drivers.templates import Coding, ModbusSource, TemplatePoint


class EncodeError(PlantgateError):
    """The value cannot be expressed in the registers of the point."""


def encode(point: TemplatePoint, value: Value, other: Value | None = None) -> tuple[int, ...]:
    """The registers (or the one bit) that mean ``value``; inverse of the decoder. Raises EncodeError.

    Bits of a register come as a word with only those bits, to be combined under ``mask``.
    ``other`` is the value of the point that holds the scale or the decimals of this one.
    """
    try:
        raw = _raw(point, value, other)
    except (OverflowError, ValueError, struct.error) as error:
        raise EncodeError("codec.not-encodable", point=point.name, value=value) from error
    if not 0 <= raw <= point.modbus.largest:
        raise EncodeError("codec.not-encodable", point=point.name, value=value)
    return split_words(point.modbus, raw)


def _raw(point: TemplatePoint, value: Value, other: Value | None) -> int:
    """The raw number that means ``value``; raises OverflowError, ValueError, struct.error."""
    source = point.modbus
    if source.states:
        return _state_number(source, value)
    if point.kind is Kind.BINARY or is_single_bit(source):
        return _bit(value)
    if source.type == Coding.TEXT:
        return _characters(source, value)
    if isinstance(value, str):
        raise ValueError(value)
    return _number(source, _unscaled(source, Fraction(value), other))


def _state_number(source: ModbusSource, value: Value) -> int:
    for number, name in source.states:
        if name == value:
            return number
    raise ValueError(value)


def _bit(value: Value) -> int:
    if value not in (0, 1):
        raise ValueError(value)
    return 1 if value else 0


def _characters(source: ModbusSource, value: Value) -> int:
    if not isinstance(value, str) or (value and not value.isprintable()):
        raise ValueError(value)
    characters = value.encode("ascii")
    if len(characters) > 2 * source.words:
        raise OverflowError(value)
    return int.from_bytes(characters.ljust(2 * source.words, b"\0"), "big")


def _unscaled(source: ModbusSource, value: Fraction, other: Value | None) -> Fraction:
    """Undo offset and scale. A fraction keeps all 64 bits of a number, a double only 53."""
    value -= Fraction(source.offset)
    if source.needs:
        multiplier = None if other is None else multiplier_of(source, other)
        if multiplier is None:
            raise ValueError(other)
        return value * Fraction(multiplier[1]) / Fraction(multiplier[0]) / Fraction(source.scale)
    divisor = divisor_of(source.scale)
    return value * Fraction(divisor) if divisor is not None else value / Fraction(source.scale)


def _number(source: ModbusSource, number: Fraction) -> int:
    """IEEE 754, binary coded decimal, two's complement or plain."""
    if source.type in FLOATS:
        return int.from_bytes(struct.pack(FLOATS[Coding(source.type)], float(number)), "big")
    if source.type in BCD:
        return int(str(round(number)), 16)
    return int.from_bytes(round(number).to_bytes(2 * source.words, "big", signed=source.type in SIGNED), "big")
