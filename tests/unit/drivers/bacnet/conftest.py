"""Two emulated BACnet devices and a driver for them, on loopback."""

from collections.abc import AsyncIterator

import pytest

from drivers.bacnet.driver import BacnetDriver
from drivers.points import Reading
from drivers.templates import Device
from emulators.bacnet import BacnetServer, BacnetUnit
from tests.unit.drivers.bacnet.bench import TEMPLATE, VALUES, Poll, read_all


@pytest.fixture
def units() -> list[BacnetUnit]:
    return [BacnetUnit(TEMPLATE, instance, f"ahu-{instance}", dict(VALUES)) for instance in (2001, 2002)]


@pytest.fixture
async def server(units: list[BacnetUnit]) -> AsyncIterator[BacnetServer]:
    async with BacnetServer(units) as running:
        yield running


@pytest.fixture
def devices(server: BacnetServer) -> list[Device]:
    return [Device(f"d{n}", "bacnet", server.address(n), TEMPLATE, timeout=1.0) for n in server.units]


@pytest.fixture
async def driver(devices: list[Device]) -> AsyncIterator[BacnetDriver]:
    made = BacnetDriver(("127.0.0.1", 0), devices)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def poll(driver: BacnetDriver) -> Poll:
    async def all_of(device: Device) -> dict[str, Reading]:
        readings = await read_all(driver, device)
        return {reading.point.removeprefix(f"{device.id}."): reading for reading in readings}

    return all_of
