"""What waits for the time of day: which conditions say nothing, and which tests do not begin, while nobody knows it."""

from rules.engine.rulebook import Rulebook
from rules.functions.daily import Daily, HourBetween
from rules.functions.due import DueIn

_ASK_THE_DATE = (HourBetween, Daily, DueIn)
"""Functions that are unknown while nobody knows what time it is."""


def dated_rules(book: Rulebook) -> list[str]:
    """Every ``equipment/rule`` whose condition asks for the time of day or a date, by itself or through a function."""
    slots: set[int] = set()
    for one in book.instances:
        if isinstance(one.function, _ASK_THE_DATE) or slots.intersection(one.inputs):
            slots.add(one.slot)
    found = {index for slot in slots for index in book.slot_watches[slot]}
    return sorted(key for key, index in book.by_id.items() if index in found)


def scheduled_tests(book: Rulebook) -> list[str]:
    """Every ``equipment/procedure`` that begins by itself."""
    return sorted(key for key, job in book.jobs.items() if job.procedure.schedule is not None)
