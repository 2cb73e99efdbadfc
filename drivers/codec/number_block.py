"""The plain numbers of a block, decoded together. Pure.

Most points are numbers with a scale and bounds of their own. They are unpacked at once and checked in one loop, which
costs a third of calling their decoders one by one. Whatever does not come out good is left to its decoder, which
knows why; so is every other sort of point.
"""

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from drivers.codec.decode import LARGEST, Decoded, Decoder, compile_decoder, divisor_of, is_scaled, number_of
from drivers.codec.words import BIT_TABLES
from drivers.points import Instant, Kind, Quality, Reading, Reason
from drivers.templates import ByteOrder, ModbusSource, TemplatePoint, WordOrder

_FORMATS = {"u16": "H", "i16": "h", "u32": "I", "i32": "i", "u64": "Q", "i64": "q", "f32": "f", "f64": "d"}
_FEW = 64
"""More sentinels than these are not looked up here."""

_new: Callable[[type[Reading], tuple[Any, ...]], Reading] = tuple.__new__
"""Makes a Reading without its constructor, in half the time."""


@dataclass(frozen=True, slots=True)
class _Number:
    """How one of them is decoded: value = raw * factor / divisor + offset, or raw itself when it is ``whole``."""

    whole: bool
    factor: float
    divisor: float
    offset: float
    low: float
    high: float
    invalid: frozenset[float]
    decode: Decoder
    """What decodes it when it is not good."""


class Numbers:
    """Decodes the plain ones among the points of a block."""

    def __init__(self, points: Iterable[TemplatePoint], start: int) -> None:
        """``points`` are those of a block that begins at address ``start``."""
        self.points = tuple(_apart(sorted(filter(_is_plain, points), key=lambda point: point.modbus.address)))
        self._unpack = struct.Struct(_format(self.points, start)).unpack_from
        self._numbers = tuple(_parts(_number(point, start)) for point in self.points)

    def decode(self, answer: bytes, names: Sequence[str], at: Instant) -> list[Reading]:
        """One reading each of ``points``, called as the first of ``names``; ``answer`` is as long as the block."""
        good, no_reason, new = Quality.GOOD, Reason.NONE, _new
        return [
            new(Reading, (name, value, good, no_reason, at))
            if low <= (value := raw if whole else raw * factor / divisor + offset) <= high and raw not in invalid
            else _explained(name, decode(answer), at)
            for raw, name, (whole, factor, divisor, offset, low, high, invalid, decode) in zip(
                self._unpack(answer), names, self._numbers, strict=False
            )
        ]


def _explained(name: str, outcome: Decoded, at: Instant) -> Reading:
    return Reading(name, *outcome, at)


def _number(point: TemplatePoint, start: int) -> _Number:
    source = point.modbus
    divisor = divisor_of(source.scale)
    return _Number(
        not is_scaled(point),
        1.0 if divisor else source.scale,
        divisor or 1.0,
        source.offset,
        -LARGEST if point.low is None else point.low,
        LARGEST if point.high is None else point.high,
        _invalid(source),
        compile_decoder(point, start),
    )


def _parts(number: _Number) -> tuple[Any, ...]:
    """Its fields: unpacking them at once is cheaper than asking for each."""
    return tuple(getattr(number, field.name) for field in fields(number))


def _is_plain(point: TemplatePoint) -> bool:
    source = point.modbus
    special = source.states or source.bit is not None or source.needs or source.invalid_register
    if point.kind is Kind.BINARY or special or source.table in BIT_TABLES or source.type not in _FORMATS:
        return False
    straight = source.byte_order is ByteOrder.BIG and (source.words == 1 or source.word_order is WordOrder.BIG)
    return straight and len(_sentinels(source)) <= _FEW


def _sentinels(source: ModbusSource) -> list[int]:
    """The raw numbers that stand for no value; of a long span only the first, but more than a few."""
    raws = (*source.invalid, *source.sensor_fault)
    return [one for raw in raws for one in (raw[: _FEW + 1] if isinstance(raw, range) else (raw,))]


def _invalid(source: ModbusSource) -> frozenset[float]:
    """The sentinels as the numbers that are unpacked. NaN is none: it is within no bounds."""
    number = number_of(source)
    meant = [number(raw) if number else raw for raw in _sentinels(source)]
    return frozenset(value for value in meant if value is not None)


def _apart(points: Iterable[TemplatePoint]) -> Iterable[TemplatePoint]:
    """Those that do not begin within another."""
    end = 0
    for point in points:
        if point.modbus.address >= end:
            end = point.modbus.address + point.modbus.words
            yield point


def _format(points: Iterable[TemplatePoint], start: int) -> str:
    """Unpacks ``points`` and skips what lies between."""
    layout, end = ">", start
    for point in points:
        source = point.modbus
        layout += f"{2 * (source.address - end)}x{_FORMATS[source.type]}"
        end = source.address + source.words
    return layout
