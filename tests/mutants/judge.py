"""Whether the tests of the library notice a mutant: its rule tests, and those of its classes and procedures."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from config.library import LIBRARY, Library, load_library
from config.rule_tests import RuleTestSource, Surroundings, load_rule_tests, rule_test
from drivers.points import PlantgateError
from rules.testing import RuleTest, run_test
from tests.mutants.library import Mutant, mutants


@cache
def shipped() -> Library:
    """The library as it is."""
    return load_library()


@cache
def every() -> tuple[Mutant, ...]:
    """Every mutant of it."""
    return tuple(mutants(shipped()))


@cache
def _sources() -> tuple[RuleTestSource, ...]:
    return tuple(load_rule_tests(LIBRARY / "rules"))


@cache
def _tests() -> tuple[RuleTest, ...]:
    around = Surroundings(shipped().classes, shipped().rules, shipped().tasks)
    return tuple(rule_test(source, around) for source in _sources())


def noticed(mutant: Mutant) -> bool:
    """Whether a test of the library fails on it."""
    return any(_fails(test, mutant.library) for test in _concerning(mutant))


def survivors(among: Iterable[Mutant]) -> list[str]:
    """The names of those that no test notices."""
    return [mutant.name for mutant in among if not noticed(mutant)]


def _concerning(mutant: Mutant) -> list[RuleTest]:
    """The tests with equipment of its class, those that name it first."""
    rule = next((rule for rule in shipped().rules if rule.id == mutant.owner), None)
    procedure = next((one for one in shipped().tasks.procedures or () if one.id == mutant.owner), None)
    cls = rule.for_each if rule else procedure.for_each if procedure else mutant.owner
    about = [test for test in _tests() if any(subject.cls == cls for subject in test.subjects)]
    return sorted(about, key=lambda test: not _names(test, mutant.owner))


def _names(test: RuleTest, owner: str) -> bool:
    states = (name.rpartition("/")[2] for one in test.expectations for name in one.states)
    return owner in states or any(act.name == owner for act in test.acts)


def _fails(test: RuleTest, library: Library) -> bool:
    given = replace(test, procedures=tuple(library.tasks.procedures or ()))
    try:
        return not run_test(given, library.classes, library.rules).passed
    except PlantgateError:
        return True  # what does not even compile is noticed
