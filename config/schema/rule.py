"""A rule file, and the rule tests that stand beside it."""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field

from config.schema.base import Strict, Text, TitleFields
from config.schema.values import Duration, Identifier, Name, Period, QuantityField, RuleId, choice
from rules.model import OnUnknown, OrderClass, Severity


class OrderFields(Strict):
    """The work order a rule raises."""

    cls: Annotated[OrderClass, choice(OrderClass)] = Field(alias="class")
    skill: Text = ""
    materials: list[Text] = Field(default=[])
    deadlines: dict[Name, Period] = Field(default={})


class RuleFields(Strict):
    """Condition -> alarm."""

    id: RuleId
    for_each: Identifier
    title: TitleFields
    when: Text
    on_delay: Duration = Field(default=0.0, alias="for")
    clear: Text = ""
    clear_for: Duration = 0.0
    severity: Annotated[Severity, choice(Severity)]
    consequence: TitleFields | None = None
    action: TitleFields | None = None
    work_order: OrderFields | None = None
    on_unknown: Annotated[OnUnknown, choice(OnUnknown)] = OnUnknown.HOLD
    suppressed_when: Text = ""
    caused_by: list[RuleId] = Field(default=[])
    latched: bool = False
    realarm: Period | None = None
    data_loss: bool = False


RuleFile = list[RuleFields]


class ExpectedState(StrEnum):
    """What an alarm may be expected to be."""

    NORMAL = "normal"
    PENDING = "pending"
    ACTIVE = "active"
    RETURNED = "returned"
    LATCHED = "latched"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out-of-service"


class ExpectFields(Strict):
    """What holds at one moment of a test; every other key is a rule."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[RuleId, Annotated[ExpectedState, choice(ExpectedState)]]
    at: Duration
    orders: Annotated[int, Field(ge=0)] | None = None


class TestedFields(Strict):
    """The equipment of a test; every other key is a parameter."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[Name, QuantityField]
    cls: Identifier = Field(alias="class")


class ExpectedVerdict(StrEnum):
    """What a run may leave behind."""

    PASSED = "passed"
    FAILED = "failed"
    UNVERIFIED = "unverified"
    VERIFIED = "verified"


class RunFields(Strict):
    """What a procedure, or the work of a plan, leaves behind at one moment of a test."""

    at: Duration
    verdict: Annotated[ExpectedVerdict, choice(ExpectedVerdict)]
    procedure: Identifier | None = None


def _notation(value: object) -> object:
    # One number alone is a whole series; YAML hands it over as a number.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class RuleTestFields(Strict):
    """One test."""

    name: Text
    equipment: TestedFields
    every: Period
    series: dict[Name, Annotated[Text, BeforeValidator(_notation)]] = Field(default={})
    runs: list[RunFields] = Field(default=[])
    expect: list[ExpectFields] = Field(min_length=1)


RuleTestFile = list[RuleTestFields]
