"""Time-weighted windows: a signal is a step function of time, kept as at most 240 buckets.

``avg min max median rate`` of a window are unknown until nine tenths of it have been observed with known values.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.points import Instant, Value
from rules.timer import TOLERANCE
from rules.view import View

BUCKETS = 240
"""Most buckets of a window; its resolution is its length divided by this."""
FULL = 0.9
"""Share of a window that must be known before it says anything."""


@dataclass(slots=True)
class Bucket:
    """What was known during one slice of the window."""

    index: int
    first: float
    last: float
    low: float
    high: float
    seconds: float = 0.0
    area: float = 0.0
    """Value times seconds."""

    def add(self, value: float, seconds: float) -> None:
        """Count ``value`` for ``seconds``."""
        self.last = value
        self.low = min(self.low, value)
        self.high = max(self.high, value)
        self.seconds += seconds
        self.area += value * seconds

    @property
    def mean(self) -> float:
        """Time-weighted mean."""
        return self.area / self.seconds


@dataclass(slots=True)
class WindowMemory:
    """The buckets, on the window's own clock: seconds of engine time since its first look."""

    clock: float = 0.0
    at: Instant | None = None
    value: float | None = None
    """What the signal has been since ``at``; None unknown."""
    buckets: list[Bucket] = field(default_factory=list)


Aggregate = Callable[[list[Bucket], float], float]
"""Buckets with known time, oldest first, and the present value, to a number."""


@dataclass(frozen=True, slots=True)
class Window:
    """One aggregate over the last ``seconds`` of the signal in ``slot``."""

    key: str
    slot: int
    seconds: float
    aggregate: Aggregate
    table: str = "window"
    memory: type[WindowMemory] = WindowMemory

    def update(self, memory: WindowMemory, view: View) -> tuple[WindowMemory, Value | None, float | None]:
        """Advance to now; valid until the next bucket begins, or for good once nothing in it differs."""
        self._advance(memory, view.now)
        value = view.values[self.slot]
        memory.value = None if value is None else float(value)
        if sum(bucket.seconds for bucket in memory.buckets) < FULL * self.seconds - TOLERANCE:
            return memory, None, self._next(memory) if memory.value is not None else None
        settled = self._settled(memory)
        present = memory.value if memory.value is not None else memory.buckets[-1].last
        return memory, self.aggregate(memory.buckets, present), None if settled else self._next(memory)

    def resume(self, memory: WindowMemory) -> WindowMemory:
        """What the signal did while nobody looked is unknown."""
        memory.value = None
        return memory

    @property
    def _width(self) -> float:
        return self.seconds / BUCKETS

    def _next(self, memory: WindowMemory) -> float:
        left = self._width - memory.clock % self._width
        # A remainder of rounding would wake us at this very moment again.
        return left if left > TOLERANCE else left + self._width

    def _settled(self, memory: WindowMemory) -> bool:
        return all(bucket.low == bucket.high == memory.value for bucket in memory.buckets)

    def _advance(self, memory: WindowMemory, now: Instant) -> None:
        elapsed = now.since(memory.at) if memory.at is not None else 0.0
        start, memory.at = memory.clock, now
        memory.clock += elapsed
        if memory.value is not None:
            self._fill(memory, max(start, memory.clock - self.seconds), memory.value)
        oldest = int(memory.clock / self._width) - BUCKETS
        memory.buckets = [bucket for bucket in memory.buckets if bucket.index >= oldest][-BUCKETS:]

    def _fill(self, memory: WindowMemory, start: float, value: float) -> None:
        index = int(start / self._width)
        while start < memory.clock:
            end = min(memory.clock, (index + 1) * self._width)
            if end > start:
                _bucket(memory, index, value).add(value, end - start)
            start, index = max(start, end), index + 1


def _bucket(memory: WindowMemory, index: int, value: float) -> Bucket:
    if not memory.buckets or memory.buckets[-1].index != index:
        memory.buckets.append(Bucket(index, value, value, value, value))
    return memory.buckets[-1]


def average(buckets: list[Bucket], present: float) -> float:
    """Time-weighted mean."""
    return sum(bucket.area for bucket in buckets) / sum(bucket.seconds for bucket in buckets)


def lowest(buckets: list[Bucket], present: float) -> float:
    """Smallest value, the present one included."""
    return min(present, *(bucket.low for bucket in buckets))


def highest(buckets: list[Bucket], present: float) -> float:
    """Largest value, the present one included."""
    return max(present, *(bucket.high for bucket in buckets))


def median(buckets: list[Bucket], present: float) -> float:
    """The value half of the known time lay below; exact to the mean of one bucket."""
    ordered = sorted((bucket.mean, bucket.seconds) for bucket in buckets)
    half = sum(seconds for _, seconds in ordered) / 2
    for mean, seconds in ordered:
        half -= seconds
        if half <= 0:
            return mean
    return ordered[-1][0]


def change(buckets: list[Bucket], present: float) -> float:
    """How much the signal moved across the window."""
    return present - buckets[0].first
