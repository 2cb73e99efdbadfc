"""Days as a schedule writes them: ``monday``, ``first saturday``, ``"10-01..10-07"``."""

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from config.schema.values import refuse
from rules.suggest import nearest

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WHICH = ("first", "second", "third", "fourth", "last")
_OF_A_MONTH = [f"{which} {day}" for which in _WHICH for day in WEEKDAYS]
_KNOWN = [*WEEKDAYS, *_OF_A_MONTH]
_DAY = re.compile(r"(\d{4}-)?\d\d-\d\d", re.ASCII)
_LEAP = "2028-"
"""Begins a day of a year that has every month and day there is."""


def of_a_month(day: str) -> bool:
    """Whether it says which one of the month."""
    return day in _OF_A_MONTH


def cron_day(day: str) -> str:
    """The fifth field of cron: ``1`` for monday, ``6#1`` for the first saturday, ``6L`` for the last."""
    which, _, weekday = day.rpartition(" ")
    number = WEEKDAYS.index(weekday) + 1
    if not which:
        return str(number)
    return f"{number}L" if which == "last" else f"{number}#{_WHICH.index(which) + 1}"


def _known(text: object) -> str:
    if isinstance(text, str) and text in _KNOWN:
        return text
    # A fifth is not in every month, and the first is another day: only cron says it.
    meant = None if str(text).startswith("fifth") else nearest(text, _KNOWN)
    raise refuse("value.schedule-day", meant, value=text)


def _span(text: object) -> tuple[str, str]:
    """First and last day, both either with a year or without."""
    first, _, last = text.partition("..") if isinstance(text, str) else ("", "", "")
    last = last or first
    if not (_is_day(first) and _is_day(last) and len(first) == len(last)) or (len(first) > 5 and first > last):
        raise refuse("value.date-span", value=text)
    return first, last


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text if len(text) > 5 else _LEAP + text))
    except ValueError:
        return False


ScheduleDay = Annotated[str, BeforeValidator(_known), WithJsonSchema({"enum": _KNOWN})]
"""``monday``, or ``first saturday`` of a month; first, second, third, fourth or last."""
DateSpan = Annotated[tuple[str, str], BeforeValidator(_span), WithJsonSchema({"type": "string"})]
"""``"10-01..10-07"`` of every year, ``"2027-02-06..2027-02-12"``, or one day."""
