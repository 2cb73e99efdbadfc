"""The functions of the language: how each call is checked and compiled."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from drivers.points import UNITS, Unit
from rules.condition import evaluate, nodes
from rules.condition.part import BROKEN_PART, Part, Term, absent, terms_of
from rules.condition.types import KELVIN, TRUTH, Sort, Type, number
from rules.functions.contract import Function
from rules.functions.held import Held
from rules.functions.signal import Age, Previous
from rules.functions.window import Aggregate, Window, average, change, highest, lowest, median
from rules.view import Run

if TYPE_CHECKING:
    from rules.condition.check import Checker

SECOND = UNITS["s"]


@dataclass(frozen=True, slots=True)
class Spec:
    """One function: how many arguments it takes, how it is written, and what compiles it."""

    least: int
    most: int
    usage: str
    build: "Callable[[Checker, nodes.Call], Part]"


# --- without memory


def _abs(checker: "Checker", node: nodes.Call) -> Part:
    inner = checker.number(node.arguments[0])
    if inner.run is None:
        return inner
    return Part(inner.type, evaluate.apply(abs, [inner.run]), f"abs({inner.text})", inner.terms)


def _alike(checker: "Checker", node: nodes.Call) -> list[Part] | None:
    # Every argument in the unit of the first; absent ones drop out. None: a mistake was reported.
    first = checker.part(node.arguments[0])
    parts = [first, *(checker.fit(checker.part(argument), first, argument) for argument in node.arguments[1:])]
    return None if any(part.broken for part in parts) else parts


def _several(checker: "Checker", node: nodes.Call, join: Callable[[list[Run]], Run]) -> Part:
    parts = _alike(checker, node)
    if parts is None:
        return BROKEN_PART
    there = [part for part in parts if part.run is not None]
    if len(there) < 2:
        return there[0] if there else absent(parts[0].type)
    run = join([part.run for part in there if part.run is not None])
    return Part(parts[0].type, run, f"{node.function}({','.join(part.text for part in there)})", terms_of(*there))


def _coalesce(checker: "Checker", node: nodes.Call) -> Part:
    return _several(checker, node, evaluate.first_known)


def _quality(checker: "Checker", node: nodes.Call) -> Part:
    signal = _signal(checker, node.arguments[0])
    if signal.signal is None:
        return replace(signal, type=TRUTH) if not signal.broken else signal
    text = f"{node.function}({signal.text})"
    return Part(TRUTH, evaluate.known(signal.signal, node.function == "good"), text, signal.terms)


# --- with memory


def _signal(checker: "Checker", node: nodes.Node) -> Part:
    part = checker.part(node)
    if part.broken or part.absent or part.signal is not None:
        return part
    return checker.fail("condition.wants-role", node.offset)


def _seconds(checker: "Checker", node: nodes.Node) -> float | None:
    part = checker.number(node)
    if part.broken:
        return None
    if part.constant is None or part.type.unit.dimension != "time" or part.constant <= 0:
        checker.fail("condition.wants-duration", node.offset, "10 min")
        return None
    return float(part.constant) * part.type.unit.factor


def _remember(checker: "Checker", kind: Type, key: str, source: Part, make: Callable[[], Function]) -> Part:
    inputs = tuple(term.slot for term in source.terms)
    slot = checker.scope.slots.function(inputs, key, make)
    name = f"{key.split('(')[0]}({', '.join(term.name for term in source.terms)})"
    # The inputs stay visible as evidence beside the result made of them.
    terms = (*source.terms, Term(name, slot, kind.unit.symbol))
    return Part(kind, evaluate.slot(slot), key, terms)


def _held(checker: "Checker", node: nodes.Call) -> Part:
    condition, seconds = checker.truth(node.arguments[0]), _seconds(checker, node.arguments[1])
    if condition.broken or seconds is None:
        return BROKEN_PART
    run = condition.run
    if run is None:
        return condition
    key = f"held({condition.text},{seconds})"
    return _remember(checker, TRUTH, key, condition, lambda: Held(key, run, seconds))


def _age(checker: "Checker", node: nodes.Call) -> Part:
    signal = _signal(checker, node.arguments[0])
    slot = signal.signal
    if slot is None:
        return signal if signal.broken else absent(number(SECOND))
    key = f"age({signal.text})"
    return _remember(checker, number(SECOND), key, signal, lambda: Age(key, slot))


def _previous(checker: "Checker", node: nodes.Call) -> Part:
    signal = _signal(checker, node.arguments[0])
    slot = signal.signal
    if slot is None:
        return signal
    key = f"previous({signal.text})"
    return _remember(checker, signal.type, key, signal, lambda: Previous(key, slot))


def _window(checker: "Checker", node: nodes.Call, aggregate: Aggregate) -> Part:
    signal, seconds = _signal(checker, node.arguments[0]), _seconds(checker, node.arguments[1])
    if signal.broken or seconds is None:
        return BROKEN_PART
    if signal.type.sort is not Sort.NUMBER:
        return checker.fail("condition.wanted", node.arguments[0].offset, wanted="number", found=signal.type.shown)
    kind = number(_difference(signal.type.unit)) if node.function == "rate" else signal.type
    slot = signal.signal
    if slot is None:
        return absent(kind)
    key = f"{node.function}({signal.text},{seconds})"
    return _remember(checker, kind, key, signal, lambda: Window(key, slot, seconds, aggregate))


def _difference(unit: Unit) -> Unit:
    return KELVIN if unit.symbol == "°C" else unit


def _over(aggregate: Aggregate) -> "Callable[[Checker, nodes.Call], Part]":
    return lambda checker, node: _window(checker, node, aggregate)


def _extreme(pick: Callable[..., float], aggregate: Aggregate) -> "Callable[[Checker, nodes.Call], Part]":
    # `min(level, 10 min)` is a window, `min(a, b, c)` the smallest of several: a literal duration decides.
    def build(checker: "Checker", node: nodes.Call) -> Part:
        last = node.arguments[-1]
        if len(node.arguments) == 2 and isinstance(last, nodes.Number) and last.unit.dimension == "time":
            return _window(checker, node, aggregate)
        checker.number(node.arguments[0])
        return _several(checker, node, lambda runs: evaluate.apply(pick, runs))

    return build


CALLS = {
    "abs": Spec(1, 1, "abs(x)", _abs),
    "min": Spec(2, 20, "min(role, 10 min), min(a, b)", _extreme(min, lowest)),
    "max": Spec(2, 20, "max(role, 10 min), max(a, b)", _extreme(max, highest)),
    "coalesce": Spec(2, 20, "coalesce(a, b)", _coalesce),
    "bad": Spec(1, 1, "bad(role)", _quality),
    "good": Spec(1, 1, "good(role)", _quality),
    "held": Spec(2, 2, "held(condition, 10 min)", _held),
    "age": Spec(1, 1, "age(role)", _age),
    "previous": Spec(1, 1, "previous(role)", _previous),
    "rate": Spec(2, 2, "rate(role, 10 min)", _over(change)),
    "avg": Spec(2, 2, "avg(role, 10 min)", _over(average)),
    "median": Spec(2, 2, "median(role, 10 min)", _over(median)),
}
"""Name -> function. ``rate`` is the change across its window, so its unit is that of the role."""
