"""``unchanged(role, 24 h)``: true once a value has not moved for that long, as that of a frozen sensor."""

from dataclasses import dataclass, replace

from drivers.points import Instant, Reason, Value
from rules.functions.contract import Answer
from rules.timer import RESET, ElapsedTimer
from rules.view import Evaluator, View


@dataclass(frozen=True, slots=True)
class UnchangedMemory:
    """The value, and for how long it has been that."""

    value: Value | None = None
    timer: ElapsedTimer = RESET
    moved: bool = False
    """Until a change was seen, "not long enough" is only "not observed long enough": unknown."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Unknown pauses the count, another value starts it anew."""

    key: str
    source: Evaluator
    seconds: float
    # A lively signal moves with every poll; that is not worth a transaction each time.
    table: str = "window"
    memory: type[UnchangedMemory] = UnchangedMemory

    def update(self, memory: UnchangedMemory, view: View) -> Answer:
        """Count; the value can change by itself only when the count ends."""
        value = self.source(view)
        if value is None:
            paused = memory.timer.pause(view.now)
            return Answer(memory if paused is memory.timer else replace(memory, timer=paused), None)
        if value != memory.value:
            memory = UnchangedMemory(value, ElapsedTimer(0.0, view.now), moved=memory.value is not None)
        elif memory.timer.started is None:
            memory = replace(memory, timer=memory.timer.run(view.now))
        if memory.timer.reached(self.seconds, view.now):
            return Answer(memory, True)
        wait = memory.timer.remaining(self.seconds, view.now)
        return Answer(memory, False, wait) if memory.moved else Answer(memory, None, wait, reason=Reason.NOT_OBSERVED)

    def resume(self, memory: UnchangedMemory, observed: Instant | None) -> UnchangedMemory:
        """The timer knows by itself how much of the time switched off counts."""
        return memory
