"""A moment as the box knows it: which boot, monotonic seconds, wall seconds, and whether the wall is trusted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment on both clocks.

    Durations are measured on the monotonic clock of one boot. Across a reboot trusted wall time counts;
    otherwise the time switched off is unknown and counts as zero.
    """

    boot: str
    """Identity of the boot; monotonic seconds compare only within one boot."""
    mono: float
    """Seconds on the monotonic clock of that boot."""
    wall: float
    """Unix seconds, UTC."""
    trusted: bool = True
    """Whether the wall clock was synchronised."""

    def since(self, earlier: "Instant") -> float:
        """Seconds from ``earlier`` to this moment, never negative; 0 where no clock can tell."""
        if self.boot == earlier.boot:
            return max(0.0, self.mono - earlier.mono)
        if self.trusted and earlier.trusted:
            return max(0.0, self.wall - earlier.wall)
        return 0.0
