"""Proof: what shows that a command had its effect. Only what was asked for after its write had ended shows anything."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from drivers.points import Instant
from rules.condition import Condition
from rules.view import View

GOOD = 2
"""Good samples of every point that a proof takes."""
LOOK = 1.0
"""Seconds between two looks while a proof is waited for: samples that did not change wake nobody."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves something on one equipment."""

    condition: Condition
    reads: tuple[int, ...]
    """Slots of the points it reads, directly or through functions."""

    def holds(self, view: View) -> bool | None:
        """Whether it holds by what is known now; None: unknown."""
        value = self.condition.run(view)
        return value if isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class Trial:
    """How far a proof has come.

    The first answer after a write may have been asked for before it: it only begins the count.
    """

    before: bool | None = None
    """What the evidence said when the command was given; True: no transition can be seen, fresh samples must do."""
    looked: Instant | None = None
    """Only samples after this moment count; None: the write has not ended."""
    good: int = -1
    """Complete rounds of good samples in a row; -1: not even the first answer is there."""
    written: Instant | None = None
    """When the write ended."""
    first: Instant | None = None
    """When it was first seen of those in a row."""

    @property
    def proven(self) -> bool:
        """Whether it has been seen often enough."""
        return self.good >= GOOD

    def ended(self, at: Instant) -> "Trial":
        """The write has ended: from now on something can be seen."""
        return replace(self, looked=at, good=-1, written=at)

    def again(self) -> "Trial":
        """Count anew for something else, now that no answer from before the write can be under way any more."""
        return Trial(None, self.written, 0, self.written)

    def look(self, reads: Iterable[int], holds: bool, view: View) -> "Trial":
        """One look: counts when every known point of ``reads`` was sampled since the last that counted."""
        if self.looked is None or self.proven:
            return self
        known = [slot for slot in reads if view.values[slot] is not None]
        if not known or not all(_later(view, slot, self.looked) for slot in known):
            return self
        if self.good < 0:
            return replace(self, looked=view.now, good=0)
        if not holds or view.doubts(known):
            return replace(self, looked=view.now, good=0, first=None)
        return replace(self, looked=view.now, good=self.good + 1, first=self.first or view.now)


NOT_TRIED = Trial()
"""Nothing was written yet."""


def _later(view: View, slot: int, than: Instant) -> bool:
    reading = view.readings[slot]
    if reading is None:
        return False
    # What is remembered is of the past, readings are of this life: one of another boot is later.
    return reading.sampled_at.boot != than.boot or reading.sampled_at.mono > than.mono
