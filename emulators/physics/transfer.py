"""An automatic transfer switch between mains and generator. Pure."""

from dataclasses import dataclass, field

from drivers.points import Value
from emulators.physics.model import Building, steps_of

_TRANSFER = 2.0
"""Seconds from a source being chosen to the load on it."""
_RETURN = 30.0
"""Seconds the mains must be back before the load returns to it (DSE 5110 return delay)."""
_NOT_AUTO, _STUCK = "not-auto", "stuck"


@dataclass(slots=True)
class TransferSwitch:
    """Moves the load to the generator when the mains is gone and back when it is steady."""

    building: Building
    faults: set[str] = field(default_factory=set)
    cycles: int = 120
    _moving: float = 0.0

    @property
    def known_faults(self) -> frozenset[str]:
        """What can break."""
        return frozenset({_NOT_AUTO, _STUCK})

    def put(self, name: str, value: float) -> bool:
        """Only the counter can be set."""
        if name != "cycles":
            return False
        self.cycles = int(value)
        return True

    def step(self, seconds: float) -> dict[str, Value]:
        """Let time pass and return the value of every point."""
        for step in steps_of(seconds):
            self._advance(step)
        return {
            "mode": "manual" if _NOT_AUTO in self.faults else "auto",
            "position": "source_2" if self.building.on_generator else "source_1",
            "source_1": "available" if self.building.mains else "under_threshold",
            "source_2": "available" if self.building.generator else "under_threshold",
            "test": "none",
            "cycles": self.cycles,
        }

    def _advance(self, seconds: float) -> None:
        if self._wanted() == self.building.on_generator or self.faults:
            self._moving = 0.0
            return
        self._moving += seconds
        if self._moving >= _TRANSFER:
            self.building.on_generator = not self.building.on_generator
            self.cycles += 1
            self._moving = 0.0

    def _wanted(self) -> bool:
        """Whether the load belongs on the generator."""
        building = self.building
        if building.mains:
            return building.on_generator and building.mains_for < _RETURN and building.generator
        return building.generator
