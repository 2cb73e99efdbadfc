"""When recurring maintenance is due: once a year before a date, in the time zone of the site."""

from datetime import datetime
from itertools import islice

from rules.localtime import local_time, moment_of
from rules.model import Plan


def next_due(plan: Plan, done: float) -> float:
    """Unix seconds of the due date after ``done``: the first one the work of that moment was too early for."""
    return dues(plan, done, 1)[0]


def dues(plan: Plan, done: float, count: int = 3) -> list[float]:
    """That due date and the ones of the years after it."""
    year = local_time(done, plan.zone).year
    dates = (moment_of(datetime(one, plan.month, plan.day), plan.zone) for one in range(year, year + count + 2))
    return list(islice((date for date in dates if date - plan.early > done), count))
