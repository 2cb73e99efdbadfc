"""Each kind of thing that is taken from a rule, a class, a procedure and a plan."""

from dataclasses import replace

import pytest

from drivers.points import Effect
from rules.model import ByPerson, ClassCommand, EquipmentClass, Interlock, Rule, Severity, Source
from rules.procedure.model import Procedure, Step, StepKind
from tests.mutants.judge import concerning, every, fails, noticed, rule_tests, shipped
from tests.mutants.library import of_class, of_procedure, of_rule
from tests.soak import soak

A, AB = Source("a"), Source("a and b")
RULE = Rule("X01", "tank", {}, AB, Severity.LOW, clear=A, suppressed_when=A)
CLASS = EquipmentClass(
    "tank",
    {},
    {},
    terms={"full": AB},
    commands={"auto": ClassCommand("auto", Effect.SAFE, proof=A, unless_handover=True)},
    interlocks=(Interlock("fire", AB),),
    handover=AB,
    rest=A,
    by_person=ByPerson(("mode", "local"), AB),
)
PROCEDURE = Procedure(
    "weekly",
    "tank",
    {},
    (Step(StepKind.COMMAND, command="start"), Step(StepKind.EXPECT, condition=AB)),
    always=(Step(StepKind.EXPECT, condition=A, unless_handover=True),),
    requires=(AB,),
    guard=(A,),
)


def test_of_a_rule() -> None:
    assert [name for name, _ in of_rule(RULE)] == [
        "when: without a",
        "when: without b",
        "clear gone",
        "suppressed_when gone",
        "severity critical",
    ]


def test_of_a_class() -> None:
    assert [name for name, _ in of_class(CLASS)] == [
        "term full: without a",
        "term full: without b",
        "interlock fire gone",
        "interlock fire: when: without a",
        "interlock fire: when: without b",
        "interlock fire: aborts gone",
        "handover: without a",
        "handover: without b",
        "handover gone",
        "rest gone",
        "by_person gone",
        "by_person: mode mode gone",
        "by_person: mode local gone",
        "by_person: when: without a",
        "by_person: when: without b",
        "auto: proof gone",
        "auto: unless handover gone",
    ]


def test_of_a_procedure() -> None:
    assert [name for name, _ in of_procedure(PROCEDURE)] == [
        "requires: a and b gone",
        "requires: a and b: without a",
        "requires: a and b: without b",
        "guard: a gone",
        "steps: command start gone",
        "steps: expect a and b gone",
        "steps: expect a and b: condition: without a",
        "steps: expect a and b: condition: without b",
        "always: expect a gone",
        "always: expect a: unless handover gone",
    ]


@pytest.mark.parametrize("ways", [of_rule(RULE), of_class(CLASS), of_procedure(PROCEDURE)])
def test_each_differs_from_the_whole(ways: object) -> None:
    assert all(less not in (RULE, CLASS, PROCEDURE) for _, less in ways)  # type: ignore[attr-defined]


def test_names_are_told_apart() -> None:
    names = [mutant.name for mutant in every()]
    assert len(names) == len(set(names))


@pytest.mark.soak
def test_the_library_itself_is_not_noticed() -> None:
    # Some of them in ``make test``: ``tests/contract/test_data_files.py`` runs each on the library as it is.
    assert [test.name for test in rule_tests()[:: soak(29, 1)] if fails(test, shipped())] == []


def test_a_mutant_is_noticed_by_a_test_that_names_its_rule() -> None:
    mutant = next(one for one in every() if one.name == "W09 severity medium")
    assert "W09 fires on the fault bit" in [test.name for test in concerning(mutant)]
    assert noticed(mutant)


def test_what_changes_nothing_survives() -> None:
    mutant = next(one for one in every() if one.owner == "W09")
    assert not noticed(replace(mutant, library=shipped()))
