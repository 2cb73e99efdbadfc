"""When a schedule means a test to start: local times that only go forward, and the moments they stand for.

A start is known by its nominal local time. That time never repeats: not when the clock jumps back, not when the
hour is repeated in autumn. A nominal time that spring leaves out stands for the first moment after the gap.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cronsim import CronSim

from rules.localtime import moment_of, reached
from rules.procedure.model import Schedule


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
    found = next(CronSim(schedule.cron, reached(wall, schedule.zone) + timedelta(seconds=1), reverse=True), None)
    return None if found is None else _start(schedule, found)


def following(schedule: Schedule, nominal: str) -> Start | None:
    """The first start after ``nominal``; None: none in living memory."""
    found = next(CronSim(schedule.cron, datetime.fromisoformat(nominal)), None)
    return None if found is None else _start(schedule, found)


def _start(schedule: Schedule, nominal: datetime) -> Start:
    return Start(nominal.isoformat(timespec="seconds"), moment_of(nominal, schedule.zone))
