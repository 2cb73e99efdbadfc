"""Every coding of a value, both ways, and every way a raw number can mean "no value"."""

import math
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codec import EncodeError, compile_decoder, encode, mask
from drivers.points import Kind, Quality, Reason
from drivers.templates import ModbusSource, Table, TemplatePoint, WordOrder

LITTLE = {"word_order": WordOrder.LITTLE}


@pytest.mark.parametrize(
    ("source", "answer", "value"),
    [
        ({}, "00fd", 253.0),
        ({"scale": 0.1}, "012b", 29.9),
        ({"scale": 0.1}, "0003", 0.3),
        ({"scale": 0.02, "offset": -40.0}, "03e8", -20.0),
        ({"type": "i16", "scale": 0.1}, "ff9c", -10.0),
        ({"type": "u32"}, "00010002", 65538.0),
        ({"type": "u32", **LITTLE}, "00020001", 65538.0),
        ({"type": "i32"}, "fffffffe", -2.0),
        ({"type": "i32", **LITTLE}, "fffeffff", -2.0),
        ({"type": "f32"}, "41480000", 12.5),
        ({"type": "f32", **LITTLE}, "00004148", 12.5),
    ],
)
def test_decodes(make_point: Callable[..., TemplatePoint], source: dict[str, Any], answer: str, value: Any) -> None:
    decode = compile_decoder(make_point(7, **source), 7)
    assert decode(bytes.fromhex(answer)) == (value, Quality.GOOD, Reason.NONE)


@pytest.mark.parametrize(
    ("source", "answer", "reason"),
    [
        ({"invalid": (0xFFFF,)}, "ffff", Reason.SENTINEL),
        ({"type": "i16", "invalid": (0x8000,)}, "8000", Reason.SENTINEL),
        ({"type": "u32", "invalid": (0xFFFFFFFF,), **LITTLE}, "ffffffff", Reason.SENTINEL),
        ({"type": "f32", "invalid": (0x7FC00000,)}, "7fc00000", Reason.SENTINEL),
        ({"type": "f32"}, "7fc00000", Reason.DECODE),
        ({"type": "f32"}, "ff800000", Reason.DECODE),
        ({"high": 100.0}, "0065", Reason.RANGE),
        ({"type": "i16", "low": 0.0}, "ffff", Reason.RANGE),
        ({"kind": Kind.ENUM, "states": ((1, "auto"),)}, "0002", Reason.DECODE),
        ({"kind": Kind.BINARY}, "0007", Reason.DECODE),
    ],
)
def test_bad_has_no_value(
    make_point: Callable[..., TemplatePoint], source: dict[str, Any], answer: str, reason: Reason
) -> None:
    decode = compile_decoder(make_point(7, **source), 7)
    assert decode(bytes.fromhex(answer)) == (None, Quality.BAD, reason)


def test_counters_stay_whole(make_point: Callable[..., TemplatePoint]) -> None:
    value = compile_decoder(make_point(0, kind=Kind.COUNTER, type="u32"), 0)(bytes(3) + b"\x05")[0]
    assert (value, type(value)) == (5, int)


@pytest.mark.parametrize("bit", range(16))
def test_bit_of_a_register(make_point: Callable[..., TemplatePoint], bit: int) -> None:
    decode = compile_decoder(make_point(5, kind=Kind.BINARY, type="bit", bit=bit), 4)
    assert decode(b"\0\0" + (1 << bit).to_bytes(2, "big"))[0] is True
    assert decode(b"\xff\xff" + (0xFFFF ^ 1 << bit).to_bytes(2, "big"))[0] is False


@pytest.mark.parametrize("table", [Table.COIL, Table.DISCRETE])
def test_bit_tables_count_from_the_least_significant(make_point: Callable[..., TemplatePoint], table: Table) -> None:
    decode = compile_decoder(make_point(19, kind=Kind.BINARY, type="bit", table=table), 10)
    assert [decode(bytes.fromhex(answer))[0] for answer in ("0002", "fffd")] == [True, False]


def test_offset_in_the_block(make_point: Callable[..., TemplatePoint]) -> None:
    assert compile_decoder(make_point(12), 10)(bytes.fromhex("000100020003"))[0] == 3.0


def test_unknown_type_is_a_bug(make_point: Callable[..., TemplatePoint]) -> None:
    with pytest.raises(ValueError, match="u64"):
        compile_decoder(make_point(0, type="u64"), 0)


@pytest.mark.parametrize(
    ("point", "value"),
    [
        ({}, -1.0),
        ({}, 65536.0),
        ({"type": "i16"}, 32768.0),
        ({}, math.nan),
        ({}, "auto"),
        ({"type": "f32"}, 1e39),
        ({"kind": Kind.ENUM, "states": ((1, "auto"),)}, "manual"),
        ({"kind": Kind.BINARY, "type": "bit", "bit": 3}, 2),
    ],
)
def test_what_cannot_be_encoded(make_point: Callable[..., TemplatePoint], point: Any, value: Any) -> None:
    with pytest.raises(EncodeError):
        encode(make_point(0, **point), value)


def _there_and_back(source: ModbusSource, kind: Kind, value: float | bool | str) -> object:
    point = TemplatePoint("p", {}, kind, source)
    words = encode(point, value)
    return compile_decoder(point, source.address)(struct.pack(f">{len(words)}H", *words))[0]


@given(
    bits=st.sampled_from(
        [("u16", 0, 2**16 - 1), ("i16", -(2**15), 2**15 - 1), ("u32", 0, 2**32 - 1), ("i32", -(2**31), 2**31 - 1)]
    ),
    order=st.sampled_from(WordOrder),
    data=st.data(),
)
def test_integers_come_back(bits: tuple[str, int, int], order: WordOrder, data: st.DataObject) -> None:
    type_, low, high = bits
    value = data.draw(st.integers(low, high))
    assert _there_and_back(ModbusSource(Table.HOLDING, 3, type_, word_order=order), Kind.COUNTER, value) == value


@given(
    raw=st.integers(0, 65535),
    scale=st.sampled_from([0.1, 0.01, 0.001, 0.5, 0.02, 2.0, 10.0, 0.3]),
    offset=st.integers(-50, 50),
)
def test_scaled_values_come_back(raw: Any, scale: float, offset: int) -> None:
    source = ModbusSource(Table.INPUT, 0, scale=scale, offset=float(offset))
    value = compile_decoder(TemplatePoint("p", {}, Kind.ANALOG, source), 0)(raw.to_bytes(2, "big"))[0]
    assert _there_and_back(source, Kind.ANALOG, value) == value


@given(value=st.floats(width=32, allow_nan=False, allow_infinity=False), order=st.sampled_from(WordOrder))
def test_floats_come_back(value: Any, order: WordOrder) -> None:
    assert _there_and_back(ModbusSource(Table.HOLDING, 0, "f32", word_order=order), Kind.ANALOG, value) == value


@given(value=st.booleans(), bit=st.integers(0, 15))
def test_bits_come_back_under_their_mask(value: Any, bit: int) -> None:
    source = ModbusSource(Table.HOLDING, 0, "bit", bit=bit)
    assert _there_and_back(source, Kind.BINARY, value) is value
    assert mask(source) == 1 << bit


@given(raw=st.binary(min_size=4, max_size=4), type_=st.sampled_from(["u16", "i16", "u32", "i32", "f32", "bit"]))
def test_any_bytes_decode_to_a_finite_value_or_none(raw: Any, type_: str) -> None:
    point = TemplatePoint("p", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 0, type_), low=-1e6, high=1e6)
    value, quality, _ = compile_decoder(point, 0)(raw)
    assert (value is None) == (quality is Quality.BAD)
    assert value is None or -1e6 <= value <= 1e6
