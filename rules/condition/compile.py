"""The entry to the condition language: text in, compiled condition or mistakes out."""

from collections.abc import Callable
from dataclasses import dataclass

from rules.condition.calls import PLAIN_CALLS
from rules.condition.check import Checker, Language
from rules.condition.comparisons import compile_comparison
from rules.condition.condition import Condition
from rules.condition.memory_calls import MEMORY_CALLS
from rules.condition.nodes import Node
from rules.condition.parser import parse
from rules.condition.part import Part
from rules.condition.scope import Scope
from rules.condition.site_calls import SITE_CALLS
from rules.errors import ConditionError

LANGUAGE = Language(PLAIN_CALLS | MEMORY_CALLS | SITE_CALLS, compile_comparison)
"""Every function by name; a new one is a line in one of the three tables."""
Compiled = tuple[Condition | None, list[ConditionError]]
"""A condition, or every mistake found. Neither: it asks only for optional roles that are not bound here."""


def compile_condition(text: str, scope: Scope) -> Compiled:
    """Compile what must be true or false on the equipment of ``scope``."""
    return _compile(text, scope, Checker.truth)


def compile_expression(text: str, scope: Scope) -> Compiled:
    """As ``compile_condition``, for an expression of any type, such as what a procedure records."""
    return _compile(text, scope, Checker.part)


@dataclass(frozen=True, slots=True)
class Examination:
    """What can be said about a condition on one equipment without any reading."""

    true: bool
    """Whether it can ever be true."""
    false: bool
    doubts: tuple[ConditionError, ...]
    """Comparisons that always turn out the same."""


def examine(text: str, scope: Scope) -> Examination | None:
    """Look for what makes no sense, given ``scope.ranges``; None when it does not compile or does not apply."""
    checker = Checker(scope, LANGUAGE)
    try:
        part = checker.truth(parse(text))
    except ConditionError:
        return None
    if part.run is None or checker.errors:
        return None
    return Examination(part.bounds.true, part.bounds.false, tuple(checker.doubts))


def _compile(text: str, scope: Scope, check: Callable[[Checker, Node], Part]) -> Compiled:
    checker = Checker(scope, LANGUAGE)
    try:
        part = check(checker, parse(text))
    except ConditionError as error:
        return None, [error]
    if part.run is None or checker.errors:
        return None, checker.errors
    return Condition(text, part.type, part.run, part.terms, scope.equipment.id), []
