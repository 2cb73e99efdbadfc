"""Decoding a block at once gives what decoding its points one by one gives, bad values and their reasons included."""

import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codec import Numbers, compile_decoder
from drivers.points import Instant, Kind, Reading
from drivers.templates import ByteOrder, ModbusSource, Table, TemplatePoint, WordOrder

AT = Instant("boot", 1.0, 2.0)
CODINGS = ("u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64")
ROOM = 8
"""Registers each point has for itself."""

sources = st.builds(
    ModbusSource,
    table=st.just(Table.HOLDING),
    address=st.integers(0, 3),
    type=st.sampled_from((*CODINGS, "bcd16", "bcd32")),
    word_order=st.sampled_from(WordOrder),
    byte_order=st.sampled_from(ByteOrder),
    scale=st.sampled_from((1.0, 0.1, 0.01, 2.0, -0.5, 3.3)),
    offset=st.sampled_from((0.0, -40.0, 0.5)),
    invalid=st.sampled_from(((), (0x8000,), (0xFFFF, 7), (range(0xFF00, 0x10000),), (range(10),), (0x7FC00000,))),
    sensor_fault=st.sampled_from(((), (0x7FFF,))),
)
bounds = st.sampled_from((None, -50.0, 0.0, 100.0))
telling = st.sampled_from((b"\xff" * 8, b"\0" * 8, b"\x80" + b"\0" * 7, b"\x7f\xc0" + b"\0" * 6, b"\x7f\xf0" * 4))


@st.composite
def blocks(draw: st.DrawFn) -> tuple[list[TemplatePoint], bytes]:
    """Points of a block in any order, and an answer."""
    points = []
    for index, source in enumerate(draw(st.lists(sources, max_size=12))):
        place = ModbusSource(**{name: getattr(source, name) for name in source.__slots__} | _at(source, index))
        kind = draw(st.sampled_from((Kind.ANALOG, Kind.COUNTER)))
        points.append(TemplatePoint(f"p{index}", {}, kind, place, low=draw(bounds), high=draw(bounds)))
    pieces = [draw(st.one_of(st.binary(min_size=16, max_size=16), telling.map(lambda raw: raw * 2))) for _ in points]
    return draw(st.permutations(points)), b"".join(pieces)


def _at(source: ModbusSource, index: int) -> dict[str, Any]:
    return {"address": 100 + ROOM * index + source.address}


def _one_by_one(points: tuple[TemplatePoint, ...], answer: bytes) -> list[Reading]:
    return [Reading(point.name, *compile_decoder(point, 100)(answer), AT) for point in points]


def _exactly(readings: list[Reading]) -> list[tuple[object, ...]]:
    """With the type and the sign of zero, which ``==`` does not see."""
    return [(*reading, type(reading), type(reading.value), repr(reading.value)) for reading in readings]


@given(block=blocks())
def test_together_as_one_by_one(block: tuple[list[TemplatePoint], bytes]) -> None:
    points, answer = block
    numbers = Numbers(points, 100)
    names = [point.name for point in numbers.points]
    assert _exactly(numbers.decode(answer, [*names, "other"], AT)) == _exactly(_one_by_one(numbers.points, answer))


def _point(**given: Any) -> TemplatePoint:
    kind, states = given.pop("kind", Kind.ANALOG), given.pop("named", ())
    table = given.pop("table", Table.HOLDING)
    return TemplatePoint("p", {}, kind, ModbusSource(table, 0, states=states, **given))


@pytest.mark.parametrize("coding", CODINGS)
def test_every_plain_coding_is_taken(coding: str) -> None:
    assert len(Numbers([_point(type=coding)], 0).points) == 1


@pytest.mark.parametrize(
    "special",
    [
        {"type": "bit", "bit": 3},
        {"type": "bit", "table": Table.COIL},
        {"kind": Kind.BINARY},
        {"named": ((0, "off"),), "kind": Kind.ENUM},
        {"type": "bcd16"},
        {"type": "text", "kind": Kind.TEXT},
        {"type": "u32", "word_order": WordOrder.LITTLE},
        {"byte_order": ByteOrder.LITTLE},
        {"scale_from": "scale"},
        {"decimals_from": "decimals"},
        {"invalid_register": (0xFFFF,)},
        {"invalid": (range(0x8000, 0x10000),)},
    ],
    ids=str,
)
def test_what_is_no_plain_number_is_left_to_its_decoder(special: dict[str, Any]) -> None:
    assert Numbers([_point(**special)], 0).points == ()


def test_two_readings_of_the_same_registers_are_not_both_taken() -> None:
    assert len(Numbers([_point(), _point(type="i16"), _point(type="u32")], 0).points) == 1


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_value_is_made_of_what_is_no_number(value: float) -> None:
    (reading,) = Numbers([_point(type="f32")], 0).decode(struct.pack(">f", value), ["p"], AT)
    assert reading.value is None
