"""``plantgate scan`` over loopback: who is there, and that nobody is a finding."""

from io import StringIO

import pytest

from agent.cli.commands import scan
from agent.cli.shell.console import Console
from agent.cli.shell.found import FoundDevice, found_lines
from agent.cli.shell.progress import Progress
from agent.cli.shell.usage import numbers
from config.catalogue import Catalogue
from drivers.links import LinkError
from drivers.points import Kind
from drivers.template_match import Candidate
from drivers.templates import BacnetSource, Template, TemplatePoint
from emulators.bacnet import BacnetServer, BacnetUnit
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit
from runtime.errors import UsageError
from tests.shipped import library
from tests.unit.agent.cli.looking import looked
from tests.unit.drivers.modbus.test_scan import EveryNumber

AHU = Template("ahu", {}, "bacnet", (TemplatePoint("level", {}, Kind.ANALOG, BacnetSource("analog-input", 1)),))


async def test_a_device_says_who_it_is() -> None:
    async with BacnetServer([BacnetUnit(AHU, 7, "ahu-7")]) as server:
        address = server.address(7)
        code, (device,) = await looked(scan, f"bacnet://{address.partition('/')[0]}", "--timeout", "1 s")
    assert (code, device["instance"], device["address"], device["name"]) == (0, 7, address, "ahu-7")
    assert (device["vendor"], device["model"]) == (999, "ahu")


async def test_nobody_there_is_a_finding() -> None:
    async with BacnetServer([BacnetUnit(AHU, 7, faults={"silent"})]) as server:
        url = f"bacnet://{server.address(7).partition('/')[0]}"
        assert await looked(scan, url, "--timeout", "50 ms") == (1, [])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["bacnet://switchboard"], "scan.target"),
        (["bacnet://127.0.0.1", "--units", "1"], "read.foreign"),
        (["modbus-rtu-tcp://127.0.0.1:9", "--units", "0-3"], "usage.numbers"),
        (["modbus-tcp://127.0.0.1:9", "--units", "255-256"], "usage.numbers"),
        (["modbus-tcp://127.0.0.1:9", "--units", "3-1"], "usage.numbers"),
        (["modbus-tcp://127.0.0.1:9", "--units", "one"], "usage.numbers"),
        (["modbus-tcp://127.0.0.1:9", "--template", "nope"], "emulate.no-template"),
        (["modbus-tcp://127.0.0.1:9", "--timeout", "0 s"], "usage.not-positive"),
    ],
)
async def test_what_cannot_be_searched_is_refused(arguments: list[str], code: str) -> None:
    with pytest.raises(UsageError) as caught:
        await looked(scan, *arguments)
    assert caught.value.code == code


async def test_modbus_units_with_their_likely_templates() -> None:
    booster = library().templates["booster-set"]
    async with ModbusServer(
        {3: ModbusUnit(booster, {"level": 25.0, "power": 3.5, "flow": 2.0}, identity=("ACME", "P-1", "2"))}
    ) as server:
        code, (unit,) = await looked(scan, server.url, "--units", "2-3", "--timeout", "1 s")
    assert (code, unit["unit"], unit["identity"]["vendor"]) == (0, 3, "ACME")
    best = unit["candidates"][0]
    assert (best["template"], best["answered"], best["examples"][0]) == ("booster-set", 13, "level 25 %")


async def test_a_device_that_ignores_unit_numbers_is_shown_once() -> None:
    booster = library().templates["booster-set"]
    async with ModbusServer(EveryNumber({1: ModbusUnit(booster)})) as server:
        code, units = await looked(scan, server.url, "--template", "booster-set")
    assert (code, [unit["unit"] for unit in units]) == (0, [1])


async def test_nobody_on_a_modbus_link_is_a_finding() -> None:
    async with ModbusServer({}) as server:
        assert await looked(scan, server.url, "--units", "1,2", "--timeout", "50 ms") == (1, [])


def test_people_read_the_evidence_in_their_language() -> None:
    candidate = Candidate("booster-set", 0.92, 13, 13, 12, 5, ("level 25 %",))
    console = Console(Catalogue.load("zh"))
    first, second = found_lines(FoundDevice("3", "ACME", (candidate,), {}), console)
    assert first == "3  ACME"
    assert second.strip() == "booster-set  92%  13 个点中 13 个有应答，12 个数值合理，其中 5 个有说服力: level 25 %"


@pytest.mark.parametrize(("text", "units"), [("1", [1]), ("1-3,2,9", [1, 2, 3, 9]), (" 4 - 5 ", [4, 5])])
def test_lists_of_numbers(text: str, units: list[int]) -> None:
    assert numbers("--units", text, 1, 247) == units


@pytest.mark.parametrize(("live", "lines"), [(True, "\r\x1b[K1/8  asking unit 1"), (False, "2/8  asking unit 2\n")])
def test_progress_is_written_over_where_it_can_be(live: bool, lines: str) -> None:
    stream = StringIO()
    stream.isatty = lambda: live  # type: ignore[method-assign]
    progress = Progress(Console(Catalogue.load("en")), 8, stream)
    for unit in range(1, 9):
        progress.step("scan.unit", unit=unit)
    assert stream.getvalue().startswith(lines)
    assert stream.getvalue().count("\n") == (0 if live else 4)


async def test_an_address_of_a_device_is_no_network() -> None:
    with pytest.raises(LinkError):
        await looked(scan, "bacnet://127.0.0.1:47808/7")
