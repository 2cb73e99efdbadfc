"""Writes, splits and independent servers."""

from typing import Any

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.contract import Driver, NoAnswer, Refused, Write
from drivers.modbus import open_driver
from drivers.modbus.pdu import check_write, write_pdu
from drivers.modbus.request import requests_of
from drivers.modbus.units import UnitNumberError
from drivers.points import Instant, Kind, Reason
from drivers.templates import Device, ModbusSource, PointWrite, Table, Template, TemplatePoint, WordWrite
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit

AT = Instant("boot", 0.0, 0.0)


def _template(*sources: ModbusSource, gap: int = 0) -> Template:
    points = tuple(
        TemplatePoint(f"p{index}", {}, Kind.BINARY if source.bit is not None else Kind.COUNTER, source)
        for index, source in enumerate(sources)
    )
    return Template("t", {}, "modbus", points, max_gap=gap)


@pytest.mark.parametrize("address", ["256", "-1", "pump", ""])
def test_a_device_needs_a_unit_number(address: str) -> None:
    with pytest.raises(UnitNumberError):
        requests_of(Device("d", "bus", address, _template()))


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (ModbusSource(Table.INPUT, 0), 1),
        (ModbusSource(Table.DISCRETE, 0, "bit"), True),
        (ModbusSource(Table.HOLDING, 0, "bit", bit=3), True),
        (ModbusSource(Table.HOLDING, 0), None),
        (ModbusSource(Table.HOLDING, 0), 65536),
    ],
)
async def test_impossible_writes_are_refused_without_a_wire(source: ModbusSource, value: Any) -> None:
    driver = open_driver("modbus-tcp://127.0.0.1:1", [Device("d", "bus", "1", _template(source))])
    with pytest.raises(Refused):
        await driver.write(Write("d", PointWrite("p0", value)))


@pytest.mark.parametrize(
    ("table", "words", "function"),
    [(Table.COIL, (1,), 5), (Table.HOLDING, (9,), 6), (Table.HOLDING, (1, 2), 16)],
)
def test_each_write_uses_its_function_and_needs_its_echo(table: Table, words: tuple[int, ...], function: int) -> None:
    request = write_pdu(table, 300, words)
    assert request[0] == function
    check_write(request, request[:5])
    with pytest.raises(NoAnswer) as caught:
        check_write(request, request[:2] + b"\x77" + request[3:5])
    assert caught.value.reason is Reason.DECODE


@pytest.mark.parametrize("words", [(1,), (35705, 29830)])
async def test_given_registers_are_written_by_function_16_in_one_request(words: tuple[int, ...]) -> None:
    unit = ModbusUnit(_template(ModbusSource(Table.HOLDING, 8), ModbusSource(Table.HOLDING, 9)))
    async with ModbusServer({1: unit}) as server:
        driver = open_driver(server.url, [Device("d", "bus", "1", unit.template)])
        await driver.open()
        await driver.write(Write("d", WordWrite(8, words)))
        await driver.close()
    assert [(write.function, write.address, write.words) for write in unit.writes] == [(16, 8, words)]


async def test_splitting_finds_the_one_bad_register() -> None:
    planned = _template(*(ModbusSource(Table.HOLDING, address) for address in range(8)))
    real = Template("r", {}, "modbus", tuple(point for point in planned.points if point.name != "p5"))
    device = Device("d", "bus", "1", planned, 0.2)
    async with ModbusServer({1: ModbusUnit(real)}) as server:
        driver = open_driver(server.url, [device])
        await driver.open()
        assert await _refused_points(driver, device) == ["d.p5"]
        await driver.close()


async def _refused_points(driver: Driver, device: Device) -> list[str]:
    pending, refused = list(driver.plan(device)), []
    while pending:
        request = pending.pop()
        try:
            await driver.read(request)
        except Refused as refusal:
            smaller = driver.split(request, refusal)
            pending += smaller
            refused += [] if smaller else request.points
    return refused


def test_other_exceptions_are_not_split() -> None:
    device = Device("d", "bus", "1", _template(ModbusSource(Table.HOLDING, 0), ModbusSource(Table.HOLDING, 1)))
    driver = open_driver("modbus-tcp://127.0.0.1:1", [device])
    assert driver.split(driver.plan(device)[0], Refused("modbus.exception", number=4)) == ()


async def test_reads_an_independent_server() -> None:
    context = SimDevice(1, simdata=[SimData(10, values=[7, 300], datatype=DataType.REGISTERS)])
    server = ModbusTcpServer(context, address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    port = server.transport.sockets[0].getsockname()[1]
    device = Device("d", "bus", "1", _template(ModbusSource(Table.HOLDING, 10), ModbusSource(Table.HOLDING, 11)))
    driver = open_driver(f"modbus-tcp://127.0.0.1:{port}", [device])
    await driver.open()
    request = driver.plan(device)[0]
    assert [reading.value for reading in driver.decode(request, await driver.read(request), AT)] == [7, 300]
    await driver.close()
    await server.shutdown()


@pytest.mark.parametrize(
    ("timeout", "counts"),
    [(2.0, [60]), (0.15, [50, 10]), (0.04, [2] * 30), (0.01, [2] * 30)],
    ids=["time enough", "half the timeout is left", "a value is never split", "not even for one: check says so"],
)
def test_no_request_is_so_long_that_its_answer_would_be_late(timeout: float, counts: list[int]) -> None:
    template = _template(*(ModbusSource(Table.HOLDING, address, "u32") for address in range(0, 60, 2)))
    driver = open_driver("modbus-rtu:///dev/x?baud=19200", [])
    requests = driver.plan(Device("d", "bus", "1", template, timeout))
    assert sorted((request.block.count for request in requests), reverse=True) == counts
