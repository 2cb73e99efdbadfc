"""Every template we ship is served by the emulator and read back by the driver of its protocol, value for value."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from config.plant import Link, Plant, Site, Uplink
from drivers.contract import Driver, Refused
from drivers.links import driver_for
from drivers.modbus.request import requests_of
from drivers.points import Instant, Quality, Reason, Value
from drivers.templates import Device, PointWrite, Table, Template, TemplatePoint, WordWrite
from emulators.device import emulated
from emulators.modbus.unit import ModbusUnit, sentinels_of
from emulators.physics import MODELS, Building
from emulators.plantroom import serve
from rules.engine.rulebook import Tasks
from tests.contract.template_values import rounds
from tests.shipped import library

TEMPLATES = library().templates
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


def _differences(template: Template, read: dict[str, tuple[Value | None, Quality]], unit: ModbusUnit) -> list[str]:
    return [
        f"{point.name}: {read[point.name]} is not {unit.values[point.name]}"
        for point in template.points
        if read[point.name][1] is not Quality.GOOD or not _close(point, read[point.name][0], unit.values[point.name])
    ]


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_physics_shows_every_point(name: str) -> None:
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


@asynccontextmanager
async def _served(template: Template, url: str, offset: int = 0) -> AsyncIterator[tuple[Device, ModbusUnit, Driver]]:
    """A device of ``template``, its emulated unit and an open driver."""
    device = Device("d", "bus", "1", template, timeout=5.0, offset=offset)
    async with serve(_plant(url, device)) as room:
        unit = room.devices["d"].unit
        assert isinstance(unit, ModbusUnit)
        room.devices["d"].model = None
        driver = driver_for(url, [device])
        await driver.open()
        yield device, unit, driver
        await driver.close()


@pytest.mark.parametrize("offset", [0, 7100])
@pytest.mark.parametrize("name", MODBUS)
async def test_what_is_served_is_read(name: str, offset: int, free_url: str) -> None:
    template = TEMPLATES[name].shifted(offset) if offset else TEMPLATES[name]
    async with _served(template, free_url, offset) as (device, unit, driver):
        for values in rounds(template):
            unit.values |= values
            assert _differences(template, await _read(driver, device), unit) == []


@pytest.mark.parametrize("name", MODBUS)
async def test_what_has_no_value_is_bad_and_nothing_else_is(name: str, free_url: str) -> None:
    template = TEMPLATES[name]
    async with _served(template, free_url) as (device, unit, driver):
        unit.values |= next(rounds(template))
        without = {point.name for point in template.points if sentinels_of(point)}
        unit.faults |= {f"bad:{point}" for point in without}
        readings = [
            reading
            for request in driver.plan(device)
            for reading in driver.decode(request, await driver.read(request), AT)
        ]
        bad = {reading.point.partition(".")[2]: reading.reason for reading in readings if reading.value is None}
        assert set(bad) == without | _dependent(template, without)
        assert set(bad.values()) <= {Reason.SENTINEL, Reason.SENSOR}


def _dependent(template: Template, without: set[str]) -> set[str]:
    return {point.name for point in template.points if point.modbus.needs in without}


@pytest.mark.parametrize("name", MODBUS)
async def test_an_exception_is_told(name: str, free_url: str) -> None:
    async with _served(TEMPLATES[name], free_url) as (device, unit, driver):
        unit.faults.add("exception:4")
        for request in driver.plan(device):
            with pytest.raises(Refused):
                await driver.read(request)


@pytest.mark.parametrize("name", MODBUS)
def test_the_plan_keeps_to_the_limits_of_the_device(name: str) -> None:
    template = TEMPLATES[name]
    requests = requests_of(Device("d", "bus", "1", template))
    for request in requests:
        block = request.block
        most = 2000 if block.table in (Table.COIL, Table.DISCRETE) else template.max_registers
        assert block.count <= most
        assert not any(block.address < place < block.end for table, place in template.barriers if table is block.table)
    read = [point for request in requests for point in request.points]
    assert sorted(read) == sorted(f"d.{point.name}" for point in template.points)


@pytest.mark.parametrize(
    ("name", "write"),
    [(name, write) for name in MODBUS for command in TEMPLATES[name].commands for write in command.writes],
)
def test_every_write_of_a_command_is_taken_over(name: str, write: WordWrite | PointWrite) -> None:
    unit = emulated("d", TEMPLATES[name], {}).unit
    assert isinstance(unit, ModbusUnit)
    assert isinstance(write, WordWrite)
    if write.table is Table.COIL:
        request = bytes([5]) + write.address.to_bytes(2, "big") + (b"\xff\0" if write.words[0] else b"\0\0")
        assert unit.answer(request) == request
        assert unit.writes[-1].words == write.words
        return
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
