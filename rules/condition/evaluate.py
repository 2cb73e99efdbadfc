"""Closures of three-valued (Kleene) logic: None is unknown. Arithmetic with no finite result is unknown."""

import operator
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any

from rules.view import Evaluator, Result, View

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def constant(value: Result) -> Evaluator:
    """Always ``value``."""
    return lambda view: value


@lru_cache(maxsize=65_536)
def slot(index: int) -> Evaluator:
    """The value in a slot; conditions that read the same one share it."""
    return lambda view: view.values[index]


def linear(inner: Evaluator, factor: float, offset: float) -> Evaluator:
    """``inner * factor + offset``, a conversion of unit."""

    def run(view: View) -> Result:
        value = inner(view)
        return None if value is None else finite(value * factor + offset)

    return run


def compare(sign: str, left: Evaluator, right: Evaluator) -> Evaluator:
    """Unknown when either side is."""
    decide = COMPARE[sign]

    def run(view: View) -> bool | None:
        first, second = left(view), right(view)
        return None if first is None or second is None else decide(first, second)

    return run


def compare_constant(sign: str, left: Evaluator, limit: Result) -> Evaluator:
    """The common case ``role <= constant``, kept short because it runs most."""
    decide = COMPARE[sign]

    def run(view: View) -> bool | None:
        value = left(view)
        return None if value is None else decide(value, limit)

    return run


def compare_slot(sign: str, index: int, limit: Result) -> Evaluator:
    """The commonest case: a slot against a constant."""
    decide = COMPARE[sign]

    def run(view: View) -> bool | None:
        value = view.values[index]
        return None if value is None else decide(value, limit)

    return run


def every(runs: Sequence[Evaluator]) -> Evaluator:
    """Kleene ``and``: false beats unknown."""
    if len(runs) == 2:
        return _both(*runs)

    def run(view: View) -> bool | None:
        result: bool | None = True
        for part in runs:
            value = part(view)
            if value is None:
                result = None
            elif not value:
                return False
        return result

    return run


def _both(first: Evaluator, second: Evaluator) -> Evaluator:
    # Most conditions join two parts; without a loop that costs half.
    def run(view: View) -> Result:
        left = first(view)
        if left is None:
            right = second(view)
            return None if right is None or right else False
        return second(view) if left else False

    return run


def some(runs: Sequence[Evaluator]) -> Evaluator:
    """Kleene ``or``: true beats unknown."""
    if len(runs) == 2:
        return _either(*runs)

    def run(view: View) -> bool | None:
        result: bool | None = False
        for part in runs:
            value = part(view)
            if value is None:
                result = None
            elif value:
                return True
        return result

    return run


def _either(first: Evaluator, second: Evaluator) -> Evaluator:
    def run(view: View) -> Result:
        left = first(view)
        if left is None:
            return True if second(view) else None
        return True if left else second(view)

    return run


def negate(inner: Evaluator) -> Evaluator:
    """Kleene ``not``."""

    def run(view: View) -> bool | None:
        value = inner(view)
        return None if value is None else not value

    return run


def finite(value: Result) -> Result:
    """``value``, or unknown when it is NaN, infinite or a whole number beyond any measurement."""
    try:
        return value if isfinite(value) else None
    except OverflowError:
        return None


def calculate(sign: str, left: Evaluator, right: Evaluator) -> Evaluator:
    """Arithmetic; division by zero and results that are not finite are unknown."""
    work = ARITHMETIC[sign]

    def run(view: View) -> Result:
        first, second = left(view), right(view)
        if first is None or second is None:
            return None
        try:
            return finite(work(first, second))
        except (ZeroDivisionError, OverflowError):
            return None

    return run


def choose(test: Evaluator, then: Evaluator, other: Evaluator) -> Evaluator:
    """``then if test else other``; unknown test, unknown result."""

    def run(view: View) -> Result:
        decision = test(view)
        if decision is None:
            return None
        return then(view) if decision else other(view)

    return run


def apply(function: Callable[..., Any], runs: Sequence[Evaluator]) -> Evaluator:
    """A pure function of its arguments; unknown when any argument is."""

    def run(view: View) -> Result:
        values = [part(view) for part in runs]
        return None if None in values else function(*values)

    return run


def total(runs: Sequence[Evaluator]) -> Evaluator:
    """The sum; of truths, how many are true. Unknown when any is."""

    def run(view: View) -> Result:
        values = [part(view) for part in runs]
        return None if None in values else finite(sum(values))

    return run


def first_known(runs: Sequence[Evaluator]) -> Evaluator:
    """``coalesce``: the first argument that is known."""
    return lambda view: next((value for part in runs if (value := part(view)) is not None), None)


def known(index: int, wanted: bool) -> Evaluator:
    """``good`` and ``bad``: what the quality of a signal says; unknown before its first reading."""

    def run(view: View) -> bool | None:
        reading = view.readings[index]
        return None if reading is None else reading.quality.known is wanted

    return run
