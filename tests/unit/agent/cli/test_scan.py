"""``plantgate scan`` over loopback: who is there, and that nobody is a finding."""

import pytest

from agent.cli import scan
from agent.errors import UsageError
from drivers.links import LinkError
from drivers.points import Kind
from drivers.templates import BacnetSource, Template, TemplatePoint
from emulators.bacnet import BacnetServer, BacnetUnit
from tests.unit.agent.cli.looking import looked

AHU = Template("ahu", {}, "bacnet", (TemplatePoint("level", {}, Kind.ANALOG, BacnetSource("analog-input", 1)),))


async def test_a_device_says_who_it_is() -> None:
    async with BacnetServer([BacnetUnit(AHU, 7, "ahu-7")]) as server:
        address = server.address(7)
        code, (device,) = await looked(scan, f"bacnet://{address.partition('/')[0]}", "--timeout", "200 ms")
    assert (code, device["instance"], device["address"], device["name"]) == (0, 7, address, "ahu-7")
    assert (device["vendor"], device["model"]) == (999, "ahu")


async def test_nobody_there_is_a_finding() -> None:
    async with BacnetServer([BacnetUnit(AHU, 7, faults={"silent"})]) as server:
        url = f"bacnet://{server.address(7).partition('/')[0]}"
        assert await looked(scan, url, "--timeout", "50 ms") == (1, [])


@pytest.mark.parametrize("url", ["modbus-tcp://127.0.0.1:9", "bacnet://switchboard"])
async def test_what_cannot_be_searched_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        await looked(scan, url)


async def test_an_address_of_a_device_is_no_network() -> None:
    with pytest.raises(LinkError):
        await looked(scan, "bacnet://127.0.0.1:47808/7")
