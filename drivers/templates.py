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


@dataclass(frozen=True, slots=True)
class Area:
    """Addresses that a device answers as a whole only, and not together with any other."""

    table: Table
    address: int
    """Zero-based, as on the wire."""
    count: int

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self.count

    def holds(self, table: Table, address: int) -> bool:
        """Whether ``address`` lies in it."""
        return table is self.table and self.address <= address < self.end


class WordOrder(StrEnum):
    """Which register of a value of several comes first."""

    BIG = "big"
    LITTLE = "little"


class ByteOrder(StrEnum):
    """Which byte of a register comes first; ``big`` by the standard (§4.2), ``little`` on devices that err."""

    BIG = "big"
    LITTLE = "little"


class Coding(StrEnum):
    """How a value is coded on the wire."""

    BIT = "bit"
    """Of a bit table, or one or more bits of a register."""
    U16 = "u16"
    I16 = "i16"
    U32 = "u32"
    I32 = "i32"
    U64 = "u64"
    I64 = "i64"
    F32 = "f32"
    F64 = "f64"
    BCD16 = "bcd16"
    """Four decimal digits, four bits each."""
    BCD32 = "bcd32"
    TEXT = "text"
    """ASCII, two characters a register."""


REGISTERS: dict[str, int] = {
    Coding.BIT: 1,
    Coding.U16: 1,
    Coding.I16: 1,
    Coding.U32: 2,
    Coding.I32: 2,
    Coding.U64: 4,
    Coding.I64: 4,
    Coding.F32: 2,
    Coding.F64: 4,
    Coding.BCD16: 1,
    Coding.BCD32: 2,
    Coding.TEXT: 1,
}
"""Coding -> registers of one value; a text has as many as its source says."""

RawSet = tuple[int | range, ...]
"""Raw values, single ones and spans."""


@dataclass(frozen=True, slots=True)
class ModbusSource:
    """Where a value lies in a Modbus device and how it is coded."""

    table: Table
    address: int
    """Zero-based, as on the wire."""
    type: str = "u16"
    """A ``Coding``."""
    bit: int | None = None
    """The lowest bit of its register that is its own, 0 = least significant; None: every bit is."""
    word_order: WordOrder = WordOrder.BIG
    scale: float = 1.0
    offset: float = 0.0
    """value = raw * scale + offset"""
    invalid: RawSet = ()
    """Raw values that mean "not available" (sentinels), as unsigned integers of the value's width."""
    states: tuple[tuple[int, str], ...] = ()
    """Raw number -> name of an enum."""
    width: int = 1
    """How many bits from ``bit`` on are its own."""
    length: int = 1
    """How many registers a text has."""
    byte_order: ByteOrder = ByteOrder.BIG
    scale_from: str = ""
    """The point of the same device whose value multiplies this one."""
    decimals_from: str = ""
    """The point of the same device that tells how many decimal places this one has."""
    sensor_fault: RawSet = ()
    """Raw values that mean "the sensor has failed"."""
    invalid_register: RawSet = ()
    """Of a bit field: values of its whole register that mean "not available"."""

    @property
    def words(self) -> int:
        """How many registers (or bits, in a bit table) the value occupies."""
        return REGISTERS[self.type] * self.length

    @property
    def largest(self) -> int:
        """The largest raw number of the value's width."""
        if self.type == Coding.BIT:
            return (1 << self.width) - 1
        return (1 << 16 * self.words) - 1

    @property
    def needs(self) -> str:
        """The point of the same device without which the value means nothing; empty: none."""
        return self.scale_from or self.decimals_from


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
    """Holding registers to be written in one request (FC 16), or one coil (FC 05), beside any point."""

    address: int
    """Zero-based, as on the wire."""
    words: tuple[int, ...]
    table: Table = Table.HOLDING


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
    areas: frozenset[Area] = frozenset()
    """What is read as a whole and by itself, or not at all."""

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
        areas = frozenset(replace(area, address=area.address + offset) for area in self.areas)
        return replace(self, points=points, commands=commands, barriers=barriers, holes=holes, areas=areas)

    def point(self, name: str) -> TemplatePoint:
        """The point called ``name``; raises KeyError."""
        for candidate in self.points:
            if candidate.name == name:
                return candidate
        raise KeyError(name)


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
        return self._point(self.template.point(name))

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
