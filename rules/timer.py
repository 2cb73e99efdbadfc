"""A timer that accumulates, pauses and survives restarts: seconds so far, and since when it runs."""

from dataclasses import dataclass

from drivers.points import Instant

TOLERANCE = 1e-6
"""Seconds; a timer this close to its end has ended (sums of decimal fractions are not exact)."""


@dataclass(frozen=True, slots=True)
class ElapsedTimer:
    """Accumulated seconds; running when ``started`` is set."""

    seconds: float = 0.0
    started: Instant | None = None

    def run(self, at: Instant) -> "ElapsedTimer":
        """The timer running; unchanged when it already runs."""
        return self if self.started is not None else ElapsedTimer(self.seconds, at)

    def pause(self, at: Instant) -> "ElapsedTimer":
        """The timer stopped, keeping what it has counted."""
        return self if self.started is None else ElapsedTimer(self.elapsed(at))

    def elapsed(self, at: Instant) -> float:
        """Seconds counted until ``at``; see ``Instant.rebased`` for time switched off."""
        return self.seconds if self.started is None else self.seconds + at.since(self.started)

    def reached(self, delay: float, at: Instant) -> bool:
        """Whether ``delay`` seconds have been counted."""
        return self.elapsed(at) >= delay - TOLERANCE

    def remaining(self, delay: float, at: Instant) -> float | None:
        """Seconds until ``delay`` is reached, None while paused."""
        return None if self.started is None else max(0.0, delay - self.elapsed(at))


RESET = ElapsedTimer()
"""Nothing counted, not running."""
