"""How much of the time of a bus the polls of its devices take, period by period and unit by unit. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from drivers.contract import Driver
from drivers.templates import Device


@dataclass(frozen=True, slots=True)
class UnitLoad:
    """What one device asks of its bus in one period."""

    device: str
    address: str
    period: float
    """Seconds."""
    requests: int
    seconds: float
    """Of each period."""
    longest: float
    """Seconds of its longest request."""


@dataclass(frozen=True, slots=True)
class PeriodLoad:
    """What all devices together ask of their bus in one period."""

    period: float
    units: tuple[UnitLoad, ...]

    @property
    def requests(self) -> int:
        """In each period."""
        return sum(unit.requests for unit in self.units)

    @property
    def seconds(self) -> float:
        """Of each period."""
        return sum(unit.seconds for unit in self.units)

    @property
    def share(self) -> float:
        """Of the time of the bus; 1 is all of it."""
        return self.seconds / self.period


@dataclass(frozen=True, slots=True)
class BusLoad:
    """What the polls of all devices ask of their bus, shortest period first."""

    periods: tuple[PeriodLoad, ...]

    @property
    def share(self) -> float:
        """Of the time of the bus; it cannot serve more than 1."""
        return sum(period.share for period in self.periods)

    def longest(self, device: str) -> float:
        """Seconds of the longest request of ``device``."""
        return max((unit.longest for load in self.periods for unit in load.units if unit.device == device), default=0.0)


def bus_load(driver: Driver, devices: Iterable[Device]) -> BusLoad:
    """The load of ``devices`` on the wire of ``driver``, which is not open; raises what planning raises."""
    units: dict[float, list[UnitLoad]] = {}
    for device in devices:
        costs: dict[float, list[float]] = {}
        for request in driver.plan(device):
            costs.setdefault(device.period(request.poll), []).append(driver.occupies(request))
        for period, seconds in costs.items():
            load = UnitLoad(device.id, device.address, period, len(seconds), sum(seconds), max(seconds))
            units.setdefault(period, []).append(load)
    return BusLoad(tuple(PeriodLoad(period, tuple(units[period])) for period in sorted(units)))
