"""What a signal has been, on a clock of its own that only counts observed engine time."""

from dataclasses import dataclass, field, replace
from typing import Protocol, Self, runtime_checkable

from drivers.points import Instant
from rules.functions.buckets import Buckets


@runtime_checkable
class Windowed(Protocol):
    """A memory with buckets, which are stored beside it."""

    @property
    def buckets(self) -> Buckets:
        """Its buckets."""

    def bare(self) -> Self:
        """The same without any slice."""


@dataclass(slots=True)
class WindowRecord:
    """The memory of windows: buckets of the past, and the present value."""

    clock: float = 0.0
    """Seconds of engine time since the first look."""
    at: Instant | None = None
    """When ``clock`` was reached."""
    value: float | None = None
    """What the signal has been since ``at``; None unknown."""
    before: float | None = None
    """What it was when it was last known."""
    began: float = 0.0
    """Clock since when it is observed."""
    doubtful: bool = False
    """Whether the present value is uncertain."""
    doubted: float | None = None
    """Clock until which a value was uncertain, if any was."""
    buckets: Buckets = field(default_factory=Buckets)

    @property
    def present(self) -> float:
        """What it is, or last was; only for records that hold something."""
        return self.value if self.value is not None else self.buckets.slices[-1].last

    def bare(self) -> "WindowRecord":
        """The same without any slice."""
        return replace(self, buckets=replace(self.buckets, slices=[]))

    def advance(self, now: Instant, width: float) -> None:
        """Let the present value last until ``now``."""
        start, elapsed = self.clock, now.since(self.at) if self.at is not None else 0.0
        self.at, self.clock = now, start + elapsed
        if self.doubtful:
            self.doubted = self.clock
        if self.value is not None:
            self.buckets.fill(self.value, start, self.clock, width)

    def note(self, value: float | bool | None, doubtful: bool) -> None:
        """From now on the signal is ``value``."""
        self.doubtful = doubtful
        self.value = None if value is None else float(value)
        if self.value is None:
            return
        if self.before == 0.0 and self.value == 1.0:
            self.buckets.rise()
        if not self.buckets.slices and self.before is None:
            self.began = self.clock
        self.before = self.value

    def anew(self, now: Instant) -> "WindowRecord":
        """An empty one from now on; numbers of buckets go on."""
        return WindowRecord(at=now, buckets=Buckets(number=self.buckets.numbers.stop))

    def forget(self, tail: float) -> None:
        """Drop what lies before ``tail``."""
        self.buckets.drop(tail)
        if not self.buckets.slices and self.value is None:
            self.before = None

    def resume(self, observed: Instant | None, width: float) -> None:
        """Go on after a restart: the value stayed until ``observed``, then nobody looked."""
        if observed is not None:
            self.advance(observed, width)
        self.value = None

    def doubted_since(self, tail: float) -> bool:
        """Whether a value after ``tail`` was uncertain."""
        return self.doubtful or (self.doubted is not None and self.doubted > tail)
