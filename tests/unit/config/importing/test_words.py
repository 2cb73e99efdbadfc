"""The words of exported tables, one by one."""

import pytest

from config.importing import words
from config.importing.words import RegisterPlace
from drivers.templates import Coding, Table


@pytest.mark.parametrize(
    ("text", "base", "expected"),
    [
        ("1004", 0, RegisterPlace(1004, 1004)),
        ("0x3EC", 0, RegisterPlace(1004, 1004)),
        ("3ECh", 0, RegisterPlace(1004, 1004)),
        ("1013-1014", 1, RegisterPlace(1013, 1014)),
        ("1013..1014", 1, RegisterPlace(1013, 1014)),
        ("100.3", 0, RegisterPlace(100, 100, (3, 3))),
        ("40005", 0, RegisterPlace(40005, 40005)),
        ("40005", 40001, RegisterPlace(5, 5, None, Table.HOLDING)),
        ("40013-40014", 40001, RegisterPlace(13, 14, None, Table.HOLDING)),
        ("400013", 40001, RegisterPlace(13, 13, None, Table.HOLDING)),
        ("30001", 40001, RegisterPlace(1, 1, None, Table.INPUT)),
        ("10002", 40001, RegisterPlace(2, 2, None, Table.DISCRETE)),
        ("00007", 40001, RegisterPlace(7, 7, None, Table.COIL)),
        ("40001.12", 40001, RegisterPlace(1, 1, (12, 12), Table.HOLDING)),
        ("20001", 40001, None),
        ("5", 40001, None),
        ("14-13", 0, None),
        ("oops", 0, None),
        ("", 0, None),
    ],
)
def test_places(text: str, base: int, expected: RegisterPlace | None) -> None:
    assert words.place(text, base) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3", (3, 3)), ("bit 3", (3, 3)), ("15-12", (12, 15)), ("0..3", (0, 3)), ("b7", (7, 7)), ("x", None), ("", None)],
)
def test_bits(text: str, expected: tuple[int, int] | None) -> None:
    assert words.bits(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Integer16", Coding.I16),
        ("Unsigned 16", Coding.U16),
        ("unsigned_32", Coding.U32),
        ("INT64", Coding.I64),
        ("String list", Coding.U16),
        ("Binary16", Coding.U16),
        ("REAL", Coding.F32),
        ("浮点", Coding.F32),
        ("无符号16位", Coding.U16),
        ("Char", Coding.TEXT),
        ("BOOL", Coding.BIT),
        ("Timer", None),
        ("Integer8", None),
    ],
)
def test_types(text: str, expected: Coding | None) -> None:
    assert words.coding(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3", Table.HOLDING), ("04", Table.INPUT), ("线圈", Table.COIL), ("Discrete Input", Table.DISCRETE), ("7", None)],
)
def test_tables(text: str, expected: Table | None) -> None:
    assert words.table(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("°C", "°C"),
        ("degC", "°C"),
        ("RPM", "rpm"),
        ("kw", "kW"),
        ("m3/h", "m³/h"),
        ("小时", "h"),
        ("Bit/s", None),
        ("", None),
    ],
)
def test_units(text: str, expected: str | None) -> None:
    assert words.symbol(text) == (expected if text else "")


@pytest.mark.parametrize(
    ("text", "expected"), [("0.1", 0.1), ("0,1", 0.1), ("-5", -5.0), ("ten", None), ("inf", None), ("nan", None)]
)
def test_numbers(text: str, expected: float | None) -> None:
    assert words.decimal(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Oil Pressure (bar)", "oil_pressure_bar"), ("1号泵", "p_1"), ("油压", ""), ("L1-N", "l1_n"), ("__x", "x")],
)
def test_names(text: str, expected: str) -> None:
    assert words.snake(text) == expected
