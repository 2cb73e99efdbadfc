"""Errors of the rules: a condition that cannot be compiled, a stored row that cannot be read."""

from drivers.points import Finding, PlantgateError


class ConditionError(PlantgateError):
    """A mistake in a condition, with where it is and what was probably meant."""

    def __init__(self, code: str, offset: int, suggestion: str | None = None, **arguments: object) -> None:
        """Keep ``offset``, counted from 0 in the condition's text, and the suggestion."""
        super().__init__(code, **arguments)
        self.offset = offset
        self.suggestion = suggestion


class LocalTimeError(PlantgateError):
    """A time as a person wrote it that stands for no moment, or for two."""


class PlainError(PlantgateError):
    """Stored plain values do not fit the type they should become."""


class RuleTestError(PlantgateError):
    """A rule test that cannot be run as written."""

    def __init__(self, code: str, suggestion: str | None = None, **arguments: object) -> None:
        """Keep the suggestion beside the message arguments."""
        super().__init__(code, **arguments)
        self.suggestion = suggestion


SENSELESS = frozenset({"condition.division-by-zero", "condition.states-differ"})
"""Mistakes that version 0.1 let pass: conditions that never come out otherwise, and what is made of them.

A site that starts with one goes on without that condition; ``check`` and ``reload`` refuse it.
"""


def senseless(finding: Finding) -> bool:
    """Whether it is one of those mistakes, or about a term of a class that has one."""
    return finding.code in SENSELESS or finding.arguments.get("why") in SENSELESS
