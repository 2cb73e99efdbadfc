"""A rule file."""

from typing import Annotated

from pydantic import Field

from config.schema.base import Strict, Text
from config.schema.severity import SeverityField
from config.schema.title import TitleField
from config.schema.values import Duration, Identifier, Name, Period, RuleId, choice
from rules.model import OnUnknown, OrderClass


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
    title: TitleField
    when: Text
    on_delay: Duration = Field(default=0.0, alias="for")
    clear: Text = ""
    clear_for: Duration = 0.0
    severity: SeverityField
    consequence: TitleField | None = None
    action: TitleField | None = None
    work_order: OrderFields | None = None
    on_unknown: Annotated[OnUnknown, choice(OnUnknown)] = OnUnknown.HOLD
    suppressed_when: Text = ""
    caused_by: list[RuleId] = Field(default=[])
    needs: list[Name] = Field(default=[])
    latched: bool = False
    realarm: Period | None = None
    data_loss: bool = False


RuleFile = list[RuleFields]
