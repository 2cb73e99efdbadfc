"""Every coding of a value, and every way a raw number can mean "no value"."""

from collections.abc import Callable
from typing import Any

import pytest

from drivers.codec import Decoder, compile_decoder
from drivers.points import Kind, Quality, Reason, Value
from drivers.templates import REGISTERS, ByteOrder, Coding, Table, TemplatePoint, WordOrder

LITTLE = {"word_order": WordOrder.LITTLE}
SWAPPED = {"byte_order": ByteOrder.LITTLE}
REVERSED = {**LITTLE, **SWAPPED}
TEXT = {"kind": Kind.TEXT, "type": "text"}


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
        ({"type": "u16", **SWAPPED}, "fd00", 253.0),
        ({"type": "i16", **SWAPPED}, "feff", -2.0),
        ({"type": "u32", **SWAPPED}, "01000200", 65538.0),
        ({"type": "u32", **REVERSED}, "02000100", 65538.0),
        ({"type": "i32", **SWAPPED}, "fffffeff", -2.0),
        ({"type": "i32", **REVERSED}, "feffffff", -2.0),
        ({"type": "f32", **SWAPPED}, "48410000", 12.5),
        ({"type": "f32", **REVERSED}, "00004841", 12.5),
        ({"type": "u64"}, "0000000100020003", 4295098371.0),
        ({"type": "u64", **LITTLE}, "0003000200010000", 4295098371.0),
        ({"type": "u64", **SWAPPED}, "0000010002000300", 4295098371.0),
        ({"type": "u64", **REVERSED}, "0300020001000000", 4295098371.0),
        ({"type": "i64"}, "fffffffffffffffe", -2.0),
        ({"type": "i64", **LITTLE}, "fffeffffffffffff", -2.0),
        ({"type": "i64", **SWAPPED}, "fffffffffffffeff", -2.0),
        ({"type": "i64", **REVERSED}, "feffffffffffffff", -2.0),
        ({"type": "f64"}, "4029000000000000", 12.5),
        ({"type": "f64", **LITTLE}, "0000000000004029", 12.5),
        ({"type": "f64", **SWAPPED}, "2940000000000000", 12.5),
        ({"type": "f64", **REVERSED}, "0000000000002940", 12.5),
        ({"type": "bcd16"}, "1234", 1234.0),
        ({"type": "bcd16", "scale": 0.1, **SWAPPED}, "3412", 123.4),
        ({"type": "bcd32"}, "00123456", 123456.0),
        ({"type": "bcd32", **LITTLE}, "34560012", 123456.0),
        ({"type": "bcd32", **SWAPPED}, "12005634", 123456.0),
        ({"type": "bcd32", **REVERSED}, "56341200", 123456.0),
        ({**TEXT, "length": 3}, "444f43003231", "DOC"),
        ({**TEXT, "length": 2}, "41422020", "AB"),
        ({**TEXT, "length": 2, **SWAPPED}, "42412043", "ABC"),
        ({**TEXT, "length": 2, **LITTLE}, "43204142", "ABC"),
        ({"offset": -40.0}, "0000", -40.0),
        ({"scale": 1 / 512}, "c800", 100.0),
        ({"type": "i16", "scale": 1 / 128}, "f380", -25.0),
        ({"scale": 10.0}, "0003", 30.0),
        ({"kind": Kind.BINARY}, "0001", True),
        ({"kind": Kind.ENUM, "states": ((0, "stop"), (1, "auto"))}, "0001", "auto"),
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
        ({"type": "u64", "invalid": (2**64 - 1,)}, "ffffffffffffffff", Reason.SENTINEL),
        ({"type": "i64", "invalid": (2**63,), **REVERSED}, "0000000000000080", Reason.SENTINEL),
        ({"type": "f64"}, "7ff8000000000000", Reason.DECODE),
        ({"type": "f64", **REVERSED}, "000000000000f07f", Reason.DECODE),
        ({"type": "bcd16"}, "12a4", Reason.DECODE),
        ({"type": "bcd32", "invalid": (0xFFFFFFFF,)}, "ffffffff", Reason.SENTINEL),
        ({**TEXT, "length": 1}, "41c3", Reason.DECODE),
        ({**TEXT, "length": 1, "invalid": (0xFFFF,)}, "ffff", Reason.SENTINEL),
        ({"invalid": (range(0xFFF8, 0x10000),)}, "fff8", Reason.SENTINEL),
        ({"sensor_fault": (range(241, 0x10000),)}, "00f1", Reason.SENSOR),
        ({"sensor_fault": (range(241, 0x10000),)}, "ffff", Reason.SENSOR),
        ({"sensor_fault": (7, range(1000, 2000))}, "0007", Reason.SENSOR),
        ({"invalid": (7,), "sensor_fault": (8,)}, "0008", Reason.SENSOR),
        ({"offset": -40.0, "high": 200.0}, "00f1", Reason.RANGE),
        ({"type": "f64", "scale": 10.0}, "7fefffffffffffff", Reason.RANGE),
        ({"type": "f64", "scale": 10.0}, "ffefffffffffffff", Reason.RANGE),
        ({"type": "f64", "scale": 10.0, "low": 0.0}, "7fefffffffffffff", Reason.RANGE),
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


def test_every_coding_has_its_registers() -> None:
    assert set(REGISTERS) == set(Coding)


def test_unknown_type_is_a_bug(make_point: Callable[..., TemplatePoint]) -> None:
    with pytest.raises(ValueError, match="u128"):
        compile_decoder(make_point(0, type="u128"), 0)


@pytest.mark.parametrize("order", [{}, SWAPPED])
@pytest.mark.parametrize("nibble", range(4))
def test_packed_nibbles(make_point: Callable[..., TemplatePoint], nibble: int, order: dict[str, Any]) -> None:
    states = ((0, "disabled"), (1, "inactive"), (2, "warning"), (3, "shutdown"))
    point = make_point(0, kind=Kind.ENUM, type="bit", bit=4 * nibble, width=4, states=states, invalid=(15,), **order)
    decode = compile_decoder(point, 0)
    words = [number << 4 * nibble | 0xFFFF ^ 15 << 4 * nibble for number in (0, 1, 2, 3, 9)]
    answers = [word.to_bytes(2, "little" if order else "big") for word in words]
    assert [decode(answer)[0] for answer in answers] == ["disabled", "inactive", "warning", "shutdown", None]
    assert decode(b"\xff\xff") == (None, Quality.BAD, Reason.SENTINEL)


@pytest.mark.parametrize("device", range(8))
def test_two_bit_states_most_significant_first(make_point: Callable[..., TemplatePoint], device: int) -> None:
    states = ((0, "normal"), (1, "fire"), (2, "fault"), (3, "disabled"))
    point = make_point(0, kind=Kind.ENUM, type="bit", bit=14 - 2 * device, width=2, states=states)
    decode = compile_decoder(point, 0)
    assert [decode((state << 14 - 2 * device).to_bytes(2, "big"))[0] for state in range(4)] == [
        "normal",
        "fire",
        "fault",
        "disabled",
    ]


def test_a_field_of_bits_is_a_scaled_number(make_point: Callable[..., TemplatePoint]) -> None:
    decode = compile_decoder(make_point(0, type="bit", bit=4, width=6, scale=0.5, high=20.0), 0)
    assert decode(bytes.fromhex("0190"))[0] == 12.5
    assert decode(bytes.fromhex("03ff"))[2] is Reason.RANGE


def test_a_register_of_bits_may_be_invalid_as_a_whole(make_point: Callable[..., TemplatePoint]) -> None:
    decode = compile_decoder(make_point(0, kind=Kind.BINARY, type="bit", bit=3, invalid_register=(0xFFFF,)), 0)
    assert decode(b"\xff\xff") == (None, Quality.BAD, Reason.SENTINEL)
    assert decode(b"\xff\xfe")[0] is True


def _says(value: Value | None, reason: Reason = Reason.NONE) -> Decoder:
    return lambda _: (value, Quality.GOOD if value is not None else Quality.BAD, reason)


@pytest.mark.parametrize(
    ("source", "other", "answer", "value"),
    [
        ({"decimals_from": "dp"}, 0, "04d2", 1234.0),
        ({"decimals_from": "dp"}, 1, "04d2", 123.4),
        ({"decimals_from": "dp"}, 3, "04d2", 1.234),
        ({"decimals_from": "dp"}, 2.0, "04d2", 12.34),
        ({"decimals_from": "dp"}, -2, "0003", 300.0),
        ({"type": "i16", "decimals_from": "dp"}, 1, "fff6", -1.0),
        ({"decimals_from": "dp", "scale": 2.0, "offset": 5.0}, 1, "0064", 25.0),
        ({"scale_from": "ratio"}, 40, "0064", 4000.0),
        ({"scale_from": "ratio"}, 0.5, "0064", 50.0),
        ({"type": "f32", "scale_from": "ratio"}, 2, "41480000", 25.0),
    ],
)
def test_scale_of_another_point(
    make_point: Callable[..., TemplatePoint], source: dict[str, Any], other: Value, answer: str, value: float
) -> None:
    decode = compile_decoder(make_point(0, **source), 0, _says(other))
    assert decode(bytes.fromhex(answer)) == (value, Quality.GOOD, Reason.NONE)


@pytest.mark.parametrize(
    ("source", "other", "reason"),
    [
        ({"decimals_from": "dp"}, _says(None, Reason.SENTINEL), Reason.SENTINEL),
        ({"decimals_from": "dp"}, _says(1.5), Reason.DECODE),
        ({"decimals_from": "dp"}, _says(10), Reason.DECODE),
        ({"decimals_from": "dp"}, _says("two"), Reason.DECODE),
        ({"scale_from": "ratio"}, _says(0), Reason.DECODE),
        ({"scale_from": "ratio"}, _says(None, Reason.RANGE), Reason.RANGE),
        ({"type": "bcd16", "scale_from": "ratio"}, _says(1), Reason.DECODE),
        ({"scale_from": "ratio", "high": 1.0}, _says(1), Reason.RANGE),
        ({"scale_from": "ratio", "invalid": (0xABCD,)}, _says(1), Reason.SENTINEL),
    ],
)
def test_a_value_is_as_bad_as_its_scale(
    make_point: Callable[..., TemplatePoint], source: dict[str, Any], other: Decoder, reason: Reason
) -> None:
    decode = compile_decoder(make_point(0, **source), 0, other)
    assert decode(bytes.fromhex("abcd")) == (None, Quality.BAD, reason)


@pytest.mark.parametrize(("source", "factor"), [({"scale_from": "ratio"}, None), ({}, _says(1))])
def test_a_scale_that_is_not_given_or_not_wanted_is_a_bug(
    make_point: Callable[..., TemplatePoint], source: dict[str, Any], factor: Decoder | None
) -> None:
    with pytest.raises(ValueError, match=r"ratio|^$"):
        compile_decoder(make_point(0, **source), 0, factor)
