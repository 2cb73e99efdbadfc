"""How bad an alarm is: one word, or by conditions (``{high: hour_between(22:00..06:00), else: medium}``)."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from config.schema.values import one_of, refuse
from rules.model import Severity

OTHERWISE = "else"
_WORDS = [one.value for one in Severity]
_WORD = {"enum": _WORDS}


@dataclass(frozen=True, slots=True)
class Severities:
    """The severity where no condition holds, and what each other one needs, in the order written."""

    otherwise: Severity
    cases: dict[Severity, str]


def _severities(value: object) -> Severities:
    if not isinstance(value, dict):
        return Severities(Severity(one_of(value, _WORDS)), {})
    if OTHERWISE not in value:
        raise refuse("rule.severity-else", f"{OTHERWISE}: {Severity.MEDIUM}")
    cases = {name: text for name, text in value.items() if name != OTHERWISE}
    for name, text in cases.items():
        one_of(name, _WORDS)
        if not isinstance(text, str) or not text:
            raise refuse("rule.severity-when", severity=name)
    if not cases:
        raise refuse("rule.severity-alone", str(value[OTHERWISE]))
    return Severities(
        Severity(one_of(value[OTHERWISE], _WORDS)), {Severity(name): text for name, text in cases.items()}
    )


SeverityField = Annotated[
    Severities,
    BeforeValidator(_severities),
    WithJsonSchema(
        {
            "anyOf": [
                _WORD,
                {
                    "type": "object",
                    "required": [OTHERWISE],
                    "minProperties": 2,
                    "properties": {word: {"type": "string", "minLength": 1} for word in _WORDS} | {OTHERWISE: _WORD},
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
"""``medium``, or a condition for each severity and what it is otherwise."""
