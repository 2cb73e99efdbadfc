"""The emulator is honest until told to lie: asked by independent clients and by a raw socket."""

import asyncio
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pyModbusTCP.client import ModbusClient

from drivers.points import Kind
from drivers.templates import ModbusSource, Table, Template, TemplatePoint
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit, ReceivedWrite

TEMPLATE = Template(
    "bench",
    {},
    "modbus",
    (
        TemplatePoint("a", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, 0, invalid=(0xFFFF,))),
        TemplatePoint("b", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, 1, "u32")),
        TemplatePoint("far", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, 9)),
        TemplatePoint("in", {}, Kind.COUNTER, ModbusSource(Table.INPUT, 3)),
        *(TemplatePoint(f"c{n}", {}, Kind.BINARY, ModbusSource(Table.COIL, n, "bit")) for n in range(9)),
        TemplatePoint("d", {}, Kind.BINARY, ModbusSource(Table.DISCRETE, 2, "bit")),
    ),
)


@pytest.fixture
def unit() -> ModbusUnit:
    return ModbusUnit(TEMPLATE, {"a": 7, "b": 65538, "in": 5, "c0": True, "c8": True, "d": True})


@pytest.fixture
async def server(unit: ModbusUnit) -> AsyncIterator[ModbusServer]:
    async with ModbusServer({1: unit}) as served:
        yield served


async def _ask(server: ModbusServer, function: str, *arguments: object) -> object:
    """Ask with pyModbusTCP, whose client blocks, in a thread."""
    client = ModbusClient("127.0.0.1", server.port, unit_id=1, timeout=2.0)
    try:
        return await asyncio.to_thread(getattr(client, function), *arguments)
    finally:
        client.close()


@pytest.mark.parametrize(
    ("function", "arguments", "answer"),
    [
        ("read_holding_registers", (0, 3), [7, 1, 2]),
        ("read_input_registers", (3, 1), [5]),
        ("read_coils", (0, 9), [True, *[False] * 7, True]),
        ("read_discrete_inputs", (2, 1), [True]),
        ("read_holding_registers", (3, 1), None),
        ("read_holding_registers", (0, 10), None),
    ],
)
async def test_an_independent_client_reads(server: ModbusServer, function: str, arguments: Any, answer: Any) -> None:
    assert await _ask(server, function, *arguments) == answer


@pytest.mark.parametrize(
    ("function", "arguments", "point", "value", "written"),
    [
        ("write_single_coil", (1, True), "c1", True, ReceivedWrite(5, 1, (1,))),
        ("write_single_register", (0, 9), "a", 9, ReceivedWrite(6, 0, (9,))),
        ("write_multiple_coils", (0, [False, True]), "c0", False, ReceivedWrite(15, 0, (0, 1))),
        ("write_multiple_registers", (1, [0, 3]), "b", 3, ReceivedWrite(16, 1, (0, 3))),
    ],
)
async def test_an_independent_client_writes(
    server: ModbusServer,
    unit: ModbusUnit,
    function: str,
    arguments: Any,
    point: str,
    value: Any,
    written: ReceivedWrite,
) -> None:
    assert await _ask(server, function, *arguments)
    assert (unit.values[point], unit.writes) == (value, [written])


async def test_pymodbus_reads_too(server: ModbusServer) -> None:
    client = AsyncModbusTcpClient("127.0.0.1", port=server.port, timeout=2, retries=0)
    await client.connect()
    assert (await client.read_holding_registers(0, count=3, device_id=1)).registers == [7, 1, 2]
    client.close()


def _frame(transaction: int, pdu: str, unit: int = 1) -> bytes:
    data = bytes.fromhex(pdu)
    return struct.pack(">HHHB", transaction, 0, len(data) + 1, unit) + data


async def _raw(server: ModbusServer, sent: bytes, size: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(sent)
    try:
        async with asyncio.timeout(2):
            return await reader.readexactly(size)
    finally:
        writer.close()
        await writer.wait_closed()


async def test_pipelined_requests_are_answered_in_order_with_their_own_ids(server: ModbusServer) -> None:
    sent = _frame(11, "0300000001") + _frame(12, "0300010002") + _frame(13, "0400030001")
    wanted = _frame(11, "03020007") + _frame(12, "030400010002") + _frame(13, "04020005")
    assert await _raw(server, sent, len(wanted)) == wanted


async def test_an_unknown_unit_is_silent_and_disturbs_nobody(server: ModbusServer) -> None:
    wanted = _frame(2, "03020007")
    assert await _raw(server, _frame(1, "0300000001", unit=9) + _frame(2, "0300000001"), len(wanted)) == wanted


@pytest.mark.parametrize(
    ("pdu", "answer"),
    [
        ("2b0e0100", "ab01"),
        ("0300030001", "8302"),
        ("0300000000", "8303"),
        ("030000007e", "8303"),
        ("0500011234", "8503"),
        ("0600630001", "8602"),
        ("10000000010400010002", "9003"),
        ("03", "8301"),
    ],
)
def test_exceptions(unit: ModbusUnit, pdu: str, answer: Any) -> None:
    assert unit.answer(bytes.fromhex(pdu)).hex() == answer


def test_a_point_can_report_its_sentinel(unit: ModbusUnit) -> None:
    unit.faults.add("bad:a")
    assert unit.answer(bytes.fromhex("0300000001")).hex() == "0302ffff"


def test_a_write_of_a_sentinel_is_refused(unit: ModbusUnit) -> None:
    assert unit.answer(bytes.fromhex("060000ffff")).hex() == "8603"
    assert (unit.values["a"], unit.writes) == (7, [])


@pytest.mark.parametrize(
    ("pdu", "touched"),
    [
        ("0300000001", {"a"}),
        ("0300010001", {"b"}),
        ("0300000003", {"a", "b"}),
        ("0300040002", set()),
        ("0400030001", {"in"}),
        ("0100000002", {"c0", "c1"}),
        ("0600000007", {"a"}),
        ("050001ff00", {"c1"}),
        ("10000100020400010002", {"b"}),
        ("03", set()),
    ],
)
def test_which_points_a_request_touches(unit: ModbusUnit, pdu: str, touched: set[str]) -> None:
    request = bytes.fromhex(pdu)
    assert {point.name for point in TEMPLATE.points if unit.touches(request, point.name)} == touched
