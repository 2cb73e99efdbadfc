"""The rule tests that stand beside a rule file."""

import re
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

from config.quantity import Quantity
from config.schema.base import Strict, Text
from config.schema.values import Duration, Identifier, LocalTime, Name, Period, TimeZone, choice, quantity, refuse
from rules.model import Severity
from rules.testing.model import SHELVED

_TARGET = re.compile(r"(?:[a-z][a-z0-9-]*/)?(?:[A-Z]{1,4}[0-9]{1,4}|[a-z][a-z0-9_-]*)\Z")
_OF_RULE = re.compile(r"(?:[a-z][a-z0-9-]*/)?[A-Z]{1,4}[0-9]{1,4}\Z")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9-]*\Z")


def _matching(pattern: re.Pattern[str], code: str) -> BeforeValidator:
    def check(text: object) -> object:
        if isinstance(text, str) and not pattern.match(text):
            raise refuse(code, value=text)
        return text

    return BeforeValidator(check)


def _notation(value: object) -> object:
    # One number alone is a whole series; YAML hands it over as a number.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _setting(value: object) -> Quantity | str:
    # A parameter is a number with its unit, a relation the name of an equipment.
    return value if isinstance(value, str) and _IDENTIFIER.match(value) else quantity(value)


def _matches(value: object) -> tuple[dict[str, Any], ...]:
    if not isinstance(value, list) or not all(isinstance(one, dict) and one for one in value):
        raise refuse("test.matches")
    return tuple(value)


def _refused(value: object) -> bool | tuple[str, ...]:
    if isinstance(value, bool):
        return value
    named = [value] if isinstance(value, str) else value
    if not isinstance(named, list) or not named or not all(isinstance(one, str) and one for one in named):
        raise refuse("test.refused")
    return tuple(named)


def _orders(value: object) -> int | tuple[dict[str, Any], ...]:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return _matches(value)


OfRule = Annotated[str, _matching(_OF_RULE, "value.rule-id")]
"""``W01``, or ``mains-1/E01``"""
Target = Annotated[str, _matching(_TARGET, "test.target")]
Series = Annotated[Text, BeforeValidator(_notation), WithJsonSchema({"type": ["string", "number"]})]
Setting = Annotated[Quantity | str, PlainValidator(_setting), WithJsonSchema({"type": ["string", "number"]})]
_MATCHES_SCHEMA = {"type": "array", "items": {"type": "object"}}
Matches = Annotated[tuple[dict[str, Any], ...], PlainValidator(_matches), WithJsonSchema(_MATCHES_SCHEMA)]
Orders = Annotated[
    int | tuple[dict[str, Any], ...],
    PlainValidator(_orders),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, _MATCHES_SCHEMA]}),
]


Refused = Annotated[
    bool | tuple[str, ...],
    PlainValidator(_refused),
    WithJsonSchema({"anyOf": [{"type": ["boolean", "string"]}, {"type": "array", "items": {"type": "string"}}]}),
]
"""Whether it must be refused, or what the reasons must name."""


class ExpectFields(Strict):
    """What holds at one moment of a test; every other key is a rule and the state of its alarm."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[OfRule, Text]
    at: Duration
    severity: Annotated[Severity, choice(Severity)] | None = None
    """Of every alarm named here."""
    orders: Orders | None = None
    commands: list[Text] | None = None
    events: Matches | None = None


class SubjectFields(Strict):
    """Equipment of a test; every other key is a parameter or a relation."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[Name, Setting]
    cls: Identifier = Field(alias="class")


class ExpectedVerdict(StrEnum):
    """What a run may leave behind."""

    PASSED = "passed"
    FAILED = "failed"
    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    BY_HAND = "by_hand"


class RunFields(Strict):
    """What a procedure, or the work of a plan, leaves behind at one moment of a test, or so long before it."""

    at: Duration | None = None
    before: Duration | None = None
    verdict: Annotated[ExpectedVerdict, choice(ExpectedVerdict)]
    procedure: Identifier | None = None


class ActFields(Strict):
    """What a person does at one moment of a test."""

    at: Duration
    ack: Target | None = None
    reset: Target | None = None
    shelve: Target | None = None
    unshelve: Target | None = None
    out_of_service: Target | None = None
    in_service: Target | None = None
    close: Target | None = None
    start: Target | None = None
    abort: Target | None = None
    command: Target | None = None
    serviced: Target | None = None
    refused: Refused = False
    seconds: Period = Field(default=SHELVED, alias="for")


class RuleTestFields(Strict):
    """One test."""

    name: Text
    equipment: SubjectFields
    others: dict[Identifier, SubjectFields] = Field(default={})
    start: LocalTime | None = None
    timezone: TimeZone | None = None
    every: Period
    series: dict[Text, Series] = Field(default={})
    do: list[ActFields] = Field(default=[])
    runs: list[RunFields] = Field(default=[])
    expect: list[ExpectFields] = Field(min_length=1)


RuleTestFile = list[RuleTestFields]
