"""Time-weighted windows: one aggregate over the last so many seconds of an expression.

A window says nothing until it has been observed for its whole length, nine tenths of it with known values.
"""

from dataclasses import dataclass

from drivers.points import Instant, Reason
from rules.functions.aggregates import Aggregate
from rules.functions.buckets import width
from rules.functions.contract import Answer
from rules.functions.record import WindowRecord
from rules.timer import TOLERANCE
from rules.view import Evaluator, View

FULL = 0.9
"""Share of a window that must be known before it says anything."""
RESOLUTION = 1.0
"""Least seconds between two looks at a window whose input stays the same."""


@dataclass(frozen=True, slots=True)
class Window:
    """One aggregate over the last ``seconds`` of ``source``."""

    key: str
    source: Evaluator
    inputs: tuple[int, ...]
    """The slots ``source`` reads."""
    seconds: float
    aggregate: Aggregate
    table: str = "window"
    memory: type[WindowRecord] = WindowRecord

    def update(self, memory: WindowRecord, view: View) -> Answer:
        """Advance to now."""
        memory.advance(view.now, width(self.seconds))
        memory.forget(memory.clock - self.seconds)
        memory.note(self.source(view), view.doubts(self.inputs))
        missing = self._missing(memory)
        if missing > TOLERANCE:
            # Without a value it can only become emptier.
            wait = missing if memory.value is not None else None
            return Answer(memory, None, wait, reason=Reason.NOT_OBSERVED)
        tail = memory.clock - self.seconds
        value = self.aggregate(memory.buckets, tail, memory.present)
        return Answer(memory, value, self._wait(memory), memory.doubted_since(tail))

    def resume(self, memory: WindowRecord, observed: Instant | None) -> WindowRecord:
        """What the signal did while nobody looked is unknown."""
        memory.resume(observed, width(self.seconds))
        return memory

    def _missing(self, memory: WindowRecord) -> float:
        # At least so many seconds must pass before it can say something.
        known = memory.buckets.known(memory.clock - self.seconds)
        return max(memory.began + self.seconds - memory.clock, FULL * self.seconds - known)

    def _wait(self, memory: WindowRecord) -> float | None:
        buckets = memory.buckets
        settled = buckets.low == buckets.high == memory.value and not buckets.rises
        return None if settled else max(RESOLUTION, width(self.seconds))
