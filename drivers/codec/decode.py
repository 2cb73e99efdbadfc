"""Answer bytes -> value, quality and reason. A decoder is put together once and only calls what its point needs."""

import math
import struct
import sys
from collections.abc import Callable, Sequence

from drivers.codec.words import BIT_TABLES, RawReader, raw_reader, register_reader
from drivers.points import Kind, Quality, Reason, Value
from drivers.templates import REGISTERS, Coding, ModbusSource, RawSet, TemplatePoint

LARGEST = sys.float_info.max
"""Beyond it there is only infinity."""
Decoded = tuple[Value | None, Quality, Reason]
"""A value with its quality and reason; a bad one has no value."""

Decoder = Callable[[bytes], Decoded]
"""Decodes one point out of the answer of the block it was compiled for."""

SIGNED = frozenset({Coding.I16, Coding.I32, Coding.I64})
FLOATS = {Coding.F32: ">f", Coding.F64: ">d"}
BCD = frozenset({Coding.BCD16, Coding.BCD32})
_MOST_DECIMALS = 9
_FEW = 64
"""Up to so many sentinels are looked up in a set."""

_SENTINEL: Decoded = (None, Quality.BAD, Reason.SENTINEL)
_SENSOR: Decoded = (None, Quality.BAD, Reason.SENSOR)
_DECODE: Decoded = (None, Quality.BAD, Reason.DECODE)
_RANGE: Decoded = (None, Quality.BAD, Reason.RANGE)

Number = Callable[[int], float | int | None]
"""Raw number -> the number it means, without scale; None: it means none."""


def compile_decoder(point: TemplatePoint, start: int, factor: Decoder | None = None) -> Decoder:
    """A decoder of ``point`` for answers of a block that begins at address ``start``; ValueError: unknown type.

    ``factor`` decodes, out of the same answer, the point that holds the scale or the decimals of this one.
    """
    source = point.modbus
    if source.type not in REGISTERS:
        raise ValueError(source.type)
    if bool(source.needs) != (factor is not None):
        raise ValueError(source.needs)
    read = raw_reader(source, start)
    decode = _scaled_elsewhere(point, read, factor) if factor else _scaled_here(point, read)
    if not source.invalid_register:
        return decode
    register, refused = register_reader(source, start), _lookup(((source.invalid_register, _SENTINEL),))
    return lambda answer: refused(register(answer)) or decode(answer)


def _scaled_here(point: TemplatePoint, read: RawReader) -> Decoder:
    interpret, source = _interpreter(point), point.modbus
    if not source.invalid and not source.sensor_fault:
        return lambda answer: interpret(read(answer))
    refused = _refusals(source)

    def decode(answer: bytes) -> Decoded:
        raw = read(answer)
        return refused(raw) or interpret(raw)

    return decode


def _refusals(source: ModbusSource) -> Callable[[int], Decoded | None]:
    """What a raw number means that stands for "no value"; None: it is a value."""
    return _lookup(((source.sensor_fault, _SENSOR), (source.invalid, _SENTINEL)))


def _lookup(meanings: Sequence[tuple[RawSet, Decoded]]) -> Callable[[int], Decoded | None]:
    spans = [(_span(raw), outcome) for raws, outcome in meanings for raw in raws]
    if sum(span.stop - span.start for span, _ in spans) <= _FEW:
        return {raw: outcome for span, outcome in spans for raw in span}.get
    return lambda raw: next((outcome for span, outcome in spans if raw in span), None)


def _span(raw: int | range) -> range:
    return range(raw, raw + 1) if isinstance(raw, int) else raw


def _interpreter(point: TemplatePoint) -> Callable[[int], Decoded]:
    """From the raw number to the value of the point's kind."""
    source = point.modbus
    if source.states:
        return _enumeration(dict(source.states))
    if point.kind is Kind.BINARY or is_single_bit(source):
        return _binary
    if source.type == Coding.TEXT:
        return _text(source)
    return _number(point)


def is_single_bit(source: ModbusSource) -> bool:
    """Whether the value is one bit: of a register, a coil or a discrete input."""
    return source.table in BIT_TABLES or (source.type == Coding.BIT and source.width == 1)


def _good(value: Value) -> Decoded:
    return (value, Quality.GOOD, Reason.NONE)


_OFF, _ON = _good(False), _good(True)


def _binary(raw: int) -> Decoded:
    """0 and 1 only: a device that says 7 for a switch is not understood, and not "on"."""
    if raw > 1:
        return _DECODE
    return _ON if raw else _OFF


def _enumeration(states: dict[int, str]) -> Callable[[int], Decoded]:
    outcomes = {number: _good(name) for number, name in states.items()}
    return lambda raw: outcomes.get(raw, _DECODE)


def _text(source: ModbusSource) -> Callable[[int], Decoded]:
    """Printable ASCII up to the first NUL, without the spaces it is filled up with."""
    size = 2 * source.words

    def interpret(raw: int) -> Decoded:
        characters = raw.to_bytes(size, "big").partition(b"\0")[0].rstrip()
        printable = all(0x20 <= character < 0x7F for character in characters)
        return _good(characters.decode("ascii")) if printable else _DECODE

    return interpret


def _number(point: TemplatePoint) -> Callable[[int], Decoded]:
    scaled = _scaler(point.modbus) if is_scaled(point) else None
    number, bounded = number_of(point.modbus), bounds_of(point)
    if number is None:
        return (lambda raw: bounded(scaled(raw))) if scaled else bounded
    certain, whole = number, scaled or (lambda value: value)

    def interpret(raw: int) -> Decoded:
        meant = certain(raw)
        return _DECODE if meant is None else bounded(whole(meant))

    return interpret


def number_of(source: ModbusSource) -> Number | None:
    """What turns the raw number of ``source`` into the number it means; None: it is that number."""
    if source.type in SIGNED:
        sign, wrap = 1 << (16 * source.words - 1), 1 << 16 * source.words
        return lambda raw: raw - wrap if raw & sign else raw
    if source.type in BCD:
        return _decimal
    if source.type in FLOATS:
        return _float(Coding(source.type), 2 * source.words)
    return None


def _decimal(raw: int) -> int | None:
    """Four bits a digit; a digit above 9 is none."""
    digits = f"{raw:x}"
    return int(digits) if digits.isdecimal() else None


def _float(coding: Coding, size: int) -> Number:
    unpack = struct.Struct(FLOATS[coding]).unpack

    def number(raw: int) -> float | None:
        value: float = unpack(raw.to_bytes(size, "big"))[0]
        return value if math.isfinite(value) else None

    return number


def is_scaled(point: TemplatePoint) -> bool:
    """Counters without scale stay whole numbers; what is measured is a float."""
    source = point.modbus
    whole = source.scale == 1.0 and source.offset == 0.0 and not source.needs and source.type not in FLOATS
    return point.kind is Kind.ANALOG or not whole


def _scaler(source: ModbusSource) -> Callable[[float], float]:
    """Multiplies by the scale. A scale such as 0.1 divides by 10 instead: 299 becomes 29.9, not 29.900000000000002."""
    scale, offset, divisor = source.scale, source.offset, divisor_of(source.scale)
    if divisor is not None:
        return lambda number: number / divisor + offset
    return lambda number: number * scale + offset


def divisor_of(scale: float) -> float | None:
    """The whole number whose reciprocal the scale is, if it is one."""
    inverse = round(1 / scale) if scale else 0
    return float(inverse) if inverse and 1 / inverse == scale else None


def _scaled_elsewhere(point: TemplatePoint, read: RawReader, factor: Decoder) -> Decoder:
    """A number whose scale or decimals another point of the device holds; as bad as that point when it is bad."""
    source, bounded = point.modbus, bounds_of(point)
    number, refused = number_of(source), _refusals(source)

    def decode(answer: bytes) -> Decoded:
        raw = read(answer)
        if bad := refused(raw):
            return bad
        other, quality, reason = factor(answer)
        if other is None:
            return (None, quality, reason)
        multiplier = multiplier_of(source, other)
        meant = number(raw) if number else raw
        if multiplier is None or meant is None:
            return _DECODE
        return bounded(meant * source.scale * multiplier[0] / multiplier[1] + source.offset)

    return decode


def multiplier_of(source: ModbusSource, other: Value) -> tuple[float, float] | None:
    """What a value of ``source`` is multiplied and divided by, when the point it needs is ``other``; None: nonsense.

    Tenths are divided by ten, not multiplied by 0.1: the result is the number nearest to the true one.
    """
    if isinstance(other, str):
        return None
    if source.scale_from:
        return (float(other), 1.0) if other else None
    if other != int(other) or abs(other) > _MOST_DECIMALS:
        return None
    return (1.0, 10.0**other) if other >= 0 else (10.0**-other, 1.0)


def bounds_of(point: TemplatePoint) -> Callable[[float], Decoded]:
    """Good within the range of the point, bad outside. What a scale took beyond any number is no value."""
    low = -LARGEST if point.low is None else point.low
    high = LARGEST if point.high is None else point.high
    good, no_reason = Quality.GOOD, Reason.NONE
    return lambda value: (value, good, no_reason) if low <= value <= high else _RANGE
