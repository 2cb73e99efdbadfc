"""A kind of device: its points, its commands, and how it wants to be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from drivers import points
from drivers.points import NO_UNIT, Effect, Kind, Reason, Unit, Value
from drivers.templates.source import Area, BacnetSource, ModbusSource, Place, Table


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
    effect: Effect | None = None
    """None: a template of a site, from before effects were declared; what it commands is not armed."""
    place: points.Place | None = field(default=None, compare=False)
    """Where it is written."""
    group: str = ""
    """What of the device it moves, where that moves without the rest; empty: the device as a whole."""


@dataclass(frozen=True, slots=True)
class Vector:
    """What registers mean by the manual: a value, or why there is none."""

    point: str
    words: tuple[int, ...]
    """In wire order; one bit of a bit table is 0 or 1."""
    value: Value | None
    reason: Reason = Reason.NONE
    given: Value | None = None
    """The value of the point that holds the scale or the decimals."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An equipment that a device is, as a whole or in part."""

    cls: str
    roles: Mapping[str, str] = field(default_factory=dict)
    """Role -> point, where they are not called the same."""
    commands: Mapping[str, str] = field(default_factory=dict)
    """Verb of the class -> command of the template, where they are not called the same."""

    def point(self, role: str) -> str:
        """The name of the point that plays ``role``."""
        return self.roles.get(role, role)

    def command(self, verb: str) -> str:
        """The name of the template's command that carries out ``verb``."""
        return self.commands.get(verb, verb)


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
    page: str = ""
    """Where in its source."""
    vectors: tuple[Vector, ...] = ()
    offers: tuple[Offer, ...] = ()
    """The equipment it is."""
    base: int = 0
    """Modbus: what its manual calls the first register, 0 or 1."""
    identity: tuple[TemplatePoint, ...] = ()
    """Modbus: registers that tell one device from another, and are no points."""
    _by_name: dict[str, TemplatePoint] = field(init=False, repr=False, compare=False)

    def command(self, name: str) -> TemplateCommand | None:
        """The command called ``name``, if there is one."""
        return next((command for command in self.commands if command.name == name), None)

    def shifted(self, offset: int) -> "Template":
        """The same template ``offset`` registers further on: one of several devices behind one Modbus unit."""
        points, identity = (
            tuple(replace(point, source=_shifted(point.modbus, offset)) for point in some)
            for some in (self.points, self.identity)
        )
        commands = tuple(
            replace(command, writes=tuple(_shifted_write(write, offset) for write in command.writes))
            for command in self.commands
        )
        barriers, holes = (_shifted_places(places, offset) for places in (self.barriers, self.holes))
        areas = frozenset(replace(area, address=area.address + offset) for area in self.areas)
        shifted = replace(self, points=points, identity=identity, commands=commands)
        return replace(shifted, barriers=barriers, holes=holes, areas=areas)

    def offer(self, cls: str) -> Offer:
        """How the device is an equipment of class ``cls``: as offered, else role by role under the same name."""
        offers = [offer for offer in self.offers if offer.cls == cls]
        return offers[0] if len(offers) == 1 else Offer(cls)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {point.name: point for point in reversed(self.points)})

    def point(self, name: str) -> TemplatePoint:
        """The point called ``name``; raises KeyError."""
        return self._by_name[name]


def _shifted(source: ModbusSource, offset: int) -> ModbusSource:
    return replace(source, address=source.address + offset)


def _shifted_places(places: frozenset[Place], offset: int) -> frozenset[Place]:
    return frozenset((table, address + offset) for table, address in places)


def _shifted_write(write: WordWrite | PointWrite, offset: int) -> WordWrite | PointWrite:
    return replace(write, address=write.address + offset) if isinstance(write, WordWrite) else write
