"""A lift that serves its floors, and may hold somebody between two of them. Pure."""

from dataclasses import dataclass, field

from drivers.points import Value
from emulators.physics.model import steps_of

_FLOORS = 12
_TRAVEL, _STAND = 4.0, 20.0
"""Seconds from floor to floor, and with the doors open."""
ENTRAPMENT, OUT_OF_SERVICE = "entrapment", "out-of-service"


@dataclass(slots=True)
class Lift:
    """Goes up and down, one floor a trip."""

    faults: set[str] = field(default_factory=set)
    floor: int = 1
    _up: bool = True
    _since: float = 0.0

    @property
    def known_faults(self) -> frozenset[str]:
        """What can happen."""
        return frozenset({ENTRAPMENT, OUT_OF_SERVICE})

    def put(self, name: str, value: float) -> bool:
        """Only the floor can be set."""
        if name != "floor":
            return False
        self.floor = int(value)
        return True

    def step(self, seconds: float) -> dict[str, Value]:
        """Let time pass and return the value of every point."""
        for step in steps_of(seconds):
            self._advance(step)
        return self._values()

    def _advance(self, seconds: float) -> None:
        if self.faults:
            return
        self._since += seconds
        if self._since < _STAND + _TRAVEL:
            return
        self._since -= _STAND + _TRAVEL
        self.floor += 1 if self._up else -1
        self._up = self.floor < _FLOORS and (self._up or self.floor <= 1)

    def _values(self) -> dict[str, Value]:
        trapped, stopped = ENTRAPMENT in self.faults, OUT_OF_SERVICE in self.faults
        moving = not self.faults and self._since >= _STAND
        return {
            "mode": "stop" if stopped else "normal",
            "direction": ("up" if self._up else "down") if moving else "none",
            "floor": self.floor,
            "message": "outside_zone" if trapped else "out_of_service" if stopped else "none",
            "door_zone": not moving and not trapped,
            "doors_closed": moving or trapped,
            "passenger": moving or trapped,
            "alarm_button": trapped,
        }
