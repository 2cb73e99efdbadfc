"""A plant as the installer follows it: from equipment over roles to the point, device and link, and what is loose."""

from collections.abc import Iterable
from dataclasses import dataclass

from config.assembly.addresses import reference
from config.plant import IMPLICIT, Link, Plant
from drivers.templates import Device, ModbusSource, Template, TemplatePoint
from rules.model import Binding, Equipment, EquipmentClass, Role, Title


@dataclass(frozen=True, slots=True)
class RoleLine:
    """One role of an equipment and where its value comes from."""

    role: Role
    point: str = ""
    """``booster.level``; empty when nothing plays the role."""
    at: str = ""
    """Where the point is in its device, as in a template: ``holding 3 bit 4``, counted from 0."""
    unit: str = ""
    """Symbol of the unit the point itself has."""
    numbered: str = ""
    """Its place as its manual counts: ``holding 4 bit 4`` where that calls the first register 1."""
    reference: str = ""
    """Its place as a reference with the digit of its table: ``40004``; empty of a BACnet object."""
    wire: int | None = None
    """The address on the wire; None of a BACnet object."""


@dataclass(frozen=True, slots=True)
class EquipmentLine:
    """One equipment with every role of its class."""

    equipment: Equipment
    cls: EquipmentClass
    roles: tuple[RoleLine, ...]

    @property
    def loose(self) -> tuple[str, ...]:
        """Commands of the class that no device carries out here."""
        return tuple(name for name in self.cls.commands if name not in self.equipment.commands)


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One device and which of its points nobody uses."""

    device: Device
    loose: tuple[TemplatePoint, ...]


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One link and the devices on it, perhaps none."""

    link: Link
    devices: tuple[DeviceLine, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """The whole tree."""

    title: Title
    equipment: tuple[EquipmentLine, ...]
    links: tuple[LinkLine, ...]


def explain(plant: Plant) -> Explained:
    """The tree of ``plant``; equipment made by us for each device and link is left out."""
    points = {
        f"{device.id}.{one.name}": (one, device.template) for device in plant.devices for one in device.template.points
    }
    written = [one for one in plant.equipment if one.cls not in IMPLICIT]
    used = {binding.point for one in written for binding in one.roles.values()}
    return Explained(
        plant.site.title,
        tuple(_equipment(one, plant.classes[one.cls], points) for one in written),
        tuple(_link(link, plant.devices, used) for link in plant.links),
    )


Points = dict[str, tuple[TemplatePoint, Template]]
"""``device.point`` -> the point, and the template that it is of."""


def _equipment(one: Equipment, cls: EquipmentClass, points: Points) -> EquipmentLine:
    return EquipmentLine(one, cls, tuple(_role(role, one.roles.get(role.name), points) for role in cls.roles.values()))


def _role(role: Role, binding: Binding | None, points: Points) -> RoleLine:
    if binding is None:
        return RoleLine(role)
    point, template = points[binding.point]
    at, unit, source = place_of(point), point.unit.symbol, point.source
    if not isinstance(source, ModbusSource):
        return RoleLine(role, binding.point, at, unit, at)
    numbered, known = place_of(point, template.base), reference(source.table, source.address)
    return RoleLine(role, binding.point, at, unit, numbered, known, source.address)


def _link(link: Link, devices: Iterable[Device], used: set[str]) -> LinkLine:
    return LinkLine(link, tuple(_device(device, used) for device in devices if device.link == link.id))


def _device(device: Device, used: set[str]) -> DeviceLine:
    return DeviceLine(device, tuple(one for one in device.template.points if f"{device.id}.{one.name}" not in used))


def place_of(point: TemplatePoint, base: int = 0) -> str:
    """Where ``point`` is in its device: table and address, the first called ``base``, or the BACnet object."""
    source = point.source
    if isinstance(source, ModbusSource):
        return f"{source.table.value} {source.address + base}{_bits(source)}"
    property = "" if source.property == "present-value" else f" {source.property}"
    return f"{source.object_type} {source.instance}{property}"


def _bits(source: ModbusSource) -> str:
    if source.bit is None:
        return ""
    return f" bit {source.bit}" if source.width == 1 else f" bits {source.bit}-{source.bit + source.width - 1}"
