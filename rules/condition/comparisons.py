"""Comparisons: their two sides in one unit or of one set of states, and what they can be at all."""

from rules.condition import bounds, evaluate, nodes
from rules.condition.bounds import Bounds
from rules.condition.check import Checker
from rules.condition.nodes import names_of
from rules.condition.part import BROKEN_PART, Part, absent, literal, runs_of, terms_of
from rules.condition.value_types import TRUTH, ValueSort, ValueType
from rules.condition.written import written
from rules.errors import ConditionError
from rules.suggest import nearest
from rules.view import Evaluator


def compile_comparison(checker: Checker, node: nodes.Comparison) -> Part:
    """A comparison, or a chain of them. Mistakes are reported to ``checker``."""
    pairs = list(zip(node.signs, node.offsets, node.operands, node.operands[1:], strict=False))
    parts = [_pair(checker, sign, offset, left, right) for sign, offset, left, right in pairs]
    if len(parts) == 1 or any(part.broken for part in parts):
        return parts[0] if len(parts) == 1 else BROKEN_PART
    if any(part.absent for part in parts):
        return absent(TRUTH)
    text = " and ".join(part.text for part in parts)
    can = bounds.every(part.bounds for part in parts)
    return Part(TRUTH, evaluate.every(runs_of(*parts)), f"({text})", terms_of(*parts), bounds=can)


def _pair(checker: Checker, sign: str, offset: int, left: nodes.Node, right: nodes.Node) -> Part:
    first, second = _sides(checker, left, right)
    if first.broken or second.broken:
        return BROKEN_PART
    if sign not in ("==", "!=") and first.type.sort is not ValueSort.NUMBER:
        return checker.fail("condition.order", offset, "==", sign=sign, found=first.type.shown)
    if _disjoint(first.type, second.type):
        states = {"left": ", ".join(first.type.states), "right": ", ".join(second.type.states)}
        return checker.fail("condition.states-differ", offset, **states)
    if first.run is None or second.run is None or _nothing_left(checker, left, first, right, second):
        return absent(TRUTH)
    text = f"({first.text}{sign}{second.text})"
    can = _possible(sign, first, second)
    if not (can.true and can.false) and first.constant is None:
        _doubt(checker, left, right, first, can.true)
    elif not (can.true and can.false) and second.constant is None:
        _doubt(checker, right, left, second, can.true)
    return Part(TRUTH, _comparing(sign, first, second), text, terms_of(first, second), bounds=can)


def _nothing_left(checker: Checker, left: nodes.Node, first: Part, right: nodes.Node, second: Part) -> bool:
    """Whether roles that are not there left two constants, which say nothing about the equipment."""
    if first.constant is None or second.constant is None:
        return False
    return any(
        checker.part(name).absent for node in (left, right) for name in names_of(node) if checker.scope.has(name.text)
    )


def _doubt(checker: Checker, node: nodes.Node, limit: nodes.Node, part: Part, always: bool) -> None:
    low, high = (f"{end:g}".replace("inf", "∞") for end in (part.bounds.low, part.bounds.high))
    code = "condition.always" if always else "condition.never"
    named = {"name": written(node), "low": low, "high": high, "unit": part.type.unit.symbol}
    checker.doubts.append(ConditionError(code, limit.offset, **named))


def _sides(checker: Checker, left: nodes.Node, right: nodes.Node) -> tuple[Part, Part]:
    if isinstance(left, nodes.Name) and not checker.scope.has(left.text):
        second = checker.part(right)
        return _state(checker, left, second), second
    first = checker.part(left)
    if isinstance(right, nodes.Name) and (right.text in first.type.states or not checker.scope.has(right.text)):
        return first, _state(checker, right, first)
    second = checker.part(right)
    if first.constant is not None and second.constant is None:
        return checker.fit(first, second, left), second
    return first, checker.fit(second, first, right)


def _state(checker: Checker, node: nodes.Name, other: Part) -> Part:
    if other.type.sort is not ValueSort.STATE:
        return BROKEN_PART if other.broken else checker.part(node)
    if node.text not in other.type.states:
        suggestion = nearest(node.text, other.type.states)
        return checker.fail(
            "condition.unknown-state",
            node.offset,
            suggestion,
            state=node.text,
            known=", ".join(other.type.states),
        )
    return literal(other.type, node.text)


def _disjoint(left: ValueType, right: ValueType) -> bool:
    """Whether they are states of which no two are alike."""
    known = left.sort is right.sort is ValueSort.STATE and left.states and right.states
    return bool(known) and set(left.states).isdisjoint(right.states)


def _possible(sign: str, left: Part, right: Part) -> Bounds:
    if right.constant is not None or left.constant is None:
        slot = left.signal if right.constant is not None else None
        return bounds.compared(sign, left.bounds, right.bounds, slot)
    # Read from the other side, so that the signal stands on the left.
    return bounds.compared(_MIRRORED[sign], right.bounds, left.bounds, right.signal)


def _comparing(sign: str, left: Part, right: Part) -> Evaluator:
    first, second = runs_of(left, right)
    if right.constant is None:
        return evaluate.compare(sign, first, second)
    if left.signal is None:
        return evaluate.compare_constant(sign, first, right.constant)
    return evaluate.compare_slot(sign, left.signal, right.constant)


_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
