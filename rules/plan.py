"""When recurring maintenance is due: once a year before a date, in the time zone of the site."""

from datetime import datetime
from zoneinfo import ZoneInfo

from rules.localtime import moment_of
from rules.model import Plan


def next_due(plan: Plan, done: float) -> float:
    """Unix seconds of the due date after ``done``: the first one the work of that moment was too early for."""
    year = datetime.fromtimestamp(done, ZoneInfo(plan.zone)).year
    dates = (moment_of(datetime(one, plan.month, plan.day), plan.zone) for one in (year, year + 1, year + 2))
    return next(date for date in dates if date - plan.early > done)
