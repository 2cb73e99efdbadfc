"""Whether the rule tests of the library notice a mutant."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from config.library import LIBRARY, Library
from config.rule_tests import Surroundings, load_rule_tests, rule_test
from drivers.points import PlantgateError
from rules.testing import RuleTest, run_test
from tests.mutants.library import Mutant, mutants
from tests.shipped import library


@cache
def shipped() -> Library:
    """The library as it is."""
    return library()


@cache
def every() -> tuple[Mutant, ...]:
    """Every mutant of it."""
    return tuple(mutants(shipped()))


@cache
def rule_tests() -> tuple[RuleTest, ...]:
    """Every rule test of the library, those of few samples first."""
    around = Surroundings(shipped().classes, shipped().rules, shipped().tasks)
    folders = (LIBRARY / "rules", LIBRARY / "procedures")
    found = [rule_test(source, around) for folder in folders for source in load_rule_tests(folder)]
    return tuple(sorted(found, key=lambda test: test.expectations[-1].at / test.every))


def noticed(mutant: Mutant) -> bool:
    """Whether a test of the library fails on it."""
    return any(fails(test, mutant.library) for test in concerning(mutant))


def survivors(among: Iterable[Mutant]) -> list[str]:
    """The names of those that no test notices."""
    return [mutant.name for mutant in among if not noticed(mutant)]


def concerning(mutant: Mutant) -> list[RuleTest]:
    """The tests that it can change: of a rule those that name it or count what it raises, else those of its class."""
    owner, library = mutant.owner, shipped()
    rule = next((rule for rule in library.rules if rule.id == owner), None)
    if rule is not None:
        found = [test for test in rule_tests() if _names(test, owner) or (_counts(test) and _has(test, rule.for_each))]
        return sorted(found, key=lambda test: not _names(test, owner))
    tasks = (*(library.tasks.procedures or ()), *library.tasks.plans)
    cls = next((one.for_each for one in tasks if one.id == owner), owner)
    found = [test for test in rule_tests() if _has(test, cls)]
    return sorted(found, key=lambda test: not _names(test, owner))


def fails(test: RuleTest, library: Library) -> bool:
    """Whether ``test`` fails with ``library`` in place of the shipped one."""
    given = replace(test, procedures=tuple(library.tasks.procedures or ()), plans=library.tasks.plans)
    try:
        return not run_test(given, library.classes, library.rules).passed
    except PlantgateError:
        return True  # what does not even compile is noticed


def _has(test: RuleTest, cls: str) -> bool:
    return any(subject.cls == cls for subject in test.subjects)


def _counts(test: RuleTest) -> bool:
    return any(one.orders is not None or one.events is not None for one in test.expectations)


def _names(test: RuleTest, owner: str) -> bool:
    states = (name.rpartition("/")[2] for one in test.expectations for name in one.states)
    return owner in states or any(act.name == owner for act in test.acts)
