"""What a test plays on: its equipment, and the rules that concern it, compiled."""

from collections.abc import Mapping, Sequence

from drivers.points import Finding
from rules.engine.rulebook import Rulebook, Tasks, compile_rulebook
from rules.model import Binding, Equipment, EquipmentClass, Rule
from rules.procedure.model import Procedure
from rules.testing.model import PROCEDURAL, Action, RuleTest, Subject, of_rule, split

SUPPLY = "test"
"""What feeds all equipment of a test: only one procedure runs at a time."""


def build(
    test: RuleTest, classes: Mapping[str, EquipmentClass], rules: Sequence[Rule]
) -> tuple[Rulebook, list[Finding]]:
    """The rulebook of the test, and what is wrong with rules or equipment."""
    bound = {split(name) for name in test.series}
    equipment = [_equipment(subject, classes[subject.cls], bound) for subject in test.subjects]
    kinds = {subject.cls for subject in test.subjects}
    procedures = [one for one in test.procedures if _plays(one, test, kinds)] if test.procedural else None
    tasks = Tasks(procedures, test.plans, test.procedures)
    return compile_rulebook(classes, equipment, concerned(test, rules), tasks, test.zone)


def _plays(procedure: Procedure, test: RuleTest, kinds: set[str]) -> bool:
    """Whether it may run: those a test starts alone, else all that a schedule may start."""
    started = {act.name for act in test.acts if act.action in (Action.START, Action.ABORT)}
    return procedure.id in started if started else procedure.for_each in kinds


def concerned(test: RuleTest, rules: Sequence[Rule]) -> list[Rule]:
    """The rules the test is about.

    A rule it does not look at may ask for equipment the test has not got; whoever counts orders or events means all.
    """
    kinds = {subject.cls for subject in test.subjects}
    named = {of_rule(rule)[1] for expectation in test.expectations for rule in expectation.states}
    named |= {act.name for act in test.acts if act.action not in PROCEDURAL}
    counted = any(one.orders is not None or one.events is not None for one in test.expectations)
    return [rule for rule in rules if rule.id in named or (counted and rule.for_each in kinds)]


def _equipment(subject: Subject, cls: EquipmentClass, bound: set[tuple[str, str]]) -> Equipment:
    there = [role.name for role in cls.roles.values() if role.required or (subject.id, role.name) in bound]
    roles = {name: Binding(f"{subject.id}.{name}") for name in there}
    defaults = {name: one.default for name, one in cls.parameters.items() if one.default is not None}
    return Equipment(
        subject.id,
        cls.id,
        {},
        roles,
        defaults | dict(subject.parameters),
        relations=dict(subject.relations),
        commands={name: f"{subject.id}.{name}" for name in cls.commands},
        supply=SUPPLY,
    )
