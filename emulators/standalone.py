"""Devices of one template, served without a site: ``plantgate emulate --template``."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from drivers.links import LinkUrl, parse_link
from drivers.points import Value
from drivers.templates import Device, Template
from emulators.device import EmulatedDevice, emulated
from emulators.modbus.listen import AnyServer, lies_on, server_for
from emulators.modbus.unit import ModbusUnit
from emulators.physics import Building
from emulators.plantroom import PlantRoom, Server, running
from emulators.script import ScriptError


@asynccontextmanager
async def serve_template(
    template: Template,
    listen_url: str,
    units: Sequence[int] = (1,),
    values: Mapping[str, Value] | None = None,
    faults: Iterable[str] = (),
    speed: float = 1.0,
) -> AsyncIterator[PlantRoom]:
    """Serve one device or several on one link; a unit is a Modbus unit number or a BACnet instance.

    One is called by the template's id, several have their unit behind it. Raises LinkError, LinkDown, ScriptError,
    OSError.
    """
    link = parse_link(listen_url)
    if not link.scheme.startswith(template.protocol):
        raise ScriptError("emulate.wrong-link", template=template.id, protocol=template.protocol, url=listen_url)
    names = {unit: template.id if len(units) == 1 else f"{template.id}-{unit}" for unit in units}
    served = (_bacnet if template.protocol == "bacnet" else _modbus)(template, link, names, dict(values or {}))
    for device in served.devices:
        # What was asked for on the command line stays: the physics moves only the rest.
        device.held |= values or {}
        for fault in faults:
            device.break_(fault)
    async with running(PlantRoom(served.devices, speed), [served.server]) as room:
        room.links = [served.server.url] if isinstance(served.server, AnyServer) else []
        yield room


@dataclass(frozen=True, slots=True)
class _Served:
    """Devices and what serves them."""

    devices: list[EmulatedDevice]
    server: Server


def _modbus(template: Template, link: LinkUrl, names: Mapping[int, str], values: dict[str, Value]) -> _Served:
    devices, units = [], {}
    for number, name in names.items():
        device = emulated(name, template, values, lies=lies_on(link))
        if not isinstance(device.unit, ModbusUnit):
            raise TypeError(device.unit)
        devices.append(device)
        units[number] = device.unit
    return _Served(devices, server_for(link, units))


def _bacnet(template: Template, link: LinkUrl, names: Mapping[int, str], values: dict[str, Value]) -> _Served:
    # The package brings in its whole stack, which only those who need it shall pay for.
    from emulators.bacnet.device import emulated_bacnet

    if len(names) > 1:
        raise ScriptError("emulate.one-instance", template=template.id)
    ((instance, name),) = names.items()
    device, server = emulated_bacnet(
        Device(name, "", f"{link.host}:{link.port}/{instance}", template), values, Building()
    )
    return _Served([device], server)
