"""Transactions against a real socket: deadlines, late and double answers, resets, cancellation.

The table of all lies is in ``tests/contract/test_lying_devices.py``.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

import emulators.modbus.faults as modbus_faults
from drivers.contract import DriverError, LinkDown, NoAnswer
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.transport import TcpEndpoint
from drivers.points import Kind
from drivers.templates import Device, ModbusSource, Table, Template, TemplatePoint
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit

POINTS = tuple(TemplatePoint(f"p{n}", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, n)) for n in range(4))
TEMPLATE = Template("four", {}, "modbus", POINTS)
GOOD = bytes.fromhex("0001000200030004")


def _device(address: str = "1", timeout: float = 0.15) -> Device:
    return Device(f"d{address}", "bus", address, TEMPLATE, timeout)


@asynccontextmanager
async def _bench() -> AsyncIterator[tuple[ModbusDriver, ModbusServer]]:
    values = {f"p{n}": n + 1 for n in range(4)}
    units = {number: ModbusUnit(TEMPLATE, dict(values)) for number in (1, 2)}
    async with ModbusServer(units) as server:
        driver = ModbusDriver(TcpEndpoint(server.host, server.port), [_device(), _device("2")])
        await driver.open()
        yield driver, server
        await driver.close()


async def _read(driver: ModbusDriver, device: Device | None = None) -> bytes:
    device = device or _device()
    return await driver.read(driver.plan(device)[0])


async def test_a_reset_fails_the_request_at_once_and_reopening_works() -> None:
    async with _bench() as (driver, server):
        server.units[1].faults = {"reset"}
        with pytest.raises(LinkDown):
            async with asyncio.timeout(1):
                await _read(driver, _device(timeout=5.0))
        server.units[1].faults = set()
        await driver.open()
        assert await _read(driver) == GOOD


async def test_a_duplicate_is_not_the_next_answer() -> None:
    async with _bench() as (driver, server):
        server.units[1].faults = {"duplicate"}
        assert await _read(driver) == GOOD
        server.units[1].values["p0"] = 99
        assert await _read(driver) == bytes.fromhex("0063") + GOOD[2:]


async def test_a_late_answer_is_not_the_next_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modbus_faults, "LATE_SECONDS", 0.1)
    async with _bench() as (driver, server):
        server.units[1].faults = {"late"}
        with pytest.raises(NoAnswer):
            await _read(driver, _device(timeout=0.05))
        server.units[1].values["p0"] = 99
        assert await _read(driver, _device(timeout=1.0)) == bytes.fromhex("0063") + GOOD[2:]


async def test_a_second_stranger_ends_the_connection_before_the_deadline() -> None:
    async with _bench() as (driver, server):
        server.units[1].faults = {"wrong-tid"}
        with pytest.raises(NoAnswer):
            await _read(driver)
        with pytest.raises(NoAnswer):
            async with asyncio.timeout(1):
                await _read(driver, _device(timeout=5.0))
        assert await _read(driver, _device("2")) == GOOD


async def test_the_deadline_is_total_not_per_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modbus_faults, "DRIP_SECONDS", 0.02)
    async with _bench() as (driver, server):
        server.units[1].faults = {"drip"}
        began = asyncio.get_running_loop().time()
        with pytest.raises(NoAnswer):
            await _read(driver, _device(timeout=0.1))
        assert asyncio.get_running_loop().time() - began < 0.3


async def test_a_cancelled_request_leaves_nothing_behind() -> None:
    async with _bench() as (driver, server):
        server.units[1].faults = {"half-open"}
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await _read(driver, _device(timeout=5.0))
        server.units[1].faults = set()
        assert await _read(driver) == GOOD


async def test_two_requests_at_once_are_a_bug() -> None:
    async with _bench() as (driver, server):
        server.units[1].faults = {"half-open"}
        results = await asyncio.gather(_read(driver), _read(driver), return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["NoAnswer", "RuntimeError"]


async def test_nobody_there_is_a_link_down() -> None:
    async with ModbusServer({}) as server:
        port = server.port
    driver = ModbusDriver(TcpEndpoint("127.0.0.1", port), [])
    with pytest.raises(LinkDown):
        await driver.open()


async def test_reading_before_opening_is_a_link_down() -> None:
    driver = ModbusDriver(TcpEndpoint("127.0.0.1", 1), [])
    with pytest.raises(DriverError) as caught:
        await _read(driver)
    assert caught.value.code == "link.not-open"
