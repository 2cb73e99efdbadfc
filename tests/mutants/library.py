"""Every way to take one thing away from the shipped rules, classes, procedures and plans.

An arm of a condition goes (``arms.py``), or a whole entry of a list of conditions; a ``clear`` goes, an interlock goes,
a severity becomes the next one, a step goes. Each mutant is the library with that one difference; what no test notices
is not tested.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from config.library import Library
from rules.model import ByPerson, ClassCommand, EquipmentClass, Interlock, Rule, Severity
from rules.procedure.model import Procedure, Step
from tests.mutants.arms import without_an_arm

SEVERITIES = tuple(Severity)
Part = TypeVar("Part")
Ways = Iterator[tuple[str, Part]]
"""What was done, and the part with that difference."""


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
        for name, changed in of_rule(rule):
            rules = tuple(changed if one is rule else one for one in library.rules)
            yield Mutant(f"{rule.id} {name}", rule.id, replace(library, rules=rules))
    for cls in library.classes.values():
        for name, other in of_class(cls):
            yield Mutant(f"{cls.id} {name}", cls.id, replace(library, classes=library.classes | {cls.id: other}))
    for procedure in library.tasks.procedures or ():
        for name, left in of_procedure(procedure):
            procedures = tuple(left if one is procedure else one for one in library.tasks.procedures or ())
            tasks = replace(library.tasks, procedures=procedures)
            yield Mutant(f"{procedure.id} {name}", procedure.id, replace(library, tasks=tasks))
    for plan in library.tasks.plans:
        plans = tuple(replace(one, early=0.0) if one is plan else one for one in library.tasks.plans)
        yield Mutant(f"{plan.id} early gone", plan.id, replace(library, tasks=replace(library.tasks, plans=plans)))


def of_rule(rule: Rule) -> Ways[Rule]:
    """Every rule that is ``rule`` less one thing."""
    for field in ("when", "clear", "suppressed_when"):
        yield from _without_an_arm(rule, field)
    for field in ("clear", "suppressed_when"):
        if getattr(rule, field) is not None:
            yield f"{field} gone", replace(rule, **{field: None})
    severity = SEVERITIES[(SEVERITIES.index(rule.severity) + 1) % len(SEVERITIES)]
    yield f"severity {severity}", replace(rule, severity=severity)


def of_class(cls: EquipmentClass) -> Ways[EquipmentClass]:
    """Every class that is ``cls`` less one thing."""
    for term, source in cls.terms.items():
        for name, less in without_an_arm(source):
            yield f"term {term}: {name}", replace(cls, terms=cls.terms | {term: less})
    for name, locks in _less(cls.interlocks, _of_interlock, lambda one: f"interlock {one.id}"):
        yield name, replace(cls, interlocks=locks)
    for field in ("handover", "rest"):
        yield from _without_an_arm(cls, field)
        if getattr(cls, field) is not None:
            yield f"{field} gone", replace(cls, **{field: None})
    if cls.by_person is not None:
        yield "by_person gone", replace(cls, by_person=None)
        for name, person in _of_person(cls.by_person):
            yield f"by_person: {name}", replace(cls, by_person=person)
    for verb, command in cls.commands.items():
        for name, changed in _of_command(command):
            yield f"{verb}: {name}", replace(cls, commands=cls.commands | {verb: changed})


def of_procedure(procedure: Procedure) -> Ways[Procedure]:
    """Every procedure that is ``procedure`` less one thing."""
    for field in ("requires", "guard"):
        for name, conditions in _less(getattr(procedure, field), without_an_arm, lambda one: str(one.text)):
            yield f"{field}: {name}", replace(procedure, **{field: conditions})
    for field in ("steps", "always"):
        for name, steps in _less(getattr(procedure, field), _of_step, _step):
            yield f"{field}: {name}", replace(procedure, **{field: steps})


def _less(
    listed: tuple[Part, ...], ways: Callable[[Part], Ways[Part]], said: Callable[[Part], str]
) -> Ways[tuple[Part, ...]]:
    """Without each of them, and with each of them less one thing."""
    for place, one in enumerate(listed):
        before, after = listed[:place], listed[place + 1 :]
        yield f"{said(one)} gone", before + after
        for name, less in ways(one):
            yield f"{said(one)}: {name}", (*before, less, *after)


def _of_interlock(interlock: Interlock) -> Ways[Interlock]:
    yield from _without_an_arm(interlock, "when")
    if interlock.aborts:
        yield "aborts gone", replace(interlock, aborts=False)


def _of_person(person: ByPerson) -> Ways[ByPerson]:
    for mode in person.modes:
        yield f"mode {mode} gone", replace(person, modes=tuple(one for one in person.modes if one != mode))
    yield from _without_an_arm(person, "when")


def _of_command(command: ClassCommand) -> Ways[ClassCommand]:
    yield from _without_an_arm(command, "proof")
    if command.proof is not None:
        yield "proof gone", replace(command, proof=None)
    if command.unless_handover:
        yield "unless handover gone", replace(command, unless_handover=False)


def _of_step(step: Step) -> Ways[Step]:
    yield from _without_an_arm(step, "condition")
    if step.unless_handover:
        yield "unless handover gone", replace(step, unless_handover=False)


def _step(step: Step) -> str:
    what = step.command or (step.condition.text if step.condition is not None else "")
    return f"{step.verb} {what}".strip()


def _without_an_arm(part: Part, field: str) -> Ways[Part]:
    for name, less in without_an_arm(getattr(part, field)):
        yield f"{field}: {name}", replace(part, **{field: less})  # type: ignore[type-var]
