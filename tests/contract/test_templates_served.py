"""Every template we ship is served by the emulator and read back by the driver of its protocol, value for value."""

import socket
from pathlib import Path

import pytest

from config.library import load_library
from config.plant import Link, Plant, Site, Uplink
from drivers.contract import Driver
from drivers.links import driver_for
from drivers.points import Instant, Quality, Value
from drivers.templates import Device, PointWrite, Template, TemplatePoint, WordWrite
from emulators.device import emulated
from emulators.modbus_unit import Unit
from emulators.physics import MODELS, Building
from emulators.plantroom import PlantRoom, serve
from rules.rulebook import Tasks

TEMPLATES = load_library().templates
AT = Instant("boot", 0.0, 0.0)
MODBUS = sorted(name for name, template in TEMPLATES.items() if template.protocol == "modbus")


@pytest.fixture
def free_url() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"modbus-tcp://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def free_udp() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _plant(url: str, *devices: Device) -> Plant:
    site, uplink = Site("s", {}), Uplink("mqtt://127.0.0.1:1")
    return Plant(Path(), site, "gw", uplink, (Link("bus", url),), devices, {}, (), (), Tasks())


async def _read(driver: Driver, device: Device) -> dict[str, tuple[Value | None, Quality]]:
    values: dict[str, tuple[Value | None, Quality]] = {}
    for request in driver.plan(device):
        for reading in driver.decode(request, await driver.read(request), AT):
            values[reading.point.partition(".")[2]] = (reading.value, reading.quality)
    return values


def _close(point: TemplatePoint, read: Value | None, shown: Value) -> bool:
    if isinstance(shown, str | bool) or read is None or isinstance(read, str):
        return read == shown
    return read == pytest.approx(shown, abs=point.modbus.scale, rel=1e-6)


def _differences(template: Template, read: dict[str, tuple[Value | None, Quality]], room: PlantRoom) -> list[str]:
    shown = room.devices["d"].unit.values
    return [
        f"{point.name}: {read[point.name]} is not {shown[point.name]}"
        for point in template.points
        if read[point.name][1] is not Quality.GOOD or not _close(point, read[point.name][0], shown[point.name])
    ]


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_every_template_has_physics_that_shows_every_point(name: str) -> None:
    values = MODELS[name](Building()).step(1.0)
    assert {point.name for point in TEMPLATES[name].points} - {"inhibit", "hard_inhibit"} <= {*values, *_QUIET}


_QUIET = {
    "circuit_failure",
    "function_test_delayed",
    "duration_test_delayed",
    "extended_emergency_mode",
    "hard_switch",
}
"""What the emulated luminaire never does."""


@pytest.mark.parametrize("offset", [0, 7100])
@pytest.mark.parametrize("name", MODBUS)
async def test_what_is_served_is_read(name: str, offset: int, free_url: str) -> None:
    template = TEMPLATES[name].shifted(offset) if offset else TEMPLATES[name]
    device = Device("d", "bus", "1", template, offset=offset)
    async with serve(_plant(free_url, device)) as room:
        room.devices["d"].unit.values |= {
            point.name: False for point in template.points if point.name not in room.devices["d"].unit.values
        }
        driver = driver_for(free_url, [device])
        await driver.open()
        read = await _read(driver, device)
        await driver.close()
        assert _differences(template, read, room) == []


@pytest.mark.parametrize(
    ("name", "write"),
    [(name, write) for name in MODBUS for command in TEMPLATES[name].commands for write in command.writes],
)
def test_every_write_of_a_command_is_taken_over(name: str, write: WordWrite | PointWrite) -> None:
    unit = emulated("d", TEMPLATES[name], {}).unit
    assert isinstance(unit, Unit)
    assert isinstance(write, WordWrite)
    data = b"".join(word.to_bytes(2, "big") for word in write.words)
    head = bytes([16]) + write.address.to_bytes(2, "big") + len(write.words).to_bytes(2, "big")
    assert unit.answer(head + bytes([len(data)]) + data) == head
    assert unit.writes[-1].words == write.words


@pytest.mark.parametrize("name", sorted(set(TEMPLATES) - set(MODBUS)))
async def test_what_is_served_over_bacnet_is_read(name: str, free_udp: int) -> None:
    device = Device("d", "bus", f"127.0.0.1:{free_udp}/2001", TEMPLATES[name])
    async with serve(_plant("bacnet://127.0.0.1:0", device)) as room:
        driver = driver_for("bacnet://127.0.0.1:0", [device])
        await driver.open()
        read = await _read(driver, device)
        await driver.close()
    shown = room.devices["d"].unit.values
    assert {point: value for point, (value, _) in read.items()} == {point: shown[point] for point in read}
    assert len(read) == len(TEMPLATES[name].points)
