"""What strangers, lost routes and odd values on a BACnet wire may not do: end the port, or spoil a neighbour."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from drivers.bacnet.driver import BacnetDriver
from drivers.contract import NoAnswer
from drivers.points import Kind, Quality, Reason
from drivers.templates import Device, Template
from emulators.bacnet import BacnetServer, BacnetUnit
from tests.unit.drivers.bacnet.bench import AT, point, read_all

TEMPLATE = Template(
    "odd",
    {},
    "bacnet",
    (
        point("supply", Kind.ANALOG, "analog-input"),
        point("setpoint", Kind.ANALOG, "analog-value", 7),
        point("label", Kind.TEXT, "analog-input", property="object-name"),
    ),
)
NOWHERE = ("203.0.113.9", 47808)
"""TEST-NET-3: a socket on loopback has no way there, as a site has none whose default route is missing."""
READ = bytes.fromhex("0104" + "0005010c" + "0c00000001" + "1955")


@pytest.fixture
async def unit() -> BacnetUnit:
    return BacnetUnit(TEMPLATE, 2012, values={"supply": 21.5, "setpoint": 20.0, "label": "Supply"})


@pytest.fixture
async def device(unit: BacnetUnit) -> AsyncIterator[Device]:
    async with BacnetServer([unit]) as server:
        yield Device("d", "net", server.address(2012), TEMPLATE, 0.5)


@pytest.fixture
async def driver(device: Device) -> AsyncIterator[BacnetDriver]:
    made = BacnetDriver(("127.0.0.1", 0), [device, Device("away", "net", f"{NOWHERE[0]}/9", TEMPLATE, 0.5)])
    await made.open()
    yield made
    await made.close()


def _forwarded(origin: tuple[str, int]) -> bytes:
    """A confirmed request that claims to come from ``origin`` (Annex J.2.5)."""
    address = socket.inet_aton(origin[0]) + origin[1].to_bytes(2, "big")
    return b"\x81\x04" + (4 + len(address) + len(READ)).to_bytes(2, "big") + address + READ


async def _all_good(driver: BacnetDriver, device: Device) -> bool:
    return {reading.quality for reading in await read_all(driver, device)} == {Quality.GOOD}


@pytest.mark.parametrize("origin", [NOWHERE, ("255.255.255.255", 0), ("224.0.0.9", 1), ("127.0.0.1", 0)])
@pytest.mark.parametrize("hurt", ["gateway", "emulator"])
async def test_a_spoofed_forwarded_request_ends_no_port(
    driver: BacnetDriver, device: Device, origin: tuple[str, int], hurt: str
) -> None:
    assert driver.endpoint is not None
    host, _, port = device.address.partition("/")[0].partition(":")
    place = driver.endpoint.place if hurt == "gateway" else (host, int(port))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(3):
            stranger.sendto(_forwarded(origin), place)
    await asyncio.sleep(0.05)
    assert await _all_good(driver, device)


async def test_a_device_without_a_route_is_silent_and_costs_the_others_nothing(
    driver: BacnetDriver, device: Device
) -> None:
    away = Device("away", "net", f"{NOWHERE[0]}/9", TEMPLATE, 0.5)
    with pytest.raises(NoAnswer) as caught:
        await driver.read(driver.plan(away)[0])
    assert caught.value.code == "bacnet.no-route"
    assert await _all_good(driver, device)


@pytest.mark.parametrize("service", ["read-many", "no-rpm"])
async def test_a_text_in_another_encoding_spoils_itself_alone(
    driver: BacnetDriver, device: Device, unit: BacnetUnit, service: str
) -> None:
    unit.faults |= {"latin-1:label", service}
    readings = {reading.point: reading for reading in await read_all(driver, device)}
    assert readings["d.label"][1:] == (None, Quality.BAD, Reason.DECODE, AT)
    assert [readings[f"d.{name}"].value for name in ("supply", "setpoint")] == [21.5, 20.0]
