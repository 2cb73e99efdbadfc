"""What a device template says: its points, where each is on the wire and how it is coded. Data only.

``config.assembly.template`` builds these from YAML; drivers and emulators read them.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from drivers.points import NO_UNIT, Kind, Point, Unit, Value

PERIODS = {"fast": 1.0, "normal": 10.0, "slow": 300.0}
"""Seconds of each poll class where a device does not set its own."""


class Table(StrEnum):
    """The four Modbus address spaces (Modbus Application Protocol V1.1b3, §4.3)."""

    COIL = "coil"
    DISCRETE = "discrete"
    INPUT = "input"
    HOLDING = "holding"


Place = tuple[Table, int]
"""One address of one table, zero-based."""


class WordOrder(StrEnum):
    """Which register of a 32-bit value comes first."""

    BIG = "big"
    LITTLE = "little"


@dataclass(frozen=True, slots=True)
class ModbusSource:
    """Where a value lies in a Modbus device and how it is coded."""

    table: Table
    address: int
    """Zero-based, as on the wire."""
    type: str = "u16"
    """``bit`` (coil, discrete or one ``bit`` of a register), ``u16``, ``i16``, ``u32``, ``i32``, ``f32``."""
    bit: int | None = None
    """Bit of a register, 0 = least significant."""
    word_order: WordOrder = WordOrder.BIG
    scale: float = 1.0
    offset: float = 0.0
    """value = raw * scale + offset"""
    invalid: tuple[int, ...] = ()
    """Raw values that mean "not available" (sentinels), as unsigned integers of the value's width."""
    states: tuple[tuple[int, str], ...] = ()
    """Raw number -> name of an enum."""

    @property
    def words(self) -> int:
        """How many registers (or bits, in a bit table) the value occupies."""
        return 2 if self.type in ("u32", "i32", "f32") else 1


@dataclass(frozen=True, slots=True)
class BacnetSource:
    """One property of one object of a BACnet device, and how its number becomes a value."""

    object_type: str
    """Such as ``analog-input``, or the number of a proprietary type."""
    instance: int
    property: str = "present-value"
    """Name or number, with an array index where it has one: ``car-door-status[1]``."""
    scale: float = 1.0
    offset: float = 0.0
    """value = raw * scale + offset"""
    states: tuple[tuple[int, str], ...] = ()
    """Raw number -> name of an enum."""
    priority: int = 10
    """Where writes go in the priority array, 1 (highest) to 16; 10 leaves 8 to the operators (clause 19.2)."""


@dataclass(frozen=True, slots=True)
class TemplatePoint:
    """One value a device of this template offers."""

    name: str
    title: dict[str, str]
    """``zh`` and ``en``."""
    kind: Kind
    source: ModbusSource | BacnetSource
    unit: Unit = NO_UNIT
    low: float | None = None
    high: float | None = None
    states: tuple[str, ...] = ()
    poll: str = "normal"
    """Poll class: fast, normal or slow."""

    @property
    def modbus(self) -> ModbusSource:
        """The source, of a point of a Modbus template; raises TypeError for any other."""
        if not isinstance(self.source, ModbusSource):
            raise TypeError(self.source)
        return self.source

    @property
    def bacnet(self) -> BacnetSource:
        """The source, of a point of a BACnet template; raises TypeError for any other."""
        if not isinstance(self.source, BacnetSource):
            raise TypeError(self.source)
        return self.source


@dataclass(frozen=True, slots=True)
class WordWrite:
    """Holding registers to be written in one request (FC 16), beside any point."""

    address: int
    """Zero-based, as on the wire."""
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PointWrite:
    """One value to be written to one point of the device."""

    point: str
    """Its name in the template."""
    value: Value | None
    """None relinquishes (BACnet)."""
    priority: int | None = None
    """BACnet; None: the priority of the point's source."""


@dataclass(frozen=True, slots=True)
class TemplateCommand:
    """A verb of the device: what is written, in this order, when it is given."""

    name: str
    title: dict[str, str]
    writes: tuple[WordWrite | PointWrite, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of device."""

    id: str
    title: dict[str, str]
    protocol: str
    points: tuple[TemplatePoint, ...]
    source: str = ""
    """The manual or public source the map was taken from."""
    verified: str = "partial"
    """manual, source or partial."""
    max_registers: int = 125
    """Most registers one request may ask (Modbus: 125 by the standard, less on many devices)."""
    max_gap: int = 0
    """Most unused registers a request may read across."""
    commands: tuple[TemplateCommand, ...] = ()
    barriers: frozenset[Place] = frozenset()
    """First addresses of areas that no request may enter from below: the device answers across the border wrongly."""
    holes: frozenset[Place] = frozenset()
    """Addresses without a point that no request may read across, whatever ``max_gap`` says."""

    def command(self, name: str) -> TemplateCommand | None:
        """The command called ``name``, if there is one."""
        return next((command for command in self.commands if command.name == name), None)

    def shifted(self, offset: int) -> "Template":
        """The same template ``offset`` registers further on: one of several devices behind one Modbus unit."""
        points = tuple(replace(point, source=_shifted(point.modbus, offset)) for point in self.points)
        commands = tuple(
            replace(command, writes=tuple(_shifted_write(write, offset) for write in command.writes))
            for command in self.commands
        )
        barriers, holes = (_shifted_places(places, offset) for places in (self.barriers, self.holes))
        return replace(self, points=points, commands=commands, barriers=barriers, holes=holes)


@dataclass(frozen=True, slots=True)
class Device:
    """A unit on a link, made from a template."""

    id: str
    link: str
    address: str
    """Unit number on Modbus, ``host:port/device-instance`` on BACnet."""
    template: Template
    """Its addresses are those of this device: ``offset`` is already in them."""
    timeout: float = 1.0
    """Total seconds one request may take."""
    polls: dict[str, float] = field(default_factory=dict)
    """Poll class -> period in seconds."""
    offset: int = 0
    """Modbus: how many registers after the template's own addresses this device lies."""

    def period(self, poll: str) -> float:
        """Seconds of the poll class ``poll``; raises KeyError for any other."""
        return self.polls.get(poll, PERIODS[poll])

    def point(self, name: str) -> Point:
        """The point of this device called ``name``; raises KeyError."""
        for candidate in self.template.points:
            if candidate.name == name:
                return self._point(candidate)
        raise KeyError(name)

    def all_points(self) -> tuple[Point, ...]:
        """Every point of this device."""
        return tuple(self._point(candidate) for candidate in self.template.points)

    def _point(self, source: TemplatePoint) -> Point:
        return Point(f"{self.id}.{source.name}", source.kind, source.unit, source.low, source.high, source.states)


def _shifted(source: ModbusSource, offset: int) -> ModbusSource:
    return replace(source, address=source.address + offset)


def _shifted_places(places: frozenset[Place], offset: int) -> frozenset[Place]:
    return frozenset((table, address + offset) for table, address in places)


def _shifted_write(write: WordWrite | PointWrite, offset: int) -> WordWrite | PointWrite:
    return replace(write, address=write.address + offset) if isinstance(write, WordWrite) else write
