"""Numbers with units and durations as people write them (``30 %``, ``10 min``)."""

import math
import re
from dataclasses import dataclass

from drivers.points import NO_UNIT, PlantgateError, Unit, unit
from drivers.points.units import symbols
from rules.suggest import nearest as nearest  # emulators know no rules
from rules.suggest import unit_meant

_WIDE = str.maketrans("０１２３４５６７８９．％－＋", "0123456789.%-+")
"""Full-width characters of Chinese keyboards."""
_NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_QUANTITY = re.compile(rf"({_NUMBER})\s*(\S+)\Z")
_BYTES = {"MB": 10**6, "GB": 10**9, "MiB": 2**20, "GiB": 2**30}


class QuantityError(PlantgateError):
    """A text that is no quantity, or none of the wanted kind."""

    def __init__(self, code: str, suggestion: str | None = None, **arguments: object) -> None:
        """Keep what was probably meant beside the message arguments; ``key`` names the value, here the text itself."""
        super().__init__(code, **arguments)
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, such as ``30 %``."""

    value: float
    unit: Unit


def parse_quantity(text: object, dimension: str = "") -> Quantity:
    """A number with unit as written, a bare number having none; raises QuantityError.

    Suggests only units of ``dimension``, when it is given.
    """
    if isinstance(text, int | float) and not isinstance(text, bool):
        return Quantity(float(text), NO_UNIT)
    narrow = str(text).translate(_WIDE)
    matched = _QUANTITY.match(narrow) if isinstance(text, str) else None
    if not matched or not math.isfinite(float(matched[1])):
        raise QuantityError("value.quantity", key=text)
    known = unit(matched[2])
    if known is None:
        meant = _unit_meant(matched[2], dimension)
        raise QuantityError("value.unit", meant and f"{matched[1]} {meant}", unit=matched[2])
    if text != narrow:
        raise QuantityError("value.wide", f"{matched[1]} {matched[2]}", key=text)
    return Quantity(float(matched[1]), known)


def _unit_meant(symbol: str, dimension: str) -> str | None:
    known = [(entry, unit(entry)) for entry in symbols()]
    fitting = [entry for entry, found in known if found and dimension in ("", found.dimension)]
    # Where only a time can be meant, a slip is no other quantity.
    return unit_meant(symbol, fitting) or (nearest(symbol, fitting) if dimension else None)


def duration(text: object) -> float:
    """A time such as ``60 s`` in seconds, not negative; raises QuantityError."""
    quantity = parse_quantity(text, "time")
    if quantity.unit is NO_UNIT:
        raise QuantityError("value.duration", f"{quantity.value:g} s", key=text)
    if quantity.unit.dimension != "time":
        raise QuantityError("value.duration", key=text)
    if quantity.value < 0:
        raise QuantityError("value.negative", key=text)
    return quantity.value * quantity.unit.factor


def byte_size(text: object) -> int:
    """A size of a file such as ``1 GiB`` in bytes; raises QuantityError."""
    matched = _QUANTITY.match(text) if isinstance(text, str) else None
    if not matched or not math.isfinite(float(matched[1])):
        raise QuantityError("value.size", key=text)
    if matched[2] not in _BYTES:
        meant = nearest(matched[2], _BYTES)
        raise QuantityError("value.size", meant and f"{matched[1]} {meant}", key=text)
    return int(float(matched[1]) * _BYTES[matched[2]])
