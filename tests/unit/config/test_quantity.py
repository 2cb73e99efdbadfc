"""Quantities and durations as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.quantity import QuantityError, byte_size, duration, parse_quantity
from drivers.points import NO_UNIT, UNITS


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [("30 %", 30, "%"), ("65℃", 65, "°C"), ("-1.5 kPa", -1.5, "kPa"), (5, 5, ""), (2.5, 2.5, "")],
)
def test_quantity(text: object, value: float, unit: str) -> None:
    assert (parse_quantity(text).value, parse_quantity(text).unit) == (value, UNITS[unit])


@pytest.mark.parametrize(
    ("text", "code", "suggestion"),
    [
        ("30 percnt", "value.unit", None),
        ("30 kpa", "value.unit", "30 kPa"),
        ("30 千帕", "value.unit", "30 kPa"),
        ("３０ ％", "value.wide", "30 %"),
        ("30 mw", "value.unit", None),
        ("%", "value.quantity", None),
        (True, "value.quantity", None),
        ("1e999 %", "value.quantity", None),
    ],
)
def test_bad_quantity(text: object, code: str, suggestion: str | None) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(text)
    assert (caught.value.code, caught.value.suggestion) == (code, suggestion)


@pytest.mark.parametrize(("text", "seconds"), [("60 s", 60), ("10 min", 600), ("500 ms", 0.5), ("2 d", 172800)])
def test_duration(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "code", "suggestion"),
    [
        (60, "value.duration", "60 s"),
        ("60 %", "value.duration", None),
        ("-1 s", "value.negative", None),
        ("5 mim", "value.unit", "5 min"),
        ("5分钟", "value.unit", "5 min"),
        ("2 hours.", "value.unit", "2 hours"),
        ("2小时", "value.unit", "2 h"),
    ],
)
def test_bad_duration(text: object, code: str, suggestion: str | None) -> None:
    with pytest.raises(QuantityError) as caught:
        duration(text)
    assert (caught.value.code, caught.value.suggestion) == (code, suggestion)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1 GiB", 2**30), ("512MiB", 2**29), ("1.5 GiB", 3 * 2**29), ("2 GB", 2 * 10**9), ("64 MB", 64 * 10**6)],
)
def test_byte_size(text: str, expected: int) -> None:
    assert byte_size(text) == expected


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [("1 gib", "1 GiB"), ("2 G", None), ("1 kPa", None), ("GiB", None), (2, None), (True, None), ("1e999 GiB", None)],
)
def test_bad_byte_size(text: object, suggestion: str | None) -> None:
    with pytest.raises(QuantityError) as caught:
        byte_size(text)
    assert (caught.value.code, caught.value.suggestion) == ("value.size", suggestion)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(sorted(set(UNITS) - {""})))
def test_every_quantity_reads_back(value: float, symbol: str) -> None:
    quantity = parse_quantity(f"{value!r} {symbol}")
    assert (quantity.value, quantity.unit) == (value, UNITS[symbol])


def test_bare_number_has_no_unit() -> None:
    assert parse_quantity(3).unit is NO_UNIT
