"""A checked piece of a condition: its type, its closure, and what it reads."""

from dataclasses import dataclass, replace
from typing import Any

from drivers.points import Unit, Value
from rules.condition import bounds, evaluate
from rules.condition.bounds import ANYTHING, Bounds
from rules.condition.value_types import BROKEN, ValueSort, ValueType, conversion
from rules.view import Evaluator


@dataclass(frozen=True, slots=True)
class ConditionInput:
    """One input of a condition, as written."""

    name: str
    slot: int
    unit: str
    cause: bool = False
    """Whether its value is the text of a cause."""


@dataclass(frozen=True, slots=True)
class Part:
    """``run`` None: absent, because an optional role is not bound on this equipment."""

    type: ValueType
    run: Evaluator | None
    text: str = ""
    """The expression with points and numbers put in: equal text, equal meaning."""
    terms: tuple[ConditionInput, ...] = ()
    constant: Any = None
    """Its value when it cannot change."""
    signal: int | None = None
    """Its slot when it is a signal as it is, unconverted."""
    bounds: Bounds = ANYTHING
    """What it can be."""

    @property
    def absent(self) -> bool:
        """Whether it drops out on this equipment."""
        return self.run is None

    @property
    def broken(self) -> bool:
        """Whether a mistake in it was reported."""
        return self.type.sort is ValueSort.BROKEN


BROKEN_PART = Part(BROKEN, None)


def literal(kind: ValueType, value: Value) -> Part:
    """A part that never changes."""
    return Part(kind, evaluate.constant(value), repr(value), constant=value, bounds=bounds.exactly(value))


def absent(kind: ValueType) -> Part:
    """A part that drops out."""
    return Part(kind, None)


def terms_of(*parts: Part) -> tuple[ConditionInput, ...]:
    """Every input of ``parts``, each once, in order of appearance."""
    return tuple(dict.fromkeys(term for part in parts for term in part.terms))


def converted(part: Part, unit: Unit) -> Part | None:
    """``part`` expressed in ``unit``; None when the units do not fit."""
    fit = conversion(part.type.unit, unit)
    return None if fit is None else scaled(part, replace(part.type, unit=unit), *fit)


def scaled(part: Part, kind: ValueType, factor: float, offset: float) -> Part:
    """``part * factor + offset`` as ``kind``; nothing to do at run time when nothing changes."""
    if part.run is None or (factor, offset) == (1.0, 0.0):
        return replace(part, type=kind)
    if part.constant is not None:
        # Rounding keeps 0.5 bar at 50 kPa instead of 50.00000000000001.
        return literal(kind, round(part.constant * factor + offset, 12))
    text = f"({part.text}*{factor}+{offset})"
    span = bounds.linear(part.bounds, factor, offset)
    return Part(kind, evaluate.linear(part.run, factor, offset), text, part.terms, bounds=span)


def runs_of(*parts: Part) -> tuple[Evaluator, ...]:
    """What runs, of those that are there."""
    return tuple(part.run for part in parts if part.run is not None)
