"""The mains supply of a building as its meter sees it. Pure."""

from dataclasses import dataclass, field

from drivers.points import Value
from emulators.physics.model import Building

_VOLTAGE, _FREQUENCY = 230.0, 50.0
"""V between phase and neutral, and Hz."""
_OFF, _PHASE_LOSS = "off", "phase-loss"
_FAULTS = frozenset({_OFF, _PHASE_LOSS})


@dataclass(slots=True)
class Mains:
    """Three phases that are there or not; tells the building."""

    building: Building
    faults: set[str] = field(default_factory=set)

    @property
    def known_faults(self) -> frozenset[str]:
        """What can break."""
        return _FAULTS

    def put(self, name: str, value: float) -> bool:
        """Nothing here has a will of its own."""
        return False

    def step(self, seconds: float) -> dict[str, Value]:
        """Let time pass and return the value of every point."""
        there = not self.faults
        changed = there != self.building.mains
        self.building.mains_for = 0.0 if changed else self.building.mains_for + seconds
        self.building.mains = there
        on = 0.0 if _OFF in self.faults else 1.0
        last = 0.0 if _PHASE_LOSS in self.faults else on
        return {
            "voltage_l1": _VOLTAGE * on,
            "voltage_l2": _VOLTAGE * on,
            "voltage_l3": _VOLTAGE * last,
            "frequency": _FREQUENCY * on,
        }
