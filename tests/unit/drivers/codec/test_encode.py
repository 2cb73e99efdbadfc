"""What cannot be expressed is refused, and everything else comes back as it was."""

import math
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codec import EncodeError, compile_decoder, encode, mask, split_words
from drivers.points import Kind, Quality, Reason, Value
from drivers.templates import REGISTERS, ByteOrder, Coding, ModbusSource, Table, TemplatePoint, WordOrder

ORDERS = st.fixed_dictionaries({"word_order": st.sampled_from(WordOrder), "byte_order": st.sampled_from(ByteOrder)})
WHOLE = {
    "u16": (0, 2**16 - 1),
    "i16": (-(2**15), 2**15 - 1),
    "u32": (0, 2**32 - 1),
    "i32": (-(2**31), 2**31 - 1),
    "bcd16": (0, 9999),
    "bcd32": (0, 99999999),
    "u64": (0, 2**64 - 1),
    "i64": (-(2**63), 2**63 - 1),
}
LETTERS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=10).map(str.rstrip)


def _bytes(words: tuple[int, ...]) -> bytes:
    return struct.pack(f">{len(words)}H", *words)


def _there_and_back(source: ModbusSource, kind: Kind, value: Value, other: Value | None = None) -> object:
    point = TemplatePoint("p", {}, kind, source)
    factor = None if other is None else (lambda _: (other, Quality.GOOD, Reason.NONE))
    return compile_decoder(point, source.address, factor)(_bytes(encode(point, value, other)))[0]


@pytest.mark.parametrize(
    ("point", "value", "words"),
    [
        ({"scale": 0.1}, 29.9, (299,)),
        ({"type": "i16"}, -1.0, (0xFFFF,)),
        ({"type": "u32", "word_order": WordOrder.LITTLE}, 65538.0, (2, 1)),
        ({"type": "u32", "byte_order": ByteOrder.LITTLE}, 65538.0, (0x100, 0x200)),
        ({"type": "bcd16"}, 1234.0, (0x1234,)),
        ({"type": "u64"}, 2**64 - 1, (0xFFFF,) * 4),
        ({"type": "u64", "scale": 0.1, "kind": Kind.COUNTER}, (2**60 + 1) // 10, (0x0FFF, 0xFFFF, 0xFFFF, 0xFFFA)),
        ({"type": "i64", "scale": 2.0, "offset": -6.0, "kind": Kind.COUNTER}, 2**62, (0x2000, 0, 0, 3)),
        ({"kind": Kind.TEXT, "type": "text", "length": 2}, "ABC", (0x4142, 0x4300)),
        (
            {"type": "bit", "bit": 12, "width": 4, "kind": Kind.ENUM, "states": ((3, "shutdown"),)},
            "shutdown",
            (0x3000,),
        ),
        ({"kind": Kind.ENUM, "states": ((1, "open"), (7, "open"))}, "open", (1,)),
    ],
)
def test_encodes(make_point: Callable[..., TemplatePoint], point: Any, value: Value, words: tuple[int, ...]) -> None:
    assert encode(make_point(0, **point), value) == words


@pytest.mark.parametrize(
    ("point", "value"),
    [
        ({}, -1.0),
        ({}, 65536.0),
        ({"type": "i16"}, 32768.0),
        ({}, math.nan),
        ({}, math.inf),
        ({}, "auto"),
        ({"type": "f32"}, 1e39),
        ({"type": "u64"}, 2.0**64),
        ({"type": "u64"}, 2**64),
        ({"type": "f64", "scale": 0.1}, 1.7e308),
        ({"type": "bcd16"}, 10000.0),
        ({"type": "bcd16"}, -1.0),
        ({"kind": Kind.ENUM, "states": ((1, "auto"),)}, "manual"),
        ({"kind": Kind.BINARY, "type": "bit", "bit": 3}, 2),
        ({"type": "bit", "bit": 4, "width": 4}, 16.0),
        ({"type": "bit", "bit": 4, "width": 4}, -1.0),
        ({"kind": Kind.TEXT, "type": "text", "length": 1}, "ABC"),
        ({"kind": Kind.TEXT, "type": "text", "length": 2}, "水"),
        ({"kind": Kind.TEXT, "type": "text", "length": 2}, "\0"),
        ({"kind": Kind.TEXT, "type": "text", "length": 2}, 12.0),
        ({"scale_from": "ratio"}, 1.0),
    ],
)
def test_what_cannot_be_encoded(make_point: Callable[..., TemplatePoint], point: Any, value: Any) -> None:
    with pytest.raises(EncodeError):
        encode(make_point(0, **point), value)


@given(coding=st.sampled_from(sorted(WHOLE)), order=ORDERS, data=st.data())
def test_integers_come_back(coding: str, order: dict[str, Any], data: st.DataObject) -> None:
    value = data.draw(st.integers(*WHOLE[coding]))
    assert _there_and_back(ModbusSource(Table.HOLDING, 3, coding, **order), Kind.COUNTER, value) == value


@given(
    raw=st.integers(0, 65535),
    scale=st.sampled_from([0.1, 0.01, 0.001, 0.5, 0.02, 2.0, 10.0, 0.3, 1 / 64, 1 / 512]),
    offset=st.integers(-50, 50),
)
def test_scaled_values_come_back(raw: int, scale: float, offset: int) -> None:
    point = TemplatePoint("p", {}, Kind.ANALOG, ModbusSource(Table.INPUT, 0, scale=scale, offset=float(offset)))
    value = compile_decoder(point, 0)(raw.to_bytes(2, "big"))[0]
    assert value is not None
    assert encode(point, value) == (raw,)


@given(raw=st.integers(0, 65535), decimals=st.integers(-4, 9))
def test_values_with_decimals_elsewhere_come_back(raw: int, decimals: int) -> None:
    point = TemplatePoint("p", {}, Kind.ANALOG, ModbusSource(Table.INPUT, 0, decimals_from="dp"))
    decode = compile_decoder(point, 0, lambda _: (decimals, Quality.GOOD, Reason.NONE))
    value = decode(raw.to_bytes(2, "big"))[0]
    assert value is not None
    assert encode(point, value, decimals) == (raw,)


@given(value=st.floats(width=32, allow_nan=False, allow_infinity=False), order=ORDERS)
def test_floats_come_back(value: float, order: dict[str, Any]) -> None:
    assert _there_and_back(ModbusSource(Table.HOLDING, 0, "f32", **order), Kind.ANALOG, value) == value


@given(value=st.floats(allow_nan=False, allow_infinity=False), order=ORDERS)
def test_doubles_come_back(value: float, order: dict[str, Any]) -> None:
    assert _there_and_back(ModbusSource(Table.HOLDING, 0, "f64", **order), Kind.ANALOG, value) == value


@given(value=LETTERS, order=ORDERS)
def test_texts_come_back(value: str, order: dict[str, Any]) -> None:
    assert _there_and_back(ModbusSource(Table.HOLDING, 9, "text", length=5, **order), Kind.TEXT, value) == value


@given(value=st.booleans(), bit=st.integers(0, 15), byte_order=st.sampled_from(ByteOrder))
def test_bits_come_back_under_their_mask(value: bool, bit: int, byte_order: ByteOrder) -> None:
    source = ModbusSource(Table.HOLDING, 0, "bit", bit=bit, byte_order=byte_order)
    assert _there_and_back(source, Kind.BINARY, value) is value
    assert mask(source) == (1 << bit if byte_order is ByteOrder.BIG else 1 << (bit + 8) % 16)


@given(data=st.data(), width=st.integers(1, 16), byte_order=st.sampled_from(ByteOrder))
def test_fields_of_bits_leave_their_neighbours_alone(data: st.DataObject, width: int, byte_order: ByteOrder) -> None:
    bit = data.draw(st.integers(0, 16 - width))
    source = ModbusSource(Table.HOLDING, 0, "bit", bit=bit, width=width, byte_order=byte_order)
    (word,) = split_words(source, data.draw(st.integers(0, source.largest)))
    assert word & ~mask(source) == 0
    assert mask(source).bit_count() == width


@given(
    raw=st.binary(min_size=8, max_size=8),
    coding=st.sampled_from(sorted(set(REGISTERS) - {Coding.TEXT})),
    order=ORDERS,
)
def test_any_bytes_decode_to_a_finite_value_or_none(raw: bytes, coding: str, order: dict[str, Any]) -> None:
    bit = 0 if coding == Coding.BIT else None
    source = ModbusSource(Table.HOLDING, 0, coding, bit=bit, **order)
    value, quality, _ = compile_decoder(TemplatePoint("p", {}, Kind.ANALOG, source, low=-1e6, high=1e6), 0)(raw)
    assert (value is None) == (quality is Quality.BAD)
    assert not isinstance(value, str)
    assert value is None or -1e6 <= value <= 1e6
