"""One look at a device without a site: what ``plantgate read`` shows."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from drivers.codec import BIT_TABLES
from drivers.contract import DriverError
from drivers.links import parse_link
from drivers.modbus.asking import Asker, Blocks
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.options import endpoint_of
from drivers.modbus.request import requests_of
from drivers.oneshot import OneShot
from drivers.points import Instant, Kind, Quality
from drivers.templates import Device, ModbusSource, Table, Template, TemplatePoint

_NOW = Instant("", 0.0, 0.0, trusted=False)
"""Nobody looks at the time of these readings."""


async def read_once(
    url: str,
    unit: int,
    table: Table,
    address: int,
    count: int,
    type: str = "u16",
    timeout: float = 1.0,  # noqa: ASYNC109 - kept by the driver
) -> OneShot:
    """Read ``count`` values of ``type`` from ``address``, counted from 0.

    Raises LinkError or UnitNumberError, for wrong usage only; ``count`` is at least 1.
    """
    return await read_over(own_wire(url), unit, table, address, count, type, timeout)


async def read_over(
    opening: AbstractAsyncContextManager[Asker],
    unit: int,
    table: Table,
    address: int,
    count: int,
    type: str = "u16",
    timeout: float = 1.0,  # noqa: ASYNC109 - kept by the driver
) -> OneShot:
    """As ``read_once``, over the wire that ``opening`` opens."""
    device = _device(unit, table, address, count, type, timeout)
    try:
        async with opening as wire:
            return await _read(wire, device)
    except DriverError as error:
        return OneShot(None, Quality.BAD, error.reason, error)


@asynccontextmanager
async def own_wire(url: str) -> AsyncIterator[Asker]:
    """The link ``url``, opened for as long as the body runs. Raises LinkError, LinkDown."""
    driver = ModbusDriver(endpoint_of(parse_link(url)), [])
    try:
        await driver.open()
        yield driver
    finally:
        await driver.close()


async def _read(wire: Asker, device: Device) -> OneShot:
    blocks, readings = Blocks(wire), []
    for request in requests_of(device):
        readings += request.decode(await blocks.read(request), _NOW)
    worst = max(readings, key=lambda reading: reading.quality)
    return OneShot(tuple(reading.value for reading in readings), worst.quality, worst.reason)


def _device(unit: int, table: Table, address: int, count: int, type: str, timeout: float) -> Device:
    kind, type = (Kind.BINARY, "bit") if table in BIT_TABLES else (Kind.COUNTER, type)
    words = ModbusSource(table, 0, type).words
    points = tuple(
        TemplatePoint(f"v{index}", {}, kind, ModbusSource(table, address + index * words, type))
        for index in range(count)
    )
    template = Template("read", {}, "modbus", points)
    return Device("read", "read", str(unit), template, timeout)
