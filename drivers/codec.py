"""From answer bytes to values and back: one compiled decoder a point, one encoder for writes and emulators. Pure."""

import math
import struct
from collections.abc import Callable

from drivers.points import Kind, PlantgateError, Quality, Reason, Value
from drivers.templates import ModbusSource, Table, TemplatePoint, WordOrder

Outcome = tuple[Value | None, Quality, Reason]
"""A value with its quality and reason; a bad one has no value."""

Decoder = Callable[[bytes], Outcome]
"""Decodes one point out of the answer of the block it was compiled for."""

BIT_TABLES = frozenset({Table.COIL, Table.DISCRETE})
_SIGNED = {"i16": 16, "i32": 32}
_TYPES = frozenset({"bit", "u16", "i16", "u32", "i32", "f32"})
_SENTINEL: Outcome = (None, Quality.BAD, Reason.SENTINEL)
_DECODE: Outcome = (None, Quality.BAD, Reason.DECODE)
_RANGE: Outcome = (None, Quality.BAD, Reason.RANGE)


class EncodeError(PlantgateError):
    """The value cannot be expressed in the registers of the point."""


def compile_decoder(point: TemplatePoint, start: int) -> Decoder:
    """A decoder of ``point`` for answers of a block that begins at address ``start``; ValueError: unknown type."""
    source = point.modbus
    if source.type not in _TYPES:
        raise ValueError(source.type)
    read = _raw_reader(source, start)
    interpret = _interpreter(point)
    invalid = frozenset(source.invalid)

    def decode(answer: bytes) -> Outcome:
        raw = read(answer)
        return _SENTINEL if raw in invalid else interpret(raw)

    return decode if invalid else lambda answer: interpret(read(answer))


def encode(point: TemplatePoint, value: Value) -> tuple[int, ...]:
    """The registers (or the one bit) that mean ``value``; inverse of the decoder. Raises EncodeError.

    A bit of a register comes as a word with only that bit, to be combined under ``mask``.
    """
    return split_words(point.modbus, _unsigned(point, value))


def split_words(source: ModbusSource, raw: int) -> tuple[int, ...]:
    """The registers that hold the unsigned number ``raw`` (of the width of ``source``), in wire order."""
    if source.words == 1:
        return (raw,)
    words = (raw >> 16, raw & 0xFFFF)
    return words if source.word_order is WordOrder.BIG else words[::-1]


def mask(source: ModbusSource) -> int:
    """Which bits of its register the source owns; all of them unless it is one bit."""
    return 1 << source.bit if source.bit is not None else 0xFFFF


def _raw_reader(source: ModbusSource, start: int) -> Callable[[bytes], int]:
    """Reads the unsigned number of the source's width."""
    index = source.address - start
    if source.table in BIT_TABLES:
        place, shift = divmod(index, 8)  # least significant bit first, as in every Modbus bit answer
        return lambda answer: answer[place] >> shift & 1
    if source.bit is not None:
        place, shift = 2 * index + 1 - source.bit // 8, source.bit % 8
        return lambda answer: answer[place] >> shift & 1
    return _word_reader(source, 2 * index)


def _word_reader(source: ModbusSource, place: int) -> Callable[[bytes], int]:
    if source.words == 1:
        return lambda answer: answer[place] << 8 | answer[place + 1]
    unpack = struct.Struct(">HH").unpack_from
    if source.word_order is WordOrder.LITTLE:

        def swapped(answer: bytes) -> int:
            low, high = unpack(answer, place)
            return int(high << 16 | low)

        return swapped
    single = struct.Struct(">I").unpack_from
    return lambda answer: int(single(answer, place)[0])


def _interpreter(point: TemplatePoint) -> Callable[[int], Outcome]:
    """From the unsigned number to the value of the point's kind."""
    if point.modbus.states:
        return _enumeration({number: name for number, name in point.modbus.states})
    if point.kind is Kind.BINARY or _is_bit(point.modbus):
        return _binary
    if point.modbus.type == "f32":
        return _float32(point)
    return _integer(point)


def _is_bit(source: ModbusSource) -> bool:
    return source.type == "bit" or source.bit is not None or source.table in BIT_TABLES


def _good(value: Value) -> Outcome:
    return (value, Quality.GOOD, Reason.NONE)


_OFF, _ON = _good(False), _good(True)


def _binary(raw: int) -> Outcome:
    """0 and 1 only: a device that says 7 for a switch is not understood, and not "on"."""
    if raw > 1:
        return _DECODE
    return _ON if raw else _OFF


def _enumeration(states: dict[int, str]) -> Callable[[int], Outcome]:
    outcomes = {number: _good(name) for number, name in states.items()}
    return lambda raw: outcomes.get(raw, _DECODE)


def _float32(point: TemplatePoint) -> Callable[[int], Outcome]:
    scaled = _scaler(point.modbus)
    bounded = _bounds(point)

    def interpret(raw: int) -> Outcome:
        number = struct.unpack(">f", raw.to_bytes(4, "big"))[0]
        return bounded(scaled(number)) if math.isfinite(number) else _DECODE

    return interpret


def _integer(point: TemplatePoint) -> Callable[[int], Outcome]:
    scaled = _scaler(point.modbus) if _is_scaled(point) else int
    bounded = _bounds(point)
    width = _SIGNED.get(point.modbus.type)
    if width is None:
        return lambda raw: bounded(scaled(raw))
    sign, wrap = 1 << (width - 1), 1 << width
    return lambda raw: bounded(scaled(raw - wrap if raw & sign else raw))


def _is_scaled(point: TemplatePoint) -> bool:
    """Counters without scale stay whole numbers; what is measured is a float."""
    source = point.modbus
    return point.kind is Kind.ANALOG or source.scale != 1.0 or source.offset != 0.0


def _scaler(source: ModbusSource) -> Callable[[float], float]:
    """Multiplies by the scale. A scale such as 0.1 divides by 10 instead: 299 becomes 29.9, not 29.900000000000002."""
    scale, offset, divisor = source.scale, source.offset, _divisor(source.scale)
    if divisor is not None:
        return lambda number: number / divisor + offset
    return lambda number: number * scale + offset


def _divisor(scale: float) -> float | None:
    """The whole number whose reciprocal the scale is, if it is one."""
    inverse = round(1 / scale) if scale else 0
    return float(inverse) if inverse and 1 / inverse == scale else None


def _bounds(point: TemplatePoint) -> Callable[[float], Outcome]:
    low = -math.inf if point.low is None else point.low
    high = math.inf if point.high is None else point.high
    good, no_reason = Quality.GOOD, Reason.NONE
    return lambda value: (value, good, no_reason) if low <= value <= high else _RANGE


def _unsigned(point: TemplatePoint, value: Value) -> int:
    """The unsigned number that means ``value``."""
    source = point.modbus
    if source.states:
        return _state_number(point, value)
    if point.kind is Kind.BINARY or _is_bit(source):
        return _bit(point, value, 1)
    if isinstance(value, str):
        raise EncodeError("codec.not-encodable", point=point.name, value=value)
    return _number(point, float(value))


def _state_number(point: TemplatePoint, value: Value) -> int:
    for number, name in point.modbus.states:
        if name == value:
            return _bit(point, number, number) if _is_bit(point.modbus) else number
    raise EncodeError("codec.not-encodable", point=point.name, value=value)


def _bit(point: TemplatePoint, value: Value, on: int) -> int:
    if value not in (0, on):
        raise EncodeError("codec.not-encodable", point=point.name, value=value)
    return (1 if value else 0) << (point.modbus.bit or 0)


def _number(point: TemplatePoint, value: float) -> int:
    """Undo offset and scale, then write two's complement or IEEE 754."""
    source = point.modbus
    divisor = _divisor(source.scale)
    raw = (value - source.offset) * divisor if divisor is not None else (value - source.offset) / source.scale
    try:
        if source.type == "f32":
            return int.from_bytes(struct.pack(">f", raw), "big")
        return _twos_complement(source, round(raw))
    except (OverflowError, ValueError, struct.error) as error:
        raise EncodeError("codec.not-encodable", point=point.name, value=value) from error


def _twos_complement(source: ModbusSource, number: int) -> int:
    return int.from_bytes(number.to_bytes(2 * source.words, "big", signed=source.type in _SIGNED), "big")
