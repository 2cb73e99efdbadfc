"""An earth electrode whose resistance follows the moisture of the soil. Pure."""

import math
from dataclasses import dataclass, field

from drivers.points import Value

_YEAR = 365.25 * 86400
_SWING = 0.25
"""How far the driest and the wettest day lie from the mean, as a share of it."""
_RISE = 8.0
"""Ω a day added by corroding joints, fast enough to be seen in a demonstration."""


@dataclass(slots=True)
class Electrode:
    """Drifts with the season; joints that corrode make it rise."""

    resistance: float = 2.0
    """Ω, the mean over a year."""
    faults: set[str] = field(default_factory=set)
    _time: float = 0.0
    _corroded: float = 0.0

    @property
    def known_faults(self) -> frozenset[str]:
        """What can break."""
        return frozenset({"rising"})

    def put(self, name: str, value: float) -> bool:
        """Set the resistance; the season goes on from there."""
        if name != "resistance":
            return False
        self.resistance, self._corroded = value / self._season(), 0.0
        return True

    def step(self, seconds: float) -> dict[str, Value]:
        """Let time pass and return the value of every point."""
        self._time += seconds
        self._corroded = self._corroded + _RISE * seconds / 86400 if self.faults else 0.0
        return {"resistance": self.resistance * self._season() + self._corroded}

    def _season(self) -> float:
        return 1 + _SWING * math.sin(2 * math.pi * self._time / _YEAR)
