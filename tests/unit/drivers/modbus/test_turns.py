"""Every lie an RTU device can tell, over a stream and a pseudo terminal: never data, and the next request works."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import emulators.modbus.faults as modbus_faults
from drivers.contract import Driver, LinkDown, NoAnswer, Write
from drivers.links import driver_for, parse_link
from drivers.points import Kind, Reason
from drivers.templates import Device, ModbusSource, PointWrite, Table, Template, TemplatePoint
from emulators.modbus.listen import AnyServer, server_for
from emulators.modbus.pseudo_terminal import ModbusPty
from emulators.modbus.unit import ModbusUnit

POINTS = tuple(TemplatePoint(f"p{n}", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, n)) for n in range(4))
TEMPLATE = Template("four", {}, "modbus", POINTS)
GOOD = bytes.fromhex("0001000200030004")
LISTENERS = ("modbus-rtu-tcp://127.0.0.1:0?baud=115200", "modbus-rtu://?baud=115200")


def _device(address: int = 1, timeout: float = 0.1) -> Device:
    return Device(f"d{address}", "bus", str(address), TEMPLATE, timeout)


@asynccontextmanager
async def _bench(listen: str) -> AsyncIterator[tuple[Driver, dict[int, ModbusUnit], AnyServer]]:
    units = {number: ModbusUnit(TEMPLATE, {f"p{n}": n + 1 for n in range(4)}) for number in (1, 2)}
    async with server_for(parse_link(listen), units) as server:
        driver = driver_for(server.url, [_device(), _device(2)])
        await driver.open()
        yield driver, units, server
        await driver.close()


async def _read(driver: Driver, device: Device | None = None) -> bytes:
    device = device or _device()
    return await driver.read(driver.plan(device)[0])


@pytest.mark.parametrize("listen", LISTENERS)
@pytest.mark.parametrize("fault", ["noise", "echo"])
async def test_a_disturbed_line_still_brings_the_answer(listen: str, fault: str) -> None:
    async with _bench(listen) as (driver, units, _):
        units[1].faults = {fault}
        assert [await _read(driver) for _ in range(3)] == [GOOD] * 3


@pytest.mark.parametrize("listen", LISTENERS)
async def test_a_late_answer_is_not_the_next_answer(monkeypatch: pytest.MonkeyPatch, listen: str) -> None:
    monkeypatch.setattr(modbus_faults, "LATE_SECONDS", 0.15)
    async with _bench(listen) as (driver, units, _):
        units[1].faults = {"late"}
        with pytest.raises(NoAnswer):
            await _read(driver)
        units[1].faults, units[1].values["p0"] = set(), 99
        assert await _read(driver, _device(2)) == GOOD
        assert await _read(driver) == bytes.fromhex("0063") + GOOD[2:]


async def test_a_late_answer_does_not_disturb_the_unit_that_is_asked_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modbus_faults, "LATE_SECONDS", 0.1)
    async with _bench(LISTENERS[1]) as (driver, units, _):
        units[1].faults = units[2].faults = {"late"}
        with pytest.raises(NoAnswer):
            await _read(driver, _device(timeout=0.05))
        assert await _read(driver, _device(2, timeout=1.0)) == GOOD


async def test_a_cancelled_request_owes_its_answer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modbus_faults, "LATE_SECONDS", 0.08)
    async with _bench(LISTENERS[0]) as (driver, units, _):
        units[1].faults = {"late"}
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await _read(driver)
        units[1].faults, units[1].values["p0"] = set(), 99
        assert await _read(driver) == bytes.fromhex("0063") + GOOD[2:]


@pytest.mark.parametrize("fault", ["echo", "none"])
async def test_a_write_on_an_echoing_line_waits_for_the_device(fault: str) -> None:
    async with _bench(LISTENERS[1]) as (driver, units, _):
        units[1].faults = {fault}
        await _read(driver)
        await driver.write(Write("d1", PointWrite("p0", 7)))
        units[1].faults = {"silence"}
        with pytest.raises(NoAnswer):
            await driver.write(Write("d1", PointWrite("p0", 8)))


async def test_an_adapter_may_be_pulled_and_come_back_under_another_name(tmp_path: Path) -> None:
    async with _bench(f"modbus-rtu://{tmp_path}/by-id?baud=115200") as (driver, _, line):
        assert isinstance(line, ModbusPty)
        line.drop()
        with pytest.raises(LinkDown) as caught:
            await _read(driver)
        assert caught.value.reason is Reason.LINK_DOWN
        with pytest.raises(LinkDown):
            await driver.open()
        line.restore()
        await driver.open()
        assert await _read(driver) == GOOD


async def test_a_port_belongs_to_one_program() -> None:
    async with _bench(LISTENERS[1]) as (driver, _, line):
        second = driver_for(line.url, [])
        with pytest.raises(LinkDown) as caught:
            await second.open()
        assert caught.value.code == "link.port-in-use"
        assert await _read(driver) == GOOD


@pytest.mark.parametrize(
    ("path", "code"),
    [("/dev/no-such-port", "link.cannot-open-port"), ("/dev/null", "link.not-a-port"), ("/", "link.cannot-open-port")],
)
async def test_what_cannot_be_opened_is_a_link_down(path: str, code: str) -> None:
    with pytest.raises(LinkDown) as caught:
        await driver_for(f"modbus-rtu://{path}", []).open()
    assert caught.value.code == code
