"""The closed table of engineering units, keyed by BACnet unit code (ASHRAE 135, BACnetEngineeringUnits).

Each unit names a dimension and how it converts to the base unit of that dimension: ``base = value * factor + offset``.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """An engineering unit."""

    code: int
    """BACnet unit code; codes >= 256 are ours, for units BACnet has no code for."""
    symbol: str
    dimension: str
    factor: float = 1.0
    offset: float = 0.0

    def converts_to(self, other: "Unit") -> bool:
        """Whether a value in this unit can be expressed in ``other``."""
        return self.dimension == other.dimension

    def convert(self, value: float, to: "Unit") -> float:
        """Express ``value`` (in this unit) in ``to``; both must share a dimension."""
        if self is to:
            return value
        return (value * self.factor + self.offset - to.offset) / to.factor


NO_UNIT = Unit(95, "", "none")

_TABLE = (
    NO_UNIT,
    Unit(98, "%", "ratio"),
    Unit(29, "%RH", "humidity"),
    Unit(5, "V", "voltage"),
    Unit(6, "kV", "voltage", 1e3),
    Unit(124, "mV", "voltage", 1e-3),
    Unit(3, "A", "current"),
    Unit(2, "mA", "current", 1e-3),
    Unit(4, "Ω", "resistance"),
    Unit(122, "kΩ", "resistance", 1e3),
    Unit(145, "mΩ", "resistance", 1e-3),
    Unit(47, "W", "power"),
    Unit(48, "kW", "power", 1e3),
    Unit(49, "MW", "power", 1e6),
    Unit(8, "VA", "apparent-power"),
    Unit(9, "kVA", "apparent-power", 1e3),
    Unit(11, "var", "reactive-power"),
    Unit(12, "kvar", "reactive-power", 1e3),
    Unit(18, "Wh", "energy"),
    Unit(19, "kWh", "energy", 1e3),
    Unit(146, "MWh", "energy", 1e6),
    Unit(27, "Hz", "frequency"),
    Unit(15, "pf", "power-factor"),
    Unit(62, "°C", "temperature"),
    Unit(64, "°F", "temperature", 5 / 9, -160 / 9),
    Unit(63, "K", "temperature-difference"),
    Unit(53, "Pa", "pressure"),
    Unit(54, "kPa", "pressure", 1e3),
    Unit(253, "MPa", "pressure", 1e6),
    Unit(55, "bar", "pressure", 1e5),
    Unit(134, "mbar", "pressure", 1e2),
    Unit(56, "psi", "pressure", 6894.757293168),
    Unit(31, "m", "length"),
    Unit(30, "mm", "length", 1e-3),
    Unit(118, "cm", "length", 1e-2),
    Unit(80, "m³", "volume"),
    Unit(82, "L", "volume", 1e-3),
    Unit(135, "m³/h", "flow"),
    Unit(87, "L/s", "flow", 3.6),
    Unit(88, "L/min", "flow", 0.06),
    Unit(74, "m/s", "velocity"),
    Unit(104, "rpm", "rotation"),
    Unit(73, "s", "time"),
    Unit(159, "ms", "time", 1e-3),
    Unit(72, "min", "time", 60.0),
    Unit(71, "h", "time", 3600.0),
    Unit(70, "d", "time", 86400.0),
    Unit(69, "week", "time", 604800.0),
    Unit(67, "year", "time", 31557600.0),
    Unit(96, "ppm", "concentration"),
    Unit(256, "%LEL", "explosive-limit"),
    Unit(215, "mg/L", "mass-concentration"),
    Unit(233, "NTU", "turbidity"),
    Unit(234, "pH", "acidity"),
    Unit(37, "lx", "illuminance"),
    Unit(25, "1/h", "rate"),
)

UNITS: dict[str, Unit] = {entry.symbol: entry for entry in _TABLE}
"""Every unit by its symbol as people write it."""

_ALIASES = {
    "℃": "°C",
    "degC": "°C",
    "degF": "°F",
    "ohm": "Ω",
    "Ohm": "Ω",
    "kohm": "kΩ",
    "mohm": "mΩ",
    "m3": "m³",
    "m3/h": "m³/h",
    "l": "L",
    "l/s": "L/s",
    "l/min": "L/min",
    "sec": "s",
    "lux": "lx",
    "day": "d",
    "days": "d",
    "hour": "h",
    "hours": "h",
    "minute": "min",
    "minutes": "min",
    "weeks": "week",
    "years": "year",
}


def unit(symbol: str) -> Unit | None:
    """The unit written ``symbol``, or None when the table does not know it."""
    return UNITS.get(_ALIASES.get(symbol, symbol))


def symbols() -> tuple[str, ...]:
    """Every way a unit may be written, for suggestions."""
    return (*filter(None, UNITS), *_ALIASES)
