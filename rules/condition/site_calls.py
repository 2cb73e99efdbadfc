"""Functions about more than one signal: aggregates over a class, and the history of procedures and plans."""

from collections.abc import Callable
from dataclasses import replace

from drivers.points import NO_UNIT, Value
from rules import points
from rules.condition import evaluate, nodes
from rules.condition.calls import SECOND, signal_of
from rules.condition.check import Build, Checker, Spec
from rules.condition.part import BROKEN_PART, ConditionInput, Part, absent, literal, terms_of
from rules.condition.scope import Scope, Slots, example
from rules.condition.value_types import TRUTH, ValueSort, ValueType, number
from rules.condition.written import written
from rules.functions.due import DueIn
from rules.functions.one_signal import Age
from rules.functions.service import SinceService
from rules.model import Binding, Plan
from rules.suggest import nearest
from rules.view import Evaluator

HISTORY_RESOLUTION = 60.0
"""Seconds between two looks at the age of a test; they are days apart."""
TEXT = ValueType(ValueSort.TEXT)


# --- over a class


def _members(checker: Checker, node: nodes.Call) -> tuple[ValueType, list[Part]] | None:
    name = node.arguments[0]
    if not isinstance(name, nodes.Name) or "." not in name.text:
        meant = f"{checker.scope.equipment.cls}.{name.text}" if isinstance(name, nodes.Name) else None
        checker.fail("condition.wants-class-role", node.offset, meant)
        return None
    cls, _, local = name.text.partition(".")
    scope = replace(checker.scope, whole=False)
    if cls not in scope.classes:
        checker.fail("condition.unknown-class", name.offset, nearest(cls, scope.classes), name=cls)
        return None
    # The class itself is checked too, so that a mistake shows before the first equipment of it is there.
    asked = replace(scope, equipment=example(scope.classes[cls], f"{cls}."), slots=Slots(), prefix="")
    kind = _in(checker, asked, replace(name, text=local)).type
    members = [one for one in scope.others.values() if one.cls == cls]
    scopes = [replace(scope, equipment=one, prefix=f"{one.id}.") for one in members]
    return kind, [_in(checker, one, replace(name, text=local)) for one in scopes]


def _in(checker: Checker, scope: Scope, node: nodes.Name) -> Part:
    inner = Checker(scope, checker.language)
    part = inner.part(node)
    checker.errors += [error for error in inner.errors if error not in checker.errors]
    return part


def _over(sort: ValueSort, join: Callable[[list[Evaluator]], Evaluator], empty: Value) -> Build:
    def build(checker: Checker, node: nodes.Call) -> Part:
        found = _members(checker, node)
        if found is None or found[0].sort is ValueSort.BROKEN:
            return BROKEN_PART
        kind, parts = found
        if kind.sort is not sort:
            offset = node.arguments[0].offset
            other = {"sum": "count", "count": "sum"}.get(node.function)
            suggestion = other and f"{other}({written(node.arguments[0])})"
            return checker.fail("condition.wanted", offset, suggestion, wanted=sort.value, found=kind.shown)
        return _joined(node, number(NO_UNIT) if node.function == "count" else kind, parts, join, empty)

    return build


def _joined(
    node: nodes.Call, kind: ValueType, parts: list[Part], join: Callable[[list[Evaluator]], Evaluator], empty: Value
) -> Part:
    there = [part for part in parts if part.run is not None]
    if not there:
        # Of no equipment at all something can be said; of equipment that has not got the role, nothing.
        return absent(kind) if parts else literal(kind, empty)
    run = join([part.run for part in there if part.run is not None])
    return Part(kind, run, f"{node.function}({','.join(part.text for part in there)})", terms_of(*there))


# --- history


def _signal(checker: Checker, point: str, name: str, kind: ValueType) -> Part:
    slot = checker.scope.slots.signal(Binding(point))
    return Part(kind, evaluate.slot(slot), point, (ConditionInput(name, slot, kind.unit.symbol),), signal=slot)


def _named(checker: Checker, node: nodes.Call) -> str | None:
    name = node.arguments[0]
    if not isinstance(name, nodes.Name):
        checker.fail("condition.wants-procedure", node.offset)
        return None
    calendar, cls = checker.scope.calendar, checker.scope.equipment.cls
    if calendar is not None and calendar.procedures is not None:
        known = [one for one, owner in calendar.procedures.items() if owner == cls]
        if name.text not in known:
            checker.fail("condition.unknown-procedure", name.offset, nearest(name.text, known), name=name.text)
            return None
    return f"{checker.scope.equipment.id}/{name.text}"


def _passed_age(checker: Checker, node: nodes.Call) -> Part:
    key = _named(checker, node)
    if key is None:
        return BROKEN_PART
    signal = _signal(checker, points.done(key), f"passed({key.partition('/')[2]})", number(SECOND))
    age = f"passed_age({key})"
    slots = checker.scope.slots
    slot = slots.function((_slot(signal),), age, lambda: Age(age, _slot(signal), HISTORY_RESOLUTION, calendar=True))
    return Part(number(SECOND), evaluate.slot(slot), age, (ConditionInput(_shown(node), slot, "s"),))


def _last_failed(checker: Checker, node: nodes.Call) -> Part:
    key = _named(checker, node)
    if key is None:
        return BROKEN_PART
    name = key.partition("/")[2]
    part = _signal(checker, points.failed(key), _shown(node), TRUTH)
    # The run and its reason go with the alarm as evidence.
    run = _signal(checker, points.run(key), f"run({name})", TEXT)
    reason = _signal(checker, points.reason(key), f"reason({name})", TEXT)
    told = replace(reason, terms=tuple(replace(term, cause=True) for term in reason.terms))
    return replace(part, terms=terms_of(part, run, told), signal=None)


def _unverified(checker: Checker, node: nodes.Call) -> Part:
    part = _signal(checker, points.unverified(checker.scope.equipment.id), "unverified()", TRUTH)
    return replace(part, signal=None)


def _finish_by_hand(checker: Checker, node: nodes.Call) -> Part:
    part = _signal(checker, points.finish_by_hand(checker.scope.equipment.id), "finish_by_hand()", TRUTH)
    return replace(part, signal=None)


def _since_service(checker: Checker, node: nodes.Call) -> Part:
    hours = signal_of(checker, node.arguments[0])
    if hours.broken:
        return hours
    if hours.type.unit.dimension != "time":
        return checker.fail("condition.wants-hours-counter", node.arguments[0].offset, unit=hours.type.unit.symbol)
    slot, name = hours.signal, node.arguments[0]
    if slot is None or not isinstance(name, nodes.Name):
        return absent(hours.type)
    owner = checker.scope.owner(name.text, name.offset)[0].id
    told = _slot(_signal(checker, points.serviced(owner), "serviced", hours.type))
    text, slots = f"since_service({hours.text})", checker.scope.slots
    found = slots.function((slot, told), text, lambda: SinceService(text, slot, told))
    slots.services[owner] = found
    return Part(hours.type, evaluate.slot(found), text, (ConditionInput(_shown(node), found, hours.type.unit.symbol),))


def _due_in(checker: Checker, node: nodes.Call) -> Part:
    name, calendar = node.arguments[0], checker.scope.calendar
    if not isinstance(name, nodes.Name):
        return checker.fail("condition.wants-plan", node.offset)
    if calendar is None:
        return absent(number(SECOND))
    plan = calendar.plans.get(name.text)
    if plan is None or plan.for_each != checker.scope.equipment.cls:
        suggestion = nearest(name.text, calendar.plans)
        return checker.fail("condition.unknown-plan", name.offset, suggestion, name=name.text)
    return _due(checker, node, plan)


def _due(checker: Checker, node: nodes.Call, plan: Plan) -> Part:
    key = f"{checker.scope.equipment.id}/{plan.id}"
    done = _slot(_signal(checker, points.done(key), plan.id, number(SECOND)))
    text, slots = f"due_in({key})", checker.scope.slots
    slot = slots.function((done,), text, lambda: DueIn(text, done, plan))
    slots.plans[slot] = key
    return Part(number(SECOND), evaluate.slot(slot), text, (ConditionInput(_shown(node), slot, "s"),))


def _slot(part: Part) -> int:
    return part.terms[0].slot


def _shown(node: nodes.Call) -> str:
    name = node.arguments[0]
    return f"{node.function}({name.text})" if isinstance(name, nodes.Name) else node.function


SITE_CALLS = {
    "any": Spec(1, 1, "any(class.role)", _over(ValueSort.TRUTH, evaluate.some, False)),
    "all": Spec(1, 1, "all(class.role)", _over(ValueSort.TRUTH, evaluate.every, True)),
    "count": Spec(1, 1, "count(class.role)", _over(ValueSort.TRUTH, evaluate.total, 0.0)),
    "sum": Spec(1, 1, "sum(class.role)", _over(ValueSort.NUMBER, evaluate.total, 0.0)),
    "passed_age": Spec(1, 1, "passed_age(procedure)", _passed_age),
    "last_failed": Spec(1, 1, "last_failed(procedure)", _last_failed),
    "unverified": Spec(0, 0, "unverified()", _unverified),
    "finish_by_hand": Spec(0, 0, "finish_by_hand()", _finish_by_hand),
    "since_service": Spec(1, 1, "since_service(hours)", _since_service),
    "due_in": Spec(1, 1, "due_in(plan)", _due_in),
}
"""Name -> function. ``passed_age`` counts from when the procedure was first seen while it has never passed."""
