"""A plant as the installer follows it: from equipment over roles to the point, device and link, and what is loose."""

from collections.abc import Iterable
from dataclasses import dataclass

from config.assembly.equipment import IMPLICIT
from config.plant import Link, Plant
from drivers.templates import Device, ModbusSource, TemplatePoint
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
    points = {f"{device.id}.{point.name}": point for device in plant.devices for point in device.template.points}
    written = [one for one in plant.equipment if one.cls not in IMPLICIT]
    used = {binding.point for one in written for binding in one.roles.values()}
    return Explained(
        plant.site.title,
        tuple(_equipment(one, plant.classes[one.cls], points) for one in written),
        tuple(_link(link, plant.devices, used) for link in plant.links),
    )


def _equipment(one: Equipment, cls: EquipmentClass, points: dict[str, TemplatePoint]) -> EquipmentLine:
    return EquipmentLine(one, cls, tuple(_role(role, one.roles.get(role.name), points) for role in cls.roles.values()))


def _role(role: Role, binding: Binding | None, points: dict[str, TemplatePoint]) -> RoleLine:
    if binding is None:
        return RoleLine(role)
    point = points[binding.point]
    return RoleLine(role, binding.point, place_of(point), point.unit.symbol)


def _link(link: Link, devices: Iterable[Device], used: set[str]) -> LinkLine:
    return LinkLine(link, tuple(_device(device, used) for device in devices if device.link == link.id))


def _device(device: Device, used: set[str]) -> DeviceLine:
    return DeviceLine(device, tuple(one for one in device.template.points if f"{device.id}.{one.name}" not in used))


def place_of(point: TemplatePoint) -> str:
    """Where ``point`` is in its device: table and address from 0, or the BACnet object."""
    source = point.source
    if isinstance(source, ModbusSource):
        return f"{source.table.value} {source.address}{_bits(source)}"
    property = "" if source.property == "present-value" else f" {source.property}"
    return f"{source.object_type} {source.instance}{property}"


def _bits(source: ModbusSource) -> str:
    if source.bit is None:
        return ""
    return f" bit {source.bit}" if source.width == 1 else f" bits {source.bit}-{source.bit + source.width - 1}"
