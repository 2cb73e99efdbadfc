"""``due_in(plan)``: seconds until the plan is due by the calendar of the site, negative once it is overdue."""

from dataclasses import dataclass

from drivers.points import Instant, Reason
from rules.functions.contract import Answer
from rules.functions.one_signal import Nothing
from rules.model import Plan
from rules.plan import next_due
from rules.view import View

RESOLUTION = 600.0
"""Seconds between two looks at the calendar."""


@dataclass(frozen=True, slots=True)
class DueIn:
    """Counts from when the plan was last done, which is when ``slot`` was sampled."""

    key: str
    slot: int
    plan: Plan
    table: str = "held"
    memory: type[Nothing] = Nothing

    def update(self, memory: Nothing, view: View) -> Answer:
        """Unknown while nobody knows what day it is."""
        done = view.readings[self.slot]
        if done is None or not view.now.dated:
            reason = Reason.NONE if view.now.dated else Reason.CLOCK
            return Answer(memory, None, RESOLUTION, reason=reason)
        return Answer(memory, next_due(self.plan, done.sampled_at.date(view.now)) - view.now.wall, RESOLUTION)

    def resume(self, memory: Nothing, observed: Instant | None) -> Nothing:
        """Nothing to resume."""
        return memory
