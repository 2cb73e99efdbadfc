"""``plantgate read`` on both protocols: what is printed, which exit code, which combinations are refused."""

from collections.abc import AsyncIterator

import pytest

from agent.cli.commands import read
from drivers.links import LinkError
from drivers.points import Kind
from drivers.templates import BacnetSource, ModbusSource, Table, Template, TemplatePoint
from emulators.bacnet import BacnetServer, BacnetUnit
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit
from runtime.errors import UsageError
from tests.unit.agent.cli.looking import looked

AHU = Template("ahu", {}, "bacnet", (TemplatePoint("level", {}, Kind.ANALOG, BacnetSource("analog-input", 1)),))
PUMP = Template(
    "pump",
    {},
    "modbus",
    tuple(TemplatePoint(f"p{n}", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, n)) for n in range(2)),
)
MODBUS, BACNET = "modbus-tcp://127.0.0.1:9", "bacnet://127.0.0.1:9/7"


@pytest.fixture
def unit() -> BacnetUnit:
    return BacnetUnit(AHU, 7, values={"level": 42.5})


@pytest.fixture
async def url(unit: BacnetUnit) -> AsyncIterator[str]:
    async with BacnetServer([unit]) as server:
        yield f"bacnet://{server.address(7)}"


async def test_a_good_value(url: str) -> None:
    assert await looked(read, url, "--object", "analog-input,1") == (0, [{"values": [42.5], "quality": "good"}])


async def test_a_named_property(url: str) -> None:
    code, (shown,) = await looked(read, url, "--object", "device,7", "--property", "model-name")
    assert (code, shown["values"]) == (0, ["ahu"])


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("overridden:level", (0, [{"values": [42.5], "quality": "uncertain"}])),
        ("out-of-service:level", (1, [{"quality": "bad", "reason": "out-of-service"}])),
        ("silent", (1, [{"quality": "bad", "reason": "no-answer"}])),
    ],
)
async def test_what_is_not_good_is_said(url: str, unit: BacnetUnit, fault: str, answer: object) -> None:
    unit.faults.add(fault)
    assert await looked(read, url, "--object", "analog-input,1", "--timeout", "200 ms") == answer


async def test_registers() -> None:
    async with ModbusServer({1: ModbusUnit(PUMP, {"p0": 7})}) as server:
        assert await looked(read, server.url, "--holding", "0") == (0, [{"values": [7], "quality": "good"}])


@pytest.mark.parametrize(("type_", "value"), [("u64", 2**48 + 7), ("f64", -12.5), ("bcd32", 123456)])
async def test_registers_in_every_coding_of_a_template(type_: str, value: float) -> None:
    kind = Kind.COUNTER if isinstance(value, int) else Kind.ANALOG
    points = (TemplatePoint("p", {}, kind, ModbusSource(Table.HOLDING, 0, type_)),)
    async with ModbusServer({1: ModbusUnit(Template("t", {}, "modbus", points), {"p": value})}) as server:
        code, (shown,) = await looked(read, server.url, "--holding", "0", "--type", type_)
    assert (code, shown["values"]) == (0, [value])


async def test_a_bad_value_among_registers_is_not_called_good() -> None:
    async with ModbusServer({1: ModbusUnit(PUMP, {"p0": 0x7FC0})}) as server:
        code, (shown,) = await looked(read, server.url, "--holding", "0", "--type", "f32")
    assert (code, shown) == (1, {"values": [None], "quality": "bad", "reason": "decode"})


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([MODBUS], "read.needs"),
        ([BACNET], "read.needs"),
        ([MODBUS, "--holding", "0", "--object", "analog-input,1"], "read.foreign"),
        ([BACNET, "--object", "analog-input,1", "--unit", "1"], "read.foreign"),
        ([BACNET, "--object", "analog-input,1", "--holding", "0"], "read.foreign"),
        ([BACNET, "--object", "analogue,1"], "bacnet.unknown-object-type"),
        ([BACNET, "--object", "analog-input,1", "--property", "colour"], "bacnet.unknown-property"),
        (["bacnet://127.0.0.1:9", "--object", "analog-input,1"], "bacnet.bad-address"),
        ([MODBUS, "--holding", "0", "--timeout", "0 s"], "usage.not-positive"),
    ],
)
async def test_wrong_use_is_refused(arguments: list[str], code: str) -> None:
    with pytest.raises(UsageError) as caught:
        await looked(read, *arguments)
    assert caught.value.code == code


async def test_an_unknown_kind_of_link_is_refused() -> None:
    with pytest.raises(LinkError):
        await looked(read, "opc://127.0.0.1:9", "--holding", "0")


@pytest.mark.parametrize(
    ("coding", "registers", "value"),
    [
        ("u64", (0, 1, 0, 2), 4294967298),
        ("i64", (0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE), -2),
        ("f64", (0x4009, 0x0000, 0x0000, 0x0000), 3.125),
        ("f32", (0x4048, 0x0000, 0, 0), 3.125),
        ("i32", (0xFFFF, 0xFFFE, 0, 0), -2),
        ("bcd16", (0x1234, 0, 0, 0), 1234),
    ],
)
async def test_every_type_of_number(coding: str, registers: tuple[int, ...], value: float) -> None:
    points = tuple(TemplatePoint(f"p{n}", {}, Kind.COUNTER, ModbusSource(Table.INPUT, n)) for n in range(4))
    values = {f"p{n}": register for n, register in enumerate(registers)}
    async with ModbusServer({1: ModbusUnit(Template("four", {}, "modbus", points), values)}) as server:
        asked = await looked(read, server.url, "--input", "0", "--type", coding, "--timeout", "1s")
    assert asked == (0, [{"values": [value], "quality": "good"}])
