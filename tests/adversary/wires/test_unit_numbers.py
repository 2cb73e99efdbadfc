"""Devices whose address no line has: units 0 and 255 of Modbus TCP, and a BACnet device without a number."""

import asyncio
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest

from agent.cli import parse
from agent.cli.commands import export, read, scan
from agent.cli.shell.console import Console
from config.errors import ConfigError
from config.site import load_site
from drivers.bacnet.names import NO_INSTANCE
from drivers.bacnet.scan import scan as who_is_there
from drivers.links import LinkUrl, driver_for, parse_link
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.options import endpoint_of
from drivers.modbus.units import UnitNumberError
from drivers.points import Kind, Quality
from drivers.templates import BacnetSource, Device, Template, TemplatePoint
from emulators.bacnet import BacnetServer, BacnetUnit
from emulators.modbus.framing import RtuRequests
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit
from runtime.errors import UsageError
from tests.shipped import library
from tests.unit.agent.cli.looking import TEXTS, looked
from tests.unit.config.conftest import PLANT
from tests.unit.drivers.bacnet.bench import AT

AHU = Template("ahu", {}, "bacnet", (TemplatePoint("level", {}, Kind.ANALOG, BacnetSource("analog-input", 1)),))
LINES = ("modbus-rtu:///dev/ttyUSB0", "modbus-rtu-tcp://127.0.0.1:4001")
NETWORKS = ("modbus-tcp://127.0.0.1:502", "modbus-tls://127.0.0.1:802", "modbus-udp://127.0.0.1:502")


@pytest.fixture(params=[0, 255])
def number(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
async def url(number: int) -> AsyncIterator[str]:
    """A device that is there under one of the numbers of the device itself only."""
    async with ModbusServer({number: ModbusUnit(library().templates["booster-set"], {"level": 25.0})}) as server:
        yield server.url


async def test_it_is_read(url: str, number: int) -> None:
    code, (shown,) = await looked(read, url, "--unit", str(number), "--holding", "0", "--timeout", "1 s")
    assert (code, shown["quality"]) == (0, "good")


async def test_it_is_found_when_it_is_asked_for(url: str, number: int) -> None:
    code, (unit,) = await looked(scan, url, "--units", "0,255", "--template", "booster-set", "--timeout", "100 ms")
    assert (code, unit["unit"]) == (0, number)


async def test_it_is_found_where_nobody_else_is(url: str, number: int) -> None:
    code, (unit,) = await looked(scan, url, "--template", "booster-set", "--timeout", "10 ms")
    assert (code, unit["unit"]) == (0, number)


async def test_it_is_recorded(url: str, number: int, tmp_path: Path) -> None:
    out = tmp_path / "recorded.txt"
    code, _ = await looked(export, url, "--unit", str(number), "--template", "booster-set", "--out", str(out))
    assert (code, out.exists()) == (0, True)


async def test_it_is_polled(url: str, number: int) -> None:
    device = Device("d", "l", str(number), library().templates["booster-set"], 1.0)
    driver = driver_for(url, [device])
    await driver.open()
    answers = [(request, await driver.read(request)) for request in driver.plan(device)]
    await driver.close()
    readings = [reading for request, answer in answers for reading in driver.decode(request, answer, AT)]
    assert {reading.quality for reading in readings} == {Quality.GOOD}


def findings(directory: Path, link: str, unit: int) -> list[str]:
    """What is wrong with a plant that has the device ``unit`` on ``link``."""
    text = PLANT.replace("modbus-tcp://127.0.0.1:5020", link).replace("unit: 1,", f"unit: {unit},")
    (directory / "plant.yaml").write_text(text, encoding="utf-8")
    try:
        load_site(directory)
    except ConfigError as error:
        return [finding.code for finding in error.findings]
    return []


@pytest.mark.parametrize("link", NETWORKS)
@pytest.mark.parametrize("unit", [0, 1, 247, 248, 255])
def test_a_plant_has_it_on_a_network(tmp_path: Path, link: str, unit: int) -> None:
    assert findings(tmp_path, link, unit) == []


@pytest.mark.parametrize("link", LINES)
@pytest.mark.parametrize(("unit", "codes"), [(0, ["plant.unit"]), (1, []), (247, []), (248, ["plant.unit"])])
def test_a_plant_does_not_have_it_on_a_line(tmp_path: Path, link: str, unit: int, codes: list[str]) -> None:
    assert findings(tmp_path, link, unit) == codes


@pytest.mark.parametrize("link", LINES)
@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (read, ["--unit", "0", "--holding", "0"]),
        (read, ["--unit", "255", "--holding", "0"]),
        (scan, ["--units", "0,255"]),
        (export, ["--unit", "0", "--template", "booster-set"]),
    ],
)
async def test_nobody_speaks_to_all_at_once_on_a_line(link: str, command: ModuleType, arguments: list[str]) -> None:
    with pytest.raises(UsageError, match=r"usage\.numbers"):
        await looked(command, link, *arguments)


@pytest.mark.parametrize("unit", [0, 248, 255])
async def test_a_request_through_the_gateway_does_not_either(unit: int) -> None:
    async with ModbusServer({}, scheme="modbus-rtu-tcp", framing=RtuRequests) as server:
        driver = ModbusDriver(endpoint_of(parse_link(server.url)), [])
        await driver.open()
        with pytest.raises(UnitNumberError):
            await driver.ask(unit, bytes([3, 0, 0, 0, 1]), lambda answer: answer, 0.1)
        await driver.close()


@pytest.mark.parametrize(("instance", "hint"), [(NO_INSTANCE, True), (7, False)])
async def test_a_device_without_an_instance_is_told_as_such(instance: int, hint: bool) -> None:
    async with BacnetServer([BacnetUnit(AHU, instance, "new")]) as server:
        place = server.address(instance).partition("/")[0]
        options = parse(["scan", f"bacnet://{place}", "--timeout", "1 s"], TEXTS)
        out = StringIO()
        code = await asyncio.to_thread(scan.run, options, Console(TEXTS, out=out))
    assert (code, TEXTS.text("scan.no-instance") in out.getvalue()) == (0, hint)
    assert f"{place}/{instance}" in out.getvalue()


def _place(address: str) -> tuple[str, int]:
    host, _, port = address.partition("/")[0].partition(":")
    return host, int(port)


async def test_nor_does_it_end_the_scan_for_the_next() -> None:
    async with BacnetServer([BacnetUnit(AHU, NO_INSTANCE, "new"), BacnetUnit(AHU, 7, "ahu-7")]) as server:
        places = [_place(server.address(instance)) for instance in (NO_INSTANCE, 7)]
        seen = {device.instance async for device in who_is_there(LinkUrl("bacnet", "127.0.0.1", 0), places)}
    assert seen == {7, NO_INSTANCE}
