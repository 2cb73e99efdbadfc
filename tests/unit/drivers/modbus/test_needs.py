"""Values whose scale or decimals another block holds: read once, kept, refreshed, and never guessed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from drivers.contract import NoAnswer, Write
from drivers.modbus import open_driver
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.request import ModbusRequest, requests_of
from drivers.points import Instant, Kind, Quality, Reason
from drivers.templates import Area, Device, ModbusSource, Table, Template, TemplatePoint, WordWrite
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit

AT = Instant("boot", 0.0, 0.0)
POINTS = (
    TemplatePoint("level", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 4, "i16", decimals_from="decimals")),
    TemplatePoint("plain", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 5)),
    TemplatePoint("power", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 6, scale_from="ratio")),
    TemplatePoint("decimals", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, 90), high=4, poll="slow"),
    TemplatePoint("ratio", {}, Kind.COUNTER, ModbusSource(Table.INPUT, 7, "u32"), poll="slow"),
)
TEMPLATE = Template("t", {}, "modbus", POINTS)
VALUES: dict[str, Any] = {"level": 12.5, "plain": 3, "power": 4000, "decimals": 2, "ratio": 40}


@dataclass
class Wire:
    """A driver, its emulated unit, and the requests by the place they read."""

    driver: ModbusDriver
    unit: ModbusUnit
    requests: dict[tuple[Table, int], ModbusRequest] = field(default_factory=dict)

    async def read(self, address: int, table: Table = Table.HOLDING) -> bytes:
        return await self.driver.read(self.requests[table, address])

    async def values(self, address: int) -> dict[str, Any]:
        request = self.requests[Table.HOLDING, address]
        readings = self.driver.decode(request, await self.driver.read(request), AT)
        return {reading.point.partition(".")[2]: reading.value or reading.reason for reading in readings}


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    device = Device("d", "bus", "1", TEMPLATE, timeout=2.0)
    unit = ModbusUnit(TEMPLATE, dict(VALUES))
    async with ModbusServer({1: unit}) as server:
        driver = open_driver(server.url, [device])
        assert isinstance(driver, ModbusDriver)
        await driver.open()
        requests = {(request.block.table, request.block.address): request for request in driver.plan(device)}
        yield Wire(driver, unit, requests)
        await driver.close()


async def test_the_first_read_asks_for_what_it_needs(wire: Wire) -> None:
    assert await wire.values(4) == {"level": 12.5, "plain": 3.0, "power": 4000.0}


async def test_an_unchanged_block_differs_when_its_scale_changed(wire: Wire) -> None:
    before = await wire.read(4)
    assert await wire.read(4) == before
    raw = before[: wire.requests[Table.HOLDING, 4].size]
    wire.unit.values |= {"level": 125.0, "decimals": 1}
    # Nobody has read the decimals again yet.
    assert await wire.read(4) == before
    await wire.read(90)
    after = await wire.read(4)
    assert after != before
    assert after.startswith(raw)
    assert (await wire.values(4))["level"] == 125.0


async def test_a_scale_out_of_its_range_makes_the_value_bad(wire: Wire) -> None:
    wire.unit.values |= {"level": 0.0, "decimals": 9}
    assert (await wire.values(4))["level"] is Reason.RANGE


async def test_what_a_device_refuses_makes_only_bad_what_needs_it() -> None:
    without = Template("r", {}, "modbus", tuple(point for point in POINTS if point.name not in ("level", "decimals")))
    served = ModbusUnit(
        Template(
            "r",
            {},
            "modbus",
            (TemplatePoint("level", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 4)), *without.points),
        ),
        dict(VALUES) | {"level": 1250},
    )
    device = Device("d", "bus", "1", TEMPLATE, timeout=2.0)
    async with ModbusServer({1: served}) as server:
        driver = open_driver(server.url, [device])
        await driver.open()
        request = driver.plan(device)[0]
        readings = driver.decode(request, await driver.read(request), AT)
        await driver.close()
    refused = (None, Quality.BAD, Reason.EXCEPTION)
    outcomes = sorted((reading[1:4] for reading in readings), key=lambda outcome: outcome[1])
    assert outcomes == [(3.0, Quality.GOOD, Reason.NONE), refused, refused]


async def test_after_silence_the_scale_is_asked_for_again(wire: Wire) -> None:
    await wire.read(4)
    wire.unit.faults.add("wrong-function")
    with pytest.raises(NoAnswer):
        await wire.read(4)
    wire.unit.faults.clear()
    wire.unit.values |= {"level": 125.0, "decimals": 1}
    assert (await wire.values(4))["level"] == 125.0


def test_in_one_block_nothing_else_is_needed() -> None:
    near = (
        TemplatePoint("decimals", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, 3)),
        TemplatePoint("level", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 4, decimals_from="decimals")),
    )
    (request,) = requests_of(Device("d", "bus", "1", Template("t", {}, "modbus", near)))
    assert request.layout.needs == ()
    assert [reading.value for reading in request.decode(bytes.fromhex("000204d2"), AT)] == [2, 12.34]


def test_halves_need_what_they_lost() -> None:
    near = (
        TemplatePoint("decimals", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, 3)),
        TemplatePoint("level", {}, Kind.ANALOG, ModbusSource(Table.HOLDING, 4, decimals_from="decimals")),
    )
    (request,) = requests_of(Device("d", "bus", "1", Template("t", {}, "modbus", near)))
    low, high = request.halves()
    assert [need.point.name for need in low.layout.needs] == []
    assert [need.point.name for need in high.layout.needs] == ["decimals"]
    assert high.decode(bytes.fromhex("04d2") + bytes.fromhex("0001"), AT)[0].value == 123.4
    assert high.decode(bytes.fromhex("04"), AT)[0].reason is Reason.DECODE


async def test_an_area_is_asked_for_as_a_whole() -> None:
    template = Template(
        "t",
        {},
        "modbus",
        (TemplatePoint("model", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, 22)),),
        areas=frozenset({Area(Table.HOLDING, 20, 16)}),
    )
    device = Device("d", "bus", "1", template, timeout=2.0)
    async with ModbusServer({1: ModbusUnit(template, {"model": 7})}) as server:
        driver = open_driver(server.url, [device])
        await driver.open()
        (request,) = driver.plan(device)
        assert [reading.value for reading in driver.decode(request, await driver.read(request), AT)] == [7]
        await driver.close()


async def test_a_coil_is_written_beside_any_point() -> None:
    template = Template("t", {}, "modbus", (TemplatePoint("run", {}, Kind.BINARY, ModbusSource(Table.COIL, 3, "bit")),))
    unit = ModbusUnit(template)
    async with ModbusServer({1: unit}) as server:
        driver = open_driver(server.url, [Device("d", "bus", "1", template, timeout=2.0)])
        await driver.open()
        await driver.write(Write("d", WordWrite(3, (1,), Table.COIL)))
        await driver.close()
    assert [(write.function, write.address, write.words) for write in unit.writes] == [(5, 3, (1,))]
