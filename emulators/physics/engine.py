"""The diesel engine of a generating set: cranks, runs up, warms, burns fuel, runs down. Pure."""

import math
from dataclasses import dataclass

RATED_SPEED = 1500.0
"""rpm at 50 Hz with four poles."""
_CRANK_SPEED, _CRANK_DISCONNECT = 180.0, 400.0
"""rpm the starter reaches, and where the engine runs by itself."""
_FIRES_AFTER = 2.5
"""Seconds of cranking until the first ignition."""
_RUN_UP, _RUN_DOWN, _OIL, _COOLANT, _BATTERY = 1.5, 3.0, 2.0, 240.0, 1.5
"""Time constants in seconds."""
_OIL_PRESSURE, _LOW_OIL_PRESSURE = 420.0, 70.0
"""kPa at rated speed, and with the fault; the usual trip is 103 kPa (15 psi)."""
_HEATER, _WARM, _WARM_BY_LOAD = 40.0, 75.0, 10.0
"""°C kept by the coolant heater, reached by running, and added by full load."""
_BATTERY_REST, _BATTERY_CRANK, _BATTERY_CHARGE = 25.6, 18.5, 28.2
"""V of a 24 V battery."""
_BURN_IDLE, _BURN_LOAD = 0.8, 5.0
"""% of the tank in an hour without load, and added by full load."""


@dataclass(slots=True)
class DieselEngine:
    """Its state; the controller sets ``cranking`` and ``fuelled``."""

    speed: float = 0.0
    oil_pressure: float = 0.0
    coolant: float = _HEATER
    battery: float = _BATTERY_REST
    fuel: float = 80.0
    cranking: bool = False
    fuelled: bool = False
    """Whether the fuel solenoid is open."""
    cranked: float = 0.0
    """Seconds of cranking in this attempt."""

    @property
    def fired(self) -> bool:
        """Whether it runs by itself."""
        return self.fuelled and self.speed > _CRANK_DISCONNECT

    def advance(self, seconds: float, load: float, dead: bool, low_oil: bool) -> None:
        """Let time pass under ``load`` (0 to 1); a ``dead`` engine never fires."""
        self.cranked = self.cranked + seconds if self.cranking else 0.0
        ignites = self.cranked >= _FIRES_AFTER and not dead and self.fuel > 0
        burning = self.fuelled and self.fuel > 0 and (self.fired or ignites)
        wanted = RATED_SPEED if burning else _CRANK_SPEED if self.cranking else 0.0
        self.speed = _towards(self.speed, wanted, seconds, _RUN_UP if wanted > self.speed else _RUN_DOWN)
        if self.speed < 1:
            self.speed = 0.0
        oil = (_LOW_OIL_PRESSURE if low_oil else _OIL_PRESSURE) * min(1.0, self.speed / RATED_SPEED)
        self.oil_pressure = _towards(self.oil_pressure, oil, seconds, _OIL)
        heat = _WARM + _WARM_BY_LOAD * load if burning else _HEATER
        self.coolant = _towards(self.coolant, heat, seconds, _COOLANT)
        battery = _BATTERY_CRANK if self.cranking else _BATTERY_CHARGE if self.fired else _BATTERY_REST
        self.battery = _towards(self.battery, battery, seconds, _BATTERY)
        burnt = (_BURN_IDLE + _BURN_LOAD * load) * seconds / 3600 if burning else 0.0
        self.fuel = max(0.0, self.fuel - burnt)  # an empty tank has no more


def _towards(value: float, wanted: float, seconds: float, constant: float) -> float:
    return wanted + (value - wanted) * math.exp(-seconds / constant)
