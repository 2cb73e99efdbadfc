"""``held(condition, 10 min)``: true once the condition has been true that long without a false."""

from dataclasses import dataclass, replace

from drivers.points import Instant, Reason
from rules.functions.contract import Answer
from rules.timer import RESET, ElapsedTimer
from rules.view import Evaluator, View


@dataclass(frozen=True, slots=True)
class HeldMemory:
    """How long the condition has been true."""

    timer: ElapsedTimer = RESET
    seen_false: bool = False
    """Until a false was seen, "not yet long enough" is only "not observed long enough": unknown."""


@dataclass(frozen=True, slots=True)
class HeldFor:
    """Unknown pauses the count, false starts it anew."""

    key: str
    condition: Evaluator
    seconds: float
    table: str = "held"
    memory: type[HeldMemory] = HeldMemory

    def update(self, memory: HeldMemory, view: View) -> Answer:
        """Count; the value can change by itself only when the count ends."""
        decision = self.condition(view)
        if decision is None:
            paused = memory.timer.pause(view.now)
            return Answer(memory if paused is memory.timer else replace(memory, timer=paused), None)
        if not decision:
            return Answer(memory if memory == _FALSE else _FALSE, False)
        if memory.timer.started is None:
            memory = replace(memory, timer=memory.timer.run(view.now))
        if memory.timer.reached(self.seconds, view.now):
            return Answer(memory, True)
        wait = memory.timer.remaining(self.seconds, view.now)
        if memory.seen_false:
            return Answer(memory, False, wait)
        return Answer(memory, None, wait, reason=Reason.NOT_OBSERVED)

    def resume(self, memory: HeldMemory, observed: Instant | None) -> HeldMemory:
        """The timer knows by itself how much of the time switched off counts."""
        return memory


_FALSE = HeldMemory(RESET, seen_false=True)
