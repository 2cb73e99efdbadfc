"""A domestic tank with a float-controlled fill valve and a duty/standby pair of pumps. Pure."""

import math
from dataclasses import dataclass, field

from drivers.points import Value
from emulators.physics.model import steps_of

_TANK = 5.0
"""m³. With 18 m³/h drawn and the fill valve stuck closed the level falls by 6 % a minute: 60 % to 30 % in 5 min."""
_DEMAND, _SWING, _SWING_PERIOD = 18.0, 3.6, 300.0
"""m³/h on average, how far it swings, and how fast (s)."""
_FILL = 45.0
"""m³/h through the open fill valve."""
_OPEN_BELOW, _CLOSE_ABOVE, _OVERFLOW, _DRY = 50.0, 80.0, 98.0, 2.0
"""Levels in % at which the valve opens, closes, water spills and pumps run dry."""
_SETPOINT, _STATIC, _MAINS, _MAINS_DIP = 4.0, 0.5, 2.5, 0.3
"""bar: held by a pump, left without one, at the inlet, and lost there while filling."""
_RISE, _FALL = 3.0, 10.0
"""Seconds: time constants of the outlet pressure."""
_RATED_POWER = 4.0
"""kW at 18 m³/h."""
_STUCK_CLOSED, _STUCK_OPEN = "fill-valve-stuck-closed", "fill-valve-stuck-open"
_PUMP_FAULTS = ("pump-1-fault", "pump-2-fault")
_BOOSTER_FAULTS = frozenset({_STUCK_CLOSED, _STUCK_OPEN, *_PUMP_FAULTS})


@dataclass(slots=True)
class BoosterSet:
    """A domestic tank with a float-controlled fill valve and a duty/standby pair of pumps."""

    level: float = 60.0
    outlet_pressure: float = _SETPOINT
    water_temperature: float = 18.0
    pump_1_hours: float = 1200.0
    pump_2_hours: float = 1180.0
    faults: set[str] = field(default_factory=set)
    _time: float = 0.0
    _filling: bool = False

    @property
    def known_faults(self) -> frozenset[str]:
        """What can break."""
        return _BOOSTER_FAULTS

    def put(self, name: str, value: float) -> bool:
        """Set the physical quantity ``name``; False when it only follows from others."""
        if name not in ("level", "outlet_pressure", "water_temperature", "pump_1_hours", "pump_2_hours"):
            return False
        setattr(self, name, value)
        return True

    def step(self, seconds: float) -> dict[str, Value]:
        """Let time pass and return the value of every point."""
        for step in steps_of(seconds):
            self._advance(step)
        return self._values()

    def _advance(self, seconds: float) -> None:
        self._time += seconds
        self._filling = self._valve_open()
        drawn, filled = self._flow(), _FILL if self._filling else 0.0
        level = self.level + (filled - drawn) * seconds / 3600 / _TANK * 100
        self.level = min(100.0, max(0.0, level))  # a full tank spills, an empty one has no more
        self._settle_pressure(seconds)
        self._count_hours(seconds)

    def _valve_open(self) -> bool:
        if _STUCK_CLOSED in self.faults:
            return False
        if _STUCK_OPEN in self.faults or self.level < _OPEN_BELOW:
            return True
        return self._filling and self.level <= _CLOSE_ABOVE

    def _settle_pressure(self, seconds: float) -> None:
        target, constant = (_SETPOINT, _RISE) if self._duty() else (_STATIC, _FALL)
        self.outlet_pressure += (target - self.outlet_pressure) * (1 - math.exp(-seconds / constant))

    def _count_hours(self, seconds: float) -> None:
        if self._duty() == 1:
            self.pump_1_hours += seconds / 3600
        elif self._duty() == 2:
            self.pump_2_hours += seconds / 3600

    def _duty(self) -> int:
        """The pump that runs: 1, else 2, else none (0); none in a dry tank."""
        healthy = [number for number, fault in enumerate(_PUMP_FAULTS, 1) if fault not in self.faults]
        return healthy[0] if healthy and self.level > _DRY else 0

    def _flow(self) -> float:
        """m³/h drawn by the building, over one swing exactly the average."""
        swing = _SWING * math.sin(2 * math.pi * self._time / _SWING_PERIOD)
        return _DEMAND + swing if self._duty() else 0.0

    def _values(self) -> dict[str, Value]:
        duty, flow = self._duty(), self._flow()
        return {
            "level": self.level,
            "inlet_pressure": _MAINS - (_MAINS_DIP if self._filling else 0.0),
            "outlet_pressure": self.outlet_pressure,
            "pump_1_running": duty == 1,
            "pump_2_running": duty == 2,
            "pump_1_fault": _PUMP_FAULTS[0] in self.faults,
            "pump_2_fault": _PUMP_FAULTS[1] in self.faults,
            "overflow": self.level >= _OVERFLOW,
            "pump_1_hours": int(self.pump_1_hours),
            "pump_2_hours": int(self.pump_2_hours),
            "flow": flow,
            "water_temperature": self.water_temperature,
            "power": _RATED_POWER * flow / _DEMAND,
        }
