"""Numbers with units and durations as people write them (``30 %``, ``10 min``), and what a misspelt word meant."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from drivers.points import NO_UNIT, PlantgateError, Unit, unit
from drivers.points.units import symbols

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


def nearest(word: object, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, if any."""
    lowered = {entry.lower(): entry for entry in sorted(known, reverse=True)}
    matches = get_close_matches(str(word).lower(), lowered, n=1, cutoff=0.6)
    return lowered[matches[0]] if matches else None


def parse_quantity(text: object, dimension: str = "") -> Quantity:
    """A number with unit as written, a bare number having none; raises QuantityError.

    Suggests only units of ``dimension``, when it is given.
    """
    if isinstance(text, int | float) and not isinstance(text, bool):
        return Quantity(float(text), NO_UNIT)
    matched = _QUANTITY.match(text) if isinstance(text, str) else None
    if not matched or not math.isfinite(float(matched[1])):
        raise QuantityError("value.quantity", key=text)
    known = unit(matched[2])
    if known is None:
        raise QuantityError("value.unit", _nearest_unit(matched[2], dimension), unit=matched[2])
    return Quantity(float(matched[1]), known)


def _nearest_unit(symbol: str, dimension: str) -> str | None:
    known = [(entry, unit(entry)) for entry in symbols()]
    return nearest(symbol, [entry for entry, found in known if found and dimension in ("", found.dimension)])


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
