"""What comes from outside: built as its type says, or refused with the field and the reason."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

import pytest

from agent.api import requests
from runtime.parsing import MAX_DEPTH, MAX_INTEGER, InputError, Text, Within, build, load


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    number: int


@dataclass(frozen=True)
class Shape:
    name: Annotated[str, Text(5, least=1)]
    share: Annotated[float, Within(0.0, 1.0)] = 0.5
    code: Annotated[str, Text(4, form="[0-9a-f]+")] = "0"
    trimmed: Annotated[str, Text(3, least=1, trimmed=True)] = "x"
    on: bool = False
    value: float | bool | str | None = None
    colour: Colour = Colour.RED
    inner: list[Inner] = field(default_factory=list)
    free: dict[str, Any] = field(default_factory=dict)


def test_what_fits_is_built_with_its_defaults() -> None:
    assert build(Shape, {"name": "水"}, strict=True) == Shape("水")
    told = {"name": "a", "share": 1, "value": True, "colour": "red", "inner": [{"number": 3}], "free": {"a": [None]}}
    assert build(Shape, told, strict=True) == Shape("a", 1.0, value=True, inner=[Inner(3)], free={"a": [None]})


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([], "input.type"),
        ({}, "input.missing"),
        ({"name": "a", "other": 1}, "input.unknown-field"),
        ({"name": 3}, "input.type"),
        ({"name": None}, "input.type"),
        ({"name": ""}, "input.length"),
        ({"name": "abcdef"}, "input.length"),
        *(({"name": f"a{control}"}, "input.control") for control in "\0\n\x1b\x7f\x9b\u2028\u202e\ud800"),
        ({"name": "a", "code": "0x"}, "input.form"),
        ({"name": "a", "trimmed": " \u3000\u00a0 "}, "input.length"),
        ({"name": "a", "share": 1.1}, "input.range"),
        ({"name": "a", "share": True}, "input.type"),
        ({"name": "a", "share": "0.5"}, "input.type"),
        ({"name": "a", "share": float("nan")}, "input.type"),
        ({"name": "a", "share": float("inf")}, "input.type"),
        ({"name": "a", "on": 1}, "input.type"),
        ({"name": "a", "value": []}, "input.type"),
        ({"name": "a", "colour": "blue"}, "input.type"),
        ({"name": "a", "colour": []}, "input.type"),
        ({"name": "a", "inner": [{"number": True}]}, "input.type"),
        ({"name": "a", "inner": [{"number": MAX_INTEGER + 1}]}, "input.range"),
        ({"name": "a", "inner": {}}, "input.type"),
        ({"name": "a", "free": {"x": float("inf")}}, "input.type"),
    ],
)
def test_what_does_not_fit_is_refused(given: object, code: str) -> None:
    with pytest.raises(InputError) as caught:
        build(Shape, given, strict=True)
    assert caught.value.code == code


def test_blanks_at_the_ends_are_no_part_of_what_a_person_says() -> None:
    assert build(Shape, {"name": "a ", "trimmed": "\u3000 a b "}, strict=True) == Shape("a ", trimmed="a b")
    asked = {"reason": "  ", "seen": "1", "by": " Li "}
    assert build(requests.ArmCommands, asked, strict=True) == requests.ArmCommands("Li", "", "1")


def test_a_message_of_a_newer_sender_may_have_more_fields() -> None:
    assert build(Shape, {"name": "a", "other": 1}, strict=False) == Shape("a")


@pytest.mark.parametrize(("depth", "fits"), [(MAX_DEPTH, True), (MAX_DEPTH + 1, False)])
def test_nesting_ends(depth: int, fits: bool) -> None:
    nested: Any = {}
    for _ in range(depth - 1):
        nested = {"x": nested}
    if fits:
        assert build(Shape, {"name": "a", "free": nested}, strict=True)
        return
    with pytest.raises(InputError, match=r"input\.depth"):
        build(Shape, {"name": "a", "free": nested}, strict=True)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"x" * 101, "input.too-long"),
        (b"", "input.no-json"),
        (b"\xed\xa0\x80", "input.no-json"),
        (b'"\xed\xa0\x80"', "input.no-json"),
        ('"水"'.encode("utf-16"), "input.no-json"),
        ('\ufeff"a"'.encode(), "input.no-json"),
        (b"NaN", "input.no-json"),
        (b"-Infinity", "input.no-json"),
        (b"[" * 100, "input.no-json"),
        (b'"\\ud800"', "input.surrogate"),
        (b'{"a\\udfff": 1}', "input.surrogate"),
        (b'[[{"a": ["\\uDBFF"]}]]', "input.surrogate"),
    ],
)
def test_bytes_that_are_no_clean_json_are_refused(payload: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        load(payload, 100)
    assert caught.value.code == code


def test_deep_nesting_is_refused_without_a_crash() -> None:
    with pytest.raises(InputError, match=r"input\.no-json"):
        load(b"[" * 60_000 + b"]" * 60_000, 200_000)


def test_a_whole_pair_is_a_character() -> None:
    assert load(b'"\\ud83d\\ude00 \\u6c34"', 100) == "😀 水"
