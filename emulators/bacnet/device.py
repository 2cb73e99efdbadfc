"""An emulated BACnet device with its physics, as one of the devices of a plant room."""

from dataclasses import asdict

from drivers.bacnet.address import parse_address
from drivers.points import Value
from drivers.templates import Device
from emulators.bacnet.faults import LIES, REFUSALS
from emulators.bacnet.server import BacnetServer
from emulators.bacnet.unit import BacnetUnit
from emulators.device import EmulatedDevice, WireFaults, model_of, started
from emulators.physics import Building


def emulated_bacnet(
    device: Device, values: dict[str, Value], building: Building
) -> tuple[EmulatedDevice, BacnetServer]:
    """The device and what serves it at its address; raises BacnetAddressError, ScriptError."""
    address = parse_address(device.address)
    unit = BacnetUnit(device.template, address.instance, device.id)
    names = [*sorted(LIES), *sorted(REFUSALS), *unit.point_faults()]
    faults = WireFaults(names, lambda fault: fault in names or fault.partition(":")[0] in REFUSALS)
    made = EmulatedDevice(device.id, unit, faults, model_of(device.template, building))
    unit.on_write = lambda written: made.written(asdict(written))
    return started(made, values), BacnetServer([unit], address.host, address.port)
