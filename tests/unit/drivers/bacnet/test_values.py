"""How far a device's own words about an object carry, and what a write becomes."""

import math
from dataclasses import replace

import pytest

from drivers.bacnet.services import PropertyFailure
from drivers.bacnet.source import object_key, property_key
from drivers.bacnet.tags import Datum, TagType
from drivers.bacnet.values import Flags, Item, encoded, flags_of, outcome_of
from drivers.codec import EncodeError
from drivers.points import Kind, Quality, Reason
from drivers.templates import BacnetSource

OFF = (False, False, False, False)
FINE = Flags()


def item(kind: Kind | None, type: str = "analog-input", **more: object) -> Item:
    low, high = more.pop("low", None), more.pop("high", None)
    source = BacnetSource(type, 1, **more)
    return Item("d.p", kind, object_key(source), property_key(source), source, low, high)


def outcome(item: Item, datum: Datum | PropertyFailure | None, flags: Flags | None = FINE) -> tuple[object, ...]:
    return outcome_of(item, {(item.object, item.property): datum}, flags)


@pytest.mark.parametrize(
    ("read", "datum", "value"),
    [
        (item(Kind.ANALOG), Datum(TagType.REAL, 2.5), 2.5),
        (item(Kind.ANALOG), Datum(TagType.UNSIGNED, 2), 2.0),
        (item(Kind.ANALOG, scale=0.5, offset=1), Datum(TagType.REAL, 4.0), 3.0),
        (item(Kind.COUNTER), Datum(TagType.UNSIGNED, 2**40), 2**40),
        (item(Kind.BINARY), Datum(TagType.ENUMERATED, 1), True),
        (item(Kind.BINARY), Datum(TagType.BOOLEAN, False), False),
        (item(Kind.TEXT), Datum(TagType.TEXT, "on"), "on"),
        (item(Kind.ENUM, states=((3, "up"),)), Datum(TagType.UNSIGNED, 3), "up"),
        (item(None, "binary-input"), Datum(TagType.ENUMERATED, 1), True),
        (item(None, "lift"), Datum(TagType.ENUMERATED, 4), 4),
    ],
)
def test_a_value_takes_the_kind_of_its_point(read: Item, datum: Datum, value: object) -> None:
    assert outcome(read, datum) == (value, Quality.GOOD, Reason.NONE)


@pytest.mark.parametrize(
    ("read", "datum"),
    [
        (item(Kind.ANALOG), Datum(TagType.REAL, math.nan)),
        (item(Kind.ANALOG), Datum(TagType.REAL, math.inf)),
        (item(Kind.ANALOG), Datum(TagType.ENUMERATED, 1)),
        (item(Kind.ANALOG), Datum(TagType.BOOLEAN, True)),
        (item(Kind.ANALOG), Datum(TagType.TEXT, "-no object class-")),
        (item(Kind.ANALOG), Datum(TagType.NULL, None)),
        (item(Kind.BINARY), Datum(TagType.ENUMERATED, 2)),
        (item(Kind.BINARY), Datum(TagType.REAL, 1.0)),
        (item(Kind.TEXT), Datum(TagType.UNSIGNED, 1)),
        (item(Kind.ENUM, states=((3, "up"),)), Datum(TagType.UNSIGNED, 4)),
        (item(Kind.ENUM, states=((3, "up"),)), Datum(TagType.REAL, 3.0)),
        (item(None), Datum(TagType.REAL, math.nan)),
        (item(None), Datum(TagType.BITS, OFF)),
        (item(Kind.ANALOG), None),
    ],
)
def test_what_is_no_such_value_is_not_guessed(read: Item, datum: Datum | None) -> None:
    assert outcome(read, datum) == (None, Quality.BAD, Reason.DECODE)


@pytest.mark.parametrize(
    ("number", "reason"), [(-0.1, Reason.RANGE), (0.0, Reason.NONE), (5.0, Reason.NONE), (5.1, Reason.RANGE)]
)
def test_limits_belong_to_the_range(number: float, reason: Reason) -> None:
    assert outcome(item(Kind.ANALOG, low=0, high=5), Datum(TagType.REAL, number))[2] is reason


@pytest.mark.parametrize("number", [1.7e308, -1.7e308])
def test_scaled_beyond_any_number_is_no_value(number: float) -> None:
    read = item(Kind.ANALOG)
    read = replace(read, source=replace(read.source, scale=10.0))
    assert outcome(read, Datum(TagType.DOUBLE, number)) == (None, Quality.BAD, Reason.RANGE)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (Flags(out_of_service=True, fault=True, overridden=True), (None, Quality.BAD, Reason.OUT_OF_SERVICE)),
        (Flags(fault=True, overridden=True), (None, Quality.BAD, Reason.SENSOR)),
        (Flags(overridden=True), (1.0, Quality.UNCERTAIN, Reason.OVERRIDDEN)),
        (None, (None, Quality.BAD, Reason.DECODE)),
    ],
)
def test_the_worst_the_object_says_wins(flags: Flags | None, expected: tuple[object, ...]) -> None:
    assert outcome(item(Kind.ANALOG), Datum(TagType.REAL, 1.0), flags) == expected


def test_an_overridden_value_is_still_checked() -> None:
    assert outcome(item(Kind.ANALOG), Datum(TagType.REAL, math.nan), Flags(overridden=True))[2] is Reason.DECODE


def test_an_error_is_an_exception_whatever_the_flags() -> None:
    assert outcome(item(Kind.ANALOG), PropertyFailure(1, 31), Flags(fault=True)) == (
        None,
        Quality.BAD,
        Reason.EXCEPTION,
    )


@pytest.mark.parametrize(
    ("status", "reliability", "flags"),
    [
        (Datum(TagType.BITS, OFF), Datum(TagType.ENUMERATED, 0), FINE),
        (Datum(TagType.BITS, (True, False, False, False)), Datum(TagType.ENUMERATED, 0), FINE),
        (Datum(TagType.BITS, (False, True, False, False)), PropertyFailure(2, 32), Flags(fault=True)),
        (Datum(TagType.BITS, OFF), Datum(TagType.ENUMERATED, 4), Flags(fault=True)),
        (
            Datum(TagType.BITS, (False, False, True, True)),
            PropertyFailure(2, 32),
            Flags(overridden=True, out_of_service=True),
        ),
        (PropertyFailure(2, 32), PropertyFailure(2, 32), FINE),
        (Datum(TagType.BITS, (False,) * 3), PropertyFailure(2, 32), None),
        (Datum(TagType.UNSIGNED, 0), PropertyFailure(2, 32), None),
        (None, PropertyFailure(2, 32), None),
        (Datum(TagType.BITS, OFF), None, None),
    ],
)
def test_flags_and_reliability_are_one_judgement(
    status: Datum | PropertyFailure | None, reliability: Datum | PropertyFailure | None, flags: Flags | None
) -> None:
    assert flags_of(status, reliability) == flags


@pytest.mark.parametrize(
    ("source", "value", "data"),
    [
        (BacnetSource("analog-value", 1), 1.5, "443fc00000"),
        (BacnetSource("analog-value", 1, scale=0.1), 0.15, "443fc00000"),
        (BacnetSource("analog-value", 1), None, "00"),
        (BacnetSource("large-analog-value", 1), 72, "55084052000000000000"),
        (BacnetSource("integer-value", 1), -3, "31fd"),
        (BacnetSource("positive-integer-value", 1), 3.0, "2103"),
        (BacnetSource("binary-output", 1), True, "9101"),
        (BacnetSource("multi-state-value", 1, states=((2, "auto"),)), "auto", "2102"),
        (BacnetSource("binary-value", 1, states=((0, "shut"), (1, "open"))), "open", "9101"),
        (BacnetSource("characterstring-value", 1), "hi", "73006869"),
    ],
)
def test_a_write_has_the_type_of_its_object(source: BacnetSource, value: object, data: str) -> None:
    assert encoded(source, value).hex() == data


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (BacnetSource("positive-integer-value", 1), -1),
        (BacnetSource("analog-value", 1), math.nan),
        (BacnetSource("analog-value", 1, scale=0), 1.0),
        (BacnetSource("multi-state-value", 1, states=((2, "auto"),)), "off"),
        (BacnetSource("analog-value", 1, "description"), 1.0),
        (BacnetSource("lift", 1), 1.0),
    ],
)
def test_what_cannot_be_expressed_is_not_written(source: BacnetSource, value: object) -> None:
    with pytest.raises(EncodeError):
        encoded(source, value)
