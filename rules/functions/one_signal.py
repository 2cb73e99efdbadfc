"""``age(role)`` and ``previous(role)``: what is known about one signal besides its value."""

from dataclasses import dataclass

from drivers.points import Instant, Reason, Value
from rules.functions.contract import Answer
from rules.view import View

RESOLUTION = 1.0
"""Seconds between two looks at an age."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """The memory of a function that needs none."""


@dataclass(frozen=True, slots=True)
class Age:
    """Seconds since the newest reading of the signal was sampled, whatever its quality."""

    key: str
    slot: int
    resolution: float = RESOLUTION
    calendar: bool = False
    """Whether time switched off counts that only became known later."""
    table: str = "held"
    memory: type[Nothing] = Nothing

    def update(self, memory: Nothing, view: View) -> Answer:
        """Unknown before the first reading."""
        reading = view.readings[self.slot]
        if reading is None:
            return Answer(memory, None)
        since = view.now.by_calendar_since if self.calendar else view.now.since
        return Answer(memory, since(reading.sampled_at), self.resolution)

    def resume(self, memory: Nothing, observed: Instant | None) -> Nothing:
        """Nothing to resume."""
        return memory


@dataclass(frozen=True, slots=True)
class PreviousMemory:
    """The last two different known values."""

    now: Value | None = None
    before: Value | None = None


@dataclass(frozen=True, slots=True)
class Previous:
    """The value before the latest change; unknown until a change was seen."""

    key: str
    slot: int
    table: str = "window"
    memory: type[PreviousMemory] = PreviousMemory

    def update(self, memory: PreviousMemory, view: View) -> Answer:
        """Unknown values are no change."""
        value = view.values[self.slot]
        if value is not None and value != memory.now:
            memory = PreviousMemory(value, memory.now)
        reason = Reason.NOT_OBSERVED if memory.before is None else Reason.NONE
        return Answer(memory, memory.before, reason=reason)

    def resume(self, memory: PreviousMemory, observed: Instant | None) -> PreviousMemory:
        """The last known value stays the last known value."""
        return memory
