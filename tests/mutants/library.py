"""Every way to take one thing away from the shipped rules, classes and procedures: what no test notices is not tested.

An arm of ``and`` or ``or`` goes, or a whole entry of a list of conditions; a ``clear`` goes, an interlock goes, a
severity becomes the next one. Each mutant is the library with that one difference.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from config.library import Library
from rules.condition.nodes import Logic, Node
from rules.condition.parser import parse
from rules.condition.written import written
from rules.model import EquipmentClass, Rule, Severity, Source
from rules.procedure.model import Procedure, Step

SEVERITIES = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Mutant:
    """The library with one thing taken away."""

    name: str
    """What was done to what: ``W01 clear gone``."""
    owner: str
    """The rule, class or procedure it was done to."""
    library: Library


def mutants(library: Library) -> Iterator[Mutant]:
    """Every mutant, in the order of the files."""
    for rule in library.rules:
        for name, changed in _of_rule(rule):
            rules = tuple(changed if one is rule else one for one in library.rules)
            yield Mutant(f"{rule.id} {name}", rule.id, replace(library, rules=rules))
    for cls in library.classes.values():
        for name, other in _of_class(cls):
            yield Mutant(f"{cls.id} {name}", cls.id, replace(library, classes=library.classes | {cls.id: other}))
    for procedure in library.tasks.procedures or ():
        for name, left in _of_procedure(procedure):
            procedures = tuple(left if one is procedure else one for one in library.tasks.procedures or ())
            tasks = replace(library.tasks, procedures=procedures)
            yield Mutant(f"{procedure.id} {name}", procedure.id, replace(library, tasks=tasks))


def _of_rule(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for field in ("when", "clear", "suppressed_when"):
        for name, source in _without_an_arm(getattr(rule, field)):
            yield f"{field}: {name}", replace(rule, **{field: source})
    if rule.clear is not None:
        yield "clear gone", replace(rule, clear=None)
    if rule.suppressed_when is not None:
        yield "suppressed_when gone", replace(rule, suppressed_when=None)
    severity = SEVERITIES[(SEVERITIES.index(rule.severity) + 1) % len(SEVERITIES)]
    yield f"severity {severity}", replace(rule, severity=severity)


def _of_class(cls: EquipmentClass) -> Iterator[tuple[str, EquipmentClass]]:
    for term, source in cls.terms.items():
        for name, less in _without_an_arm(source):
            yield f"term {term}: {name}", replace(cls, terms=cls.terms | {term: less})
    for place, interlock in enumerate(cls.interlocks):
        before, after = cls.interlocks[:place], cls.interlocks[place + 1 :]
        yield f"interlock {interlock.id} gone", replace(cls, interlocks=before + after)
        for name, less in _without_an_arm(interlock.when):
            changed = replace(interlock, when=less)
            yield f"interlock {interlock.id}: {name}", replace(cls, interlocks=(*before, changed, *after))
    for name, less in _without_an_arm(cls.handover):
        yield f"handover: {name}", replace(cls, handover=less)


def _of_procedure(procedure: Procedure) -> Iterator[tuple[str, Procedure]]:
    for field in ("requires", "guard"):
        listed = getattr(procedure, field)
        for place, source in enumerate(listed):
            before, after = listed[:place], listed[place + 1 :]
            yield f"{field}: without {source.text}", replace(procedure, **{field: before + after})
            for name, less in _without_an_arm(source):
                yield f"{field}: {name}", replace(procedure, **{field: (*before, less, *after)})
    for field in ("steps", "always"):
        for name, steps in _of_steps(getattr(procedure, field)):
            yield f"{field}: {name}", replace(procedure, **{field: steps})


def _of_steps(steps: tuple[Step, ...]) -> Iterator[tuple[str, tuple[Step, ...]]]:
    for place, step in enumerate(steps):
        for name, less in _without_an_arm(step.condition):
            yield f"{step.verb} {name}", (*steps[:place], replace(step, condition=less), *steps[place + 1 :])


def _without_an_arm(source: Source | None) -> Iterator[tuple[str, Source]]:
    if source is not None:
        for gone, node in _less(parse(source.text)):
            yield f"without {gone}", replace(source, text=written(node))


def _less(node: Node) -> Iterator[tuple[str, Node]]:
    """Each arm that can go, and the tree without it."""
    if not isinstance(node, Logic):
        return
    for place, arm in enumerate(node.operands):
        rest = node.operands[:place] + node.operands[place + 1 :]
        yield written(arm), rest[0] if len(rest) == 1 else replace(node, operands=rest)
        for gone, less in _less(arm):
            yield gone, replace(node, operands=(*node.operands[:place], less, *node.operands[place + 1 :]))
