"""The functions of the language that remember: windows, delays, and the times of day."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from drivers.points import NO_UNIT
from rules.condition import evaluate, nodes
from rules.condition.bounds import Bounds
from rules.condition.calls import SECOND, difference, several, signal_of
from rules.condition.check import Build, Checker, Spec
from rules.condition.part import BROKEN_PART, ConditionInput, Part, absent
from rules.condition.value_types import TRUTH, ValueType, number
from rules.condition.written import written
from rules.functions import aggregates
from rules.functions.aggregates import Aggregate
from rules.functions.contract import Function
from rules.functions.daily import Daily, HourBetween, Span
from rules.functions.held import HeldFor
from rules.functions.one_signal import Age, Previous
from rules.functions.unchanged import Unchanged
from rules.functions.window import Window
from rules.view import Evaluator

Make = Callable[[str, Evaluator, tuple[int, ...]], Function]
"""Key, source and the slots it reads, to the function."""

AGGREGATES: dict[str, Aggregate] = {
    "avg": aggregates.average,
    "min": aggregates.lowest,
    "max": aggregates.highest,
    "spread": aggregates.spread,
    "change": aggregates.change,
    "median": aggregates.median,
    "rises": aggregates.rises,
    "runtime": aggregates.runtime,
}
"""What windows and ``daily`` may ask for; ``percentile`` takes one more argument."""
_OF_TRUTH = ("rises", "runtime")
_DIFFERENCES = ("spread", "change")


def _remember(checker: Checker, node: nodes.Node, kind: ValueType, key: str, source: Part, make: Make) -> Part:
    run, inputs = source.run, tuple(term.slot for term in source.terms)
    if run is None:
        return absent(kind)
    slot = checker.scope.slots.function(inputs, key, lambda: make(key, run, inputs))
    # The inputs stay visible as evidence beside the result made of them.
    terms = (*source.terms, ConditionInput(f"{checker.scope.prefix}{written(node)}", slot, kind.unit.symbol))
    return Part(kind, evaluate.slot(slot), key, terms)


def _width(span: Bounds) -> float:
    return span.high - span.low


_SPANS: dict[str, Callable[[Bounds], Bounds]] = {
    "spread": lambda span: Bounds(0.0, _width(span)),
    "change": lambda span: Bounds(-_width(span), _width(span)),
    "rises": lambda _: Bounds(0.0),
}
"""What an aggregate can be where that is not what its source can be."""


def _span_of(name: str, source: Bounds) -> Bounds:
    return _SPANS[name](source) if name in _SPANS else source


# --- arguments


def _seconds(checker: Checker, node: nodes.Node) -> float | None:
    part = checker.number(node)
    if part.broken:
        return None
    if part.constant is None or part.type.unit.dimension != "time" or part.constant <= 0:
        checker.fail("condition.wants-duration", node.offset, "10 min")
        return None
    return float(part.constant) * part.type.unit.factor


def _share(checker: Checker, node: nodes.Node) -> float | None:
    part = checker.number(node)
    if part.broken:
        return None
    if part.constant is None or part.type.unit.symbol != "%" or not 0 <= part.constant <= 100:
        checker.fail("condition.wants-percent", node.offset, "95 %")
        return None
    return float(part.constant) / 100


def _span(checker: Checker, node: nodes.Node) -> Span | None:
    if not isinstance(node, nodes.Hours):
        checker.fail("condition.wants-hours", node.offset, "22:00..06:00")
        return None
    return Span(node.start, node.end, checker.scope.zone)


# --- windows


def _asked(checker: Checker, node: nodes.Call) -> tuple[Part, ValueType, Aggregate] | None:
    # What an aggregate is taken of, the type of its result, and the aggregate. None: a mistake was reported.
    name = node.function
    source = checker.truth(node.arguments[0]) if name in _OF_TRUTH else checker.number(node.arguments[0])
    if name in _DIFFERENCES:
        source = difference(source)
    kind = number(SECOND if name == "runtime" else NO_UNIT) if name in _OF_TRUTH else source.type
    if name != "percentile":
        return None if source.broken else (source, kind, AGGREGATES[name])
    share = _share(checker, node.arguments[1])
    return None if source.broken or share is None else (source, kind, aggregates.percentile(share))


def _window(checker: Checker, node: nodes.Call) -> Part:
    asked, seconds = _asked(checker, node), _seconds(checker, node.arguments[-1])
    if asked is None or seconds is None:
        return BROKEN_PART
    source, kind, aggregate = asked
    more = "".join(f",{written(one)}" for one in node.arguments[1:-1])
    key = f"{node.function}({source.text}{more},{seconds})"
    part = _remember(
        checker, node, kind, key, source, lambda key, run, inputs: Window(key, run, inputs, seconds, aggregate)
    )
    span = Bounds(0.0, seconds) if node.function == "runtime" else _span_of(node.function, source.bounds)
    return replace(part, bounds=span)


def _extreme(checker: Checker, node: nodes.Call, pick: Callable[..., float]) -> Part:
    # `min(level, 10 min)` is a window, `min(a, b, c)` the smallest of several: a literal duration decides.
    last, first = node.arguments[-1], checker.number(node.arguments[0])
    if len(node.arguments) == 2 and isinstance(last, nodes.Number) and last.unit.dimension == "time":
        return _window(checker, node) if first.type.unit.dimension != "time" else _either_way(checker, node)
    apart = node.function in _DIFFERENCES
    part = several(checker, node, lambda runs: evaluate.apply(pick, runs), alone=not apart)
    if not apart or part.broken:
        return part
    return difference(replace(part, bounds=_span_of(node.function, part.bounds)))


def _either_way(checker: Checker, node: nodes.Call) -> Part:
    """Refuse what could be the window of a time as well as the greater of two times."""
    first, last = (written(argument) for argument in node.arguments)
    lowest, highest = (f"percentile({first}, {share}, {last})" for share in ("0 %", "100 %"))
    window = {"min": lowest, "max": highest}.get(node.function, f"{highest} - {lowest}")
    return checker.fail(
        "condition.either-way", node.offset, f"{node.function}({last}, {first})", call=written(node), window=window
    )


def _apart(*values: float) -> float:
    return max(values) - min(values)


# --- delays and single signals


def _timed(checker: Checker, node: nodes.Call, source: Part, make: Callable[[str, Evaluator, float], Function]) -> Part:
    seconds = _seconds(checker, node.arguments[1])
    if source.broken or seconds is None:
        return BROKEN_PART
    key = f"{node.function}({source.text},{seconds})"
    return _remember(checker, node, TRUTH, key, source, lambda key, run, _: make(key, run, seconds))


def _held(checker: Checker, node: nodes.Call) -> Part:
    return _timed(checker, node, checker.truth(node.arguments[0]), HeldFor)


def _unchanged(checker: Checker, node: nodes.Call) -> Part:
    return _timed(checker, node, checker.part(node.arguments[0]), Unchanged)


def _about(checker: Checker, node: nodes.Call, kind: ValueType | None, make: Callable[[str, int], Function]) -> Part:
    signal = signal_of(checker, node.arguments[0])
    slot, result = signal.signal, kind or signal.type
    if slot is None:
        return signal if signal.broken else absent(result)
    key = f"{node.function}({signal.text})"
    return _remember(checker, node, result, key, signal, lambda key, _run, _inputs: make(key, slot))


# --- the time of day


def _hour_between(checker: Checker, node: nodes.Call) -> Part:
    span = _span(checker, node.arguments[0])
    if span is None:
        return BROKEN_PART
    slot = checker.scope.slots.function((), f"{written(node)} {span.zone}", partial(_clock, written(node), span))
    return Part(TRUTH, evaluate.slot(slot), written(node), (ConditionInput(written(node), slot, ""),))


def _clock(key: str, span: Span) -> Function:
    return HourBetween(f"{key} {span.zone}", span)


def _daily(checker: Checker, node: nodes.Call) -> Part:
    inner, span = node.arguments[0], _span(checker, node.arguments[1])
    wanted = 2 if isinstance(inner, nodes.Call) and inner.function == "percentile" else 1
    if not isinstance(inner, nodes.Call) or inner.function not in (*AGGREGATES, "percentile"):
        return checker.fail("condition.wants-aggregate", inner.offset, "avg(flow)", known=", ".join(AGGREGATES))
    if len(inner.arguments) != wanted:
        return checker.fail("condition.daily-window", inner.offset, f"{inner.function}({written(inner.arguments[0])})")
    asked = _asked(checker, inner)
    if asked is None or span is None:
        return BROKEN_PART
    source, kind, aggregate = asked
    more = "".join(f",{written(one)}" for one in inner.arguments[1:])
    key = f"daily({inner.function}({source.text}{more}),{written(node.arguments[1])} {span.zone})"
    return _remember(
        checker, node, kind, key, source, lambda key, run, inputs: Daily(key, run, inputs, aggregate, span)
    )


def _over(name: str) -> Spec:
    return Spec(2, 2, f"{name}({'condition' if name in _OF_TRUTH else 'role'}, 10 min)", _window)


def _either(name: str, pick: Callable[..., float]) -> Spec:
    def build(checker: Checker, node: nodes.Call) -> Part:
        return _extreme(checker, node, pick)

    return Spec(2, 20, f"{name}(role, 10 min), {name}(a, b)", build)


def _of_role(kind: ValueType | None, make: Callable[[str, int], Function]) -> Build:
    return lambda checker, node: _about(checker, node, kind, make)


MEMORY_CALLS = {
    **{name: _over(name) for name in ("avg", "median", "change", "rises", "runtime")},
    "min": _either("min", min),
    "max": _either("max", max),
    "spread": _either("spread", _apart),
    "percentile": Spec(3, 3, "percentile(role, 95 %, 24 h)", _window),
    "held": Spec(2, 2, "held(condition, 10 min)", _held),
    "unchanged": Spec(2, 2, "unchanged(role, 24 h)", _unchanged),
    "age": Spec(1, 1, "age(role)", _of_role(number(SECOND), Age)),
    "previous": Spec(1, 1, "previous(role)", _of_role(None, Previous)),
    "hour_between": Spec(1, 1, "hour_between(22:00..06:00)", _hour_between),
    "daily": Spec(2, 2, "daily(avg(role), 02:00..04:00)", _daily),
}
"""Name -> function. ``change`` is the difference across its window, so its unit is that of what it is taken of."""
