"""One device of one template, served alone: ``plantgate emulate --template``."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from drivers.links import LinkUrl, parse_link
from drivers.points import Value
from drivers.templates import Device, Template
from emulators.device import EmulatedDevice, emulated
from emulators.modbus_listen import AnyServer, server_for
from emulators.modbus_unit import Unit
from emulators.physics import Building
from emulators.plantroom import PlantRoom, Server, running
from emulators.script import ScriptError


@asynccontextmanager
async def serve_template(
    template: Template,
    listen_url: str,
    unit: int = 1,
    values: Mapping[str, Value] | None = None,
    faults: Iterable[str] = (),
    speed: float = 1.0,
) -> AsyncIterator[PlantRoom]:
    """Serve one device, called by the template's id, as ``unit``: a Modbus unit number or a BACnet instance.

    Raises LinkError, LinkDown, ScriptError, OSError.
    """
    link = parse_link(listen_url)
    if not link.scheme.startswith(template.protocol):
        raise ScriptError("emulate.wrong-link", template=template.id, protocol=template.protocol, url=listen_url)
    device, server = (_bacnet if template.protocol == "bacnet" else _modbus)(template, link, unit, dict(values or {}))
    # What was asked for on the command line stays: the physics moves only the rest.
    device.held |= values or {}
    for fault in faults:
        device.break_(fault)
    async with running(PlantRoom([device], speed), [server]) as room:
        room.links = [server.url] if isinstance(server, AnyServer) else []
        yield room


def _modbus(template: Template, link: LinkUrl, unit: int, values: dict[str, Value]) -> tuple[EmulatedDevice, Server]:
    device = emulated(template.id, template, values)
    modbus = device.unit
    if not isinstance(modbus, Unit):
        raise TypeError(modbus)
    return device, server_for(link, {unit: modbus})


def _bacnet(template: Template, link: LinkUrl, unit: int, values: dict[str, Value]) -> tuple[EmulatedDevice, Server]:
    # The package brings in its whole stack, which only those who need it shall pay for.
    from emulators.bacnet.device import emulated_bacnet

    device = Device(template.id, "", f"{link.host}:{link.port}/{unit}", template)
    return emulated_bacnet(device, values, Building())
