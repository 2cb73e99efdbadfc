"""A procedure file (tests of equipment) and a plan file (yearly maintenance)."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from config.schema.base import Strict, Text
from config.schema.schedule_day import DateSpan, ScheduleDay
from config.schema.title import TitleField
from config.schema.values import Cron, Duration, Identifier, MonthDay, Name, Period, TimeOfDay, choice
from rules.procedure.model import Missed


class Every(StrEnum):
    """How often a schedule comes back."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class ScheduleFields(Strict):
    """``every`` with ``day`` or ``date`` and ``at``, or ``cron``."""

    every: Annotated[Every, choice(Every)] | None = None
    day: ScheduleDay | None = None
    """Of the week, or which one of the month."""
    date: Annotated[int, Field(ge=1, le=28)] | Literal["last"] | None = None
    """Day of the month; every month has these."""
    months: Annotated[list[Annotated[int, Field(ge=1, le=12)]], Field(min_length=1)] | None = None
    """Of a monthly schedule; all when left out."""
    at: TimeOfDay | None = None
    cron: Cron | None = None
    closed: list[DateSpan] = Field(default=[], alias="except")
    """Days on which nothing starts."""
    window: Period = 1800.0
    missed: Annotated[Missed, choice(Missed)] = Missed.SKIP


class StepFields(Strict):
    """One step: exactly one verb and what belongs to it."""

    command: Name | None = None
    expect: Text | None = None
    hold: Period | None = None
    wait: Period | None = None
    record: list[Text] | None = None
    branch: Text | None = None
    within: Period | None = None
    holds: Text | None = Field(default=None, alias="while")
    unless: Literal["handover"] | None = None
    then: list["StepFields"] = Field(default=[])
    otherwise: list["StepFields"] = Field(default=[], alias="else")


class ProcedureFields(Strict):
    """One test."""

    id: Identifier
    for_each: Identifier
    title: TitleField
    schedule: ScheduleFields | None = None
    needs: list[Name] = Field(default=[])
    observes: Text | None = None
    requires: list[Text] = Field(default=[])
    guard: list[Text] = Field(default=[])
    handover: Text | None = None
    steps: list[StepFields] = Field(min_length=1)
    always: list[StepFields] = Field(default=[])
    record: list[Text] = Field(default=[])


ProcedureFile = list[ProcedureFields]


class PlanFields(Strict):
    """Yearly maintenance."""

    id: Identifier
    for_each: Identifier
    title: TitleField
    before: MonthDay
    early: Duration = 60.0 * 86_400
    reading: Name | None = None


PlanFile = list[PlanFields]
