"""Where a value stands in a device, and raw numbers, as people write them."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from config.schema.values import refuse
from drivers.templates import Table

_NUMBER = r"0x[0-9A-Fa-f]{1,4}|[0-9]{1,5}"
_AT = re.compile(rf"(coil|discrete|input|holding) ({_NUMBER})(?: bits? ([0-9]{{1,2}})(?:-([0-9]{{1,2}}))?)?\Z")
_OBJECT = re.compile(r"([a-z][a-z-]*|[0-9]{1,4}) ([0-9]{1,7})(?: ([a-z][a-z-]*|[0-9]+)(\[[0-9]+\])?)?\Z")
_RAW = re.compile(r"(0x[0-9A-Fa-f]{1,16}|[0-9]{1,20})(?:\.\.(0x[0-9A-Fa-f]{1,16}|[0-9]{1,20}))?\Z")
_WORDS = re.compile(r"[0-9A-Fa-f]{4}(?: ?[0-9A-Fa-f]{4})*\Z")
_RATIO = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})\Z")
_WIDEST = 63


@dataclass(frozen=True, slots=True)
class At:
    """Where a value stands, as the manual numbers it."""

    table: Table
    number: int
    bit: int | None
    width: int = 1
    """How many bits from ``bit`` on."""


@dataclass(frozen=True, slots=True)
class ObjectAt:
    """Where a value stands in a BACnet device."""

    object_type: str
    instance: int
    property: str


def _at(text: object) -> At | ObjectAt:
    if not isinstance(text, str):
        raise refuse("template.at")
    if matched := _AT.match(text):
        return _register(matched)
    if matched := _OBJECT.match(text):
        return ObjectAt(matched[1], int(matched[2]), (matched[3] or "present-value") + (matched[4] or ""))
    raise refuse("template.at")


def _register(matched: re.Match[str]) -> At:
    table, number = Table(matched[1]), _integer(matched[2])
    if matched[3] is None:
        return At(table, number, None)
    first, last = sorted((int(matched[3]), int(matched[4] or matched[3])))
    if last > _WIDEST or table in (Table.COIL, Table.DISCRETE):
        raise refuse("template.bit", bit=last)
    return At(table, number, first, last - first + 1)


def _bare_at(text: object) -> At:
    place = _at(text)
    if not isinstance(place, At) or place.bit is not None:
        raise refuse("template.place")
    return place


def _integer(text: str) -> int:
    return int(text, 16 if text.startswith("0x") else 10)


def _raw(value: object) -> int | range:
    """``65535``, ``"0xFFFF"``, ``241..65535``."""
    matched = _RAW.match(str(value)) if isinstance(value, int | str) and not isinstance(value, bool) else None
    if matched is None:
        raise refuse("template.raw-form", value=value)
    first, last = _integer(matched[1]), _integer(matched[2] or matched[1])
    if last < first:
        raise refuse("template.raw-form", f"{last}..{first}", value=value)
    return range(first, last + 1) if matched[2] else first


def _words(text: object) -> tuple[int, ...]:
    """``"00FD"``, ``"0001 E240"``: registers as they come over the wire; ``"0"`` and ``"1"`` are bits."""
    if text in ("0", "1"):
        return (int(str(text)),)
    if not isinstance(text, str) or not _WORDS.match(text):
        raise refuse("template.words-form", value=text)
    digits = text.replace(" ", "")
    return tuple(int(digits[index : index + 4], 16) for index in range(0, len(digits), 4))


def _scale(value: object) -> float:
    """A number, or a fraction such as ``1/64``."""
    matched = _RATIO.match(value) if isinstance(value, str) else None
    if matched is not None:
        return float(Fraction(int(matched[1]), int(matched[2])))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse("template.scale-form", value=value)
    return float(value)


_TEXT = WithJsonSchema({"type": "string"})
_NUMBER_OR_TEXT = WithJsonSchema({"type": ["number", "string"]})

AtField = Annotated[At | ObjectAt, BeforeValidator(_at), _TEXT]
BareAt = Annotated[At, BeforeValidator(_bare_at), _TEXT]
"""``holding 100``: an address without a value at it."""
RawField = Annotated[int | range, BeforeValidator(_raw), WithJsonSchema({"type": ["integer", "string"]})]
WordsField = Annotated[tuple[int, ...], BeforeValidator(_words), _TEXT]
ScaleField = Annotated[float, BeforeValidator(_scale), _NUMBER_OR_TEXT]
