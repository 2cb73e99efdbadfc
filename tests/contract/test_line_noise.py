"""A serial line that is never quiet: cheap to listen to, never a value, and fine again once the noise is over."""

import asyncio
import random
import time

import pytest

from drivers.contract import Driver, NoAnswer
from drivers.links import driver_for, parse_link
from drivers.points import Kind, Reason
from drivers.templates import Device, ModbusSource, Table, Template, TemplatePoint
from emulators.modbus.listen import server_for
from emulators.modbus.pseudo_terminal import ModbusPty
from emulators.modbus.unit import ModbusUnit
from tests.soak import soak

SECONDS = soak(4.0, 600.0)
PIECES = 20
"""Bursts in a second; together 960 characters, all that fit on a line of 9600 baud."""
POINTS = tuple(TemplatePoint(f"p{n}", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, n)) for n in range(4))
DEVICE = Device("d", "bus", "1", Template("four", {}, "modbus", POINTS), 0.3)
GOOD = bytes.fromhex("0001000200030004")


async def _disturb(line: ModbusPty, chance: random.Random) -> None:
    while True:
        line.disturb(chance.randbytes(960 // PIECES))
        await asyncio.sleep(1 / PIECES)


async def _asked_in_vain(driver: Driver, until: float) -> int:
    """Ask again and again; how often."""
    (request,), asked = driver.plan(DEVICE), 0
    while asyncio.get_running_loop().time() < until:
        with pytest.raises(NoAnswer) as caught:
            await driver.read(request)
        assert caught.value.reason is Reason.DECODE
        asked += 1
    return asked


@pytest.mark.soak
async def test_a_line_full_of_noise_costs_little_and_brings_nothing() -> None:
    unit = ModbusUnit(DEVICE.template, {f"p{n}": n + 1 for n in range(4)}, faults={"silence"})
    async with server_for(parse_link("modbus-rtu://?baud=9600"), {1: unit}) as line:
        assert isinstance(line, ModbusPty)
        driver = driver_for(line.url, [DEVICE])
        await driver.open()
        noise = asyncio.get_running_loop().create_task(_disturb(line, random.Random(4)))  # noqa: S311
        before = time.process_time()
        asked = await _asked_in_vain(driver, asyncio.get_running_loop().time() + SECONDS)
        share = (time.process_time() - before) / SECONDS
        noise.cancel()
        assert asked
        assert share <= 0.2
        unit.faults.clear()
        assert await driver.read(driver.plan(DEVICE)[0]) == GOOD
        await driver.close()
