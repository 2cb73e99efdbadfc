"""Plain scalars: what they mean, and which ones nobody should rely on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.reading import scalars


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-7", -7),
        ("+5", 5),
        ("2.5", 2.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("30 %", "30 %"),
        ("e5", "e5"),
        (".", "."),
        ("-", "-"),
        ("level <= low", "level <= low"),
        ("50x3", "50x3"),
    ],
)
def test_core_values(text: str, value: object) -> None:
    assert scalars.plain(text) == value
    assert type(scalars.plain(text)) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "on",
        "OFF",
        "Yes",
        "no",
        "y",
        "N",
        "22:30",
        "1:30:00",
        "0100",
        "08",
        "00.5",
        "1_000",
        "0x3",
        "0o17",
        "0b1",
        "2026-01-31",
        ".inf",
        "-.INF",
        ".nan",
        "<<",
        "=",
        "9999999999999999999",
    ],
)
def test_ambiguous(text: str) -> None:
    assert scalars.ambiguous(text)


@pytest.mark.parametrize(
    "text", ["one", "0", "0.5", "10", "-3", "1e3", "true", "null", "30x2", "0x3x2", "W01", "10.0.0.1", "12:ab"]
)
def test_unambiguous(text: str) -> None:
    assert not scalars.ambiguous(text)


@given(st.integers(-(10**17), 10**17))
def test_every_integer_reads_back(number: int) -> None:
    assert scalars.plain(str(number)) == number


@given(st.text(max_size=12))
def test_any_text_has_a_value(text: str) -> None:
    assert isinstance(scalars.plain(text), str | int | float)
