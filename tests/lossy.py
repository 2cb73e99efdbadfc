"""Lines that lose frames, gateways with absent units and networks that lose datagrams: for tests and for the bench."""

import asyncio
from collections.abc import Sequence

from drivers.modbus.rtu import Timing
from drivers.points import Kind
from drivers.templates import Device, Template
from emulators.bacnet import BacnetUnit
from emulators.modbus.unit import ModbusUnit
from tests.polled import REGISTERS, TEMPLATE
from tests.simulated import Gateway, Line, Losses, Network, Run, bacnet_driver, rtu_driver, simulated, watched
from tests.unit.drivers.bacnet.bench import point

EVERYBODY, ABSENT = range(1, 9), (2, 5, 7)
UNITS = range(1, 21)
NAMES = [f"u{number}" for number in UNITS]
HALF_LOAD = 1.67
"""Seconds in which twenty units of ten registers at 9600 baud take half of the line."""


def units(numbers: range) -> dict[int, ModbusUnit]:
    return {number: ModbusUnit(TEMPLATE, {f"v{n}": n + number for n in range(REGISTERS)}) for number in numbers}


def devices(numbers: range, period: float) -> list[Device]:
    return [Device(f"u{number}", "line", str(number), TEMPLATE, 1.0, {"fast": period}) for number in numbers]


def marginal(loss: float, seconds: float = 400.0) -> Run:
    async def run() -> Run:
        polled = devices(UNITS, HALF_LOAD)
        line = Line(units(UNITS), Timing(9600), Losses(loss))
        return await watched(rtu_driver(line, polled), polled, 60.0, seconds)

    return simulated(run())


def behind_gateway(word: int | None, waits: float) -> tuple[Run, float]:
    """Eight units each second behind a gateway that says exception ``word``, or nothing, for three, after ``waits``.

    Also the share of the time that the line behind it lost on those three.
    """

    async def run() -> tuple[Run, float]:
        there = {number: unit for number, unit in units(EVERYBODY).items() if number not in ABSENT}
        polled = devices(EVERYBODY, 1.0)
        gateway = Gateway(there, 0.05, waits, word)
        start, length = 60.0, 600.0
        since = asyncio.get_running_loop().time() + start
        seen = await watched(rtu_driver(gateway, polled), polled, start, length)
        return seen, gateway.wasted(since) / length

    return simulated(run())


def many(count: int) -> Template:
    """A kind of device with so many objects."""
    points = (point(f"p{n}", Kind.ANALOG, "analog-input", n, poll="fast") for n in range(count))
    return Template("many", {}, "bacnet", tuple(points))


def networked(
    count: int, faults: Sequence[str], loss: float, seconds: float, start: float = 60.0, points: int = 12
) -> tuple[Run, Network]:
    """``count`` devices, the first of which has ``faults``, watched for ``seconds`` after ``start``."""

    async def run() -> tuple[Run, Network]:
        template = many(points)
        units = [BacnetUnit(template, 2000 + number, values={"p1": 1.0}) for number in range(1, count + 1)]
        units[0].faults |= set(faults)
        network = Network(units, Losses(loss))
        devices = [
            Device(f"d{number}", "net", f"10.0.0.{number}/{2000 + number}", template, 1.0, {"fast": 5.0})
            for number in range(1, count + 1)
        ]
        return await watched(bacnet_driver(network, devices), devices, start, seconds), network

    return simulated(run())
