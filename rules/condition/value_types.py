"""The type of an expression: number with unit, truth, state of an enum, or text; and how units combine."""

from dataclasses import dataclass
from enum import Enum

from drivers.points import NO_UNIT, UNITS, Kind, Unit
from rules.model import Role

PERCENT = UNITS["%"]
KELVIN = UNITS["K"]


class ValueSort(Enum):
    """What sort of value an expression has."""

    NUMBER = "number"
    TRUTH = "truth"
    STATE = "state"
    TEXT = "text"
    BROKEN = "broken"
    """Already reported; anything built on it is not reported again."""


@dataclass(frozen=True, slots=True)
class ValueType:
    """Sort, unit of a number, states of an enum."""

    sort: ValueSort
    unit: Unit = NO_UNIT
    states: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """For messages: the unit's symbol, or the sort."""
        return self.unit.symbol or self.sort.value if self.sort is ValueSort.NUMBER else self.sort.value


TRUTH = ValueType(ValueSort.TRUTH)
BROKEN = ValueType(ValueSort.BROKEN)
_SORTS = {Kind.BINARY: ValueSort.TRUTH, Kind.ENUM: ValueSort.STATE, Kind.TEXT: ValueSort.TEXT}


def number(unit: Unit) -> ValueType:
    """A number in ``unit``."""
    return ValueType(ValueSort.NUMBER, unit)


def of_role(role: Role) -> ValueType:
    """The type of a role's value."""
    return ValueType(_SORTS.get(role.kind, ValueSort.NUMBER), role.unit, role.states)


def conversion(source: Unit, target: Unit) -> tuple[float, float] | None:
    """Factor and offset from ``source`` to ``target``; None when they do not fit. A percentage is a pure number."""
    if source.converts_to(target):
        return source.factor / target.factor, (source.offset - target.offset) / target.factor
    if (source, target) == (PERCENT, NO_UNIT):
        return 0.01, 0.0
    if (source, target) == (NO_UNIT, PERCENT):
        return 100.0, 0.0
    return None


def temperature_sum(sign: str, left: Unit, right: Unit) -> tuple[Unit, float] | None:
    """Unit of a sum with a temperature and the factor of its right side; None when it makes no sense.

    Temperatures are points on a scale: point +- difference is a point, point - point a difference in kelvin.
    """
    if left.dimension == "temperature" and right == KELVIN:
        return left, 1 / left.factor
    # Only kelvin-sized degrees subtract to kelvin without rescaling the left side too.
    if sign == "-" and left == right and left.factor == 1.0:
        return KELVIN, 1.0
    return None


def product_unit(sign: str, left: Unit, right: Unit) -> tuple[Unit, float] | None:
    """Unit of a product or quotient and the factor its number needs; None when we have no unit for it."""
    if right == NO_UNIT:
        return left, 1.0
    if sign == "/" and left.dimension == right.dimension:
        return NO_UNIT, left.factor / right.factor
    if right == PERCENT:
        return left, 0.01 if sign == "*" else 100.0
    if sign == "*" and left == NO_UNIT:
        return right, 1.0
    if sign == "*" and left == PERCENT:
        return right, 0.01
    return None
