"""Tree to closures for one equipment: names resolved, units checked and converted, absent roles dropped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from drivers.points import NO_UNIT
from rules.condition import bounds, evaluate, nodes
from rules.condition.meant import as_number, as_truth, bare, in_unit
from rules.condition.nodes import names_of
from rules.condition.parser import parse
from rules.condition.part import (
    BROKEN_PART,
    ConditionInput,
    Part,
    absent,
    converted,
    literal,
    runs_of,
    scaled,
    terms_of,
)
from rules.condition.scope import Definition, Scope, Setting, Signal
from rules.condition.value_types import (
    KELVIN,
    TRUTH,
    ValueSort,
    ValueType,
    number,
    of_role,
    product_unit,
    temperature_sum,
)
from rules.condition.written import written
from rules.errors import ConditionError
from rules.suggest import nearest
from rules.view import Evaluator, Result

MAX_PARTS = 2000
"""Parts of a condition, the terms of its class written out; terms made of terms could grow beyond any bound."""


@dataclass(slots=True)
class Budget:
    """How many parts a condition may still have."""

    left: int = MAX_PARTS


@dataclass(frozen=True, slots=True)
class Spec:
    """One function: how many arguments it takes, how it is written, and what compiles it."""

    least: int
    most: int
    usage: str
    build: "Build"


@dataclass(frozen=True, slots=True)
class Language:
    """What is said about the values that names stand for: functions by name, and comparisons."""

    calls: Mapping[str, Spec]
    compare: "Compare"


class Checker:
    """Checks and compiles one condition; mistakes gather in ``errors`` and the rest is still checked."""

    def __init__(self, scope: Scope, language: Language, budget: Budget | None = None) -> None:
        """Names mean what ``scope`` says; terms spend the budget of the condition that uses them."""
        self.scope = scope
        self.language = language
        self.errors: list[ConditionError] = []
        self.doubts: list[ConditionError] = []
        """What compiles and yet makes no sense on this equipment."""
        self.budget = budget or Budget()

    def fail(self, code: str, offset: int, suggestion: str | None = None, **arguments: object) -> Part:
        """Report a mistake; the part it leaves is not reported again."""
        self.errors.append(ConditionError(code, offset, suggestion, **arguments))
        return BROKEN_PART

    def part(self, node: nodes.Node) -> Part:
        """Compile any node."""
        self.budget.left -= 1
        if self.budget.left < 0:
            raise ConditionError("condition.too-large", node.offset, limit=MAX_PARTS)
        return _COMPILERS[type(node)](self, node)

    def number(self, node: nodes.Node) -> Part:
        """Compile a node that must be a number."""
        return self._sorted(self.part(node), ValueSort.NUMBER, node)

    def truth(self, node: nodes.Node) -> Part:
        """Compile a node that must be true or false."""
        return self._sorted(self.part(node), ValueSort.TRUTH, node)

    def fit(self, part: Part, to: Part, node: nodes.Node) -> Part:
        """``part`` in the unit of ``to``, or of any unit when it is a plain 0."""
        if part.broken or to.broken:
            return BROKEN_PART
        if part.type.sort is not to.type.sort:
            return self.fail("condition.sorts", node.offset, left=to.type.shown, right=part.type.shown)
        if part.type.sort is not ValueSort.NUMBER:
            return part
        if part.constant == 0 and part.type.unit == NO_UNIT:
            return replace(part, type=to.type)
        fitting = converted(part, to.type.unit)
        written_bare = bare(node)
        if written_bare is not None and to.type.unit != NO_UNIT:
            meant = f"{written_bare:g} {to.type.unit.symbol}"
            return self.fail("condition.unit-missing", node.offset, meant, unit=to.type.shown)
        if fitting is None:
            return self.fail(
                "condition.units",
                node.offset,
                in_unit(node, to.type.unit),
                left=to.type.shown,
                right=part.type.shown,
            )
        return fitting

    def _sorted(self, part: Part, sort: ValueSort, node: nodes.Node) -> Part:
        if part.broken or part.type.sort is sort:
            return part
        suggestion = as_truth(node, part.type) if sort is ValueSort.TRUTH else as_number(node, part.type)
        return self.fail("condition.wanted", node.offset, suggestion, wanted=sort.value, found=part.type.shown)

    # --- leaves

    def _number(self, node: nodes.Number) -> Part:
        return literal(number(node.unit), node.value)

    def _hours(self, node: nodes.Hours) -> Part:
        return self.fail("condition.hours-alone", node.offset, f"hour_between({written(node)})")

    def _truth(self, node: nodes.Truth) -> Part:
        return literal(TRUTH, node.value)

    def _name(self, node: nodes.Name) -> Part:
        try:
            meaning = self.scope.resolve(node.text, node.offset)
        except ConditionError as error:
            self.errors.append(error)
            return BROKEN_PART
        if isinstance(meaning, Setting):
            return self._setting(meaning)
        part = self._term(node, meaning) if isinstance(meaning, Definition) else self._signal(node, meaning)
        if not part.absent or not self.scope.whole or self.scope.declared_none(node.text):
            return part
        if self.scope.rest is not None:
            return self._untold(part.type, self.scope.rest)
        return self.fail("condition.not-bound", node.offset, name=node.text, equipment=self.scope.equipment.id)

    def _untold(self, kind: ValueType, rest: str) -> Part:
        """What nothing tells on this equipment: unknown, but at rest it does nothing that would have to be told."""
        unknown = Part(kind, evaluate.constant(None), "untold")
        if kind.sort is not ValueSort.TRUTH or not rest:
            return unknown
        still = Checker(replace(self.scope, whole=False, rest=None), self.language, self.budget).truth(parse(rest))
        if still.run is None:
            return unknown
        run = evaluate.every([evaluate.constant(None), evaluate.negate(still.run)])
        return replace(unknown, run=run, text=f"(untold and not {still.text})", terms=still.terms)

    def _term(self, node: nodes.Name, meaning: Definition) -> Part:
        inner = Checker(meaning.scope, self.language, self.budget)
        try:
            part = inner.part(parse(meaning.text))
        except ConditionError as error:
            inner.errors.append(error)
        if inner.errors and inner.errors[0].code == "condition.too-large":
            return self.fail("condition.too-large", node.offset, limit=MAX_PARTS)
        if inner.errors:
            return self.fail("condition.term", node.offset, name=node.text, why=inner.errors[0].code)
        # What makes no sense in a term is told where that is written.
        return absent(part.type) if meaning.absent else part

    def _setting(self, meaning: Setting) -> Part:
        return literal(number(meaning.unit), meaning.value)

    def _signal(self, node: nodes.Name, meaning: Signal) -> Part:
        kind = of_role(meaning.role)
        if meaning.binding is None and not meaning.role.required:
            return absent(kind)
        if meaning.binding is None:
            return self.fail("condition.role-unbound", node.offset, name=node.text)
        slot = self.scope.slots.signal(meaning.binding, meaning.role.span)
        # Most names are of the equipment itself; its conditions share their text.
        name = f"{self.scope.prefix}{node.text}" if self.scope.prefix else node.text
        terms = (ConditionInput(name, slot, meaning.role.unit.symbol),)
        span = self.scope.span(meaning.binding)
        # What a role makes of a point depends on its span: so does what functions remember of it.
        text = self.scope.slots.signal_key(meaning.binding, meaning.role.span)
        return Part(kind, evaluate.slot(slot), text, terms, signal=slot, bounds=span)

    # --- logic

    def _not(self, node: nodes.Not) -> Part:
        inner = self.truth(node.operand)
        if inner.run is None:
            return inner
        opposite = bounds.opposite(inner.bounds)
        return Part(TRUTH, evaluate.negate(inner.run), f"(not {inner.text})", inner.terms, bounds=opposite)

    def _logic(self, node: nodes.Logic) -> Part:
        parts = [self.truth(operand) for operand in node.operands]
        if any(part.broken for part in parts):
            return BROKEN_PART
        there = [part for part in parts if part.run is not None]
        if len(there) < 2:
            return there[0] if there else absent(TRUTH)
        join, span = (evaluate.every, bounds.every) if node.word == "and" else (evaluate.some, bounds.some)
        text = f"({f' {node.word} '.join(part.text for part in there)})"
        can = span(part.bounds for part in there)
        return Part(TRUTH, join(runs_of(*there)), text, terms_of(*there), bounds=can)

    def _choice(self, node: nodes.Choice) -> Part:
        test, then = self.truth(node.test), self.part(node.then)
        other = self.fit(self.part(node.other), then, node.other)
        if test.broken or then.broken or other.broken:
            return BROKEN_PART
        if test.run is None:
            return absent(then.type)
        if then.run is None or other.run is None:
            return other if then.absent else then
        text = f"({then.text} if {test.text} else {other.text})"
        run, either = evaluate.choose(test.run, then.run, other.run), bounds.hull([then.bounds, other.bounds])
        return Part(then.type, run, text, terms_of(test, then, other), bounds=either)

    # --- arithmetic

    def _minus(self, node: nodes.Minus) -> Part:
        inner = self.number(node.operand)
        return inner if inner.broken else scaled(inner, inner.type, -1.0, 0.0)

    def _arithmetic(self, node: nodes.Arithmetic) -> Part:
        left, right = self.number(node.left), self.number(node.right)
        if left.broken or right.broken:
            return BROKEN_PART
        return self._sum(node, left, right) if node.sign in "+-" else self._product(node, left, right)

    def _sum(self, node: nodes.Arithmetic, left: Part, right: Part) -> Part:
        if "temperature" in (left.type.unit.dimension, right.type.unit.dimension):
            return self._temperatures(node, left, right)
        if left.constant is not None and right.constant is None:
            left = self.fit(left, right, node.left)
        else:
            right = self.fit(right, left, node.right)
        return BROKEN_PART if left.broken or right.broken else _calculation(node.sign, left, right, left.type)

    def _temperatures(self, node: nodes.Arithmetic, left: Part, right: Part) -> Part:
        fit = temperature_sum(node.sign, left.type.unit, right.type.unit)
        if fit is None:
            return self._no_unit(node, left, right)
        unit, factor = fit
        return _calculation(node.sign, left, scaled(right, right.type, factor, 0.0), number(unit))

    def _product(self, node: nodes.Arithmetic, left: Part, right: Part) -> Part:
        fit = product_unit(node.sign, left.type.unit, right.type.unit)
        if fit is None:
            return self._no_unit(node, left, right)
        unit, factor = fit
        if node.sign == "/" and right.constant == 0:
            return self._by_zero(node, left, number(unit))
        return scaled(_calculation(node.sign, left, right, number(unit)), number(unit), factor, 0.0)

    def _by_zero(self, node: nodes.Arithmetic, left: Part, kind: ValueType) -> Part:
        # A parameter of one equipment is not the fault of the rule: there it is unknown, and `check` says so.
        if not any(names_of(node.right)):
            return self.fail("condition.division-by-zero", node.right.offset)
        self.doubts.append(ConditionError("condition.division-by-zero", node.right.offset))
        return Part(kind, evaluate.constant(None), f"({left.text}/0)", left.terms)

    def _no_unit(self, node: nodes.Arithmetic, left: Part, right: Part) -> Part:
        symbols = {"left": left.type.shown, "right": right.type.shown}
        # Degrees added to a temperature are a difference.
        warm = node.sign in "+-" and left.type.unit.dimension == "temperature"
        suggestion = in_unit(node.right, KELVIN) if warm else None
        return self.fail("condition.arithmetic", node.offset, suggestion, sign=node.sign, **symbols)

    # --- what the language says

    def _comparison(self, node: nodes.Comparison) -> Part:
        return self.language.compare(self, node)

    def _call(self, node: nodes.Call) -> Part:
        spec = self.language.calls.get(node.function)
        if spec is None:
            suggestion = nearest(node.function, self.language.calls)
            return self.fail("condition.unknown-function", node.offset, suggestion, name=node.function)
        if not spec.least <= len(node.arguments) <= spec.most:
            return self.fail("condition.arguments", node.offset, spec.usage, name=node.function)
        return spec.build(self, node)


def _calculation(sign: str, left: Part, right: Part, kind: ValueType) -> Part:
    if left.run is None or right.run is None:
        return absent(kind)
    run = evaluate.calculate(sign, left.run, right.run)
    constant = _fold(run) if left.constant is not None and right.constant is not None else None
    if constant is not None:
        return literal(kind, constant)
    span = bounds.calculated(sign, left.bounds, right.bounds)
    return Part(kind, run, f"({left.text}{sign}{right.text})", terms_of(left, right), bounds=span)


def _fold(run: Evaluator) -> Result:
    # Constants need no view.
    return run(_NO_VIEW)


_NO_VIEW: Any = None
Build = Callable[[Checker, nodes.Call], Part]
Compare = Callable[[Checker, nodes.Comparison], Part]

_COMPILERS: dict[type, Callable[[Checker, Any], Part]] = {
    nodes.Number: Checker._number,
    nodes.Hours: Checker._hours,
    nodes.Truth: Checker._truth,
    nodes.Name: Checker._name,
    nodes.Not: Checker._not,
    nodes.Minus: Checker._minus,
    nodes.Logic: Checker._logic,
    nodes.Arithmetic: Checker._arithmetic,
    nodes.Comparison: Checker._comparison,
    nodes.Choice: Checker._choice,
    nodes.Call: Checker._call,
}
