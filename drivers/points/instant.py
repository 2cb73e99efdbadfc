"""A moment as the box knows it: which boot, monotonic seconds, wall seconds, and whether the wall is trusted."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment on both clocks.

    Durations are measured on the monotonic clock of one boot. A stored moment of an earlier boot is brought onto the
    clock of this one by ``rebased``, once, when it is restored.
    """

    boot: str
    """Identity of the boot; monotonic seconds compare only within one boot."""
    mono: float
    """Seconds on the monotonic clock of that boot; negative: before it began."""
    wall: float
    """Unix seconds, UTC."""
    trusted: bool = True
    """Whether the wall clock was synchronised."""
    by_hand: bool = False
    """Whether the wall seconds go by a time that a person told; not trusted then."""

    @property
    def dated(self) -> bool:
        """Whether the wall seconds may be taken for the time of day: synchronised, or told by a person."""
        return self.trusted or self.by_hand

    def since(self, earlier: "Instant") -> float:
        """Seconds from ``earlier`` to this moment, never negative; 0 where no clock can tell."""
        if self.boot == earlier.boot:
            return max(0.0, self.mono - earlier.mono)
        return self._by_wall(earlier)

    def by_calendar_since(self, earlier: "Instant") -> float:
        """As ``since``, but time switched off counts as soon as the day is known: for what is due by date.

        ``earlier`` must be of a trusted clock: two times told by people may be wrong by the whole difference.
        """
        by_date = self.wall - earlier.wall if self.dated and earlier.trusted else 0.0
        return max(self.since(earlier), by_date)

    def date(self, now: "Instant") -> float:
        """Unix seconds of this moment as far as the dated ``now`` can tell: its own wall may have been wrong."""
        return self.wall if self.trusted else now.wall - now.since(self)

    def rebased(self, at: "Instant", last: "Instant") -> "Instant":
        """The same moment on the clock of the boot of ``at``, from which on it goes on.

        ``last`` is the last that is known of its own boot. Time switched off counts when trusted clocks measured it,
        otherwise as zero; all other time counts.
        """
        if self.boot == at.boot:
            return self
        lasted = max(last.since(self) + at.since(last), at.since(self))
        return replace(self, boot=at.boot, mono=at.mono - lasted)

    def _by_wall(self, earlier: "Instant") -> float:
        return max(0.0, self.wall - earlier.wall) if self.trusted and earlier.trusted else 0.0
