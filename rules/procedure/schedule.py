"""When a schedule means a test to start: local times that only go forward, and the moments they stand for.

A start is known by its nominal local time. That time never repeats: not when the clock jumps back, not when the
hour is repeated in autumn. A nominal time that spring leaves out stands for the first moment after the gap.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from cronsim import CronSim

from rules.localtime import moment_of, reached
from rules.procedure.model import Schedule

_LOOKED_AT = 100_000
"""Times of a calendar that are looked at: every minute of two months, every day of two centuries."""
_ANY_TIME = "2026-01-01T00:00:00"


@dataclass(frozen=True, slots=True)
class Start:
    """One start as meant."""

    nominal: str
    """Local time as ISO text, without offset: its identity."""
    wall: float
    """Unix seconds it stands for."""


def nominal_now(schedule: Schedule, wall: float) -> str:
    """The latest local time that has come at ``wall``."""
    return reached(wall, schedule.zone).isoformat(timespec="seconds")


def latest(schedule: Schedule, wall: float) -> Start | None:
    """The last start that was meant at ``wall`` or before; None: none in living memory."""
    # The reverse search excludes the moment it begins at.
    since = reached(wall, schedule.zone) + timedelta(seconds=1)
    return _first(CronSim(schedule.cron, since, reverse=True), schedule)


def following(schedule: Schedule, nominal: str) -> Start | None:
    """The first start after ``nominal``; None: none in living memory."""
    return _first(CronSim(schedule.cron, datetime.fromisoformat(nominal)), schedule)


def upcoming(schedule: Schedule, wall: float, dealt_with: str = "", count: int = 3) -> list[Start]:
    """The next starts after ``wall`` and after the nominal time ``dealt_with``."""
    found: list[Start] = []
    nominal = max(dealt_with, nominal_now(schedule, wall))
    while len(found) < count and (start := following(schedule, nominal)) is not None:
        nominal = start.nominal
        if start.wall > wall:
            found.append(start)
    return found


def comes(schedule: Schedule) -> bool:
    """Whether it starts on any day that is not excepted."""
    return following(schedule, _ANY_TIME) is not None


def _first(times: Iterator[datetime], schedule: Schedule) -> Start | None:
    found = next((one for one in islice(times, _LOOKED_AT) if not _is_closed(one, schedule)), None)
    return None if found is None else Start(found.isoformat(timespec="seconds"), moment_of(found, schedule.zone))


def _is_closed(nominal: datetime, schedule: Schedule) -> bool:
    day = nominal.date().isoformat()
    return any(_within(day[-len(first) :], first, last) for first, last in schedule.closed)


def _within(day: str, first: str, last: str) -> bool:
    # Over the end of the year it lies outside of what is between.
    return first <= day <= last if first <= last else not last < day < first
