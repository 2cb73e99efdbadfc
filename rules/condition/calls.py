"""The functions of the language without memory, and what every call shares: how it is checked and compiled."""

from collections.abc import Callable
from dataclasses import replace

from drivers.points import UNITS
from rules.condition import evaluate, nodes
from rules.condition.bounds import Bounds, hull
from rules.condition.check import Checker, Spec
from rules.condition.nodes import names_of
from rules.condition.part import BROKEN_PART, Part, absent, scaled, terms_of
from rules.condition.value_types import KELVIN, TRUTH, number
from rules.view import Evaluator

SECOND = UNITS["s"]


def signal_of(checker: Checker, node: nodes.Node) -> Part:
    """A node that must be a role: what is asked about it, no calculation can say."""
    part = checker.part(node)
    if part.broken or part.absent or part.signal is not None:
        return part
    role = next((name for name in names_of(node) if checker.part(name).signal is not None), None)
    return checker.fail("condition.wants-role", node.offset, role.text if role is not None else None)


def difference(part: Part) -> Part:
    """A number that is a difference of two values of its unit: between temperatures that is in kelvin."""
    if part.type.unit.dimension != "temperature":
        return part
    return scaled(part, number(KELVIN), part.type.unit.factor, 0.0)


def _abs(checker: Checker, node: nodes.Call) -> Part:
    inner = checker.number(node.arguments[0])
    if inner.run is None:
        return inner
    span = Bounds(0.0, max(abs(inner.bounds.low), abs(inner.bounds.high)))
    return Part(inner.type, evaluate.apply(abs, [inner.run]), f"abs({inner.text})", inner.terms, bounds=span)


def _alike(checker: Checker, node: nodes.Call) -> list[Part] | None:
    # Every argument in the unit of the first; absent ones drop out. None: a mistake was reported.
    first = checker.part(node.arguments[0])
    parts = [first, *(checker.fit(checker.part(argument), first, argument) for argument in node.arguments[1:])]
    return None if any(part.broken for part in parts) else parts


def several(
    checker: Checker, node: nodes.Call, join: Callable[[list[Evaluator]], Evaluator], *, alone: bool = True
) -> Part:
    """A function of any number of alike arguments; of one that is there, itself, or nothing unless ``alone``."""
    parts = _alike(checker, node)
    if parts is None:
        return BROKEN_PART
    there = [part for part in parts if part.run is not None]
    if len(there) < 2:
        return there[0] if there and alone else absent(parts[0].type)
    run = join([part.run for part in there if part.run is not None])
    text = f"{node.function}({','.join(part.text for part in there)})"
    return Part(parts[0].type, run, text, terms_of(*there), bounds=hull(part.bounds for part in there))


def _coalesce(checker: Checker, node: nodes.Call) -> Part:
    return several(checker, node, evaluate.first_known)


def _quality(checker: Checker, node: nodes.Call) -> Part:
    signal = signal_of(checker, node.arguments[0])
    if signal.signal is None:
        return replace(signal, type=TRUTH) if not signal.broken else signal
    text = f"{node.function}({signal.text})"
    return Part(TRUTH, evaluate.known(signal.signal, node.function == "good"), text, signal.terms)


PLAIN_CALLS = {
    "abs": Spec(1, 1, "abs(x)", _abs),
    "coalesce": Spec(2, 20, "coalesce(a, b)", _coalesce),
    "bad": Spec(1, 1, "bad(role)", _quality),
    "good": Spec(1, 1, "good(role)", _quality),
}
"""Name -> function."""
