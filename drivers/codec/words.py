"""The raw number of a value in its registers: which register and which byte come first, and which bits are its own.

The raw number is always unsigned and as wide as the value: a text too is one number, of all its characters.
"""

import struct
from collections.abc import Callable

from drivers.templates import ByteOrder, ModbusSource, Table, WordOrder

BIT_TABLES = frozenset({Table.COIL, Table.DISCRETE})

RawReader = Callable[[bytes], int]
"""Picks the raw number of one value out of the answer of a block."""

_WORD = 0xFFFF


def raw_reader(source: ModbusSource, start: int) -> RawReader:
    """A reader of ``source`` for answers of a block that begins at address ``start``."""
    if source.table in BIT_TABLES:
        place, shift = divmod(source.address - start, 8)  # least significant bit first, as in every Modbus bit answer
        return lambda answer: answer[place] >> shift & 1
    whole = register_reader(source, start)
    if source.bit is None:
        return whole
    low, ones = source.bit, source.largest
    return lambda answer: whole(answer) >> low & ones


def register_reader(source: ModbusSource, start: int) -> RawReader:
    """A reader of all the registers of ``source``, be the value only some of their bits."""
    first = 2 * (source.address - start)
    last = first + 2 * source.words
    if source.words > 1 and (source.word_order is WordOrder.LITTLE) != (source.byte_order is ByteOrder.LITTLE):
        return _mixed_reader(source, first)
    if source.byte_order is ByteOrder.LITTLE:
        return lambda answer: int.from_bytes(answer[first:last], "little")
    if source.words == 1:
        return lambda answer: answer[first] << 8 | answer[first + 1]
    return lambda answer: int.from_bytes(answer[first:last], "big")


def _mixed_reader(source: ModbusSource, first: int) -> RawReader:
    """Registers in one order, the two bytes of each in the other."""
    unpack = struct.Struct(f"{'<' if source.byte_order is ByteOrder.LITTLE else '>'}{source.words}H").unpack_from
    pack = struct.Struct(f">{source.words}H").pack
    step = -1 if source.word_order is WordOrder.LITTLE else 1
    return lambda answer: int.from_bytes(pack(*unpack(answer, first)[::step]), "big")


def split_words(source: ModbusSource, raw: int) -> tuple[int, ...]:
    """The registers (or the one bit) that hold the raw number, in wire order; bits that are not its own are 0."""
    if source.table in BIT_TABLES:
        return (raw,)
    raw <<= source.bit or 0
    words = tuple(raw >> 16 * index & _WORD for index in reversed(range(source.words)))
    if source.byte_order is ByteOrder.LITTLE:
        words = tuple((word & 0xFF) << 8 | word >> 8 for word in words)
    return words if source.word_order is WordOrder.BIG else words[::-1]


def mask(source: ModbusSource) -> int:
    """Which bits of a register of the source are its own, in wire order: all of them unless it is a bit field."""
    return _WORD if source.bit is None else split_words(source, source.largest)[0]
