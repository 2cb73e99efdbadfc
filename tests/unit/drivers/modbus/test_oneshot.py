"""One look at a device: values, or why there are none."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from drivers.links import LinkError, parse_link
from drivers.modbus.oneshot import read_once
from drivers.points import Kind, Quality, Reason
from drivers.templates import ModbusSource, Table, Template, TemplatePoint
from emulators.modbus.listen import server_for
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit

TEMPLATE = Template(
    "t",
    {},
    "modbus",
    (
        TemplatePoint("a", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, 0)),
        TemplatePoint("b", {}, Kind.COUNTER, ModbusSource(Table.HOLDING, 1)),
        TemplatePoint("c", {}, Kind.BINARY, ModbusSource(Table.COIL, 0, "bit")),
    ),
)


@pytest.fixture
async def server() -> AsyncIterator[ModbusServer]:
    async with ModbusServer({1: ModbusUnit(TEMPLATE, {"a": 65535, "b": 2, "c": True})}) as served:
        yield served


@pytest.mark.parametrize(
    ("table", "count", "type_", "values"),
    [
        (Table.HOLDING, 2, "u16", (65535, 2)),
        (Table.HOLDING, 2, "i16", (-1, 2)),
        (Table.HOLDING, 1, "u32", (0xFFFF0002,)),
        (Table.COIL, 1, "bit", (True,)),
    ],
)
async def test_values(server: ModbusServer, table: Table, count: int, type_: str, values: Any) -> None:
    shot = await read_once(server.url, 1, table, 0, count, type_)
    assert (shot.values, shot.quality) == (values, Quality.GOOD)


async def test_nan_is_one_bad_value_among_the_answer(server: ModbusServer) -> None:
    shot = await read_once(server.url, 1, Table.HOLDING, 0, 1, "f32")
    assert (shot.values, shot.quality, shot.reason) == ((None,), Quality.BAD, Reason.DECODE)


@pytest.mark.parametrize(("unit", "address", "reason"), [(1, 40, Reason.EXCEPTION), (9, 0, Reason.NO_ANSWER)])
async def test_why_there_is_nothing(server: ModbusServer, unit: int, address: int, reason: Reason) -> None:
    shot = await read_once(server.url, unit, Table.HOLDING, address, 1, timeout=0.1)
    assert (shot.values, shot.quality, shot.reason) == (None, Quality.BAD, reason)


async def test_nobody_there() -> None:
    async with ModbusServer({}) as server:
        url = server.url
    shot = await read_once(url, 1, Table.HOLDING, 0, 1)
    assert (shot.reason, shot.error.code) == (Reason.LINK_DOWN, "link.cannot-connect")


@pytest.mark.parametrize(
    "listen",
    [
        "modbus-tcp://127.0.0.1:0",
        "modbus-udp://127.0.0.1:0",
        "modbus-rtu-tcp://127.0.0.1:0",
        "modbus-rtu://?baud=115200",
        "modbus-tls://127.0.0.1:0?cert={0}/cert.pem&key={0}/key.pem",
    ],
)
async def test_every_transport(certificate: Path, listen: str) -> None:
    units = {1: ModbusUnit(TEMPLATE, {"a": 7, "b": 2, "c": True})}
    async with server_for(parse_link(listen.format(certificate)), units) as served:
        url = served.url + (f"?ca={certificate}/cert.pem" if "tls" in listen else "")
        assert (await read_once(url, 1, Table.HOLDING, 0, 2)).values == (7, 2)
        assert (await read_once(url, 1, Table.COIL, 0, 1)).values == (True,)
        assert (await read_once(url, 9, Table.HOLDING, 0, 1, timeout=0.1)).reason is Reason.NO_ANSWER


async def test_a_certificate_nobody_vouches_for_is_not_trusted(certificate: Path) -> None:
    listen = f"modbus-tls://127.0.0.1:0?cert={certificate}/cert.pem&key={certificate}/key.pem"
    async with server_for(parse_link(listen), {1: ModbusUnit(TEMPLATE)}) as served:
        shot = await read_once(served.url, 1, Table.HOLDING, 0, 1)
        other_name = await read_once(f"{served.url}?ca={certificate}/cert.pem&name=pumps", 1, Table.HOLDING, 0, 1)
    assert (shot.reason, other_name.reason) == (Reason.LINK_DOWN, Reason.LINK_DOWN)


async def test_a_wrong_url_is_wrong_usage() -> None:
    with pytest.raises(LinkError):
        await read_once("http://pumps", 1, Table.HOLDING, 0, 1)
