"""Floods: more alarms than people can read. What comes on top is recorded under their root and calls nobody."""

from dataclasses import dataclass, replace

from drivers.points import Instant
from rules.timer import TOLERANCE

BEGINS, ENDS, WITHIN = 10, 5, 600.0
"""Ten alarms in ten minutes are a flood, less than five in ten minutes are its end (EEMUA 191)."""


@dataclass(frozen=True, slots=True)
class Raise:
    """One alarm that was raised."""

    alarm: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Flood:
    """The latest raises, and the flood they are, if any."""

    raises: tuple[Raise, ...] = ()
    """At most as many as make a flood, oldest first."""
    root: str = ""
    """The alarm it began with; empty: there is no flood."""
    members: int = 0
    """How many alarms were recorded under the root."""

    @property
    def rising(self) -> bool:
        """Whether there is one."""
        return bool(self.root)

    def with_raise(self, alarm: str, at: Instant) -> "Flood":
        """One more alarm."""
        recent = [one for one in self.raises if at.since(one.at) < WITHIN]
        return replace(self, raises=(*recent, Raise(alarm, at))[-BEGINS:], members=self.members + self.rising)

    @property
    def full(self) -> bool:
        """Whether so many came that it must begin now."""
        return not self.rising and len(self.raises) == BEGINS

    def left(self, at: Instant) -> float | None:
        """Seconds until it ends if nothing more comes; None without a flood."""
        if not self.rising:
            return None
        fifth = self.raises[-ENDS:][0]
        return max(0.0, WITHIN - at.since(fifth.at))

    def over(self, at: Instant) -> bool:
        """Whether it ends now."""
        left = self.left(at)
        return left is not None and left <= TOLERANCE
